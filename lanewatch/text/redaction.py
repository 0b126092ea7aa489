"""Takes secrets out of text: exact values that this process has loaded, then the rule families of `secret_rules`.

A secret may be split by characters that a reader does not see (zero-width, an escape sequence). So the search also
runs over the text as a reader would see it, and what is found there is removed together with whatever hid in between.
That is why redaction comes first and cleaning second: `safe()` is the one right order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from lanewatch.text.cleaning import clean, clean_block, is_invisible
from lanewatch.text.secret_rules import Span, secret_spans

SHORTEST_EXACT: Final = 4
"""Shorter values would blot out ordinary words; a credential that short protects nothing."""
SHORTEST_ENCODED: Final = 8

# Whole terminal sequences: CSI up to its final byte; OSC, DCS, SOS, PM, APC up to BEL or ST; else ESC and one byte.
_SEQUENCE: Final = (
    r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,16}[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]{0,4096}(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]{0,4}[0-~]"
)
_RANDOM: Final = r"[0-9a-fA-F]{32,}|(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])(?=[^0-9]*[0-9])[A-Za-z0-9+/=_-]{24,}"
_LINE_WRAP: Final = r"[\r\n][ \t]*"


class Redactor:
    """Replaces secrets by `[redacted:RULE]`, or `[redacted:RULE#8HEX]` when a fingerprint key is given.

    `exact`: the secret values loaded by this process; they are also found hex, base64, URL and JSON encoded.
    """

    __slots__ = ("_encoded", "_exact", "_fingerprint_key")

    def __init__(self, exact: Iterable[str] = (), *, fingerprint_key: bytes | None = None) -> None:
        self._exact: tuple[str, ...] = ()
        self._encoded: tuple[str, ...] = ()
        self._fingerprint_key = fingerprint_key
        self.learn(exact)

    def learn(self, exact: Iterable[str]) -> None:
        """Know these values too from now on: tokens that were rotated, or given by a plugin, while the program runs."""
        values = {value for value in exact if len(value) >= SHORTEST_EXACT} | set(self._exact)
        if len(values) > len(self._exact):
            self._encoded = tuple(sorted({form for value in values for form in _encoded_forms(value)}))
            self._exact = tuple(sorted(values, key=len, reverse=True))

    def __repr__(self) -> str:
        return f"<Redactor of {len(self._exact)} exact values>"

    def redact(self, text: str) -> str:
        """`text` with every secret replaced; digests, image references and uuids stay."""
        return self.redact_part(text, 0, len(text))

    def redact_part(self, text: str, start: int, end: int) -> str:
        """What `redact` gives for characters [start, end); a secret that begins before them leaves nothing of itself.

        So a text may be redacted part by part, each with enough of its surroundings.
        """
        pieces: list[str] = []
        position = start
        for span in _merged(self._spans(text)):
            if span.end <= start or span.start >= end:
                continue
            pieces.append(text[position : span.start])
            if span.start >= start:
                pieces.append(self.mark(text[span.start : span.end], span.rule))
            position = min(span.end, end)
        return "".join([*pieces, text[position:end]])

    def _spans(self, text: str) -> Iterator[Span]:
        yield from self._spans_as_written(text)
        for view in _views(text):
            yield from view.back(self._spans_as_written(view.text))
        if self._encoded and "\n" in text:  # base64 is wrapped at 76 columns
            joined = _View(text, frozenset(), _LINE_WRAP)
            yield from joined.back(_occurrences(joined.text, self._encoded))

    def _spans_as_written(self, text: str) -> Iterator[Span]:
        yield from _occurrences(text, self._exact)
        yield from _occurrences(text, self._encoded)
        yield from secret_spans(text)

    @property
    def encoded(self) -> tuple[str, ...]:
        """The exact values as encoders write them. For filters only: these are secrets."""
        return self._encoded

    @property
    def exact(self) -> tuple[str, ...]:
        """The exact values, longest first; a new tuple once more were learned. For filters only: these are secrets."""
        return self._exact

    def mark(self, secret: str, rule: str) -> str:
        """What stands where `secret` was."""
        if self._fingerprint_key is None:
            return f"[redacted:{rule}]"
        import hashlib  # here and below, because most runs need neither
        import hmac

        digest = hmac.new(self._fingerprint_key, secret.encode("utf-8", "surrogatepass"), hashlib.sha256)
        return f"[redacted:{rule}#{digest.hexdigest()[:8]}]"


PATTERNS_ONLY: Final = Redactor()
"""Knows no exact value: for texts that are read before any credential is."""


def redact(text: str) -> str:
    """`text` with every secret that a rule family knows replaced by `[redacted:RULE]`."""
    return PATTERNS_ONLY.redact(text)


def safe(text: str, redactor: Redactor = PATTERNS_ONLY, *, limit: int | None = None) -> str:
    """One line fit to be stored, drawn or exported: redacted, then cleaned, then cut to `limit` characters."""
    return clean(redactor.redact(text), limit=limit)


def safe_block(text: str, redactor: Redactor = PATTERNS_ONLY) -> str:
    """Several lines fit to be stored, drawn or exported: redacted, then cleaned."""
    return clean_block(redactor.redact(text))


def as_seen(text: str) -> str:
    """The text without terminal sequences and invisible characters: what a reader would read."""
    plain = re.sub(_SEQUENCE, "", text)
    return plain.translate({ord(character): None for character in set(plain) if is_invisible(character)})


def looks_like_credential(value: str) -> bool:
    """True for a literal that must not stand where a name belongs: a known token, or long and random without a shape.

    Stricter than redaction, because here nothing but short human names is expected.
    """
    return redact(value) != value or bool(re.fullmatch(_RANDOM, value))


class _View:
    """A text without some of its characters, that knows where each of the others stands in the whole text."""

    __slots__ = ("_invisible", "_sequences", "_whole", "text")

    def __init__(self, whole: str, invisible: frozenset[str], sequences: str = "") -> None:
        self._whole, self._invisible, self._sequences = whole, invisible, sequences
        kept = re.sub(sequences, "", whole) if sequences else whole
        self.text = kept.translate({ord(character): None for character in invisible}) if invisible else kept

    def back(self, spans: Iterable[Span]) -> Iterator[Span]:
        """The spans of this text as spans of the whole text."""
        indices: list[int] = []
        for span in spans:
            indices = indices or self._indices()  # only texts with a find pay for it
            yield Span(indices[span.start], indices[span.end - 1] + 1, span.rule)

    def _indices(self) -> list[int]:
        matches = re.finditer(self._sequences, self._whole) if self._sequences else ()
        gone = {index for match in matches for index in range(*match.span())}
        characters = enumerate(self._whole)
        return [index for index, character in characters if index not in gone and character not in self._invisible]


def _views(text: str) -> Iterator[_View]:
    """The text as readers may see it: without invisible characters, and without whole terminal sequences.

    Both are needed: a real sequence may split a token, and a token may stand inside what only looks like a sequence.
    """
    if text.isascii() and text.isprintable():
        return
    invisible = frozenset(character for character in set(text) if is_invisible(character))
    if invisible:
        yield _View(text, invisible)
        if re.search(_SEQUENCE, text):
            yield _View(text, invisible, _SEQUENCE)


def _occurrences(text: str, values: Iterable[str]) -> Iterator[Span]:
    for value in values:
        start = text.find(value)
        while start >= 0:
            yield Span(start, start + len(value), "secret")
            start = text.find(value, start + len(value))


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    """Overlapping spans joined; the rule that starts first, or else reaches furthest, names the whole."""
    current: Span | None = None
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if current is None or span.start >= current.end:
            if current is not None:
                yield current
            current = span
        elif span.end > current.end:
            current = Span(current.start, span.end, current.rule)
    if current is not None:
        yield current


def _encoded_forms(value: str) -> Iterator[str]:
    """How the value may appear after an encoder: URL, JSON, hex, base64 at each of the three alignments."""
    import base64
    import json
    from urllib.parse import quote, quote_plus

    data = value.encode("utf-8", "surrogatepass")
    forms = {quote(data, safe=""), quote_plus(data), data.hex(), data.hex().upper()}
    forms |= {json.dumps(value, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
    for offset in range(3):
        padded = b"\0" * offset + data
        invariant = slice((0, 2, 3)[offset], len(padded) * 8 // 6)  # characters that no neighbour byte touches
        forms |= {encode(padded).decode()[invariant] for encode in (base64.b64encode, base64.urlsafe_b64encode)}
    return (form for form in forms if form != value and len(form) >= SHORTEST_ENCODED)
