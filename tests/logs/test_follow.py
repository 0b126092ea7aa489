"""A followed log loses and doubles nothing, whatever happens to it; where lines are truly gone, one mark says so."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lanewatch.clients.kubernetes import Cluster
from lanewatch.logs.lines import LogLine
from lanewatch.logs.pod_log import PodLog
from lanewatch.logs.sources import Asked, Piece, Source, Waiting
from lanewatch.simulator.objects.pods import restarted
from lanewatch.simulator.world import Rotation
from tests.logs.followed import STREAM, follow, has_ended, is_running, pod, prints, world

BEGUN = pod(0.0, is_running(0), told="ADDED")
ENDED = pod(60.0, has_ended(0, 60), phase="Succeeded")
LINES = [(0.5 + n * 0.7, f"line {n}") for n in range(80)]
# Many lines of one instant, some of them equal: only counting tells them apart.
BURST = [(5.0, f"same {n % 7}") for n in range(60)] + [(5.0, "same 3"), (9.25, "later"), (9.25, "later")]


@dataclass
class Overheard:
    """A container's log; `heard` is what was told of why nothing came."""

    heard: list[str] = field(default_factory=list)
    log: PodLog | None = None

    def over(self, cluster: Cluster) -> Source:
        self.log = PodLog(cluster, "ci", "p", "main")
        return self

    async def pieces(self, asked: Asked) -> AsyncGenerator[Piece, None]:
        assert self.log is not None
        async for piece in self.log.pieces(asked):
            self.heard += [piece.reason] if isinstance(piece, Waiting) else []
            yield piece


def texts(lines: list[LogLine]) -> list[str]:
    return [line.text for line in lines if not line.is_mark]


def marks(lines: list[LogLine]) -> list[str]:
    return [line.text for line in lines if line.is_mark]


def test_an_undisturbed_log_is_complete(tmp_path: Path) -> None:
    lines = follow(tmp_path, world(BEGUN, ENDED, logs=prints(*LINES)))
    assert texts(lines) == [text for _, text in LINES]
    assert marks(lines) == []
    assert lines[0].stamp == "2026-07-05T14:00:00.500000000Z"


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(1, 900), max_size=6), burst=st.booleans())
def test_torn_connections_lose_and_double_nothing(tmp_path: Path, cuts: list[int], burst: bool) -> None:
    printed = BURST if burst else LINES
    lines = follow(tmp_path, world(BEGUN, ENDED, logs=prints(*printed)), cuts=cuts)
    assert texts(lines) == [text for _, text in printed]
    assert marks(lines) == []


def test_lines_that_rotation_took_are_one_visible_gap(tmp_path: Path) -> None:
    printed = [(1.0, "before"), (1.2, "lost"), (1.4, "also lost"), (50.0, "after")]
    rotated = world(BEGUN, ENDED, logs=prints(*printed), rotations=[Rotation(1.405, STREAM)])
    lines = follow(tmp_path, rotated, cuts=[38])
    assert texts(lines) == ["before", "after"]
    assert marks(lines) == ["lines are missing between 14:00:01.000Z and 14:00:50.000Z: the log was rotated"]


def test_a_restart_brings_the_rest_of_the_old_instance_a_mark_and_the_new_log(tmp_path: Path) -> None:
    died = has_ended(0, 20, code=1)
    story = world(
        pod(0.0, is_running(0), told="ADDED", policy="Always"),
        pod(20.5, died, policy="Always"),
        pod(22.0, is_running(22, 1, died), policy="Always"),
        pod(60.0, restarted(has_ended(22, 60), 1, died), phase="Failed", policy="Always"),
        logs=prints((1.0, "one"), (19.5, "last words"), (23.0, "new one"), (59.0, "new last")),
    )
    for cuts in ([], [40], [40, 40, 40]):
        lines = follow(tmp_path, story, cuts=cuts)
        assert texts(lines) == ["one", "last words", "new one", "new last"]
        assert [line.text for line in lines][2] == "the container was restarted (restart 1)"


