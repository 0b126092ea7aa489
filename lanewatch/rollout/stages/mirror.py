"""mirror-sync (gitea-repository-and-snapshot-ref): the mirror holds the commit and the snapshot ref resolves to it."""

from __future__ import annotations

from lanewatch.rollout.case import Case
from lanewatch.rollout.clocks import Stamp, later
from lanewatch.rollout.facts import ACTIONS, MIRROR, PLAN, Quality
from lanewatch.rollout.reports import MirrorReport, Snapshot
from lanewatch.rollout.runs import first_created
from lanewatch.rollout.signal import Signal
from lanewatch.rollout.start import started
from lanewatch.rollout.wording import short


def judge(case: Case) -> Signal:
    mirror = case.mirror
    if case.commit is None or mirror is None:
        return Signal("pending", "looking for the commit", waiting=True)
    start, snapshot = started(case), mirror.snapshot
    if snapshot is not None and snapshot.sha is not None and snapshot.sha != case.commit:
        reason = f"{snapshot.ref} resolves to {short(snapshot.sha)}, not to {short(case.commit)}"
        return Signal("failed", f"snapshot is {short(snapshot.sha)}", reason, start, final=True)
    if _is_gone(case, snapshot):
        ref = snapshot.ref if snapshot else "snapshot ref"
        return Signal("unknown", "snapshot ref gone", f"{ref} was there and no longer resolves", start, final=True)
    if mirror.commit_in_mirror and snapshot is not None and snapshot.sha == case.commit:
        return Signal("succeeded", f"snapshot {short(case.commit)}", "", start, _arrived(case, snapshot), final=True)
    return _under_way(case, mirror, start)


def _under_way(case: Case, mirror: MirrorReport, start: Stamp | None) -> Signal:
    if mirror.commit_in_mirror is False and mirror.commit_upstream is False:
        return Signal("pending", f"{short(case.commit)} in neither upstream nor mirror", waiting=True)
    if mirror.commit_in_mirror:
        return Signal("running", "waiting for the snapshot ref", "", start)
    head = mirror.target.mirror_head if mirror.target else None
    says = f"mirror is at {short(head)}" if head else "waiting for the mirror"
    return Signal("running", says, "", start)


def _is_gone(case: Case, snapshot: Snapshot | None) -> bool:
    """The ref was named by whoever used it, or was seen, and no longer resolves: a ref has no other way to end."""
    if snapshot is not None and snapshot.sha is None and snapshot.named_by != "prefix":
        return True
    if snapshot is not None and snapshot.sha is not None:
        return False
    return any(key.startswith("snapshot:") and key.endswith(f"@{case.commit}") for key in case.known.gone)


def _arrived(case: Case, snapshot: Snapshot) -> Stamp | None:
    """When it was done: as seen live, else the later of the plan's snapshotCreatedAt and the mirror's arrival."""
    commit = case.commit
    held = f"head:{commit}" if case.sight(f"head:{commit}") else f"mirrored:{commit}"
    seen = case.live(MIRROR, held, f"snapshot:{snapshot.ref}@{commit}")
    if seen is not None:
        return seen
    report = case.plan_report
    created = (
        report.plan.snapshot_created_at if report and report.plan and report.plan.source_commit == commit else None
    )
    arrival = _arrival(case)
    if created is None or arrival is None:
        return None
    return later(case.clocks, case.stamp(PLAN, created, "snapshotCreatedAt", Quality.ESTIMATED), arrival)


def _arrival(case: Case) -> Stamp | None:
    """When the mirror got the commit: its last attempt if not later than the first job's creation, else that."""
    job = case.stamp(ACTIONS, first_created(case.run), "first job createdAt", Quality.ESTIMATED) if case.run else None
    target = case.mirror.target if case.mirror else None
    updated = case.stamp(MIRROR, target.mirror_updated, "mirror_updated", Quality.ESTIMATED) if target else None
    if job is None or updated is None:
        return job
    return updated if case.clocks.ours(updated) <= case.clocks.ours(job) else job
