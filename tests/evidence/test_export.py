"""Exporting a watched lane: what is read, what is left out and said so, and that no secret ever gets in."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from hashlib import sha256
from pathlib import Path

import pytest

from lanewatch.clients.answers import ReadFailure
from lanewatch.evidence import collecting
from lanewatch.evidence.bundle import read_bundle
from lanewatch.evidence.excerpts import HEAD_BYTES, TAIL_BYTES
from lanewatch.evidence.export import export
from lanewatch.evidence.files import find
from lanewatch.evidence.material import Exhibit
from lanewatch.evidence.replay import open_replay
from lanewatch.evidence.verify import verify
from lanewatch.evidence.writing import WritingError
from lanewatch.logs.log import Log
from lanewatch.logs.sources import Asked, Mark
from lanewatch.logs.spool import SpoolFolder
from lanewatch.rollout.facts import TEKTON, Entry, Handle, Knowledge, Outcome
from lanewatch.rollout.knowledge import learn
from lanewatch.rollout.picture import picture, project
from lanewatch.rollout.record import Record
from lanewatch.rollout.rollout import Rollout
from lanewatch.spec.lane import Lane
from lanewatch.text import PATTERNS_ONLY, Redactor, mask_object, safe_block
from lanewatch.watch.objects import as_yaml
from lanewatch.watch.session import Opened
from tests.evidence.made import entries
from tests.jumping_loop import run_jumping
from tests.rollout import story
from tests.rollout.test_foreseeing import EARLY
from tests.rollout.test_foreseeing import past as past_rollouts

JOB, LOG, OTHER = (
    Handle("object", "cicd-builder-job", "k8s:ci/batch/v1/jobs/ci/build", "Job build"),
    Handle("log", "cicd-builder-job", "k8s-log:ci/ci/build-1/buildkit", "build-1 / buildkit"),
    Handle("log", "", "k8s-log:ci/ci/build-1/sidecar", "build-1 / sidecar"),
)


def with_handles(*handles: Handle) -> tuple[Entry, ...]:
    return tuple(
        replace(entry, handles=handles) if entry.authority == TEKTON and hasattr(entry, "handles") else entry
        for entry in entries()
    )


@dataclass
class Watched:
    """A session that opens what a test gives it."""

    texts: Mapping[str, Opened] = field(default_factory=dict)
    handles: tuple[Handle, ...] = (JOB, LOG)
    redactor: Redactor = PATTERNS_ONLY
    spec_texts: Sequence[tuple[str, bytes]] = ()
    hangs: bool = False

    @property
    def lane(self) -> Lane:
        return story.lane()

    @property
    def entries(self) -> Sequence[Entry]:
        return with_handles(*self.handles)

    @property
    def rollout(self) -> Rollout:
        return project(self.lane, self.entries, story.moment(90))

    async def open(self, handle: Handle) -> Opened:
        if self.hangs and handle is LOG:
            await asyncio.Event().wait()
        return self.texts.get(handle.locator) or Opened(handle.title, handle.locator, (), "not found")


def opened(handle: Handle, *lines: str, note: str = "") -> Opened:
    return Opened(handle.title, handle.locator, lines, note)


def find_all(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def exhibits(path: Path) -> dict[str, Exhibit]:
    return {one.locator: one for one in read_bundle(path).material.exhibits}


async def test_what_lies_behind_the_stages_is_read_anew_and_kept(tmp_path: Path) -> None:
    session = Watched({JOB.locator: opened(JOB, "kind: Job"), LOG.locator: opened(LOG, "a", "b", note="2 of 2")})
    said: list[str] = []
    path = await export(session, tmp_path, progress=said.append)
    found = exhibits(path)
    assert {one.stage for one in found.values()} == {"tekton-pipelinerun"}
    assert read_bundle(path).material.texts[found[LOG.locator].digest] == b"a\nb\n"
    assert found[LOG.locator].note == "2 of 2"
    assert said[:2] == ["reading 1 of 2: Job build", "reading 2 of 2: build-1 / buildkit"]
    assert verify(path)


async def test_what_cannot_be_read_is_told_with_its_reason(tmp_path: Path) -> None:
    found = exhibits(await export(Watched(), tmp_path))
    assert {(one.digest, one.size, one.note) for one in found.values()} == {("", 0, "not found")}


def test_what_does_not_answer_is_not_waited_for(tmp_path: Path) -> None:
    session = Watched({JOB.locator: opened(JOB, "kind: Job")}, hangs=True)

    async def collected() -> collecting.Collected:
        return await collecting.collect(session, progress=lambda _: None)

    material = run_jumping(collected()).material
    assert [one.note for one in material.exhibits] == ["", "not read within 20 s"]


async def test_a_long_log_keeps_beginning_and_end_and_says_what_is_left_out(tmp_path: Path) -> None:
    lines = [f"line {number}" for number in range(100_000)]
    path = await export(Watched({LOG.locator: opened(LOG, *lines)}), tmp_path / "short")
    whole = "".join(f"{line}\n" for line in lines).encode()
    found = exhibits(path)[LOG.locator]
    text = read_bundle(path).material.texts[found.digest]
    assert text.startswith(b"line 0\nline 1\n")
    assert text.endswith(b"line 99998\nline 99999\n")
    assert b" bytes left out]\n" in text
    assert len(text) <= HEAD_BYTES + TAIL_BYTES + 40
    assert found.whole_digest == sha256(whole).hexdigest()


async def test_beyond_the_size_of_a_bundle_texts_are_left_out_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "ALL_BYTES", 100)
    session = Watched({JOB.locator: opened(JOB, "x" * 60), LOG.locator: opened(LOG, "y" * 60)})
    found = exhibits(await export(session, tmp_path))
    assert found[JOB.locator].size == 61
    assert found[LOG.locator].note.startswith("left out: the bundle holds")
    assert found[LOG.locator].whole_digest == sha256(b"y" * 60 + b"\n").hexdigest()


@dataclass
class Remembering(Watched):
    """A lane under way, with a past that a forecast rests on."""

    history: Sequence[Record] = ()

    @property
    def entries(self) -> Sequence[Entry]:
        known = story.told({**EARLY, TEKTON: story.TektonReport(())}, 40)
        return [seen.last for seen in known.seen.values()]

    @property
    def rollout(self) -> Rollout:
        return picture(self.lane, reduce(learn, self.entries, Knowledge()), story.moment(40), self.history)


async def test_a_forecast_is_replayed_with_the_past_that_it_rests_on(tmp_path: Path) -> None:
    session = Remembering(handles=(), history=past_rollouts(30))
    assert session.rollout.forecast_seconds is not None
    path = await export(session, tmp_path)
    assert open_replay(path).rollout == session.rollout
    assert verify(path).rollout == session.rollout


async def test_the_screen_and_the_spec_stand_in_the_bundle(tmp_path: Path) -> None:
    session = Watched(spec_texts=[("config/lane.yaml", b"spec: {}\n")])
    fonts = (
        'src: local("Mono"),\n url("https://fonts.example/a.woff2") format("woff2"), url("http://b") format("woff");'
    )
    path = await export(session, tmp_path, screen=f"<svg><style>{fonts}</style></svg>")
    material = read_bundle(path).material
    assert material.screen == b'<svg><style>src: local("Mono");</style></svg>'
    [spec] = material.spec_files
    assert (spec.label, spec.text, spec.redacted) == ("config/lane.yaml", "spec: {}\n", False)


class Piecemeal:
    """A source that gives what a test gives it."""

    def __init__(self, *pieces: bytes | Mark) -> None:
        self._pieces = pieces

    async def pieces(self, asked: Asked) -> AsyncGenerator[bytes | Mark, None]:
        for piece in self._pieces:
            yield piece


@dataclass
class Logging(Watched):
    """A session whose logs come from sources, through the engine."""

    sources: Mapping[str, Piecemeal] = field(default_factory=dict)
    spools: Path = Path()
    logs: list[Log] = field(default_factory=list)

    def log(self, handle: Handle) -> Log:
        if handle.locator not in self.sources:
            raise ReadFailure(Outcome.ABSENT, "gone")
        made = Log(handle.title, self.sources[handle.locator], SpoolFolder(self.spools), self.redactor)
        self.logs.append(made)
        return made


async def test_with_the_log_engine_a_log_is_kept_whole_whatever_its_size(tmp_path: Path) -> None:
    piece = b"".join(b"2026-07-05T14:00:00Z line %07d\n" % number for number in range(100_000))
    coloured = b"\x1b[31mred\x1b[0m glpat-LWCANARYxyzxyzxyzxyz1\n"
    sources = {LOG.locator: Piecemeal(piece, Mark("a gap of 3 s", 1), coloured)}
    for whole_logs in (True, False):
        session = Logging(sources=sources, spools=tmp_path / "spools")
        path = await export(session, tmp_path / str(whole_logs), whole_logs=whole_logs)
        found = exhibits(path)[LOG.locator]
        text = read_bundle(path).material.texts[found.digest]
        assert text.startswith(piece[:31])
        assert text.endswith(b"--- a gap of 3 s\nred [redacted:gitlab-token]\n")
        assert found.note == "1 gaps"
        assert exhibits(path)[JOB.locator].note == "not found"
        assert [len(log) for log in session.logs] == [0]  # given back
    [log] = read_bundle(tmp_path / "True" / path.name).material.logs
    whole = (tmp_path / "True" / path.name / "data/logs" / log.name).read_bytes()
    assert whole == piece + b"--- a gap of 3 s\nred [redacted:gitlab-token]\n"
    assert (found.whole_digest, found.omitted > 1_000_000) == (sha256(whole).hexdigest(), True)
    assert not (path / "data/logs").exists()
    assert verify(tmp_path / "True" / path.name)


async def test_a_log_that_is_gone_is_told_as_it_was_last_read(tmp_path: Path) -> None:
    session = Logging({LOG.locator: opened(LOG, "as it was", note="as read 9 s ago; now: gone")}, spools=tmp_path)
    found = exhibits(await export(session, tmp_path / "out", whole_logs=True))[LOG.locator]
    assert (found.size, found.note) == (10, "as read 9 s ago; now: gone")


async def test_a_cancelled_export_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelled while the thread writes a log: the thread notices at the next piece."""
    writing, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()
    session = Logging(sources={LOG.locator: Piecemeal(b"line\n" * 9)}, spools=tmp_path / "spools")
    found = await collecting.collect(session, whole_logs=True, progress=lambda _: None)

    def held_up() -> Iterator[bytes]:
        yield b"first\n"
        loop.call_soon_threadsafe(writing.set)
        go_on.wait(10)
        yield b"second\n"

    async def collected(*_: object, **__: object) -> collecting.Collected:
        return replace(found, logs=(replace(found.logs[0], chunks=held_up()),))

    monkeypatch.setattr("lanewatch.evidence.export.collect", collected)
    task = asyncio.create_task(export(session, tmp_path / "out", whole_logs=True))
    await writing.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    await loop.shutdown_default_executor()
    assert not find_all(tmp_path / "out")
    assert [len(log) for log in session.logs] == [0]


