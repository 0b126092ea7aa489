"""`python -m tests.explore.soak [VIRTUAL_MINUTES [REAL_MINUTES]]`: one lane watched for long, a fault now and then.

First under the virtual clock, then in real time; prints resident memory, open files and tasks every ten minutes or so,
and exits 1 where memory grows by more than 1 MB a minute, or files or tasks do not come back to what they were.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import resource
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lanewatch.simulator.faults import known_faults
from lanewatch.simulator.scenarios import build_world
from tests.explore.plan import HEAVY
from tests.explore.running import Running, watched
from tests.jumping_loop import run_jumping
from tests.simulator.stories import START

SCENARIO = "runner-offline"  # it never ends: nearly everything is asked as often as it ever is
VIRTUAL_MINUTES, REAL_MINUTES = 120, 10
FAULTY_SECONDS = 20.0  # of every fifth minute
MOST_MEGABYTES_A_MINUTE = 1.0
UNDER_WAY = 12  # files and tasks that requests under way may have at any moment, beside those that are always there


@dataclass(frozen=True, slots=True)
class Sample:
    """What this process held after so many minutes."""

    minute: int
    megabytes: float
    files: int
    tasks: int
    entries: int  # of the journal


def sampled(minute: int, running: Running) -> Sample:
    gc.collect()
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    files, tasks = len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())
    return Sample(minute, resident / 1e6, files, tasks, len(running.session.entries))


async def soaked(minutes: int, say: Callable[[str], None]) -> list[Sample]:
    """A sample for every minute; every fifth minute begins with a fault."""
    folder, dice, found = Path(tempfile.mkdtemp(prefix="lanewatch-soak-")), random.Random(1), []
    try:
        world = build_world(SCENARIO, seed=1, start=START, repositories=folder / "repositories")
        async with watched(world, folder, 0.0) as running:
            for minute in range(1, minutes + 1):
                await _minute(running, minute, dice)
                found.append(sampled(minute, running))
                if minute % max(1, minutes // 12) == 0:
                    say(str(found[-1]))
    finally:
        shutil.rmtree(folder)
    return found


async def _minute(running: Running, minute: int, dice: random.Random) -> None:
    if minute % 5 == 0:
        fault = known_faults()[dice.choice(sorted(set(known_faults()) - HEAVY))]
        running.layer.arm(fault)
        await asyncio.sleep(FAULTY_SECONDS)
        running.layer.disarm()
        await asyncio.sleep(60.0 - FAULTY_SECONDS)
    else:
        await asyncio.sleep(60.0)


def judged(samples: list[Sample]) -> list[str]:
    """What is wrong with them; the first sixth, in which everything is seen for the first time, does not count."""
    counted = samples[len(samples) // 6 :]
    slope = statistics.linear_regression([one.minute for one in counted], [one.megabytes for one in counted]).slope
    files, tasks = [one.files for one in counted], [one.tasks for one in counted]
    print(
        f"{len(samples)} minutes: memory {samples[-1].megabytes:.0f} MB, slope {slope:+.3f} MB/min; "
        f"files {min(files)} to {max(files)}, tasks {min(tasks)} to {max(tasks)}, {samples[-1].entries} journal entries"
    )
    wrong = [f"memory grows by {slope:.2f} MB/min"] if slope > MOST_MEGABYTES_A_MINUTE else []
    for name, held in (("files", files), ("tasks", tasks)):
        half = len(held) // 2
        if max(held[half:]) > max(held[:half]) + UNDER_WAY or min(held[half:]) > min(held[:half]) + 2:
            wrong.append(f"{name} grow: {held}")
    return wrong


def main(virtual: int, real: int) -> int:
    def say(line: str) -> None:
        print(line, flush=True)

    runs: list[tuple[int, Callable[[Coroutine[Any, Any, list[Sample]]], list[Sample]]]]
    runs = [(virtual, run_jumping), (real, asyncio.run)]
    wrong = [problem for minutes, runner in runs if minutes for problem in judged(runner(soaked(minutes, say)))]
    print("\n".join(wrong) or "soak: all constant")
    return 1 if wrong else 0


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(given + [VIRTUAL_MINUTES, REAL_MINUTES][len(given) :])))
