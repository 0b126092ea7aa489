"""What is stored of a log never depends on how its bytes came, and holds neither control bytes nor secrets."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanewatch.logs import ingress
from lanewatch.logs.ingress import Ingress
from lanewatch.logs.lines import LINE_BYTES, LongLines, read_line
from lanewatch.logs.suspicion import PLAIN, Suspicion
from lanewatch.text import Redactor, clean_block
from tests.logs.canaries import GIVEN, canaries

STAMP = "2026-07-16T23:10:43.123456789Z "
FORBIDDEN = re.compile(rb"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]|\x1b(?!\[[0-9;]{0,32}m)|\xc2[\x80-\x9f]|\r")
PIECES = st.sampled_from(
    [b"\x1b[31m", b"\x1b[0m", b"\x1b[2J", b"\x1b]52;c;x\x07", b"\r", b"\n", b"\r\n", b"\xff", b"\xc3", b"\x9b1m", b"\0",
     "\u202e".encode(), "✔ ".encode(), "\u200b".encode(), b"token=", b"hx9Fq2Lm0", b"password: ", b"data:\n", b"  a: ",
     b"YWRtaW4tMQ==", b"kind: Secret\n", b"-----BEGIN PRIVATE" + b" KEY-----\n", STAMP.encode(), b"plain words ", b" ",
     GIVEN.encode(), b"\t", "␍".encode()]
)  # fmt: skip
LOGS = st.lists(st.one_of(PIECES, st.binary(max_size=12)), max_size=40).map(b"".join)


def stored(data: bytes, *cuts: int) -> bytes:
    """What is kept of `data` when it comes cut at these places."""
    way = Ingress(Redactor([GIVEN]))
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    parts = [way.feed(data[a:b]) for a, b in pairwise(places)]
    return b"".join([*parts, way.finish()])


@given(LOGS, st.lists(st.integers(0, 1000), max_size=6))
def test_chunking_never_changes_what_is_stored(data: bytes, cuts: list[int]) -> None:
    assert stored(data, *cuts) == stored(data)


@given(LOGS)
def test_what_is_stored_holds_no_control_byte_but_line_ends_tabs_and_colours(data: bytes) -> None:
    kept = stored(data)
    assert not FORBIDDEN.search(kept)
    assert kept.decode().count("\n") == data.count(b"\n") + (bool(data) and not data.endswith(b"\n"))


@pytest.mark.parametrize("name", canaries())
def test_a_planted_secret_cut_at_every_place_is_never_stored(name: str) -> None:
    line, secret = canaries()[name]
    data = f"{STAMP}before\n{line}\nafter\n".encode()
    assert secret.encode() in data
    for cut in range(len(data)):
        kept = stored(data, cut).decode()
        assert secret not in kept
        assert "[redacted:" in kept
        assert "after" in kept
        assert "before" in kept


@pytest.mark.parametrize("name", [name for name in canaries() if name not in ("aws-key",)])
def test_a_secret_split_by_colours_or_invisible_characters_is_found(name: str) -> None:
    line, secret = canaries()[name]
    middle = line.index(secret) + len(secret) // 2
    for between in ("\x1b[1m", "\u200b", "\x1b[0m\x1b[31m"):
        assert secret[-6:] not in stored((line[:middle] + between + line[middle:]).encode()).decode()


def test_stamped_lines_of_a_key_are_found_as_well() -> None:
    line, secret = canaries()["private-key"]
    stamped = "\n".join(STAMP + part for part in line.splitlines())
    kept = stored(stamped.encode()).decode()
    assert secret not in kept
    assert kept.count(STAMP) == len(line.splitlines())


def test_a_log_that_is_cut_within_a_key_does_not_show_the_rest_of_it() -> None:
    _, secret = canaries()["private-key"]
    way = Ingress(Redactor())
    way.begin_anywhere()
    kept = way.feed(f"{STAMP}{secret}\n{STAMP}q8==\n{STAMP}next line\n{STAMP}{'a' * 40}\n".encode()).decode()
    assert secret not in kept
    assert "q8==" not in kept
    assert f"next line\n{STAMP}{'a' * 40}" in kept


def test_a_known_secret_that_an_encoder_wrapped_is_found_at_every_wrap() -> None:
    encoded = "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5LXN0YXBsZ"  # without the last characters, which depend on what follows
    for cut in range(8, len(encoded) - 7):
        kept = stored(f"junk {encoded[:cut]}\n{encoded[cut:]} junk\n".encode()).decode()
        assert not any(encoded[at : at + 9] in kept for at in range(len(encoded) - 9))


def test_a_line_that_carries_a_secret_is_always_suspected() -> None:
    for line, secret in canaries().values():
        for part in line.splitlines():
            assert Redactor().redact(part) == part or Suspicion().may_hold_secret(part), secret


WORDS = (
    "password", "Token", "api_key", "auth", "=", ":", " ", "https://", "u:p4ss@", "x", "9f3c17ab52de8840aa", "Bearer ",
    "Basic ", "Cookie: ", "AKIA", "ABCDEFGH23456789", "eyJhbGciOi", ".", "gl" "pat-", "xoxb-", "npm_", '"', "'", "--",
    "Authorization: ", "sha256~", "hooks.slack.com/services/", "T00/B00/x9", "\\", "dckr_" "pat_", "AIza", "ya29.",
)  # fmt: skip


@settings(max_examples=400)
@given(st.lists(st.sampled_from(WORDS), max_size=9).map("".join))
def test_whatever_the_redactor_changes_was_suspected(text: str) -> None:
    if Redactor().redact(text) != text:
        assert Suspicion().may_hold_secret(text)


def test_every_plain_character_is_one_that_cleaning_keeps() -> None:
    plain = re.compile(f"[{PLAIN}]")
    kept = [chr(code) for code in range(0x20, 0x1F700) if plain.match(chr(code))]
    assert len(kept) > 20_000
    assert [each for each in kept if clean_block(each) != each] == []


def test_progress_lines_keep_their_last_state_and_can_be_opened_whole() -> None:
    line = read_line(0, stored(f"{STAMP}10%\r 50%\r100% done\r\n".encode()).decode().rstrip("\n"))
    assert (line.text, line.stamp, line.states) == ("100% done", STAMP.strip(), 2)
    forged = read_line(0, stored("shown␍hidden\n".encode()).decode().rstrip("\n"))
    assert (forged.text, forged.states) == ("shown<U+240D>hidden", 0)


def test_colours_become_styles_and_nothing_else_does() -> None:
    line = read_line(0, stored(b"\x1b[1;31mbad\x1b[0m \x1b[32mok\x1b[m \x1b[2Jx\n").decode().rstrip("\n"))
    assert line.text == "bad ok ␛[2Jx"
    assert [(line.text[s.start : s.end], s.parameters) for s in line.styles] == [("bad", "1;31"), ("ok", "32")]


@pytest.mark.parametrize("end", [b"\x1b", b"\x1b[", b"\x1b[3", b"\x1b[1;", b"\x9b", b"\x1b]"])
def test_an_escape_that_a_line_end_cuts_off_is_made_visible(end: bytes) -> None:
    kept = stored(b"before " + end + b"\nm after\n")
    assert not FORBIDDEN.search(kept)
    assert kept.endswith(b"\nm after\n")


def test_a_log_cannot_forge_a_line_of_ours() -> None:
    assert not read_line(0, stored(b"\x01the container was restarted\n").decode().rstrip("\n")).is_mark


def test_a_secret_at_the_border_of_two_windows_of_a_long_line_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingress, "WINDOW", 256)
    monkeypatch.setattr(ingress, "SURROUNDINGS", 128)
    line, secret = canaries()["key-value"]
    for at in range(150, 300, 7):
        data = b"x" * at + b" " + line.encode() + b" " + b"y" * 900 + b"\nnext\n"
        for cuts in ((), (200,), (300, 310, 700)):
            kept = stored(data, *cuts).decode()
            assert secret not in kept
            assert kept == stored(data).decode()
            assert kept.startswith("x" * at)
            assert kept.endswith("y" * 900 + "\nnext\n")


@settings(max_examples=60)
@given(LOGS, st.lists(st.integers(0, 4000), max_size=4), st.integers(1, 60))
def test_long_lines_do_not_depend_on_chunks_either(data: bytes, cuts: list[int], times: int) -> None:
    window, around = ingress.WINDOW, ingress.SURROUNDINGS
    ingress.WINDOW, ingress.SURROUNDINGS = 64, 32  # type: ignore[misc]
    try:
        long = data.replace(b"\n", b"") * times + b"\n" + data
        assert stored(long, *cuts) == stored(long)
        assert not FORBIDDEN.search(stored(long))
    finally:
        ingress.WINDOW, ingress.SURROUNDINGS = window, around  # type: ignore[misc]


def test_cut_lines_are_counted_however_they_come() -> None:
    sizes = [0, 1, LINE_BYTES - 1, LINE_BYTES, LINE_BYTES + 1, 5, 40_000, 0, LINE_BYTES + 1]
    data = b"".join(b"x" * size + b"\n" for size in sizes)
    for step in (1000, LINE_BYTES, LINE_BYTES + 1, 70_000, len(data)):
        counted = LongLines()
        for at in range(0, len(data), step):
            counted.take(data[at : at + step])
        assert counted.count == 3


def test_a_secret_that_is_learned_while_a_log_runs_is_not_stored_from_then_on() -> None:
    redactor = Redactor()
    ingress = Ingress(redactor)
    assert ingress.feed(b"plain words of a plugin\n") == b"plain words of a plugin\n"
    redactor.learn(["plain words of a plugin"])
    assert ingress.feed(b"now plain words of a plugin\n") == b"now [redacted:secret]\n"
