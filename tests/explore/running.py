"""One plan from beginning to end, under a virtual clock: the product whole but for the screen, the simulator's servers
and the faults in one loop; what came of it.

`upstream` is left out of the connections: git is a child process, for which time has to stand still.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import logging
import random
import shutil
import ssl
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from lanewatch.rollout.facts import Entry, Handle, Moment
from lanewatch.rollout.picture import project
from lanewatch.rollout.reports import OperatorReport
from lanewatch.rollout.rollout import Rollout
from lanewatch.simulator import handover
from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.faults import known_faults
from lanewatch.simulator.refs import RefMover
from lanewatch.simulator.serving import Served, served
from lanewatch.simulator.world import World
from lanewatch.spec.connecting import load_connections
from lanewatch.spec.connections import Connections
from lanewatch.spec.lane import Lane
from lanewatch.watch import assembly
from lanewatch.watch.configuration import Configuration, Configured
from lanewatch.watch.journal_lines import Chain, read_lines
from lanewatch.watch.live import Connected, LiveSession
from tests.authorities.served_lane import lane
from tests.explore import ours
from tests.explore.invariants import ANSWERED, Checker
from tests.explore.plan import EDIT, FORCE, OPEN, ROTATE, SKEW, STEP, SUSPEND, SWEEP, Disturbance, Plan
from tests.explore.truth import LANE, Truth, commit_of
from tests.explore.wire import Wire
from tests.explore.worlds import world_of
from tests.faults.lane import LaneClock
from tests.faults.playing import Bugs
from tests.jumping_loop import run_jumping
from tests.simulator.stories import START

CONVERGED_SECONDS = 35.0  # after the last fault and the world's last event
STAYS_SECONDS = 10.0  # so long the right end state must hold
OPEN_SECONDS = 60.0  # whatever a person opens has its own deadline below this


@dataclass(slots=True)
class Result:
    """What came of one plan. broken: the invariants that did not hold, each with the first words of it."""

    plan: Plan
    checks: int = 0
    pictures: int = 0
    fired: int = 0
    kinds: frozenset[str] = frozenset()  # of what has fired
    seconds: float = 0.0  # virtual
    broken: dict[str, str] = field(default_factory=dict)


class Looked(LiveSession):
    """A live session each of whose pictures is looked at."""

    look: Callable[[Rollout], None] = staticmethod(lambda rollout: None)

    def _project(self) -> None:
        super()._project()
        self.look(self._rollout)


@dataclass(slots=True)
class Running:
    """One watched lane, its world and its faults."""

    session: Looked
    layer: Wire
    clock: LaneClock
    world: WorldClock
    dice: random.Random
    served: Served
    folder: Path
    told: World
    whole: str  # the connections as they were written
    opening: set[asyncio.Task[None]] = field(default_factory=set)

    def second(self) -> float:
        return self.world.at()


def run(plan: Plan) -> Result:
    """Never raises for what the product does wrong: that is in `broken`."""
    result, bugs = Result(plan), Bugs()
    logging.getLogger().addHandler(bugs)
    random.seed(plan.seed)  # the product's jitter
    folder = Path(tempfile.mkdtemp(prefix="lanewatch-explore-"))
    try:
        with world_of(plan.scenario) as world, patch("ssl.create_default_context", _context):
            run_jumping(_explored(plan, world, folder, result))
        gc.collect()  # tasks that were destroyed while pending say so now
    finally:
        logging.getLogger().removeHandler(bugs)
        shutil.rmtree(folder)
    if bugs.found:
        result.broken.setdefault("traceback", bugs.found[0][:1500])
    return result


@functools.cache
def _context(cafile: str | None = None, cadata: str | bytes | None = None) -> ssl.SSLContext:
    """Every server here speaks plain HTTP: what would trust the others takes longest of all to make."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


