"""What a person would go back to: the newest commit delivered before the watched one, never one that came after it."""

from __future__ import annotations

from lanewatch.rollout.case import Case
from lanewatch.rollout.digests import digest_in
from lanewatch.rollout.newer import newer_of
from lanewatch.rollout.reports import GitopsCommit
from lanewatch.rollout.rollout import LastGood


def last_good(case: Case) -> LastGood | None:
    """From Argo's own history, whose rows are successful syncs only; else from the ReplicaSets kept; else None."""
    return _deployed(case) or _kept(case)


def _deployed(case: Case) -> LastGood | None:
    if case.application is None or case.gitops is None:
        return None
    commits = {commit.sha: commit for commit in case.gitops.history}
    for row in reversed(case.application.history):
        commit = commits.get(row.revision)
        if commit is not None and _is_earlier(case, commit.source_commit):
            return _of(case, commit, row)
    return None


def _is_earlier(case: Case, source_commit: str) -> bool:
    """Whether there is such a commit, it is not the watched one, and nobody knows it to be newer."""
    overtaking = {signal.superseded_by for signal in case.signals.values()}
    return source_commit not in ("", case.commit, *overtaking) and not newer_of(case, (source_commit,))


def _of(case: Case, commit: GitopsCommit, row: object) -> LastGood:
    at = getattr(row, "deployed_at", None)
    return LastGood(commit.source_commit, _digest(case, commit.source_commit), commit.sha, at)


def _digest(case: Case, source_commit: str) -> str:
    """The image that the commit ran, as far as a ReplicaSet still names it by digest."""
    workload = case.workload
    sets = (workload.replica_set, *workload.older_replica_sets) if workload else ()
    return next((digest_in(one.image) for one in sets if one and one.source_commit == source_commit), "")


def _kept(case: Case) -> LastGood | None:
    workload = case.workload
    sets = [one for one in (workload.replica_set, *workload.older_replica_sets) if one] if workload else []
    for one in sorted(sets, key=lambda each: each.revision, reverse=True):
        if _is_earlier(case, one.source_commit):
            revision = _published_as(case, one.source_commit)
            return LastGood(one.source_commit, digest_in(one.image), revision, one.created_at)
    return None


def _published_as(case: Case, source_commit: str) -> str:
    history = case.gitops.history if case.gitops else ()
    return next((commit.sha for commit in history if commit.source_commit == source_commit), "")
