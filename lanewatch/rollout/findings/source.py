"""What is to be known of the commit, the mirror and the snapshot."""

from __future__ import annotations

from collections.abc import Iterator

from lanewatch.rollout.ancestry import is_ancestor, is_strict_ancestor
from lanewatch.rollout.facts import ACTIONS, MIRROR
from lanewatch.rollout.fields import head_pushed
from lanewatch.rollout.findings.view import View
from lanewatch.rollout.reports import MirroredRepository
from lanewatch.rollout.rollout import Finding, Severity
from lanewatch.rollout.stages.actions import skip_marker
from lanewatch.rollout.start import started
from lanewatch.rollout.wording import seconds, short


def mirror_behind(view: View) -> Iterator[Finding]:
    """Every repository whose heads differ, however long; how to force a sync, and whether the mirror has tried."""
    mirror = view.case.mirror
    for one in mirror.repositories if mirror else ():
        if one.upstream_head is None or one.mirror_head is None or one.upstream_head == one.mirror_head:
            continue
        own = mirror is not None and one.repository == mirror.repository
        lag = _for_how_long(view) if own else ""
        heads = f"{short(one.mirror_head)}, upstream {short(one.upstream_head)}"
        force = f"Force a sync: {view.lane.force_sync_entry}."
        message = f"the mirror of {one.repository} is behind{lag}: {heads}. {_tried(view, one, own)} {force}"
        if own and one.upstream_head == view.case.commit:
            message += " Until then nobody here knows its author or content."
        severity: Severity = "warning" if own else "info"
        yield view.finding("mirror-behind", severity, message, MIRROR, view.facts("giteaMirrorLag") if own else ())


def _for_how_long(view: View) -> str:
    cell = view.fields.get("giteaMirrorLag")
    lag = cell.fact.value if cell else None
    return f" for {seconds(float(lag))}" if isinstance(lag, int | float) and not isinstance(lag, bool) else ""


def _tried(view: View, one: MirroredRepository, own: bool) -> str:
    """Whether the mirror has tried to sync since the upstream head was pushed."""
    case = view.case
    pushed = (started(case) if one.upstream_head == case.commit else head_pushed(case, one)) if own else None
    tried = case.stamp(MIRROR, one.mirror_updated, "mirror_updated")
    if tried is None:
        return "It never tried to sync."
    if pushed is None:
        return f"It last tried at {tried.at:%H:%M:%S}."
    since = case.clocks.ours(tried) > case.clocks.ours(pushed)
    return "It tried since, in vain." if since else "It has not tried since the push."


def upstream_unreadable(view: View) -> Iterator[Finding]:
    """Without the upstream head nobody knows whether a newer commit exists."""
    case = view.case
    target = case.mirror.target if case.mirror else None
    if target is None or target.upstream_head is not None:
        return
    configured = case.operator is not None and case.operator.upstream_configured
    chosen = case.known.pin is not None and case.known.pin.by == "mirror"
    reason = f" ({target.upstream_reason})" if target.upstream_reason else ""
    message = f"upstream not readable: a newer commit may exist{reason}. Name it under `upstream` in connections."
    yield view.finding("upstream-unreadable", "warning" if configured or chosen else "info", message, MIRROR)


def newer(view: View) -> Iterator[Finding]:
    """A newer head than the watched commit, unless it is already told that it overtook this one."""
    overtook = {view.signal(stage.authority).superseded_by for stage in view.stages}
    if view.newer_commit and view.newer_commit not in overtook:
        message = f"a newer commit exists: {short(view.newer_commit)}. Watch it: --commit {view.newer_commit}"
        yield view.finding("newer-commit", "info", message, MIRROR)


def branch_moved(view: View) -> Iterator[Finding]:
    """A branch that had the watched commit as its head and was forced to where it is no longer part of it."""
    report, commit = view.case.mirror, view.case.commit
    target = report.target if report else None
    if report is None or target is None or commit is None or f"head:{commit}" not in view.case.known.first_seen:
        return
    head = target.upstream_head or target.mirror_head
    if head is None or head == commit:
        return
    if is_strict_ancestor(head, commit, report.nodes) or is_ancestor(commit, head, report.nodes) is False:
        message = (
            f"branch {target.branch} was forced to {short(head)}: {short(commit)} is no longer part of it. "
            f"Ask who did, or watch that one: --commit {head}"
        )
        yield view.finding("branch-moved", "warning", message, MIRROR)


def not_found(view: View) -> Iterator[Finding]:
    """A commit that nobody has."""
    mirror = view.case.mirror
    if mirror and view.case.commit and mirror.commit_in_mirror is False and mirror.commit_upstream is False:
        message = (
            f"commit {short(view.case.commit)} is in neither upstream nor mirror of {mirror.repository}. "
            "Check --commit, or push it."
        )
        yield view.finding("commit-not-found", "error", message, MIRROR)


def skipped_by_marker(view: View) -> Iterator[Finding]:
    """A message that keeps Actions from running."""
    marker = skip_marker(view.case)
    if marker and view.case.actions is not None and view.case.run is None:
        message = f"the commit says {marker}: no run by design. To deliver, push a commit without it."
        yield view.finding("skip-marker", "warning", message, ACTIONS)


def plan_source_unread(view: View) -> Iterator[Finding]:
    """The plan's source of truth could not be read, so that its digest is only the plan's word."""
    report = view.case.plan_report
    if view.case.plan is not None and report is not None and report.source_digest is None:
        path = report.plan.source_truth_path if report.plan else ""
        message = f"the plan is not checked against {path}: {report.source_digest_reason or 'no answer'}."
        yield view.finding("plan-source-unread", "info", message)


def snapshot_lost(view: View) -> Iterator[Finding]:
    """A snapshot ref that was seen and vanished, after which another one stands for the commit."""
    if view.signal(MIRROR).state == "unknown":
        return
    for key in view.case.known.gone:
        ref, _, sha = key.removeprefix("snapshot:").rpartition("@")
        if key.startswith("snapshot:") and sha == view.case.commit:
            message = f"snapshot ref {ref} is gone, the object is present. Write it upstream: a pull mirror prunes."
            yield view.finding("snapshot-gone", "warning", message, MIRROR)
