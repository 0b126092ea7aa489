"""Where Argo stands relative to R: before it, at it, or at a later gitops commit that may belong to someone else."""

from __future__ import annotations

from dataclasses import dataclass

from lanewatch.rollout.ancestry import is_ancestor, is_strict_ancestor
from lanewatch.rollout.case import Case
from lanewatch.rollout.reports import GitopsCommit


@dataclass(frozen=True, slots=True)
class Standing:
    """`is_noticed`: Argo compares R or a descendant of it; None where that could not be decided.

    `revisions` are those that count as R: R itself and Argo's own where it is a descendant.
    """

    is_noticed: bool | None
    revisions: frozenset[str]
    superseded_by: str = ""  # the newer commit of the same ref that a later gitops commit delivers


def standing(case: Case, published: GitopsCommit, argo_revision: str) -> Standing:
    """How Argo's revision relates to R."""
    if argo_revision == published.sha:
        return Standing(True, frozenset({published.sha}))
    history = case.gitops.history if case.gitops else ()
    if not argo_revision or not case.gitops:
        return Standing(False, frozenset({published.sha}))
    after = is_ancestor(published.sha, argo_revision, history)
    if not after:
        before = is_ancestor(argo_revision, published.sha, history)
        return Standing(False if before or after is False else None, frozenset({published.sha}))
    newer = _newer_source(case, later_than(published.sha, argo_revision, history))
    return Standing(True, frozenset({published.sha, argo_revision}), newer)


def later_than(older: str, newer: str, history: tuple[GitopsCommit, ...]) -> tuple[GitopsCommit, ...]:
    """The commits after `older` up to and with `newer`, newest first."""
    return tuple(
        commit
        for commit in history
        if is_strict_ancestor(older, commit.sha, history) and is_ancestor(commit.sha, newer, history)
    )


def _newer_source(case: Case, commits: tuple[GitopsCommit, ...]) -> str:
    """The newest source commit among these that comes after the watched one, "" where none does."""
    history = case.mirror.nodes if case.mirror else ()
    for commit in commits:
        source = commit.source_commit
        if source and case.commit and is_strict_ancestor(case.commit, source, history):
            return source
    return ""
