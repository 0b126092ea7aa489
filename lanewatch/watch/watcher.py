"""Runs the authorities: each on its own period, all at once, every answer into the journal and the knowledge.

A hung authority costs only its own row: each has a task of its own and no task waits for another. The loops are three
lines; the step inside is finite.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import reduce

from lanewatch.authorities.interface import Authority
from lanewatch.clients.clock import Clock
from lanewatch.clients.confirming import confirmed_within
from lanewatch.rollout.correlation import correlate
from lanewatch.rollout.facts import ANSWERED, UNREADABLE, Correlation, Entry, Knowledge, Observation, Outcome
from lanewatch.rollout.knowledge import learn
from lanewatch.rollout.picture import unsettled
from lanewatch.watch.demand import Demand, seconds_between
from lanewatch.watch.journal import Journal

log = logging.getLogger(__name__)

NEWS_SECONDS = 1.0  # between two reads that news cause: a rollout tells forty times in half a minute
SLOWEST_RETRY = 14.0  # who looks at a row wants to see it come back; the period of a denied authority is longer
SLOWEST_AT_REST = 20.0  # where a stage has ended: still within one sweep after whatever was wrong
PARTIAL_TRIES = 10  # five minutes in all: what was broken for a while is whole again, a right that lacks goes on to
DENIED_SECONDS = 30.0  # a right that lacks is granted by a person, and a wrong token may lock an account
BELT_SECONDS = 40.0  # above every deadline of the clients: fires only where one of them failed to


@dataclass(slots=True)
class Turn:
    """Where one authority stands in its loop."""

    authority: Authority
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    asked: Correlation | None = None  # the subject of its last read, which may be under way
    answered: Correlation | None = None  # the subject of its last answer
    outcome: Outcome = Outcome.OK  # of its last read
    failures: int = 0  # reads without an answer since the last one that had it
    partial: int = 0  # answers in a row of which a part could not be read
    began: float = 0.0  # when its last read began, on the loop's clock
    demand: Demand = Demand.RUNNING  # when its pause began
    urged: bool = True  # somebody wants to see it confirmed, not only streamed

    def heard(self, subject: Correlation, observation: Observation) -> None:
        """Its read has ended."""
        self.answered, self.outcome = subject, observation.outcome
        self.failures = 0 if self.outcome in ANSWERED else self.failures + 1
        self.partial = self.partial + 1 if any(fact.quality in UNREADABLE for fact in observation.facts) else 0


class Watcher:
    """Polls every authority until cancelled.

    `on_change` is called after every entry, with nothing to await in it; `demand` tells how much the stage of an
    authority needs to be asked about; `jitter` gives the factor of each period, so that many viewers do not ask in
    step.
    """

    def __init__(
        self,
        authorities: Sequence[Authority],
        clock: Clock,
        journal: Journal,
        on_change: Callable[[], None],
        demand: Callable[[str], Demand] = lambda authority: Demand.RUNNING,
        jitter: Callable[[], float] = lambda: 1.0,
    ) -> None:
        self.knowledge = Knowledge()
        self._turns = {authority.id: Turn(authority) for authority in authorities}
        self._clock = clock
        self._journal = journal
        self._on_change = on_change
        self._demand = demand
        self._jitter = jitter

    @property
    def correlation(self) -> Correlation:
        return correlate(self.knowledge)

    def recall(self, entries: Sequence[Entry]) -> None:
        """Know what an earlier run had read; every authority is asked anew all the same."""
        self._journal.recall(entries)
        self.knowledge = reduce(learn, entries, self.knowledge)

    def tell(self, observation: Observation) -> None:
        """Enter what was read or said into the journal, learn from it, and wake whoever's question it changed."""
        entry = self._journal.append(observation)
        self.knowledge = learn(self.knowledge, entry)
        known = self.correlation
        for turn in self._turns.values():
            if turn.asked != turn.authority.subject(known):
                turn.woken.set()
        self._on_change()
        self._wake_the_needed(self._unsettled() if entry is observation else frozenset())

    def sweep_now(self) -> None:
        for turn in self._turns.values():
            turn.urged = True
            turn.woken.set()

    def settled(self) -> bool:
        """Whether every authority that can be asked has answered for a correlation that nothing outstanding changes."""
        waiting = self._unsettled()
        return not any(self._outstanding(turn, waiting) for turn in self._turns.values())

    async def run(self) -> None:
        """Watch until cancelled."""
        async with asyncio.TaskGroup() as group:
            for turn in self._turns.values():
                group.create_task(self._watch(turn), name=turn.authority.id)

    async def _watch(self, turn: Turn) -> None:
        while True:
            await self._step(turn)

    async def _step(self, turn: Turn) -> None:
        """Ask once if it can be asked, then wait until there is a reason to ask again."""
        turn.woken.clear()
        subject = turn.authority.subject(self.correlation)
        if _missing(turn.authority, subject):
            await turn.woken.wait()
            return
        turn.began, turn.asked = asyncio.get_running_loop().time(), subject
        with confirmed_within(self._demand_of(turn).value):
            turn.urged = False
            observation = await self._read(turn.authority, subject)
        turn.heard(subject, observation)
        self.tell(observation)
        await self._pause(turn)

    async def _read(self, authority: Authority, subject: Correlation) -> Observation:
        """The authority's answer. Its own bug or a deadline that failed is told as an error of its row, and logged."""
        began = self._clock.now()
        try:
            async with asyncio.timeout(BELT_SECONDS):
                return await authority.read(subject)
        except TimeoutError:
            outcome, reason = Outcome.TIMEOUT, f"no answer within {BELT_SECONDS:.0f} s"
        except Exception as error:  # the boundary where a bug in one authority may not take the others down
            log.exception("authority %s raised", authority.id)
            outcome, reason = Outcome.ERROR, f"bug in lanewatch: {type(error).__name__}; at the end a report is named"
        now = self._clock.now()
        return Observation(authority.id, subject, outcome, reason, now, now.steady - began.steady)

    async def _pause(self, turn: Turn) -> None:
        """Wait for the period to pass, a changed question, a watch's news, or the operator."""
        turn.demand = self._demand_of(turn)
        woken = asyncio.ensure_future(turn.woken.wait())
        reasons = {woken, asyncio.ensure_future(turn.authority.changed())}
        try:
            await asyncio.wait(reasons, timeout=self._seconds(turn), return_when=asyncio.FIRST_COMPLETED)
            if not woken.done():
                gap = turn.began + NEWS_SECONDS - asyncio.get_running_loop().time()
                await asyncio.wait({woken}, timeout=max(0.0, gap))
        finally:
            for reason in reasons:
                reason.cancel()

    def _seconds(self, turn: Turn) -> float:
        """How long until it is asked again: its period, longer with every failure, much longer when refused."""
        period = turn.authority.period
        if turn.outcome is Outcome.DENIED:
            return max(period.active, DENIED_SECONDS) * self._jitter()
        if turn.outcome is Outcome.THROTTLED:
            return period.active * self._jitter()  # its client leaves the server alone for as long as that asks
        if turn.failures:
            slowest = SLOWEST_AT_REST if turn.demand in (Demand.RESTING, Demand.FINISHED) else SLOWEST_RETRY
            slowed = min(slowest, period.active * 2.0 ** min(turn.failures, 8))
            return max(period.active, slowed) * self._jitter()
        soon = turn.demand is Demand.FINISHED and 0 < turn.partial <= PARTIAL_TRIES
        return seconds_between(period, Demand.RESTING if soon else turn.demand) * self._jitter()

    def _unsettled(self) -> frozenset[str]:
        return unsettled(self.knowledge, self._clock.now())

    def _wake_the_needed(self, awaited: frozenset[str]) -> None:
        """Whoever was let rest for longer than it now may: it is awaited, its stage runs, or its lane does again."""
        for turn in self._turns.values():
            demand = Demand.RUNNING if turn.authority.id in awaited else self._demand(turn.authority.id)
            if demand.value < turn.demand.value:
                turn.demand = demand
                turn.woken.set()

    def _demand_of(self, turn: Turn) -> Demand:
        """What the picture says of its stage; the operator, or an answer that is waited for, wants it all."""
        urgent = turn.urged or turn.authority.id in self._unsettled()
        return Demand.RUNNING if urgent else self._demand(turn.authority.id)

    def _outstanding(self, turn: Turn, waiting: frozenset[str]) -> bool:
        subject = turn.authority.subject(self.correlation)
        if _missing(turn.authority, subject):
            return False
        return turn.answered != subject or turn.authority.id in waiting


def _missing(authority: Authority, subject: Correlation) -> bool:
    return any(getattr(subject, name) is None for name in authority.needs)
