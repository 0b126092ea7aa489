"""One pass over the events: values, places, and everything that is refused, with its line and column."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lanewatch.spec.document import DEEPEST_NESTING, Mark, load_yaml, read_document
from lanewatch.spec.errors import ConfigurationError
from lanewatch.spec.files import LARGEST_FILE

Write = Callable[[str | bytes], Path]


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load_yaml(path)
    return [line.replace(f"{path}:", "", 1) for line in str(caught.value).splitlines()]


def test_values_and_places(write: Write) -> None:
    document = load_yaml(write("a:\n  b: [1, two, 3.5]\n  c: true\nd: ~\ne: 'no'\n"))
    assert document.data == {"a": {"b": (1, "two", 3.5), "c": True}, "d": None, "e": "no"}
    assert document.marks["a", "b", 1] == Mark(2, 10)
    assert document.mark(("a", "c", "not", "there")) == Mark(3, 3)
    assert document.where(("d",)).endswith("file.yaml:4")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0123456", "0123456"),
        ("0o17", "0o17"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("2026-07-05", "2026-07-05"),
        ("2026-07-05T14:02:31Z", "2026-07-05T14:02:31Z"),
        ("no", "no"),
        ("on", "on"),
        ("1" * 40, "1" * 40),
        ("1234e5678901234567890", "1234e5678901234567890"),
        (".inf", ".inf"),
        ("12", 12),
        ("-3", -3),
        ("0", 0),
        ("105.7", 105.7),
        ("1e3", 1000.0),
        ("false", False),
        ("null", None),
        ("''", ""),
    ],
)
def test_what_another_reader_could_take_differently_stays_text(write: Write, written: str, value: object) -> None:
    read = load_yaml(write(f"key: {written}\n")).data["key"]
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &x 1\n", "1:4: a: anchors (&name) are not allowed"),
        ("a: *x\n", "1:4: a: aliases (*name) are not allowed"),
        ("a: !foo 1\n", "1:4: a: tags (!name) are not allowed"),
        ("a: !!python/object:os.system x\n", "1:4: a: tags (!name) are not allowed"),
        ("a: !!str 1\n", "1:4: a: tags (!name) are not allowed"),
        ("&k a: 1\n", "1:1: anchors and tags are not allowed"),
        ("a:\n  <<: {b: 1}\n", "2:3: a: merge keys (<<) are not allowed"),
        ("%YAML 1.1\n---\na: on\n", "1:1: directives (%YAML, %TAG) are not allowed"),
        ("a: 1\n---\nb: 2\n", "2:1: a second document is not allowed"),
        ("a: 1\nb: 2\na: 3\n", "3:1: a: is a duplicate; the key stands first on line 1"),
        ("? [x]\n: 1\n", "1:3: a key must be a plain word"),
        ("a: [1\n", "not YAML"),
        ("a: b: c\n", "1:5: is not YAML: mapping values are not allowed"),
        ('a: "\\e[31m"\n', "1:4: a: holds a control character"),
        ('"\\e": 1\n', "1:1: a key holds a control character"),
        ("a: \x07\n", "1:4: has a control character"),
        ("", "is empty"),
        ("# nothing\n", "is empty"),
        ("  \n\n", "is empty"),
    ],
)
def test_refusals_have_a_place(write: Write, text: str, expected: str) -> None:
    path = write(text)
    if expected == "is empty":
        document = read_document(path)
        assert document.data is None
        return
    assert any(expected in line for line in problems(path)), problems(path)


def test_all_refusals_are_told_at_once_in_the_order_of_lines(write: Write) -> None:
    found = problems(write("b: &x 1\na: *x\nb: 2\nc: !t 3\n"))
    assert [line.split(":")[0] for line in found] == ["1", "2", "3", "4"]


def test_an_alias_bomb_is_refused_before_anything_is_built(write: Write) -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    assert len(read_document(write("\n".join(lines))).problems) == 10 + 81


@pytest.mark.parametrize("text", ["[" * 5000, "a: " + "{b: " * 3000, "\n".join(" " * n + "a:" for n in range(400))])
def test_nesting_without_end_is_refused(write: Write, text: str) -> None:
    assert "nested deeper" in problems(write(text))[-1]


def test_the_deepest_allowed_nesting_is_read(write: Write) -> None:
    load_yaml(write("[" * DEEPEST_NESTING + "]" * DEEPEST_NESTING))
    assert "nested deeper" in problems(write("[" * (DEEPEST_NESTING + 1) + "]" * (DEEPEST_NESTING + 1)))[0]


def test_size_is_bounded_to_the_byte(write: Write) -> None:
    head = "a: 1\n#"
    load_yaml(write(head + "x" * (LARGEST_FILE - len(head))))
    assert problems(write(head + "x" * (LARGEST_FILE - len(head) + 1))) == [" is larger than 256 KiB"]


def test_what_is_no_text_is_refused(write: Write, tmp_path: Path) -> None:
    assert problems(write(b"a: 1\nb: \xff\n")) == ["2:4: is not UTF-8 text"]
    assert problems(write(b"\x7fELF\x00\x01")) == [" is a binary file, not YAML"]
    assert problems(write("a: ä\n".encode("utf-16")))[0].endswith("not YAML")
    assert problems(tmp_path) == [" is no regular file"]
    assert problems(tmp_path / "missing.yaml") == [" cannot be read: No such file or directory"]


def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert problems(tmp_path / "pipe") == [" is no regular file"]


def test_a_byte_order_mark_is_no_key(write: Write) -> None:
    assert load_yaml(write(b"\xef\xbb\xbfa: 1\n")).data == {"a": 1}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60) | st.text("ab:-[]{}&*!%#|>'\"\n \t,?<", max_size=60))
def test_any_text_gives_values_or_problems_and_never_a_traceback(write: Write, text: str) -> None:
    document = read_document(write(text.encode("utf-8", "replace")))
    assert all(problem.message for problem in document.problems)
    str(ConfigurationError(document.problems)).encode()
