"""No control byte survives, nothing disappears silently, and plain text is left alone."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewatch.text import clean, clean_block, decode
from lanewatch.text.cleaning import MARKS_PER_BASE

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
NASTY = st.text(
    st.one_of(
        st.sampled_from(
            "\x00\x07\x08\x1b\x7f\x85\x9b\x9d\u061c\u200b\u200d\u202e\u2066\u2028\ufeff\U000e0041\ud800\ue000"
        ),
        st.sampled_from("abc \n\t\r\u0301\u0336\u3164é漢"),
    )
)


def forbidden(text: str, kept: str = "") -> list[str]:
    """The characters that no cleaned text may hold."""
    return [
        character
        for character in text
        if character not in kept and (not character.isprintable() or unicodedata.category(character)[0] == "C")
    ]


@given(ANY_TEXT | NASTY)
def test_no_control_character_survives(text: str) -> None:
    assert forbidden(clean(text)) == []
    assert forbidden(clean_block(text), kept="\n\t") == []


@given(ANY_TEXT | NASTY)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert clean_block(clean_block(text)) == clean_block(text)


@given(ANY_TEXT | NASTY, st.integers(0, 40))
def test_a_limit_holds_and_is_stable(text: str, limit: int) -> None:
    short = clean(text, limit=limit)
    assert len(short) <= limit
    assert clean(short, limit=limit) == short
    assert short == clean(text) if len(clean(text)) <= limit else short[-1:] in ("…", "")


@given(st.binary())
def test_any_bytes_become_text_that_can_be_written(data: bytes) -> None:
    clean_block(decode(data)).encode("utf-8")


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain text, 漢字 und Umlaute: äöü", "plain text, 漢字 und Umlaute: äöü"),
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]52;c;cHduZWQ=\x07", "␛]52;c;cHduZWQ=␇"),
        ("a\tb\r\nc", "a␉b␍␊c"),
        ("\x9b31m", "<U+009B>31m"),
        ("\x7f", "␡"),
        ("abc\u202edcba", "abc<U+202E>dcba"),
        ("zero\u200bwidth", "zero<U+200B>width"),
        ("line\u2028end", "line<U+2028>end"),
        ("tag\U000e0041", "tag<U+E0041>"),
        ("\ud800", "<U+D800>"),
        ("no\u00a0break\u3000wide", "no break wide"),
        ("filler\u3164", "filler<U+3164>"),
        ("soft\u00adhyphen", "soft<U+00AD>hyphen"),
    ],
)
def test_what_is_not_printable_is_made_visible(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_a_block_keeps_its_lines_and_a_carriage_return_hides_nothing() -> None:
    assert clean_block("one\r\n\ttwo\nover\rwritten") == "one\n\ttwo\nover␍written"
    assert clean_block("é\r\n\tz\nover\rwritten") == "é\n\tz\nover␍written"


def test_a_tower_of_combining_marks_is_cut() -> None:
    assert clean("a" + "\u0301" * 50 + "b") == "a" + "\u0301" * MARKS_PER_BASE + "b"


def test_invalid_utf8_is_marked() -> None:
    assert decode(b"ok \xff\xfe \xc3") == "ok \ufffd\ufffd \ufffd"
