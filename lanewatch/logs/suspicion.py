"""Which lines of a chunk need a closer look: one linear pass of RE2 over raw bytes, at memory-like speed.

A line that nothing here suspects is plain text without a secret and is kept as it is; every other line goes through
`text.redact` and `text.clean`. So each pattern must match wherever the rule it stands for does (a test draws texts
from the rules to prove it); matching more only costs time. Each begins with a literal or a small class, because one
pattern that does not makes the whole alternation a hundred times slower (reliability reference 5.5).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import chain, pairwise
from typing import Any, Final

import numpy
import re2

from lanewatch.text.secret_names import SECRET_WORDS

_SGR: Final = re.compile(rb"\x1b\[[0-9;]{0,32}m")
SHORTEST_PIECE: Final = 8
"""Characters of an encoded secret that stand at a line's end or beginning and are taken for a part of it."""

_PARTS: Final = max(2, min(4, os.cpu_count() or 2))  # of a large chunk that are looked through at a time
_LARGE: Final = 256 << 10  # bytes

_NAMES: Final = "(?i:" + "|".join((*SECRET_WORDS, "auth")) + ")"
# Letters and signs that hide nothing and draw over nothing, wherever they stand. U+240D stands for carriage returns.
PLAIN: Final = (
    "\t -~\u00a1-\u00ac\u00ae-\u02ff\u0391-\u03a1\u03a3-\u03c9\u0400-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u205e"
    "\u20a0-\u20bf\u2100-\u218b\u2190-\u240c\u240e-\u2426\u2460-\u27ff\u2900-\u2b73\u3001-\u3029\u3041-\u3096\u30a1-\u30fe"
    "\u4e00-\u9ffc\uac00-\ud7a3\U0001f300-\U0001f64f\U0001f680-\U0001f6c5"
)
_NOT_PLAIN: Final = f"[^\n\x1b{PLAIN}]"
_NO_COLOUR: Final = r"\x1b(?:[^\[]|\[[0-9;]{0,32}[^0-9;m]|\[[0-9;]{33})"
_NOT_ASCII: Final = r"[\x00-\x08\x0b-\x1f\x7f-\xff]"

# By the family in text.secret_rules that each stands for.
SECRETS: Final = (
    r"PRIVATE KEY",
    r"gh[pousr]_[A-Za-z0-9]",
    r"github_pat_",
    r"gl(?:pat|dt|rt|ptt|cbt|ft|agent|oas|soat|imt|ffct)-",
    r"A(?:KIA|SIA|GPA|IDA|ROA|IPA|NPA|NVA)[A-Z0-9]",
    r"AIza",
    r"ya29\.",
    r"x(?:ox[abceoprs]|app)-",
    r"hooks\.slack\.com",
    r"eyJ[A-Za-z0-9_-]",
    r"sha256~",
    r"npm_",
    r"dckr_pat_",
    r"(?i:authorization)",
    r"(?i:bearer|basic)[ \t]",
    r"(?i:cookie)\\?[\"']?[ \t]*:",
    r"://[^\s/]*@",
    r"\"auth\\?\"",
    rf"{_NAMES}[A-Za-z0-9_.-]*\\?[\"']?[ \t]*[=:]",
    rf"--[A-Za-z0-9-]*{_NAMES}[ \t]",
)
# Where values of a Kubernetes Secret may begin, over several lines or in one (see secret_blocks).
BLOCKS: Final = (r"(?:data|stringData)\\?\"?[ \t]*:", r"kind\\?[\"']?[ \t]*:[ \t]*\\?[\"']?Secret")


class Suspicion:
    """Finds lines to look at. `exact`: forms of known secrets; `pieces`: parts of them that a line break may leave."""

    def __init__(self, exact: Iterable[str] = (), pieces: Iterable[str] = ()) -> None:
        secrets = (*SECRETS, *BLOCKS, *(re2.escape(one) for one in {*exact, *pieces}))
        self._secret = _compiled(secrets, re2.Options.Encoding.UTF8)
        self._any = _compiled((_NOT_PLAIN, _NO_COLOUR, *secrets), re2.Options.Encoding.UTF8)
        self._bytes = _compiled((_NOT_ASCII, *secrets), re2.Options.Encoding.LATIN1)

    def lines(self, data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Spans of the lines in `data[start:end]` to look at, in order, without their ends; it ends with a line end."""
        if not (data.isascii() or _is_text(data[start:end])):
            return _spans_at_once(self._bytes, data, start, end)
        if b"\x1b" not in data:
            return _spans_at_once(self._any, data, start, end)
        whole = data[start:end]
        spans = sorted({*_line_spans(self._any, whole, 0, len(whole)), *self._under_colours(whole)})
        return ((start + begin, start + finish) for begin, finish in spans)

    def of(self, data: bytes) -> bool:
        """Whether any part of a piece of a line is to be looked at."""
        return self._bytes.search(data) is not None

    def may_hold_secret(self, text: str) -> bool:
        """Whether a text in which nothing is invisible needs redaction."""
        return self._secret.search(text.encode()) is not None

    def _under_colours(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Lines that are suspected once their colours are gone."""
        plain = _SGR.sub(b"", data)
        suspected = [plain.count(b"\n", 0, start) for start, _ in _line_spans(self._secret, plain, 0, len(plain))]
        if suspected:
            ends = numpy.flatnonzero(numpy.frombuffer(data, numpy.uint8) == 10)
            for line in suspected:
                yield (int(ends[line - 1]) + 1 if line else 0), int(ends[line])


def _spans_at_once(pattern: Any, data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """As `_line_spans`, a large chunk in parts at a time: RE2 lets go of the interpreter's lock."""
    if end - start < _LARGE:
        return _line_spans(pattern, data, start, end)
    inner = (data.find(b"\n", start + (end - start) * k // _PARTS) + 1 for k in range(1, _PARTS))
    borders = sorted({start, *inner, end})
    parts = _workers().map(lambda part: list(_line_spans(pattern, data, *part)), pairwise(borders))
    return chain.from_iterable(parts)


def _line_spans(pattern: Any, data: bytes, at: int, limit: int) -> Iterator[tuple[int, int]]:
    while (found := pattern.search(data, at, limit)) is not None:
        start = data.rfind(b"\n", at, found.start()) + 1 or at
        end = data.find(b"\n", found.start())
        yield start, end
        at = end + 1


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


@lru_cache(maxsize=1)
def _workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_PARTS, "log-ingress")


def _compiled(patterns: Iterable[str], encoding: Any) -> Any:
    options = re2.Options()
    options.encoding = encoding
    options.never_capture = True
    options.log_errors = False
    options.max_mem = 64 << 20  # room for the automaton's states; without it they are thrown away and made again
    return re2.compile("|".join(patterns).encode(), options)
