"""`python -m tests.faults.latency [ID…]`: how much later the rows that a fault does not touch are read while it lasts.

Each row of the fault table is played with every stage asked as if it ran. Under the virtual clock and without jitter
the figures are the same in every run: the seconds between two reads of a row, longest and mean, beside those of the
lane without a fault.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest import mock

from lanewatch.rollout.facts import AUTHORITIES
from lanewatch.watch.demand import Demand
from tests.faults import rows  # noqa: F401 - they enter themselves
from tests.faults.lane import FaultyLane, faulty_lane
from tests.faults.playing import settled
from tests.faults.table import IDS, ROWS
from tests.jumping_loop import run_jumping

SECONDS = 45
JOINING_SECONDS = 10.0  # what is read twice as often in the beginning is no measure
MOST = 1.5  # times the fault-free run
LEAST_GAP = 1.0  # seconds: reads of a second apart are as fresh as anyone needs
LEAST_READS = 2

# Faults during which no lane is watched in virtual time, or every row is at fault, by the reason.
UNMEASURED: Mapping[str, tuple[str, ...]] = {
    "a log is read beside the rows, and asks nothing of theirs": ("G01", "G02", "G05", "G06", "D01"),
    "an export and a journal are files alone": ("D03", "D04", "D05"),
    "the terminal alone is touched": ("P01", "P02", "P03", "P04"),
    "processes run, in real time": ("L06", "D02", "P05", "P08"),
    "time itself stands still, for every row": ("P06", "P09"),
    "nothing is asked yet": ("C01", "C02", "C04"),
}


@dataclass(frozen=True, slots=True)
class Gaps:
    """Seconds between two reads of one authority; the longest one may be that to the end."""

    longest: float
    mean: float


@dataclass(frozen=True, slots=True)
class Worst:
    """The row that waits longest, in times of the fault-free run; of so many that the fault does not touch."""

    ratio: float
    authority: str
    untouched: int


@contextmanager
def all_asked() -> Iterator[list[FaultyLane]]:
    """Every stage is asked as if it ran, without jitter; gives the lanes that are watched meanwhile."""
    lanes: list[FaultyLane] = []

    def watched(*parts: Any) -> FaultyLane:
        lanes.append(FaultyLane(*parts))
        return lanes[-1]

    with (
        mock.patch("tests.faults.lane.FaultyLane", watched),
        mock.patch("tests.faults.lane.AttendedSession.demand", return_value=Demand.RUNNING),
        mock.patch("lanewatch.watch.live._jitter", return_value=1.0),
    ):
        yield lanes


def healthy() -> Mapping[str, Gaps]:
    """Of the lane without a fault."""

    def play(folder: Path) -> None:
        async def story() -> None:
            async with faulty_lane(folder) as one:
                await settled(one)
                await one.watch(SECONDS)

        run_jumping(story())

    return measured(play)


def measured(play: Callable[[Path], object]) -> Mapping[str, Gaps]:
    """Of every authority that answered all the time while `play` had a lane watched."""
    with tempfile.TemporaryDirectory() as folder, all_asked() as lanes:
        play(Path(folder))
    one = lanes[0]
    touched = {read.authority for each in one.pictures for read in each.reads if read.has_failed}
    begun, end = one.pictures[0].now.steady + JOINING_SECONDS, one.pictures[-1].now.steady
    entries = [entry for entry in one.session.entries if entry.read_at.steady >= begun]
    times = {
        name: [entry.read_at.steady for entry in entries if entry.authority == name]
        for name in AUTHORITIES
        if name not in touched
    }
    return {name: _gaps(read, end) for name, read in times.items() if len(read) >= LEAST_READS}


def _gaps(read: Sequence[float], end: float) -> Gaps:
    between = [later - earlier for earlier, later in pairwise(read)]
    return Gaps(max(*between, end - read[-1]), sum(between) / len(between))


def worst(without: Mapping[str, Gaps], under: Mapping[str, Gaps]) -> Worst:
    """Of longest and mean the worse, of the rows that the fault does not touch the worst."""
    ratios = {
        name: max(
            max(found.longest, LEAST_GAP) / max(without[name].longest, LEAST_GAP),
            max(found.mean, LEAST_GAP) / max(without[name].mean, LEAST_GAP),
        )
        for name, found in under.items()
    }
    name = max(ratios, key=lambda one: ratios[one])
    return Worst(ratios[name], name, len(ratios))


def measurable() -> tuple[str, ...]:
    left_out = {id for ids in UNMEASURED.values() for id in ids}
    return tuple(id for id in IDS if id in ROWS and id not in left_out)


def told(found: Mapping[str, Worst]) -> str:
    """The foot of docs/faults.md."""
    id = max(found, key=lambda one: found[one].ratio)
    over = [one for one, row in found.items() if row.ratio > MOST]
    rest = "".join(f"- {', '.join(ids)}: {why}\n" for why, ids in UNMEASURED.items())
    return f"""
## What the other rows notice of it

{len(found)} of the {len(IDS)} faults were measured, every stage asked as if it ran. The time between two reads of a
row that the fault does not touch, longest and mean, is at most {found[id].ratio:.2f} × that of the lane without a fault
({id}, {found[id].authority}); {len(over) or "none"} of them is over {MOST} ×. The rest is not measured:

{rest}"""


def all_measured(wanted: Sequence[str] = ()) -> Mapping[str, Worst]:
    """By fault; each is printed."""
    without, found = healthy(), {}
    for name, gap in without.items():
        print(f"{name:34} {gap.longest:5.1f} s at most, {gap.mean:4.1f} s on average between two reads")
    for id in wanted or measurable():
        found[id] = worst(without, measured(ROWS[id].play))
        print(f"{id} {found[id].ratio:.2f} × ({found[id].authority}, of {found[id].untouched} rows)", flush=True)
    return found


def main(wanted: Sequence[str]) -> int:
    found = all_measured(wanted)
    print(told(found))
    return int(any(one.ratio > MOST for one in found.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
