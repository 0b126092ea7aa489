"""Log bytes become lines that are safe to draw and to pipe, and every cap is told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lanewatch.logs.reading import LINE_COLUMNS, log_lines
from lanewatch.text import PATTERNS_ONLY, Redactor

STAMP = "2026-07-16T23:10:43.1234567Z"


def lines(data: bytes, timestamps: bool = True) -> tuple[str, ...]:
    return log_lines(data, PATTERNS_ONLY, timestamps)


def test_a_log_is_its_lines_and_a_missing_final_newline_changes_nothing() -> None:
    assert lines(b"one\ntwo\n") == lines(b"one\ntwo") == ("one", "two")
    assert lines(b"one\n\ntwo\n") == ("one", "", "two")
    assert lines(b"") == ()


def test_a_progress_line_keeps_its_last_state_and_its_stamp() -> None:
    assert lines(f"{STAMP} 10%\r 50%\r100% done\n".encode()) == (f"{STAMP} 100% done",)
    assert lines(b"windows line\r\n") == ("windows line",)


def test_timestamps_of_the_systems_can_be_left_out() -> None:
    assert lines(f"{STAMP} hello\n2026-07-16T23:10:43Z you\n".encode(), timestamps=False) == ("hello", "you")


def test_a_very_long_line_is_cut_and_says_how_long_it_was() -> None:
    (line,) = lines(b"x" * (LINE_COLUMNS + 100))
    assert line.endswith(f"the line has {LINE_COLUMNS + 100} characters)")
    assert len(line) < LINE_COLUMNS + 100


def test_a_secret_that_the_program_was_given_never_comes_out_of_a_log() -> None:
    given_secret = "correct-horse-" + "battery"
    told = log_lines(f"using {given_secret} now\n".encode(), Redactor([given_secret]))
    assert given_secret not in "".join(told)


@given(st.binary(max_size=400))
def test_no_control_byte_of_any_log_reaches_a_line(data: bytes) -> None:
    for line in lines(data):
        assert all(
            character == "\t" or (ord(character) >= 0x20 and not 0x7F <= ord(character) < 0xA0) for character in line
        )
