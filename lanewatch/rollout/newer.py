"""Whether a newer commit than the watched one exists on the branch."""

from __future__ import annotations

from lanewatch.rollout.ancestry import is_ancestor
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
    if is_ancestor(head, commit, mirror.history) or is_ancestor(commit, head, mirror.history) is False:
        return None
    return head
