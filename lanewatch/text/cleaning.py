"""Makes outside text harmless for a terminal: what is not plainly printable becomes visible, never active.

An allow-list, because a deny-list forgets: only printable characters stay (reliability reference 5.1). Everything else
(C0, DEL, C1, bidi controls, zero-width, separators, tags, private use, surrogates, unassigned) is replaced by a
picture such as `␛` or by its number such as `<U+202E>`, so that a reader sees that something was there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from functools import lru_cache
from typing import Final

MARKS_PER_BASE: Final = 4
"""Combining marks kept on one base character; more of them draw over the neighbouring rows."""

BLOCK_CONTROLS: Final = frozenset("\n\t")

# Printable for Unicode, blank on the screen: they can hide inside a word, so they are shown by number.
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u2800\u3164\uffa0")

_ASCII_PICTURES: Final = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "␡"}
_ASCII_BLOCK_PICTURES: Final = {
    code: picture for code, picture in _ASCII_PICTURES.items() if chr(code) not in BLOCK_CONTROLS
}


def clean(text: str, *, limit: int | None = None) -> str:
    """One line, safe to draw. With `limit`, at most that many characters, the last one `…` if something was cut."""
    if limit is not None and len(text) > limit:
        text = text[: limit + 1]  # bounds the work; what clean() adds only makes it longer
    if not (text.isascii() and text.isprintable()):
        text = text.translate(_ASCII_PICTURES) if text.isascii() else _cleaned(text, kept=())
    return text if limit is None or len(text) <= limit else text[: max(limit - 1, 0)] + "…"[:limit]


def clean_block(text: str) -> str:
    """Several lines, safe to draw: newline and tab stay, CRLF becomes newline, all else as in `clean`."""
    text = text.replace("\r\n", "\n")
    if text.isascii():
        return text.translate(_ASCII_BLOCK_PICTURES)
    return _cleaned(text, kept=BLOCK_CONTROLS)


def decode(data: bytes) -> str:
    """Bytes as text; every invalid UTF-8 sequence is marked by U+FFFD."""
    return data.decode("utf-8", "replace")


def is_invisible(character: str) -> bool:
    """True for a character that can split a word without a reader seeing it: controls, zero-width, combining marks."""
    if character in BLOCK_CONTROLS or unicodedata.category(character) == "Zs":
        return False
    return not character.isprintable() or character in _BLANK or _is_mark(character)


def _cleaned(text: str, *, kept: Container[str]) -> str:
    characters = set(text)
    changed = {ord(each): shown for each in characters if each not in kept and (shown := _visible(each)) != each}
    if changed:
        text = text.translate(changed)
    marks = "".join(each for each in characters if _is_mark(each))
    return re.sub(f"([{marks}]{{{MARKS_PER_BASE}}})[{marks}]+", r"\1", text) if marks else text


@lru_cache(maxsize=4096)
def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


@lru_cache(maxsize=4096)
def _visible(character: str) -> str:
    code = ord(character)
    if code in _ASCII_PICTURES:
        return _ASCII_PICTURES[code]
    if unicodedata.category(character) == "Zs":
        return " "
    if character.isprintable() and character not in _BLANK and not 0xE0100 <= code <= 0xE01EF:
        return character
    return f"<U+{code:04X}>"
