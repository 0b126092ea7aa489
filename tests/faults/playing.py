"""One fault from beginning to end: a healthy lane, the fault, what is seen of it, and the lane healthy again."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from lanewatch.rollout.facts import Outcome
from lanewatch.rollout.rollout import Rollout
from lanewatch.simulator.faults import known_faults
from tests.faults.lane import FaultyLane, all_answer, faulty_lane
from tests.faults.table import QUIET, Observed
from tests.jumping_loop import run_jumping

SETTLED_SECONDS = 30
YEARS = re.compile(
    r"\b\d{6,}(\.\d)? /|-\d+(\.\d)? /"
)  # in a stage's used seconds: nothing takes that long, or less than none
CONVERGED_SECONDS = 35  # after the last fault everything is good again within one sweep


class Bugs(logging.Handler):
    """Every error that is logged while a fault is played: a traceback is a bug, wherever it ends."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(f"{record.name}: {record.getMessage()} {record.exc_info or ''}")


def played(story: Callable[[], Awaitable[Observed]]) -> Observed:
    """The story on a jumping loop; raises AssertionError where anything was logged as an error."""
    bugs = Bugs()
    logging.getLogger().addHandler(bugs)
    try:

        async def main() -> Observed:
            return await story()

        observed = run_jumping(main())
    finally:
        logging.getLogger().removeHandler(bugs)
    assert not bugs.found, bugs.found
    return observed


def on_the_wire(
    folder: Path,
    id: str,
    sees: str,
    *,
    hurts: Collection[str] = (),
    seconds: int = 45,
    converges: bool = True,
    **lane: Any,
) -> Observed:
    """A fault of the simulator's layer, over a settled lane. `hurts`: authorities that may be unreadable meanwhile."""

    async def story() -> Observed:
        async with faulty_lane(folder, **lane) as one:
            await settled(one)
            before = one.standing()
            one.layer.arm(known_faults()[id])
            line = await seen(one, sees, seconds, hurts, before)
            fired = one.layer.fired[id]
            one.layer.disarm()
            if converges:
                await converged(one, before)
            return Observed(fired, line)

    return played(story)


@contextmanager
def opened(path: Path) -> Iterator[Callable[[], int]]:
    """How often this process opens the file."""
    real, count = os.open, 0

    def counted(name: Any, *rest: Any, **options: Any) -> int:
        nonlocal count
        count += name == path
        return real(name, *rest, **options)

    with mock.patch.object(os, "open", counted):
        yield lambda: count


async def settled(one: FaultyLane) -> None:
    healthy = await one.until(lambda rollout: one.session.settled() and all_answer(rollout), SETTLED_SECONDS)
    assert healthy, one.lines()


async def converged(one: FaultyLane, before: list[str]) -> None:
    """All is as it was within one sweep."""
    again = await one.until(lambda rollout: all_answer(rollout) and one.standing() == before, CONVERGED_SECONDS)
    assert again, [line for line in one.standing() if line not in before]


async def seen(
    one: FaultyLane, sees: str, seconds: int, hurts: Collection[str] = (), before: list[str] | None = None
) -> str:
    """Watch on; gives the line that `sees` is part of. With QUIET nothing may change at any moment."""
    found = QUIET if sees == QUIET else ""
    for _ in range(seconds):
        await one.watch(1)
        unaffected(one.session.rollout, hurts)
        if sees == QUIET:
            assert before is None or one.standing() == before, [x for x in one.standing() if x not in before]
        found = found or next((line for line in one.lines() if sees in line), "")
    assert found, f"nobody saw {sees!r}:\n" + "\n".join(one.lines())
    assert not YEARS.search("\n".join(one.lines())), "a duration of years"
    return re.sub(r"\b\d+\.\d(?= ?[/s])", "n.n", found)


def unaffected(rollout: Rollout, hurts: Collection[str]) -> None:
    """Rows that the fault does not touch go on."""
    for read in rollout.reads:
        if read.authority not in hurts:
            assert read.outcome in (None, Outcome.OK, Outcome.ABSENT), (read.authority, read.outcome, read.reason)
