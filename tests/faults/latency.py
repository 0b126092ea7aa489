"""`python -m tests.faults.latency [ID…]`: how much later the rows that a fault does not touch are read while it lasts.

Every stage is asked as if it ran. Under the virtual clock and without jitter the figures are the same in every run: the
seconds between two reads of a row, longest and mean, beside those of the same lane without a fault.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from unittest import mock

from lanewatch.rollout.facts import ARGO, AUTHORITIES, PROVENANCE, RUNTIME, TEKTON, Entry
from lanewatch.rollout.knowledge import ANSWERED
from lanewatch.simulator.faults import known_faults
from lanewatch.watch.demand import Demand
from lanewatch.watch.live import LiveSession
from tests.faults.lane import faulty_lane
from tests.faults.playing import settled
from tests.jumping_loop import run_jumping

SECONDS = 60
MOST = 1.5  # times the fault-free run
THROTTLED = ("H04", "H05")  # a server that asks to be left alone is left alone by all its rows
CLUSTERS = frozenset({PROVENANCE, TEKTON, ARGO, RUNTIME})
LEAST_GAP = 1.0  # seconds: reads of a second apart are as fresh as anyone needs


@dataclass(frozen=True, slots=True)
class Gaps:
    """Seconds between two reads of one authority."""

    longest: float
    mean: float


def gaps(folder: Path, id: str = "") -> Mapping[str, Gaps]:
    """Of every authority that answered all the time while the fault lasted; of none where it never fired."""
    fired: dict[str, int] = {}

    async def story() -> Sequence[Entry]:
        async with faulty_lane(folder) as one:
            await settled(one)
            first = one.session.journal.appended
            touched: set[str] = set()
            if id:
                one.layer.arm(known_faults()[id])
            for _ in range(SECONDS):
                await one.watch(1)
                touched |= {
                    read.authority for read in one.session.rollout.reads if read.outcome not in (None, *ANSWERED)
                }
            fired.update(one.layer.fired)
            new = one.session.journal.appended - first
            return [entry for entry in one.session.entries[-new:] if entry.authority not in touched]

    def running(session: LiveSession, authority: str) -> Demand:
        return Demand.RUNNING

    with (
        mock.patch("tests.faults.lane.AttendedSession.demand", running),
        mock.patch("lanewatch.watch.live._jitter", return_value=1.0),
    ):
        entries = run_jumping(story())
    if id and not fired[id]:
        return {}
    times = {name: [entry.read_at.steady for entry in entries if entry.authority == name] for name in AUTHORITIES}
    left_alone = CLUSTERS if id in THROTTLED else frozenset()
    return {name: _gaps_of(read) for name, read in times.items() if len(read) > 2 and name not in left_alone}


def _gaps_of(read: Sequence[float]) -> Gaps:
    between = [later - earlier for earlier, later in pairwise(read)]
    return Gaps(max(between), sum(between) / len(between))


def ratios(healthy: Mapping[str, Gaps], faulty: Mapping[str, Gaps]) -> Mapping[str, float]:
    """By authority: the worse of longest and mean, in times of the fault-free run."""
    return {
        name: max(
            max(found.longest, LEAST_GAP) / max(healthy[name].longest, LEAST_GAP),
            max(found.mean, LEAST_GAP) / max(healthy[name].mean, LEAST_GAP),
        )
        for name, found in faulty.items()
    }


def measured(id: str = "") -> Mapping[str, Gaps]:
    with tempfile.TemporaryDirectory() as folder:
        return gaps(Path(folder), id)


def main(wanted: Sequence[str]) -> int:
    healthy = measured()
    worst: list[tuple[float, str, str]] = []
    for name, gap in healthy.items():
        print(f"{name:34} {gap.longest:5.1f} s at most, {gap.mean:4.1f} s on average between two reads")
    for id in wanted or sorted(known_faults()):
        found = ratios(healthy, measured(id))
        if not found:
            print(f"{id} never fired: nothing here asks for what it lies over")
            continue
        name = max(found, key=lambda one: found[one])
        worst.append((found[name], id, name))
        print(f"{id} {found[name]:.2f} × ({name}, of {len(found)} rows that it does not touch)", flush=True)
    over = [one for one in worst if one[0] > MOST]
    print(f"{len(worst)} faults, worst {max(worst)[0]:.2f} × ({max(worst)[1]}), {len(over)} over {MOST} ×")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