def test_a_deleted_pod_ends_the_log_and_what_was_read_stays(tmp_path: Path) -> None:
    story = world(BEGUN, pod(30.0, is_running(0), told="DELETED"), logs=prints(*LINES[:40]))
    lines = follow(tmp_path, story)
    assert texts(lines) == [text for _, text in LINES[:40]]
    assert len(marks(lines)) == 1
    assert marks(lines)[0].startswith("the Pod was deleted")


def test_a_container_that_has_not_started_is_waited_for(tmp_path: Path) -> None:
    waits = {"name": "main", "state": {"waiting": {"reason": "ContainerCreating"}}, "restartCount": 0}
    story = world(
        pod(0.0, waits, told="ADDED", phase="Pending"),
        pod(12.0, is_running(12)),
        ENDED,
        logs=prints((12.5, "first"), (13.0, "second")),
    )
    waiting = Overheard()
    assert texts(follow(tmp_path, story, source=waiting.over)) == ["first", "second"]
    assert list(dict.fromkeys(waiting.heard)) == ["the container has not started", ""]


def test_what_the_kubelet_says_in_the_place_of_a_log_is_no_log(tmp_path: Path) -> None:
    from lanewatch.logs.resuming import Position
    from lanewatch.logs.sources import Mark

    pieces = list(
        Position().take(b"2026-07-05T14:00:00.000000000Z a\nunable to retrieve container logs for containerd://1\n")
    )
    assert pieces[0] == b"2026-07-05T14:00:00.000000000Z a\n"
    assert isinstance(pieces[1], Mark)


def test_tail_and_since_are_asked_of_the_server(tmp_path: Path) -> None:
    ended = world(BEGUN, ENDED, logs=prints(*LINES))
    assert texts(follow(tmp_path, ended, asked=Asked(tail=2), at=100.0)) == ["line 78", "line 79"]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(st.integers(1, 900), max_size=5),
    rotated=st.one_of(st.none(), st.floats(1, 55)),
    restarts=st.booleans(),
    deleted=st.one_of(st.none(), st.floats(30, 58)),
)
@example(cuts=[76, 381, 664], rotated=19.5, restarts=True, deleted=None)  # rotated before the instance's end was read
def test_whatever_happens_to_a_log_its_story_is_told_once_and_what_lacks_is_marked(
    tmp_path: Path, cuts: list[int], rotated: float | None, restarts: bool, deleted: float | None
) -> None:
    """Judged against what the simulated container truly printed."""
    died = has_ended(0, 20, code=1)
    told = [pod(0.0, is_running(0), told="ADDED", policy="Always")]
    told += [pod(20.5, died, policy="Always"), pod(22.0, is_running(22, 1, died), policy="Always")] if restarts else []
    last = has_ended(22, 60) if restarts else has_ended(0, 60)
    told.append(pod(60.0, restarted(last, 1, died) if restarts else last, phase="Failed", policy="Always"))
    if deleted is not None:
        told = [*told[:-1], pod(deleted, is_running(0, int(restarts), died if restarts else None), told="DELETED")]
    printed = [(at, text) for at, text in LINES if not (restarts and 20 <= at < 22.5) and at < (deleted or 60)]
    rotations = [] if rotated is None else [Rotation(rotated, STREAM)]
    lines = follow(tmp_path, world(*told, logs=prints(*printed), rotations=rotations), cuts=cuts)
    ledger = [text for _, text in printed]
    shown = texts(lines)
    assert len(set(shown)) == len(shown)
    assert shown == [text for text in ledger if text in set(shown)]
    if shown != ledger:
        assert any("missing" in mark or "could not be read" in mark for mark in marks(lines)), (shown, marks(lines))
    if rotated is None and deleted is None:
        assert shown == ledger
