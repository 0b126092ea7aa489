"""Where a followed log goes on after its connection was lost: by time stamp, without losing or doubling a line.

The server takes whole seconds and sends every line from then on again (Argo reference 2.6). So lines are dropped
up to the last stamp that was seen; among lines with that very stamp, those that were seen themselves.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from lanewatch.logs.sources import Mark, Piece

MOST_HELD = 4 << 20  # bytes of a line without an end that is held back; a longer one goes through in parts
MOST_SAME = 10_000  # lines with one stamp that are told apart

_STAMP = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?Z ")
# What the kubelet says in the place of a log, without a stamp (reliability reference, G06).
_NOTICE = re.compile(
    rb"(?:unable to retrieve container logs|failed to (?:watch|try resolving|create)|rpc error:)[^\n]*"
)


@dataclass(slots=True)
class Position:
    """How far one container instance's log was read. `take` gives what is new in a chunk, as whole lines."""

    _last: bytes = b""  # the latest stamp, as written: fixed width, so it compares as text
    _at_last: Counter[bytes] = field(default_factory=Counter)  # lines seen with that stamp
    _again: Counter[bytes] = field(default_factory=Counter)  # of those, what is still to come again
    _dropping: bool = False
    _met: bool = False  # whether the last line seen came again
    _held: bytes = b""
    _new_log: bool = False
    _torn: bool = False  # a line went through in parts and has not ended

    @property
    def since(self) -> str | None:
        """What to ask for after a break: whole seconds, RFC 3339; None before the first line."""
        matched = _STAMP.match(self._last)
        return f"{matched[1].decode()}Z" if matched else None

    @property
    def has_met(self) -> bool:
        """Whether what was read last came again, as it must where nothing was rotated away."""
        return self._met or not self._dropping

    def reconnected(self) -> Iterator[Piece]:
        """Before the first chunk of a new connection: lines come again from `since` on."""
        if self._torn:
            yield b"\n"
            yield Mark("the connection was lost within a very long line, which begins again here", loses=True)
        self._held, self._torn = b"", False
        self._dropping, self._met, self._again = bool(self._last), self._new_log, Counter(self._at_last)

    def begins_anew(self) -> None:
        """The container was started again: its log does not hold the last line seen, and its lines are all later."""
        self._new_log = True

    def take(self, chunk: bytes) -> Iterator[Piece]:
        """What is new."""
        data = self._held + chunk if self._held else chunk
        cut = data.rfind(b"\n") + 1
        self._held, data = data[cut:], data[:cut]
        if data:
            self._torn = False
            yield from self._new(data)
        if len(self._held) > MOST_HELD and not self._dropping:
            held, self._held, self._torn = self._held, b"", True
            yield held

    def rest(self) -> Iterator[Piece]:
        """The last line of a log that ended without a line end."""
        if self._held:
            yield from self.take(b"\n")

    def _new(self, data: bytes) -> Iterator[Piece]:
        if self._dropping:
            data, gap = self._without_seen(data)
            if gap is not None:
                yield gap
        if not data:
            return
        last = data[data.rfind(b"\n", 0, len(data) - 1) + 1 :]
        if _STAMP.match(last) is None and _NOTICE.search(data):
            yield from self._apart(data)
            return
        self._remember(data)
        yield data

    def _apart(self, data: bytes) -> Iterator[Piece]:
        """Lines of the log and notices of the kubelet, each as what it is."""
        for line in data.splitlines(keepends=True):
            if _NOTICE.match(line):
                yield Mark(line.decode(errors="replace").strip(), loses=True)
            else:
                self._remember(line)
                yield line

    def _without_seen(self, data: bytes) -> tuple[bytes, Mark | None]:
        at = 0
        while at < len(data):
            end = data.index(b"\n", at) + 1
            line, stamp = data[at:end], _stamp(data[at:end])
            if stamp > self._last:
                self._dropping = self._new_log = False
                return data[at:], None if self._met else self._gap(stamp)
            if stamp == self._last:
                key = _key(line)
                self._met = True
                if self._again[key] <= 0:
                    self._dropping = False
                    return data[at:], None
                self._again[key] -= 1
            at = end
        return b"", None

    def _gap(self, stamp: bytes) -> Mark:
        between = f"between {_words(self._last)} and {_words(stamp)}"
        return Mark(f"lines are missing {between}: the log was rotated", loses=True)

    def _remember(self, data: bytes) -> None:
        """The latest stamp of some whole lines, and which of them carry it."""
        end = len(data)
        found: list[bytes] = []
        last = b""
        while end > 0 and len(found) < MOST_SAME:
            start = data.rfind(b"\n", 0, end - 1) + 1
            stamp = _stamp(data[start:end])
            last = last or stamp
            if stamp != last:
                break
            found.append(_key(data[start:end]))
            end = start
        if last and last >= self._last:
            if last != self._last:
                self._last, self._at_last = last, Counter()
            self._at_last.update(found)


def _stamp(line: bytes) -> bytes:
    matched = _STAMP.match(line)
    return matched.group() if matched else b""


def _key(line: bytes) -> bytes:
    return blake2b(line, digest_size=8).digest()


def _words(stamp: bytes) -> str:
    return stamp.decode()[11:23].rstrip("Z ") + "Z"


def stamp_of(moment: datetime) -> str:
    """A moment as Kubernetes takes it: RFC 3339, whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