async def test_a_cancelled_reading_gives_its_logs_back(tmp_path: Path) -> None:
    session = Logging(
        {}, sources={OTHER.locator: Piecemeal(b"line\n")}, spools=tmp_path, handles=(LOG, OTHER), hangs=True
    )
    read = asyncio.Event()
    task = asyncio.create_task(collecting.collect(session, whole_logs=True, progress=lambda _: read.set()))
    await read.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [len(log) for log in session.logs] == [0]


KINDS = ("glpat-LWCANARY{}xyzxyzxyzxyz", "LWCANARY_{}_plain", "LWCANARY {} with spaces", 'LWCANARY"{}"quoted')
CANARIES = [KINDS[number % len(KINDS)].format(f"{number:03}q9Z") for number in range(40)]


def forms(canary: str) -> list[bytes]:
    """How a secret may stand in a file: as it is, hex, base64 at each alignment, as JSON."""
    data = canary.encode()
    encoded = [base64.b64encode(b"\0" * offset + data)[(0, 2, 3)[offset] : -4] for offset in range(3)]
    return [data, data.hex().encode(), data.hex().upper().encode(), *encoded]


async def test_forty_planted_secrets_are_nowhere_in_the_bundle(tmp_path: Path) -> None:
    """In logs, native objects and the spec, plain and base64; through the same doors as in life."""
    redactor = Redactor(CANARIES)
    said = "\n".join(f"token={one} {base64.b64encode(one.encode()).decode()} {one.encode().hex()}" for one in CANARIES)
    native = {
        "kind": "Secret",
        "data": {"token": CANARIES[0]},
        "env": [{"name": "A", "value": one} for one in CANARIES],
    }
    texts = {
        LOG.locator: opened(LOG, *safe_block(said, redactor).splitlines()),
        JOB.locator: opened(JOB, *as_yaml(mask_object(native, redactor)).splitlines()),
    }
    session = Watched(texts, redactor=redactor, spec_texts=[("config/lane.yaml", "\n".join(CANARIES).encode())])
    path = await export(session, tmp_path)
    files = list(find(path).kept.values())
    hits = [canary for canary in CANARIES for form in forms(canary) for data in files if form in data]
    assert hits == []
    assert sum(data.count(b"[redacted:") for data in files) >= 3 * len(CANARIES)
    assert read_bundle(path).material.spec_files[0].redacted


async def test_a_secret_that_slipped_through_stops_the_export(tmp_path: Path) -> None:
    """The last look is the positive control of the test above: nothing but it redacts here."""
    session = Watched({LOG.locator: opened(LOG, f"token {CANARIES[0]}")}, redactor=Redactor(CANARIES))
    with pytest.raises(WritingError, match="a secret would have stood in data/objects/"):
        await export(session, tmp_path)
    assert not find_all(tmp_path)