async def _explored(plan: Plan, world: World, folder: Path, result: Result) -> None:
    before = asyncio.all_tasks()
    checker = Checker(lane(), Truth(world), plan.disturbances)
    try:
        edited = any(one.what == EDIT for one in plan.disturbances)
        async with watched(world, folder, plan.at, plan.seed, plan.delay, edited) as running:
            checker.began, clock = running.clock.now().steady, running.clock
            checker.slept = lambda: clock.slept
            checker.told = running.layer.told
            looked_at(running, checker)
            await _disturbed(plan, running, checker)
            if not checker.broken:
                await _converged(running, checker, world)
            _replayed(running.session, checker)
            result.fired = sum(running.layer.fired.values())
            result.kinds = frozenset(id.rpartition(":")[2] for id, times in running.layer.fired.items() if times)
    except Exception as error:
        checker.broken.setdefault("raised", f"{type(error).__name__}: {error}")
    result.seconds = asyncio.get_running_loop().time()
    await asyncio.sleep(0.5)
    left = [task.get_name() + str(task.get_coro()) for task in asyncio.all_tasks() - before if not task.done()]
    checker.hold("tasks", not left, f"still there after close: {left[:3]}")
    result.checks, result.pictures, result.broken = checker.checks, checker.pictures, checker.broken


@asynccontextmanager
async def watched(
    world: World, folder: Path, at: float, seed: int = 0, delay: float = 0.0, edited: bool = False
) -> AsyncIterator[Running]:
    """The product on a served world, from its second `at` on. edited: it looks whether its files are."""
    clock, loop = LaneClock(at), asyncio.get_running_loop()
    layer = Wire(now=lambda: clock.now().steady)
    began = loop.time()
    clock._seconds = lambda: loop.time() - began
    worldly = WorldClock(START, at, 0.0, 1.0, lambda: loop.time() - began + clock.slept)
    target = lane()
    async with served(world, worldly, faults=layer, delay=delay, health_path=target.health_path) as servers:
        said = handover.connections(world, servers, folder, target.workload, target.repository)
        del said["upstream"]
        handover.write_whole(folder / "connections.yaml", handover.as_yaml(said))
        file = folder / "connections.yaml"
        connect = functools.partial(_connected, target, world, clock)
        first = load_connections(file)

        def configured() -> Configured:
            return Configured(target, functools.partial(connect, load_connections(file)), (), (file,))

        def again() -> Configured:
            layer.fired[EDIT] = layer.fired.get(EDIT, 0) + 1
            return configured()

        followed = Configuration(configured(), again) if edited else None
        session = Looked(target, clock, functools.partial(connect, first), configuration=followed)
        async with session:
            dice, whole = random.Random(seed), file.read_text()
            yield Running(session, layer, clock, worldly, dice, servers, folder, world, whole)


def _connected(target: Lane, world: World, clock: LaneClock, connections: Connections) -> Connected:
    operator = OperatorReport(commit_of(world), "connections", connections.pushed_at, upstream_configured=False)
    return assembly.connect(target, connections, operator, clock)


def looked_at(running: Running, checker: Checker) -> None:
    """Every picture from now on goes to the checker, with what the journal gained before it."""
    heard = 0

    def look(rollout: Rollout) -> None:
        nonlocal heard
        journal = running.session.journal
        new = journal.appended - heard
        for entry in journal.entries[len(journal.entries) - new :]:
            checker.heard(entry)
        heard = journal.appended
        checker.look(rollout, journal.entries, running.session.knowledge, running.second())

    running.session.look = look


async def _disturbed(plan: Plan, running: Running, checker: Checker) -> None:
    """Let everything go wrong at its time, until nothing does any more or an invariant is broken."""
    begins = [(one.begins, number, one, True) for number, one in enumerate(plan.disturbances)]
    ends = [(one.ends, number, one, False) for number, one in enumerate(plan.disturbances)]
    for at, number, one, begin in sorted(begins + ends, key=lambda event: event[:2]):
        await _look_until(at, running, checker)
        if checker.broken:
            return
        _disturb(number, one, begin, running, checker)
    running.layer.armed = {name: one for name, one in running.layer.armed.items() if isinstance(one, ours.Rotated)}


