"""Newer commits than the watched one on its branch: whether there are any, and whether they have runs of their own."""

from __future__ import annotations

from collections.abc import Iterable

from lanewatch.rollout.ancestry import is_ancestor, is_strict_ancestor
from lanewatch.rollout.case import Case


def newer_commit(case: Case) -> str | None:
    """The branch's head, where it is not the watched commit and does not come before it; None where there is none."""
    mirror, commit = case.mirror, case.commit
    target = mirror.target if mirror else None
    if mirror is None or target is None or commit is None:
        return None
    head = target.upstream_head or target.mirror_head
    if head is None or head == commit:
        return None
    if target.upstream_head is None and not mirror.commit_in_mirror:
        return None  # the mirror has yet to get the watched commit: its head is an older one
    if is_ancestor(head, commit, mirror.nodes) or is_ancestor(commit, head, mirror.nodes) is False:
        return None
    return head


def newer_of(case: Case, commits: Iterable[str]) -> str:
    """The first of these commits that surely comes after the watched one, "" where none does."""
    history = case.mirror.nodes if case.mirror else ()
    watched = case.commit or ""
    return next((commit for commit in commits if is_strict_ancestor(watched, commit, history)), "")


def newer_run(case: Case) -> str:
    """The commit of the newest Actions run of a newer commit; the authority has asked for those only."""
    history = case.mirror.nodes if case.mirror else ()
    for run in case.actions.newer_runs if case.actions else ():
        if run.head_sha != case.commit and is_strict_ancestor(case.commit or "", run.head_sha, history) is not False:
            return run.head_sha
    return ""
