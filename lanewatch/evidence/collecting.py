"""From a watched lane to the Material of a bundle: the journal as it stands, and what lies behind the stages read anew.

What cannot be read is an exhibit with its reason and no text. Sizes are bounded here, and what is left out is told with
the digest of the whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol, runtime_checkable

from lanewatch.evidence.material import Exhibit, Material, SpecFile
from lanewatch.evidence.rules import tools
from lanewatch.evidence.writing import LogStream
from lanewatch.rollout.facts import Entry, Handle
from lanewatch.rollout.rollout import Rollout
from lanewatch.spec.lane import Lane
from lanewatch.text import Redactor, decode, safe_block
from lanewatch.watch.session import Opened

HEAD_BYTES, TAIL_BYTES = 64 << 10, 192 << 10  # of a log: how it began, and how it ended
OBJECT_BYTES = 256 << 10
ALL_BYTES = 4 << 20  # of all exhibits: a bundle without full logs goes by mail
AT_ONCE = 6
READING_SECONDS = 20.0  # for all of them; each read has its own deadline below


class Watched(Protocol):
    """What an export needs of a session: live and replayed ones have it."""

    @property
    def lane(self) -> Lane: ...

    @property
    def entries(self) -> Sequence[Entry]: ...

    @property
    def rollout(self) -> Rollout: ...

    @property
    def spec_texts(self) -> Sequence[tuple[str, bytes]]: ...

    @property
    def redactor(self) -> Redactor: ...

    async def open(self, handle: Handle) -> Opened: ...


@runtime_checkable
class Recorded(Protocol):
    """A session that has nothing to read anew: it gives what it was made from."""

    def recorded(self) -> Material: ...


@dataclass(frozen=True, slots=True)
class Collected:
    material: Material
    logs: tuple[LogStream, ...]  # in full, if wanted


@dataclass(slots=True)
class _Texts:
    """The texts kept so far, within ALL_BYTES."""

    by_digest: dict[str, bytes] = field(default_factory=dict)
    size: int = 0

    def keep(self, stage: str, handle: Handle, opened: Opened) -> Exhibit:
        whole = _bytes(opened.lines)
        text = _excerpt(whole, handle)
        if self.size + len(text) > ALL_BYTES:
            return _exhibit(stage, handle, b"", f"left out: the bundle holds {ALL_BYTES >> 20} MiB already", whole)
        if not text and opened.note:
            return _exhibit(stage, handle, b"", opened.note, b"")
        exhibit = _exhibit(stage, handle, text, opened.note, whole)
        if exhibit.digest not in self.by_digest:
            self.by_digest[exhibit.digest] = text
            self.size += len(text)
        return exhibit


async def collect(
    session: Watched, *, whole_logs: bool = False, screen: str | None = None, progress: Callable[[str], None]
) -> Collected:
    """Everything for a bundle. Ends within READING_SECONDS, raises nothing for the world's faults."""
    if isinstance(session, Recorded):
        return Collected(session.recorded(), ())
    entries, rollout = tuple(session.entries), session.rollout  # of one instant: nothing is awaited in between
    wanted = _handles(rollout)
    opened = await _open_all(session, [handle for _, handle in wanted], progress)
    texts = _Texts()
    exhibits = tuple(texts.keep(stage, handle, one) for (stage, handle), one in zip(wanted, opened, strict=True))
    material = Material(
        lane=session.lane,
        entries=entries,
        at=rollout.now,
        tools=tools(),
        spec_files=tuple(_spec_file(label, data, session.redactor) for label, data in session.spec_texts),
        exhibits=exhibits,
        texts=texts.by_digest,
        screen=None if screen is None else screen.encode(),
    )
    logs = [
        LogStream(stage, handle.locator, handle.title, one.note, _pieces(one.lines))
        for (stage, handle), one in zip(wanted, opened, strict=True)
        if handle.kind == "log" and one.lines
    ]
    return Collected(material, tuple(logs) if whole_logs else ())


def _handles(rollout: Rollout) -> list[tuple[str, Handle]]:
    """Everything that can be opened, once each: what went wrong first, so that it is kept whatever the size."""
    stages = sorted(rollout.stages, key=lambda stage: stage.state != "failed")
    found = {handle.locator: (stage.id, handle) for stage in reversed(stages) for handle in reversed(stage.handles)}
    return list(reversed(found.values()))


async def _open_all(session: Watched, handles: Sequence[Handle], progress: Callable[[str], None]) -> list[Opened]:
    room, done = asyncio.Semaphore(AT_ONCE), 0

    async def open_one(handle: Handle) -> Opened:
        nonlocal done
        try:
            async with asyncio.timeout_at(until), room:
                opened = await session.open(handle)
        except TimeoutError:
            opened = Opened(handle.title, handle.locator, (), f"not read within {READING_SECONDS:.0f} s")
        done += 1
        progress(f"reading {done} of {len(handles)}: {handle.title}")
        return opened

    until = asyncio.get_running_loop().time() + READING_SECONDS
    return list(await asyncio.gather(*map(open_one, handles)))


def _bytes(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _pieces(lines: Sequence[str], most: int = 4096) -> Iterable[bytes]:
    return (_bytes(lines[start : start + most]) for start in range(0, len(lines), most))


def _excerpt(whole: bytes, handle: Handle) -> bytes:
    """Beginning and end of a log, the beginning of an object, cut between lines."""
    if handle.kind == "object":
        return whole if len(whole) <= OBJECT_BYTES else _up_to_line(whole[:OBJECT_BYTES])
    if len(whole) <= HEAD_BYTES + TAIL_BYTES:
        return whole
    head, tail = _up_to_line(whole[:HEAD_BYTES]), whole[-TAIL_BYTES:].partition(b"\n")[2]
    return head + f"[{len(whole) - len(head) - len(tail)} bytes left out]\n".encode() + tail


def _up_to_line(data: bytes) -> bytes:
    return data[: data.rfind(b"\n") + 1]


def _exhibit(stage: str, handle: Handle, text: bytes, note: str, whole: bytes) -> Exhibit:
    omitted = max(0, len(whole) - len(text))
    return Exhibit(
        handle.kind,
        stage,
        handle.drilldown,
        handle.locator,
        handle.title,
        sha256(text).hexdigest() if text else "",
        len(text),
        note,
        omitted,
        sha256(whole).hexdigest() if omitted else "",
    )


def _spec_file(label: str, data: bytes, redactor: Redactor) -> SpecFile:
    text = safe_block(decode(data), redactor)
    return SpecFile(label, sha256(data).hexdigest(), text, text.encode() != data)
