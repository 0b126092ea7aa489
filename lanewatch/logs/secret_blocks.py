"""Secrets that go on over several lines of a log: private keys, manifests of Kubernetes Secrets, wrapped base64.

A log is redacted line by line while it arrives, so what earlier lines began is kept here as a small state. The rules
for one line are in `text`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from lanewatch.logs.suspicion import SHORTEST_PIECE
from lanewatch.text import Redactor

KEY_LINES: Final = 400  # after a key's beginning; a forged one must not watch over the rest of a log
SECRET_LINES: Final = 200  # from `kind: Secret` to its data
MANIFEST_LINES: Final = 2000  # of one `data:` block

_KEY_BEGINS: Final = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_ENDS: Final = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
# Base64 at the end of a line, perhaps behind a prefix; a key's last line may be short.
_KEY_LINE: Final = re.compile(
    r"(?P<before>[^\n]{0,64}?)(?P<key>[A-Za-z0-9+/=]{16,}|(?<!\S)[A-Za-z0-9+/]{1,76}={1,2})\s*"
)
_KEY_LAST: Final = re.compile(r"(?P<before>\s*)(?P<key>[A-Za-z0-9+/]{1,15})\s*")
# Where no beginning was seen: a line of nothing but base64, or of much of it behind a short prefix; no digest.
_KEY_MIDDLE: Final = re.compile(
    r"(?P<before>(?P<prefix>(?:\S{1,12} ){1,3})|\s*)"
    r"(?P<key>(?![0-9a-f]+\s*$)(?(prefix)[A-Za-z0-9+/]{48,}|[A-Za-z0-9+/]{16,})={0,2})\s*"
)
_KIND: Final = re.compile(r"""kind\\?["']?[ \t]*:[ \t]*\\?["']?Secret\b""")
_DATA: Final = re.compile(r"""(?P<indent>[ \t]*)"?(?P<name>data|stringData)"?[ \t]*:[ \t]*(?P<brace>\{?)[ \t]*""")
_ENTRY: Final = re.compile(
    r"""(?P<before>[ \t]*(?:"?[\w.-]+"?[ \t]*:[ \t]*)?"?)(?P<value>[^\s"{}|>\[][^"]*?)(?P<after>"?,?\s*)"""
)
_BASE64: Final = re.compile(r"(?:[A-Za-z0-9+/]{4}){2,}|(?:[A-Za-z0-9+/]{4})*[A-Za-z0-9+/]{2,3}={1,2}")
_ENCODING: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_%-"


@dataclass(slots=True)
class _Manifest:
    """An open `data:` block: lines deeper than `indent` are its entries."""

    indent: int
    brace: bool
    all_secret: bool  # else only values that are base64, as every value of a Secret's `data` is
    left: int = MANIFEST_LINES


@dataclass(slots=True)
class SecretBlocks:
    """The state between two lines of one log. `redact` gives a line without what an open block makes secret."""

    redactor: Redactor = field(repr=False)
    _key_lines_left: int = 0
    _unbegun: bool = False  # a log that was cut before its first line may begin within a key
    _secret_lines_left: int = 0
    _manifest: _Manifest | None = None

    def begin_anywhere(self) -> None:
        """The next line may stand within a key whose beginning is not part of this log."""
        self._unbegun, self._key_lines_left = True, KEY_LINES

    @property
    def watching(self) -> bool:
        """Whether the next line must be looked at whatever stands in it."""
        return bool(self._key_lines_left or self._secret_lines_left or self._manifest)

    def redact(self, line: str) -> str:
        """One line without its stamp and with nothing invisible in it, before the rules for one line."""
        line = self._in_manifest(self._in_key(line))
        self._secret_lines_left = SECRET_LINES if _KIND.search(line) else max(self._secret_lines_left - 1, 0)
        return self._unwrapped(line) if self.redactor.encoded else line

    def _in_key(self, line: str) -> str:
        if self._key_lines_left and (end := _KEY_ENDS.search(line)):
            self._key_lines_left = 0
            return self._mark(line[: end.end()], "private-key") + line[end.end() :]
        if self._key_lines_left:
            self._key_lines_left -= 1
            found = self._key_in(line)
            if found is not None:
                line = found["before"] + self._mark(found["key"], "private-key")
            elif self._unbegun:
                self._key_lines_left = 0
        for begin in _KEY_BEGINS.finditer(line):
            if not _KEY_ENDS.search(line, begin.end()):
                self._key_lines_left, self._unbegun = KEY_LINES, False
        return line

    def _key_in(self, line: str) -> re.Match[str] | None:
        if self._unbegun and self._key_lines_left == KEY_LINES - 1:
            return _KEY_MIDDLE.fullmatch(line)
        return _KEY_LINE.fullmatch(line) or _KEY_LAST.fullmatch(line)

    def _in_manifest(self, line: str) -> str:
        opened = _DATA.fullmatch(line)
        if opened:
            secret = opened["name"] == "stringData" or self._secret_lines_left > 0
            self._manifest = _Manifest(len(opened["indent"]), bool(opened["brace"]), secret)
            return line
        block = self._manifest
        if block is None or not line.strip():
            return line
        block.left -= 1
        if block.left <= 0 or len(line) - len(line.lstrip()) <= block.indent or line.strip().startswith("}"):
            self._manifest = None
            return line
        entry = _ENTRY.fullmatch(line)
        if entry is None or not (block.all_secret or _BASE64.fullmatch(entry["value"])):
            return line
        return entry["before"] + self._mark(entry["value"], "kubernetes-secret") + entry["after"]

    def _unwrapped(self, line: str) -> str:
        """Without the parts of an encoded secret that an encoder's line breaks left at this line's ends."""
        for encoded in self.redactor.encoded:
            body = line.rstrip()
            run = body[len(body.rstrip(_ENCODING)) :]
            if part := _overlap(run, encoded):
                line = body[: len(body) - part] + self._mark(run[-part:], "secret") + line[len(body) :]
            body = line.lstrip()
            run = body[: len(body) - len(body.lstrip(_ENCODING))]
            if part := _overlap(run[::-1], encoded[::-1]):
                line = line[: len(line) - len(body)] + self._mark(run[:part], "secret") + body[part:]
        return line

    def _mark(self, secret: str, rule: str) -> str:
        return self.redactor.mark(secret, rule)


def _overlap(run: str, encoded: str) -> int:
    """How many characters at the end of `run` begin `encoded`, or all of a long run that lies within it; else 0."""
    if len(run) >= 2 * SHORTEST_PIECE and run in encoded:
        return len(run)
    if encoded[:SHORTEST_PIECE] not in run:
        return 0
    longest = min(len(run), len(encoded))
    return next((size for size in range(longest, SHORTEST_PIECE - 1, -1) if run.endswith(encoded[:size])), 0)
