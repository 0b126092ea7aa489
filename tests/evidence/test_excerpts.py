"""Excerpts: whole where it fits, else beginning and end between lines, the same however the text comes in."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from lanewatch.evidence.excerpts import excerpt

TEXT = b"".join(b"line %04d\n" % number for number in range(1000))


def pieces(text: bytes, size: int) -> list[bytes]:
    return [text[start : start + size] for start in range(0, len(text), size)]


@pytest.mark.parametrize("size", [1, 7, 100, 9999, 20_000])
def test_the_pieces_do_not_matter(size: int) -> None:
    found = excerpt(pieces(TEXT, size), 95, 205)
    assert found.text == b"".join(
        [*pieces(TEXT, 10)[:9], b"[%d bytes left out]\n" % found.omitted, *pieces(TEXT, 10)[-20:]]
    )
    assert (found.omitted, found.digest) == (len(TEXT) - 290, sha256(TEXT).hexdigest())


@pytest.mark.parametrize("text", [b"", b"a\n", TEXT[:300]])
def test_what_fits_is_kept_whole(text: bytes) -> None:
    found = excerpt([text], 95, 205)
    assert (found.text, found.omitted) == (text, 0)


def test_an_object_keeps_its_beginning() -> None:
    found = excerpt([TEXT], 95, 0)
    assert found.text == TEXT[:90] + b"[9910 bytes left out]\n"


@settings(max_examples=200)
@given(some.binary(max_size=400), some.integers(1, 50), some.integers(0, 60), some.integers(0, 60))
def test_any_text_stays_within_its_bounds_and_adds_up(text: bytes, size: int, head: int, tail: int) -> None:
    found = excerpt(pieces(text, size), head, tail)
    note = b"[%d bytes left out]\n" % found.omitted if found.omitted else b""
    assert len(found.text) - len(note) + found.omitted == len(text)
    assert len(found.text) <= head + tail + len(note)
    first, _, last = found.text.partition(note) if note else (found.text, b"", found.text)
    assert text.startswith(first)
    assert text.endswith(last)
