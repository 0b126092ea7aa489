"""argo-closeout (argo-application): the native Application is closed out at R (argo-k8s-oci reference 1.7, 9)."""

from __future__ import annotations

from datetime import datetime

from lanewatch.rollout.case import Case
from lanewatch.rollout.clocks import Stamp, later, not_before
from lanewatch.rollout.facts import ARGO, GITOPS
from lanewatch.rollout.reports import ApplicationReport, GitopsCommit, Operation
from lanewatch.rollout.signal import Signal
from lanewatch.rollout.stages.gitops import published_at, revision
from lanewatch.rollout.stages.later_commits import Standing, standing
from lanewatch.rollout.stages.pods import why_degraded
from lanewatch.rollout.wording import cut, short

COMPLETED = frozenset({"Succeeded", "Failed", "Error"})


def judge(case: Case) -> Signal:
    published, application = revision(case), case.application
    start = case.signal(GITOPS).finished
    if published is None:
        return Signal("pending", _stands_at(application), waiting=True)
    if application is None:
        return Signal("running", "waiting for Argo's answer", "", start)
    place = standing(case, published, application.sync_revision)
    if place.superseded_by:
        says = f"superseded by {short(place.superseded_by)}"
        return Signal("skipped", says, says, superseded_by=place.superseded_by)
    return _at(case, application, published, place, start)


def _stands_at(application: ApplicationReport | None) -> str:
    return f"at {short(application.sync_revision)}" if application and application.sync_revision else ""


def _at(
    case: Case, application: ApplicationReport, published: GitopsCommit, place: Standing, start: Stamp | None
) -> Signal:
    failure = _failure(case, application, published, place)
    if failure:
        return Signal("failed", cut(failure), failure, start, _failed_at(case, application))
    finished = _closed(case, application, published, place, start)
    if went_on(case, application, published, place):
        says = f"was synced at {short(published.sha)}"
        return Signal("succeeded", says, "", start, finished, awaits=frozenset({GITOPS}))
    waits = _waits_for(case, application, published, place)
    if waits:
        awaits = frozenset({GITOPS}) if _is_unread(case, application, place) else frozenset[str]()
        return Signal("running", cut(waits), "", start, awaits=awaits)
    return Signal("succeeded", f"synced at {short(application.sync_revision)}", "", start, finished)


def went_on(case: Case, application: ApplicationReport, published: GitopsCommit, place: Standing) -> bool:
    """It was closed out at R: until the branch, which can be read, is read again, where Argo is now undoes nothing."""
    was_closed = case.sight(f"argo-closed:{published.sha}") is not None
    return was_closed and _is_unread(case, application, place) and not case.unreadable(GITOPS)


def _is_unread(case: Case, application: ApplicationReport, place: Standing) -> bool:
    """Argo is at a commit that the branch had not when it was read: only reading it again tells where that stands."""
    return place.is_noticed is None and not case.read_since(GITOPS, f"argo:{application.sync_revision}")


def _failure(case: Case, application: ApplicationReport, published: GitopsCommit, place: Standing) -> str:
    """Why the closeout failed at R, "" where it did not. A Degraded of before R says nothing of R."""
    operation = application.operation
    if operation and operation.phase in ("Failed", "Error") and operation.revision in place.revisions:
        failed = f" ({operation.failed_resources[0]})" if operation.failed_resources else ""
        return f"sync {operation.phase} at {short(operation.revision)}: {operation.message}{failed}"
    if (
        application.health_status != "Degraded"
        or not place.is_noticed
        or _operation_waits(case, application, published, place)
    ):
        return ""
    if _is_before(case, application.health_since, published) or not _is_applied(case, application, published, place):
        return ""
    cause = why_degraded(case.workload) if case.workload else ""
    return f"Degraded at {short(application.sync_revision)}{f': {cause}' if cause else ''}"


def _is_applied(case: Case, application: ApplicationReport, published: GitopsCommit, place: Standing) -> bool:
    """Whether R, or nothing but R, is what runs: noticed and not yet synced, a Degraded is that of the revision before
    (before Argo CD 3.0 health tells no time of its own)."""
    operation = application.operation
    synced = operation is not None and _counts(case, operation, published, place)
    return synced or application.sync_status == "Synced"


def _failed_at(case: Case, application: ApplicationReport) -> Stamp | None:
    operation = application.operation
    if application.health_status == "Degraded" or operation is None:
        return case.stamp(ARGO, application.health_since, "health lastTransitionTime")
    return case.stamp(ARGO, operation.finished_at, "operation finishedAt")


def _waits_for(case: Case, application: ApplicationReport, published: GitopsCommit, place: Standing) -> str:
    """The first rule of 1.7 that does not hold, in a person's words; "" when closed out."""
    return (
        _broken(application)
        or _not_noticed(application, published, place)
        or _operation_waits(case, application, published, place)
        or (
            f"{application.sync_status} at {short(application.sync_revision)}"
            if application.sync_status != "Synced"
            else ""
        )
        or (f"health {application.health_status or 'unknown'}" if application.health_status != "Healthy" else "")
    )