def _disturb(number: int, one: Disturbance, begin: bool, running: Running, checker: Checker) -> None:
    name = f"{number}:{one.what}"
    if one.what == SUSPEND:
        running.clock.slept += one.seconds if begin else 0.0
    elif one.what == STEP:
        running.clock.stepped += one.seconds if begin else 0.0
    elif one.what == SWEEP:
        running.session.sweep_now()
    elif one.what == OPEN:
        _open(running, checker, begin)
    elif one.what == EDIT:
        ours.edited(running.folder / "connections.yaml", running.whole, number, broken=begin)
    elif one.what in (ROTATE, FORCE, SKEW):
        if begin:
            _changed(name, one, running)
    elif begin:
        fault = known_faults()[one.what]
        wide: dict[str, Any] = {"server": one.over, "path": "", "watch": None} if one.over else {}
        running.layer.arm(replace(fault, id=name, **wide))
    else:
        running.layer.armed.pop(name, None)


def _changed(name: str, one: Disturbance, running: Running) -> None:
    """For good."""
    if one.what == SKEW:
        running.layer.skews[one.over] = one.seconds
    elif one.what == ROTATE:
        running.layer.arm(ours.rotated(name, running.folder, running.served))
    elif change := ours.forced(running.told, f"refs/heads/{running.session.lane.branch}", running.second()):
        RefMover(running.told)._move(change)
        running.layer.fired[FORCE] = 1


def _open(running: Running, checker: Checker, begin: bool) -> None:
    handles = [handle for stage in running.session.rollout.stages for handle in stage.handles]
    if begin and handles:
        task = asyncio.create_task(_opened(running, checker, running.dice.choice(handles)))
        running.opening.add(task)
        task.add_done_callback(running.opening.discard)


async def _opened(running: Running, checker: Checker, handle: Handle) -> None:
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            await running.session.open(handle)
    except Exception as error:
        checker.hold("opening", False, f"{handle.locator}: {type(error).__name__} {error}")


async def _look_until(at: float, running: Running, checker: Checker) -> None:
    """Until our second `at` after the beginning, or until something is broken."""
    loop, slept = asyncio.get_running_loop(), running.clock.slept
    ends = loop.time() + at - (running.clock.now().steady - slept - checker.began)
    while loop.time() < ends and not checker.broken:
        await asyncio.sleep(min(1.0, ends - loop.time()))
        for task in running.session._tasks:
            checker.hold("traceback", not task.done(), f"the session ended: {task}")


async def _converged(running: Running, checker: Checker, world: World) -> None:
    """All faults off: every authority good and the right end state within a sweep, and it stays."""

    def since() -> float:
        return running.clock.now().steady - running.clock.slept - checker.began

    await _look_until(since() + world.end - running.second(), running, checker)
    latest, right_since = since() + CONVERGED_SECONDS, None
    while not checker.broken and (right_since is None or since() < right_since + STAYS_SECONDS):
        wrong = _wrong(running.session.rollout, checker.truth)  # a read begun under a fault may end as late as this
        right_since = None if wrong else right_since if right_since is not None else since()
        checker.hold("end state", not wrong or since() < latest, f"{CONVERGED_SECONDS:.0f} s after all faults: {wrong}")
        await _look_until(since() + 0.5, running, checker)
    await asyncio.gather(*running.opening)


def _wrong(rollout: Rollout, truth: Truth) -> str:
    """What is not as the ledger has it, or cannot be read; "" if nothing."""
    shown = {LANE: rollout.state, **{stage.id: stage.state for stage in rollout.stages}}
    true = truth.at_end()
    wrong = [
        f"{one} is {state}, truly {true.get(one, state)}"
        for one, state in shown.items()
        if true.get(one, state) != state
    ]
    failed = [one for one in rollout.reads if one.outcome not in (None, *ANSWERED)]
    return "; ".join([*wrong, *(f"{one.authority}: {one.outcome} {one.reason}" for one in failed)])


def _replayed(session: LiveSession, checker: Checker) -> None:
    """The journal gives the same picture again, also from the lines that a file would hold."""
    rollout, entries = session.rollout, list(session.entries)
    checker.hold("replay", project(session.lane, entries, rollout.now) == rollout, "another picture at the end")
    chain = Chain()
    lines = [chain.line(session.lane.target), *(chain.line(entry) for entry in entries)]
    kept: list[Entry] = [line.body for line in read_lines(lines) if not isinstance(line.body, str | Moment)]
    checker.hold("replay", project(session.lane, kept, rollout.now) == rollout, "another picture from its lines")
