"""The live session: authorities feed the watcher, the watcher feeds the picture, the picture feeds whoever looks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lanewatch.authorities.interface import Authority
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import Clock
from lanewatch.rollout.facts import OPERATOR, Entry, Handle, Knowledge, Observation
from lanewatch.rollout.picture import picture
from lanewatch.rollout.record import Record
from lanewatch.rollout.reports import OperatorReport
from lanewatch.rollout.rollout import Rollout
from lanewatch.spec.lane import Lane
from lanewatch.text import PATTERNS_ONLY, Redactor
from lanewatch.watch.configuration import Configuration, Configured
from lanewatch.watch.demand import Demand, demand_of
from lanewatch.watch.journal import Journal
from lanewatch.watch.session import WITH_RUNS, Opened, Recent
from lanewatch.watch.sleeps import Sleeps
from lanewatch.watch.stalls import Stalls
from lanewatch.watch.waiting import has_ended
from lanewatch.watch.watcher import Watcher

if TYPE_CHECKING:
    from lanewatch.logs.log import Log
    from lanewatch.logs.reading import LogReader
    from lanewatch.rollout.gate.build_log import BuildLog
    from lanewatch.watch.keeping import JournalKeeper
    from lanewatch.watch.objects import ObjectReader
    from lanewatch.watch.opener import Opener

TICK_SECONDS = 1.0  # how often ages move when nothing else does


@dataclass(frozen=True, slots=True)
class Connected:
    """Everything that asks the outside (made by lanewatch.watch.assembly), and the first entry of the journal."""

    authorities: Sequence[Authority]
    first: Observation
    logs: LogReader
    objects: ObjectReader
    opener: Opener
    close: Callable[[], Awaitable[None]]


class LiveSession:
    """One watched lane, entered with `async with`; leaving it ends every task and closes the clients.

    `connect` imports and makes the clients, which takes longer than a first frame: it runs in a thread once the session
    is started, so that a screen is there before anything is asked.
    """

    def __init__(
        self,
        lane: Lane,
        clock: Clock,
        connect: Callable[[], Connected],
        spec_texts: Sequence[tuple[str, bytes]] = (),
        keeper: JournalKeeper | None = None,
        past: Callable[[str], Sequence[Record]] = lambda target: (),
        configuration: Configuration | None = None,
    ) -> None:
        self.lane = lane
        self.spec_texts = spec_texts  # label and bytes of every file that the lane was read from, for evidence
        self.journal = Journal()
        self._keeper = keeper  # writes the journal down as it grows; None: it lives in memory only
        self._past = past  # reads the rollouts of a target that were seen to end, for the forecast
        self._history: Sequence[Record] = ()
        self._configuration = configuration  # the files that all this was made from; None: they are not looked at
        self._clock = clock
        self._connect = connect
        self._connected: Connected | None = None
        self._watcher: Watcher | None = None
        self._news = asyncio.Event()
        self._closed = False
        self._tasks: list[asyncio.Task[None]] = []
        self._watching: asyncio.Task[None] | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._stalls: Stalls | None = None
        self._sleeps: Sleeps | None = None
        self._rollout = picture(lane, Knowledge(), clock.now())

    @property
    def rollout(self) -> Rollout:
        return self._rollout

    @property
    def knowledge(self) -> Knowledge:
        return Knowledge() if self._watcher is None else self._watcher.knowledge

    @property
    def entries(self) -> Sequence[Entry]:
        """The journal so far."""
        return self.journal.entries

    @property
    def history(self) -> Sequence[Record]:
        """The records of past rollouts that the picture's forecast rests on."""
        return self._history

    @property
    def redactor(self) -> Redactor:
        """Knows every secret that was loaded; before anything was, the patterns only."""
        return PATTERNS_ONLY if self._connected is None else self._connected.objects.redactor

    @property
    def connected(self) -> Connected:
        """The clients; there are some as soon as anything was asked."""
        assert self._connected is not None, "nothing was asked yet"
        return self._connected

    def settled(self) -> bool:
        """See Watcher.settled."""
        return self._watcher is not None and self._watcher.settled()

    def start(self) -> None:
        """Begin to ask; once."""
        if not self._tasks:
            seconds = asyncio.get_running_loop().time
            self._stalls = Stalls(TICK_SECONDS, seconds)
            self._sleeps = Sleeps(lambda: self._clock.now().steady, seconds)
            self._watching = self._begin(self._watch())
            self._begin(self._tick(self._stalls, self._sleeps))
            if self._configuration is not None:
                self._begin(self._configuration.follow(self._apply))

    async def __aenter__(self) -> LiveSession:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def pictures(self) -> AsyncIterator[Rollout]:
        """Every new picture, the latest first after a pause; ends when the session is closed, raises what broke it."""
        while not self._closed:
            for task in self._tasks:
                if task.done():
                    task.result()
            news = self._news
            yield self._rollout
            await news.wait()

    async def open(self, handle: Handle) -> Opened:
        return await self.connected.opener.open(handle)

    def log(self, handle: Handle) -> Log:
        """The log behind a handle, whole and not yet read: see Log.run. Raises ReadFailure."""
        return self.connected.logs.open(handle)

    async def asides(self, handles: Sequence[Handle]) -> tuple[list[Handle], list[str]]:
        """Logs of init containers and sidecars beside those of these handles; and why some could not be asked."""
        return await self.connected.logs.asides(handles)

    def sweep_now(self) -> None:
        if self._watcher is not None:
            self._watcher.sweep_now()

    @property
    def trouble(self) -> str:
        """What a person must know of this run of ours itself."""
        tellers = (self._stalls, self._sleeps, self._keeper, self._configuration)
        told = [one.trouble for one in tellers if one is not None]
        return next((trouble for trouble in told if trouble), "")

    def choose(self, commit: str) -> None:
        """Watch another commit: what the person said of the former one, such as when it was pushed, is not its own."""
        self._say(commit=commit, commit_by="operator", pushed_at=None, note="")

    def remark(self, text: str) -> None:
        """Enter a note of the person into the journal."""
        self._say(note=text)

    async def recent(self, with_runs: int = WITH_RUNS) -> Recent:
        from lanewatch.watch.recent import recent_commits  # with the clients, long after the first frame

        if self._connected is None:
            return Recent((), "nothing was asked yet")
        gitea = self._connected.objects.gitea
        return await recent_commits(self.lane, self.knowledge, gitea, self.redactor, with_runs)

    async def head(self, lane: Lane) -> str | None:
        """The newest commit of a lane's branch on the mirror, with one request; None where it cannot be told."""
        gitea = None if self._connected is None else self._connected.objects.gitea
        mirrored = next((one for one in lane.mirror_repositories if one.repository == lane.repository), None)
        if gitea is None or mirrored is None:
            return None
        try:
            ref = await gitea.ref(mirrored.repository, f"refs/heads/{mirrored.upstream_branch}")
        except ReadFailure:  # its row tells the next time that the lane is swept
            return None
        return None if ref is None else ref.sha

    async def build(self) -> BuildLog:
        """What the builder of the watched commit logged, for the gate; with a reason where it could not be read."""
        from lanewatch.rollout.gate import NOT_READ
        from lanewatch.rollout.stages import judged
        from lanewatch.watch.building import read_build

        if self._connected is None:
            return NOT_READ
        case, cluster = judged(self.knowledge, self._rollout.now), self._connected.objects.clusters.get("ci")
        return await read_build(case, cluster, self.lane.pipeline_namespace, self._connected.logs)

    def _say(self, **said: Any) -> None:
        """One more word of the operator: everything said before that is not changed by it holds on."""
        if self._watcher is None or self._connected is None:
            return
        before, first = self._said(), self._connected.first
        self._watcher.tell(replace(first, read_at=self._clock.now(), report=replace(before, **said)))

    def _said(self) -> OperatorReport:
        """What the person and the configuration have said so far."""
        seen = self.knowledge.seen.get(OPERATOR)
        report = seen.last.report if seen else None
        return report if isinstance(report, OperatorReport) else OperatorReport()

    async def close(self) -> None:
        """End every task, then the clients; whoever iterates over pictures comes to the end."""
        if self._closed:
            return
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._keeper is not None:
            await asyncio.to_thread(self._keeper.finish, self.journal)
        self._announce()
        if self._connected is not None:
            self._connected.logs.close(ended=has_ended(self._rollout))
            await self._connected.close()

    async def _watch(self) -> None:
        connected = self._connected
        if connected is None:
            connected = await asyncio.to_thread(self._connect)
        self._history = await asyncio.to_thread(self._past, self.lane.target)
        self._connected, known = connected, self.knowledge  # there is some where the configuration was changed
        connected.logs.entries = lambda: self.journal.entries
        if self._keeper is not None:
            connected.logs.keep(self._keeper.lane)
        self._watcher = Watcher(connected.authorities, self._clock, self.journal, self._project, self.demand, _jitter)
        self._watcher.knowledge = known
        if self._keeper is not None and not known.seen:
            self._watcher.recall(await asyncio.to_thread(self._keeper.resumed, self._clock.now()))
            self._keeping = asyncio.create_task(self._keeper.run(self.journal))
            self._tasks.append(self._keeping)
        self._watcher.tell(connected.first)
        await self._watcher.run()

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.append(task)
        task.add_done_callback(lambda _: self._announce())
        return task

    async def _apply(self, found: Configured) -> str:
        """Go on with another configuration: new clients; of the same lane the journal and the commit that was chosen.

        Gives why it cannot be used; "" once it is.
        """
        try:
            connected = await asyncio.to_thread(found.connect)
        except (ReadFailure, ValueError) as failure:
            return str(failure)
        report, said, before = connected.first.report, self._said(), self._connected
        another = found.lane.target != self.lane.target
        if said.commit_by == "operator" and not another and isinstance(report, OperatorReport):
            kept = replace(report, commit=said.commit, commit_by=said.commit_by, pushed_at=said.pushed_at)
            connected = replace(connected, first=replace(connected.first, report=kept))
        await self._stop(self._watching)
        if another:
            await self._begin_journal(found.lane.target)
        self.lane, self.spec_texts, self._connected = found.lane, found.spec_texts, connected
        self._watching = self._begin(self._watch())
        if before is not None:
            await before.close()
        return ""

    async def _begin_journal(self, target: str) -> None:
        """Another lane: nothing that is known of the former one is known of it, and it has a journal of its own."""
        await self._stop(self._keeping)
        if self._keeper is not None:
            await asyncio.to_thread(self._keeper.finish, self.journal)
            self._keeper = self._keeper.of(target)
        self.journal, self._watcher = Journal(), None

    async def _stop(self, task: asyncio.Task[None] | None) -> None:
        if task is not None:
            self._tasks.remove(task)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def demand(self, authority: str) -> Demand:
        """How much an authority's stage needs to be asked about now."""
        return demand_of(self._rollout, authority)

    def _project(self) -> None:
        self._rollout = picture(self.lane, self.knowledge, self._clock.now(), self._history)
        self._announce()

    def _announce(self) -> None:
        """Wake whoever waits; each waits on the event that was current when it took its picture."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def _tick(self, stalls: Stalls, sleeps: Sleeps) -> None:
        while True:
            stalls.tick()
            await asyncio.sleep(TICK_SECONDS)
            if sleeps.woke():
                self.sweep_now()
            self._project()


def _jitter() -> float:
    """Every period ± 10 %: viewers that were started together drift apart."""
    return random.uniform(0.9, 1.1)  # noqa: S311 - spreads load, hides nothing