def _broken(application: ApplicationReport) -> str:
    if application.deleting:
        return "Application is being deleted"
    errors = [condition for condition in application.conditions if condition.type.endswith("Error")]
    if errors:
        return f"{errors[0].type}: {errors[0].message}"
    return "" if application.compared_to_spec else "Argo compared another source"


def _not_noticed(application: ApplicationReport, published: GitopsCommit, place: Standing) -> str:
    if place.is_noticed:
        return ""
    if place.is_noticed is None:
        return f"Argo is at {short(application.sync_revision)}, order not known yet"
    return f"argo has not noticed {short(published.sha)}"


def _operation_waits(case: Case, application: ApplicationReport, published: GitopsCommit, place: Standing) -> str:
    """Rules 2 and 5: nothing is queued or running, and what ran for R succeeded and was compared again since."""
    if application.operation_pending and application.operation is None:
        return "sync queued"
    operation = application.operation
    if operation is None or not _counts(case, operation, published, place):
        return _no_operation_waits(case, application, published, operation)
    return _running(application, operation) or _not_whole(application, operation)


def _running(application: ApplicationReport, operation: Operation) -> str:
    if operation.phase == "Running" and operation.finished_at is not None:
        return f"sync retry {operation.retry_count} waits: {operation.message}"
    if operation.phase not in COMPLETED:
        return f"syncing: {operation.message}" if operation.message else "syncing"
    return "sync queued" if application.operation_pending else ""


def _not_whole(application: ApplicationReport, operation: Operation) -> str:
    if operation.phase != "Succeeded":
        return f"sync {operation.phase}: {operation.message}"
    if operation.dry_run or operation.partial:
        return "only a dry run" if operation.dry_run else "only a partial sync"
    if operation.finished_at is None:
        return "sync ended without a time"
    reconciled = application.reconciled_at
    return "" if reconciled is not None and reconciled >= operation.finished_at else "comparing after the sync"


def _no_operation_waits(
    case: Case, application: ApplicationReport, published: GitopsCommit, operation: Operation | None
) -> str:
    """Nothing was applied for R: no operation runs, and the last comparison is not older than R."""
    if application.operation_pending:
        return "sync queued"
    if operation and (operation.phase not in COMPLETED or operation.finished_at is None):
        return "another sync is under way"
    if application.reconciled_at is None or _is_before(case, application.reconciled_at, published):
        return "waiting for a comparison"
    return ""


def _counts(case: Case, operation: Operation, published: GitopsCommit, place: Standing) -> bool:
    """Whether the operation belongs to R: it names R, or began since it was published."""
    if operation.revision in place.revisions:
        return True
    began = operation.started_at
    return began is not None and published.committed_at is not None and not _is_before(case, began, published)


def _is_before(case: Case, at: datetime | None, published: GitopsCommit) -> bool:
    """Whether a time on Argo's clock is surely before R was published, whatever the clocks."""
    told, publish = case.stamp(ARGO, at, "status"), published_at(case, published)
    return told is not None and publish is not None and case.clocks.is_before(told, publish)


def _closed(
    case: Case, application: ApplicationReport, published: GitopsCommit, place: Standing, start: Stamp | None
) -> Stamp | None:
    """The later of operation finishedAt and health since; what was so when the stage started was done at that start."""
    operation = application.operation
    if start is None and case.signal(GITOPS).state == "skipped":
        return None  # closed out long ago: as of when this rollout needed it, is not known
    if application.sync_revision != published.sha and _was_deployed(application, published):
        return not_before(case.clocks, case.live(ARGO, f"argo-closed:{published.sha}"), start)
    since = case.stamp(ARGO, application.health_since, "health lastTransitionTime")
    if operation is not None and _counts(case, operation, published, place):
        ended = case.stamp(ARGO, operation.finished_at, "operation finishedAt")
        return not_before(case.clocks, later(case.clocks, ended, since), start)
    noticed = case.live(ARGO, f"argo:{application.sync_revision}")
    if noticed is not None:
        return not_before(case.clocks, later(case.clocks, noticed, since), start)
    return start if _was_so_at(case, application, start) else None


def _was_deployed(application: ApplicationReport, published: GitopsCommit) -> bool:
    """Whether R had a sync of its own before Argo went on: the times that are there now are of a later commit."""
    return any(row.revision == published.sha for row in application.history)


def _was_so_at(case: Case, application: ApplicationReport, start: Stamp | None) -> bool:
    """Whether Argo was seen at this revision no later than the stage started, or compared it before."""
    sight = case.sight(f"argo:{application.sync_revision}")
    if start is None or sight is None:
        return False
    return sight.at.wall <= case.clocks.ours(start) or _deployed_before(case, application, start)


def _deployed_before(case: Case, application: ApplicationReport, start: Stamp) -> bool:
    """Whether the history says that this revision was deployed, and healthy, before the stage started."""
    for row in application.history:
        deployed = case.stamp(ARGO, row.deployed_at, "history deployedAt")
        if row.revision == application.sync_revision and deployed is not None:
            healthy = case.stamp(ARGO, application.health_since, "health lastTransitionTime")
            last = later(case.clocks, deployed, healthy)
            return last is not None and case.clocks.ours(last) <= case.clocks.ours(start)
    return False
