"""What one seed means: a scenario, where in it the watch begins, and what goes wrong when. Plain values."""

from __future__ import annotations

import random
from dataclasses import dataclass

from lanewatch.simulator.faults import known_faults
from lanewatch.simulator.scenarios import SCENARIOS

AFTER_END = 5.0  # a finished lane is watched from so many seconds after its last event
# Disturbances of ours, beside the simulator's faults.
SUSPEND, STEP, SWEEP, OPEN = "suspend", "step", "sweep", "open"
EDIT, ROTATE, FORCE, SKEW = "edit", "rotate", "force-push", "skew"
AT_ONCE = frozenset({SUSPEND, STEP, SWEEP, OPEN, ROTATE, FORCE, SKEW})  # these have no end
SKEWED = ("gitea", "kubernetes")
HEAVY = frozenset({"H15", "J01"})  # hundreds of megabytes each time they fire: drawn ten times less often
# How an answer arrives is the same for every question: these may be laid over all that one server answers.
SPREAD = (
    *("N05", "N06", "N07", "N09", "N11", "A02", "A03", "H04", "H05", "H06", "H07", "H08", "H09"),
    *("H10", "H11", "H12", "H13", "H14", "H16", "J02", "J03", "J04", "J06"),
)
SERVERS = ("gitea", "kubernetes", "registry")
DELAYS = (0.0, 0.0, 0.02, 0.2)  # seconds before every answer


@dataclass(frozen=True, slots=True)
class Disturbance:
    """One thing that goes wrong from `begins` (seconds after the watch began) on.

    what: a fault's id, or one of ours: the machine sleeps for `seconds`, its clock is stepped by them, a person asks
    for a sweep, opens something or edits the connections (for `seconds` they are half written), Gitea's token is
    rotated, the branch pushed back, or a server's clock is off by `seconds`.
    over: "" as the fault has it, else the server all of whose answers it lies over.
    """

    what: str
    over: str
    begins: float
    seconds: float

    @property
    def ends(self) -> float:
        return self.begins + (0.0 if self.what in AT_ONCE else self.seconds)

    def __str__(self) -> str:
        place = f" over all of {self.over}" if self.over else ""
        return f"{self.what}{place} at {self.begins:.1f} s for {self.seconds:.1f} s"


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. at: the world's second at which the watch begins."""

    seed: int
    scenario: str
    at: float
    delay: float
    disturbances: tuple[Disturbance, ...]

    def __str__(self) -> str:
        lines = [f"SEED={self.seed} scenario {self.scenario} from second {self.at:.1f}, answers after {self.delay} s"]
        return "\n".join([*lines, *(f"  {one}" for one in self.disturbances)])


def drawn(seed: int) -> Plan:
    """The plan of a seed; always the same one."""
    dice = random.Random(seed)
    scenario = dice.choice(sorted(SCENARIOS))
    end = SCENARIOS[scenario].end
    at = round(dice.choice((0.0, dice.uniform(0.0, end), dice.uniform(0.6 * end, end), end + AFTER_END)), 1)
    length = max(60.0, end - at)
    count = dice.choice((0, 1, 1, 2, 2, 3, 4, 6))
    found = (_disturbance(dice, length, at >= end) for _ in range(count))
    return Plan(seed, scenario, at, dice.choice(DELAYS), tuple(sorted(found, key=lambda one: one.begins)))


def _disturbance(dice: random.Random, length: float, ended: bool) -> Disturbance:
    begins = round(dice.uniform(0.0, 0.8 * length), 1)
    chance = dice.random()
    if chance < 0.2:
        return _of_ours(dice, begins, ended)
    seconds = round(dice.choice((dice.uniform(0.5, 8.0), dice.uniform(8.0, 40.0), dice.uniform(40.0, 90.0))), 1)
    if chance < 0.5:
        return Disturbance(dice.choice(SPREAD), dice.choice(SERVERS), begins, seconds)
    ids = sorted(known_faults())
    id = dice.choice(ids)
    return Disturbance(id if id not in HEAVY or dice.random() < 0.1 else "H06", "", begins, seconds)


def _of_ours(dice: random.Random, begins: float, ended: bool) -> Disturbance:
    """The world of a lane that still moves cannot sleep: only its last state is the same however long that took."""
    what = dice.choice((STEP, SWEEP, OPEN, EDIT, ROTATE, FORCE, SKEW, *([SUSPEND] if ended else [])))
    seconds = {
        SUSPEND: dice.uniform(5.0, 7200.0),
        STEP: dice.uniform(-7200.0, 7200.0),
        EDIT: dice.choice((0.0, dice.uniform(1.0, 20.0))),
        SKEW: dice.choice((dice.uniform(-5.0, 5.0), dice.uniform(-300.0, 300.0), dice.uniform(-7200.0, 7200.0))),
    }.get(what, 0.0)
    return Disturbance(what, dice.choice(SKEWED) if what == SKEW else "", begins, round(seconds, 1))
