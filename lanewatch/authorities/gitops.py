"""gitops-commit: the newest commit of the gitops branch whose trailer names the watched commit."""

from __future__ import annotations

import asyncio

from lanewatch.authorities.application import ApplicationReader
from lanewatch.authorities.gitops_repository import (
    HISTORY,
    GitopsHistory,
    Place,
    application_place,
    mirror_place,
)
from lanewatch.authorities.interface import Period
from lanewatch.authorities.reading import Told, Witness, attempt, observed
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import Clock
from lanewatch.clients.git import Git
from lanewatch.clients.gitea import Gitea
from lanewatch.rollout.facts import GITOPS, NEEDS, SUBJECT_FIELDS, Correlation, Fact, Handle, Observation, Outcome
from lanewatch.rollout.freshness import IDLE_SECONDS
from lanewatch.rollout.reports import GitopsCommit, GitopsReport
from lanewatch.spec.lane import Lane

TOLD_SECONDS = 0.3  # longer than a list takes that a stream keeps, or that is read for another row
FAILED_SECONDS = 1.2  # for a cluster that is back, though slow; the branch is still read often enough


class GitopsAuthority:
    """Asks the repository that the Application reads; `application` None: no cluster of Argo CD is configured."""

    id = GITOPS
    period = Period(active=3.0, idle=IDLE_SECONDS[GITOPS])
    needs = NEEDS[GITOPS]

    def __init__(
        self,
        lane: Lane,
        gitea: Gitea | None,
        git: Git | None,
        application: ApplicationReader | None,
        clock: Clock,
        witness: Witness,
    ) -> None:
        self._lane = lane
        self._gitea_host = "" if gitea is None else gitea.host
        self._application = application
        self._history = GitopsHistory(gitea, git, witness.text)
        self._clock = clock
        self._witness = witness
        self._last_place = mirror_place(lane)
        self._failed: ReadFailure | None = None  # why the Application told nothing when it was last asked

    def subject(self, known: Correlation) -> Correlation:
        return known.only(SUBJECT_FIELDS[GITOPS])

    async def read(self, subject: Correlation) -> Observation:
        return await observed(GITOPS, subject, self._clock, lambda: self._ask(subject.commit or ""))

    async def changed(self) -> None:
        await asyncio.Event().wait()

    async def _ask(self, commit: str) -> Told:
        branch = self._lane.gitops_branch
        if branch is None:
            raise ReadFailure(Outcome.UNCONFIGURED, "the spec names no gitopsBranch for this repository")
        guess = self._last_place
        asking = asyncio.create_task(self._place())
        try:
            history = await attempt(self._history.read, guess, branch)
            application = await self._told_in_time(asking, guess)
        finally:
            asking.cancel()
        told_before = guess if guess.read_where == "application" else mirror_place(self._lane)
        place = application if isinstance(application, Place) else told_before
        aside: list[Fact] = []
        if isinstance(application, ReadFailure):
            aside.append(self._witness.could_not("applicationRepository", self._application_source(), application))
        if not place.same_repository(guess):
            history = await attempt(self._history.read, place, branch)
        if isinstance(history, ReadFailure) and place.url:
            source = self._history.locator(place, branch)
            aside.append(self._witness.could_not("applicationRepositoryHistory", source, history))
            place = mirror_place(self._lane)
            history = await attempt(self._history.read, place, branch)
        self._last_place = place
        return self._told(commit, branch, place, history, tuple(aside))

    async def _told_in_time(self, asking: asyncio.Task[Place | ReadFailure], guess: Place) -> Place | ReadFailure:
        """What the Application says: a cluster that hangs holds the branch up once, and not each time."""
        known = guess if guess.read_where == "application" else self._failed
        if known is not None:
            await asyncio.wait({asking}, timeout=FAILED_SECONDS if known is self._failed else TOLD_SECONDS)
        said = known if known is not None and not asking.done() else await asking
        self._failed = said if isinstance(said, ReadFailure) else None
        return said

    async def _place(self) -> Place | ReadFailure:
        """Where the Application reads, or why that is not known."""
        if self._application is None:
            return ReadFailure(Outcome.UNCONFIGURED, "connections name no kubernetes for plane argo")
        application = await attempt(self._application.read)
        if isinstance(application, ReadFailure):
            return application
        named = "the Application names no repository"
        return application_place(application, self._lane, self._gitea_host) or ReadFailure(Outcome.INVALID, named)

    def _told(
        self,
        commit: str,
        branch: str,
        place: Place,
        history: tuple[GitopsCommit, ...] | ReadFailure,
        aside: tuple[Fact, ...],
    ) -> Told:
        source = self._history.locator(place, branch)
        if isinstance(history, ReadFailure):
            return Told(facts=(self._witness.could_not("gitopsRevision", source, history), *aside), failure=history)
        revision = next((entry for entry in history if entry.source_commit == commit), None)
        return Told(
            facts=(*self._facts(revision, history, place, source), *aside),
            report=GitopsReport(revision, history, self._witness.text(place.repository), branch, place.read_where),
            handles=self._handles(place, history, revision),
            native=[[entry.sha, entry.source_commit] for entry in history],
            host=self._gitea_host if not place.url else "",
        )

    def _facts(
        self, revision: GitopsCommit | None, history: tuple[GitopsCommit, ...], place: Place, source: str
    ) -> list[Fact]:
        witness = self._witness
        if revision is None:
            why = f"none of the newest {HISTORY} commits has this Source-Commit trailer"
            facts = [witness.lacks("gitopsRevision", source, why)]
        else:
            at = revision.committed_at
            facts = [
                witness.says("gitopsRevision", revision.sha, f"{source} trailer Source-Commit", at=at, final=True),
                witness.says("gitopsSubject", revision.subject, source, at=at, final=True),
                witness.says("gitopsAuthor", revision.author, source, at=at, final=True),
            ]
        if history:
            facts.append(witness.says("gitopsBranchHead", history[0].sha, source, at=history[0].committed_at))
        where = "where the Application reads" if place.read_where == "application" else "only in the mirror"
        facts.append(witness.says("gitopsReadWhere", where, source))
        return facts

    def _handles(
        self, place: Place, history: tuple[GitopsCommit, ...], revision: GitopsCommit | None
    ) -> tuple[Handle, ...]:
        """R, or while there is none the branch's head; only Gitea opens a commit."""
        shown = revision or next(iter(history), None)
        if place.url or shown is None:
            return ()
        locator = f"gitea-commit:{place.repository}/{shown.sha}"
        title = f"gitops commit {shown.sha[:12]} {shown.subject}"
        diff = Handle("log", "", f"gitea-diff:{place.repository}/{shown.sha}", f"{title}, with its diff")
        return (Handle("object", "", locator, title), diff)

    def _application_source(self) -> str:
        return f"applications/{self._lane.argo_namespace}/{self._lane.application} .spec.source.repoURL"
