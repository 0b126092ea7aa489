"""From a watched lane to the Material of a bundle: the journal as it stands, and what lies behind the stages read anew.

What cannot be read is an exhibit with its reason and no text. Sizes are bounded here, and what is left out is told with
the digest of the whole.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from lanewatch.clients.answers import ReadFailure
from lanewatch.evidence.excerpts import HEAD_BYTES, OBJECT_BYTES, TAIL_BYTES, Excerpt, excerpt
from lanewatch.evidence.material import Exhibit, Material, SpecFile
from lanewatch.evidence.rules import tools
from lanewatch.evidence.writing import LogStream
from lanewatch.rollout.facts import Entry, Handle
from lanewatch.rollout.rollout import Rollout
from lanewatch.spec.lane import Lane
from lanewatch.text import Redactor, decode, safe_block
from lanewatch.watch.session import Logging, Opened, Remembering

if TYPE_CHECKING:
    from lanewatch.logs.log import Log

ALL_BYTES = 4 << 20  # of all exhibits: a bundle without full logs goes by mail
AT_ONCE = 6
READING_SECONDS = 20.0  # for all of them; each read has its own deadline below
WHOLE_SECONDS = 900.0  # where every log is wanted in full
# A screen names fonts of a server: whoever looks at evidence asks nobody for them.
_REMOTE_FONT = re.compile(r',\s*url\("https?://[^"]*"\)\s*format\("[^"]*"\)')


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
    """What a bundle is written from; `close` gives back what the full logs hold."""

    material: Material
    logs: tuple[LogStream, ...] = ()
    held: tuple[Log, ...] = ()

    def close(self) -> None:
        for log in self.held:
            log.close()


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read behind one handle; `log` where it is to be kept in full."""

    stage: str
    handle: Handle
    excerpt: Excerpt
    note: str
    log: Log | None = None


@dataclass(slots=True)
class _Texts:
    """The texts kept so far, within ALL_BYTES."""

    by_digest: dict[str, bytes] = field(default_factory=dict)
    size: int = 0

    def keep(self, read: _Read) -> Exhibit:
        found = read.excerpt
        if self.size + len(found.text) > ALL_BYTES:
            note = f"left out: the bundle holds {ALL_BYTES >> 20} MiB already"
            return _exhibit(read, b"", note, found.omitted + len(found.text))
        exhibit = _exhibit(read, found.text, read.note, found.omitted)
        if exhibit.digest and exhibit.digest not in self.by_digest:
            self.by_digest[exhibit.digest] = found.text
            self.size += len(found.text)
        return exhibit


async def collect(
    session: Watched, *, whole_logs: bool = False, screen: str | None = None, progress: Callable[[str], None]
) -> Collected:
    """Everything for a bundle. Ends within READING_SECONDS (WHOLE_SECONDS), raises nothing for the world's faults."""
    if isinstance(session, Recorded):
        return Collected(session.recorded())
    entries, rollout = tuple(session.entries), session.rollout  # of one instant: nothing is awaited in between
    reading = _Reading(session, whole_logs, progress)
    try:
        reads = await reading.all(_handles(rollout))
    except BaseException:  # cancelled: what was read in full is given back
        reading.close()
        raise
    texts = _Texts()
    exhibits = tuple(map(texts.keep, reads))
    material = Material(
        lane=session.lane,
        entries=entries,
        at=rollout.now,
        tools=tools(),
        spec_files=tuple(_spec_file(label, data, session.redactor) for label, data in session.spec_texts),
        exhibits=exhibits,
        texts=texts.by_digest,
        screen=None if screen is None else _REMOTE_FONT.sub("", screen).encode(),
        history=tuple(session.history) if isinstance(session, Remembering) else (),
    )
    held = [(read, read.log) for read in reads if read.log is not None]
    logs = (LogStream(one.stage, one.handle.locator, one.handle.title, one.note, log.plain()) for one, log in held)
    return Collected(material, tuple(logs), tuple(log for _, log in held))


def _handles(rollout: Rollout) -> list[tuple[str, Handle]]:
    """Everything that can be opened, once each: what went wrong first, so that it is kept whatever the size."""
    stages = sorted(rollout.stages, key=lambda stage: stage.state != "failed")
    found = {handle.locator: (stage.id, handle) for stage in reversed(stages) for handle in reversed(stage.handles)}
    return list(reversed(found.values()))


@dataclass(slots=True)
class _Reading:
    """Reads everything behind the stages, some at once, and tells how far it is."""

    session: Watched
    whole_logs: bool
    progress: Callable[[str], None]
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    done: int = 0
    held: list[Log] = field(default_factory=list)

    def close(self) -> None:
        for log in self.held:
            log.close()

    async def all(self, wanted: Sequence[tuple[str, Handle]]) -> list[_Read]:
        seconds = WHOLE_SECONDS if self.whole_logs else READING_SECONDS
        until = asyncio.get_running_loop().time() + seconds
        late = f"not read within {seconds:.0f} s"

        async def one(stage: str, handle: Handle) -> _Read:
            try:
                async with asyncio.timeout_at(until), self.room:
                    read = await self._read(stage, handle)
            except TimeoutError:
                read = _Read(stage, handle, excerpt(()), late)
            self.done += 1
            self.progress(f"reading {self.done} of {len(wanted)}: {handle.title}")
            return read

        return list(await asyncio.gather(*(one(stage, handle) for stage, handle in wanted)))

    async def _read(self, stage: str, handle: Handle) -> _Read:
        if handle.kind == "log" and isinstance(self.session, Logging):
            found = await self._log(self.session, stage, handle)
            if found is not None:
                return found
        opened = await self.session.open(handle)  # also what was read earlier, where nothing can be read now
        bounds = (HEAD_BYTES, TAIL_BYTES) if handle.kind == "log" else (OBJECT_BYTES, 0)
        return _Read(stage, handle, excerpt((f"{line}\n".encode() for line in opened.lines), *bounds), opened.note)

    async def _log(self, session: Logging, stage: str, handle: Handle) -> _Read | None:
        """The log itself; None where nothing of it can be read."""
        from lanewatch.logs.sources import Asked  # with the log engine, which only this needs

        kept = False
        try:
            log = session.log(handle)
        except ReadFailure:
            return None
        try:
            await log.run(Asked())
            if not len(log):
                return None
            found = await asyncio.to_thread(excerpt, log.plain())
            kept = self.whole_logs
            self.held += [log] if kept else []
            return _Read(stage, handle, found, _note(log), log if kept else None)
        finally:
            if not kept:
                log.close()


def _note(log: Log) -> str:
    parts = (
        log.reason,
        f"{log.lost} gaps" if log.lost else "",
        f"{log.unkept} bytes could not be kept" if log.unkept else "",
    )
    return "; ".join(part for part in parts if part)


def _exhibit(read: _Read, text: bytes, note: str, omitted: int) -> Exhibit:
    return Exhibit(
        read.handle.kind,
        read.stage,
        read.handle.drilldown,
        read.handle.locator,
        read.handle.title,
        sha256(text).hexdigest() if text else "",
        len(text),
        note,
        omitted,
        read.excerpt.digest if omitted else "",
    )


def _spec_file(label: str, data: bytes, redactor: Redactor) -> SpecFile:
    text = safe_block(decode(data), redactor)
    return SpecFile(label, sha256(data).hexdigest(), text, text.encode() != data)
