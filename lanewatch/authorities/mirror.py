"""gitea-repository-and-snapshot-ref: heads of mirror and upstream, the subject commit, and its snapshot ref.

Commits are compared, never clocks: `mirror_updated` is the last attempt to sync, good or bad (Gitea reference 1.2).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import asdict, dataclass
from functools import partial

from lanewatch.authorities.commits import commit_of
from lanewatch.authorities.interface import Period
from lanewatch.authorities.lookout import Lookout
from lanewatch.authorities.mirrored import Mirrored, read_mirrored
from lanewatch.authorities.reading import Told, Witness, attempt, observed
from lanewatch.authorities.snapshots import Snapshots
from lanewatch.authorities.upstream import Upstream
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import Clock
from lanewatch.clients.gitea import Gitea
from lanewatch.clients.sharing import Recent
from lanewatch.rollout.facts import (
    MIRROR,
    NEEDS,
    SUBJECT_FIELDS,
    Correlation,
    Fact,
    Handle,
    Observation,
    Outcome,
    Quality,
)
from lanewatch.rollout.freshness import IDLE_SECONDS
from lanewatch.rollout.reports import Commit, MirroredRepository, MirrorReport, Snapshot
from lanewatch.spec.lane import Lane, LaneRepository

HISTORY = 50
KEPT_COMMITS = 64  # heads and subjects of one session


@dataclass(frozen=True, slots=True)
class _Subject:
    """The pinned commit as far as it could be found."""

    commit: Commit | None
    in_mirror: bool | None
    upstream: bool | None
    failure: ReadFailure | None  # why `in_mirror` is None


_NO_SUBJECT = _Subject(None, None, None, None)


class MirrorAuthority:
    """Asks Gitea for every repository of the mirror, and upstream for their heads where it is configured."""

    id = MIRROR
    period = Period(active=5.0, idle=IDLE_SECONDS[MIRROR])
    needs = NEEDS[MIRROR]

    def __init__(
        self, lane: Lane, gitea: Gitea, upstream: Upstream, snapshots: Snapshots, clock: Clock, witness: Witness
    ) -> None:
        self._lane = lane
        self._gitea = gitea
        self._upstream = upstream
        self._snapshots = snapshots
        self._clock = clock
        self._witness = witness
        self._heads: Recent[str, Mirrored] = Recent(clock)  # the plan's name of the snapshot ref comes a moment later
        self._commits: OrderedDict[str, Commit] = OrderedDict()  # in the mirror, by sha: they do not change
        self._history: tuple[str, tuple[Commit, ...]] = ("", ())  # of the branch, by the head it was read from
        own = (one for one in lane.mirror_repositories if one.repository == lane.repository)
        self._lookout = Lookout(gitea, upstream, next(own, None))

    def subject(self, known: Correlation) -> Correlation:
        return known.only(SUBJECT_FIELDS[MIRROR])

    async def read(self, subject: Correlation) -> Observation:
        return await observed(MIRROR, subject, self._clock, lambda: self._ask(subject))

    async def changed(self) -> None:
        """Return when a look at the branch alone finds that it has moved."""
        await self._lookout.moved()

    async def _ask(self, subject: Correlation) -> Told:
        self._heads.begin(subject)
        repositories, in_mirror, snapshot = await asyncio.gather(
            asyncio.gather(*(self._mirrored(one) for one in self._lane.mirror_repositories)),
            self._mirror_commit(subject.commit),
            self._snapshot(subject),
        )
        target = next((one for one in repositories if one.report.repository == self._lane.repository), None)
        if target is None:
            raise ReadFailure(Outcome.UNCONFIGURED, f"giteaMirror.repositories lacks {self._lane.repository}")
        self._lookout.saw(target.report)
        if self._snapshots.repository == self._lane.repository and not _resolves(snapshot):
            snapshot = target.unreadable or snapshot  # a 404 of the ref is then no word about the ref
        located, history = await asyncio.gather(
            self._located(subject.commit, in_mirror, target), attempt(self._read_history, target.report.mirror_head)
        )
        read = () if isinstance(history, ReadFailure) else history
        report = MirrorReport(
            repository=self._lane.repository,
            repositories=tuple(one.report for one in repositories),
            commit=located.commit,
            commit_in_mirror=located.in_mirror,
            commit_upstream=_is_upstream(subject.commit, target.report, read) or located.upstream,
            snapshot=None if isinstance(snapshot, ReadFailure) else snapshot,
            history=read,
            head_commit=await self._head_commit(target.report, read),
        )
        return Told(
            facts=(
                *self._commit_facts(subject.commit, located),
                *self._snapshot_facts(subject, snapshot),
                *(fact for one in repositories for fact in one.facts),
            ),
            report=report,
            handles=self._handles(report),
            native=asdict(report),
            failure=target.failure,
            host=self._gitea.host,
        )

    async def _mirrored(self, repository: LaneRepository) -> Mirrored:
        suffix = "" if repository.repository == self._lane.repository else f".{repository.key}"
        ask = partial(read_mirrored, self._gitea, self._upstream, repository, self._witness, suffix)
        return await self._heads.read(repository.repository, ask)

    async def _mirror_commit(self, sha: str | None) -> Commit | ReadFailure | None:
        """The commit as the mirror has it; None without a sha."""
        if sha is None or sha in self._commits:
            return self._commits.get(sha or "")
        native = await attempt(self._gitea.commit, self._lane.repository, sha)
        if isinstance(native, ReadFailure):
            return native
        self._commits[sha] = commit_of(native, self._witness.text)
        while len(self._commits) > KEPT_COMMITS:
            self._commits.popitem(last=False)
        return self._commits[sha]

    async def _located(self, sha: str | None, in_mirror: Commit | ReadFailure | None, target: Mirrored) -> _Subject:
        """Where the subject is. A 404 says "not there" only when the repository itself can be read."""
        if sha is None or in_mirror is None:
            return _NO_SUBJECT
        if isinstance(in_mirror, Commit):
            return _Subject(in_mirror, True, None, None)
        lacking = in_mirror.outcome is Outcome.ABSENT and target.failure is None
        upstream = await attempt(self._upstream.commit, self._lane.repository, sha)
        if isinstance(upstream, Commit):
            return _Subject(upstream, False if lacking else None, True, None if lacking else in_mirror)
        unknown = upstream.outcome is Outcome.ABSENT and target.report.upstream_head is not None
        return _Subject(None, False if lacking else None, False if unknown else None, in_mirror)

    async def _read_history(self, head: str | None) -> tuple[Commit, ...]:
        """The branch in the mirror; read anew only when its head has moved. Raises ReadFailure."""
        if head is None:
            return ()
        if self._history[0] != head:
            found = await self._gitea.commits(self._lane.repository, head, HISTORY)
            self._history = (head, tuple(commit_of(item, self._witness.text) for item in found))
        return self._history[1]

    async def _head_commit(self, target: MirroredRepository, history: tuple[Commit, ...]) -> Commit | None:
        """The head that would be watched without a pin: upstream's where it is readable, else the mirror's."""
        head = target.upstream_head or target.mirror_head
        known = next((commit for commit in history if commit.sha == head), None)
        if head is None or known is not None:
            return known
        if head == target.mirror_head:
            found = await self._mirror_commit(head)
        else:
            found = await attempt(self._upstream.commit, self._lane.repository, head)
        return found if isinstance(found, Commit) else Commit(head, "", "", None, None)

    async def _snapshot(self, subject: Correlation) -> Snapshot | ReadFailure | None:
        if subject.commit is None:
            return None
        snapshot = await attempt(self._snapshots.read, subject.commit, subject.snapshot_ref)
        if not _resolves(snapshot) and self._snapshots.repository != self._lane.repository:
            readable = await attempt(self._gitea.repository, self._snapshots.repository)
            return readable if isinstance(readable, ReadFailure) else snapshot
        return snapshot

    def _commit_facts(self, sha: str | None, located: _Subject) -> tuple[Fact, ...]:
        source = f"GET /api/v1/repos/{self._lane.repository}/git/commits/{sha}"
        if sha is None:
            root = f"GET /api/v1/repos/{self._lane.repository}"
            return (self._witness.lacks("sourceCommit", root, "no commit is pinned yet"),)
        commit = located.commit
        if commit is None:
            return (self._missing_commit(source, located),)
        if located.in_mirror is not True:
            source = f"git fetch upstream {self._lane.repository} {sha}"
        says, at = self._witness.says, commit.committed_at
        facts = [says("sourceCommit", sha, source, at=at, final=True)]
        if commit.subject:
            facts.append(says("commitSubject", commit.subject, source, at=at, final=True))
        if commit.author:
            facts.append(says("commitAuthor", commit.author, source, at=commit.authored_at, final=True))
        return tuple(facts)

    def _missing_commit(self, source: str, located: _Subject) -> Fact:
        if located.failure is not None and located.in_mirror is None:
            return self._witness.could_not("sourceCommit", source, located.failure)
        where = "in neither mirror nor upstream" if located.upstream is False else "not in the mirror"
        return self._witness.lacks("sourceCommit", source, where)

    def _snapshot_facts(self, subject: Correlation, snapshot: Snapshot | ReadFailure | None) -> tuple[Fact, ...]:
        if subject.commit is None:
            return ()
        if isinstance(snapshot, ReadFailure):
            ref = subject.snapshot_ref or self._snapshots.candidates(subject.commit)[0]
            return (self._witness.could_not("snapshotRef", self._snapshots.locator(ref), snapshot),)
        if snapshot is None:
            names = self._snapshots.candidates(subject.commit)
            reason = f"no ref {names[0]}, nor under the other names, in {self._snapshots.repository}"
            return (self._witness.lacks("snapshotRef", self._snapshots.locator(names[0]), reason),)
        source = self._snapshots.locator(snapshot.ref)
        if snapshot.sha is None:
            reason = f"{snapshot.ref} does not resolve in {self._snapshots.repository}"
            return (self._witness.lacks("snapshotRef", source, reason),)
        if snapshot.sha != subject.commit:
            reason = f"resolves to {snapshot.sha}"
            return (self._witness.says("snapshotRef", snapshot.ref, source, quality=Quality.CONFLICT, reason=reason),)
        return (self._witness.says("snapshotRef", snapshot.ref, source),)

    def _handles(self, report: MirrorReport) -> tuple[Handle, ...]:
        observed = Handle("log", "", f"observed:{self.id}", "mirror and refs, as observed")
        if report.commit is None or report.commit_in_mirror is not True:
            return (observed,)
        sha = report.commit.sha
        return (Handle("object", "", f"gitea-commit:{self._lane.repository}/{sha}", f"commit {sha[:12]}"), observed)


def _resolves(snapshot: Snapshot | ReadFailure | None) -> bool:
    return isinstance(snapshot, Snapshot) and snapshot.sha is not None


def _is_upstream(sha: str | None, target: MirroredRepository, history: tuple[Commit, ...]) -> bool | None:
    """True where the heads already prove it; None: not asked."""
    if sha is None or target.upstream_head is None:
        return None
    if sha == target.upstream_head:
        return True
    reached = target.upstream_head == target.mirror_head and any(commit.sha == sha for commit in history)
    return True if reached else None
