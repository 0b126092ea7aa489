"""What ended badly: failed, cancelled, superseded and rolled-back stages, and those of which nothing can be said."""

from __future__ import annotations

from collections.abc import Iterator

from lanewatch.rollout.facts import ACTIONS, ARGO, PLAN, PROVENANCE, RUNTIME, TEKTON
from lanewatch.rollout.findings.view import View
from lanewatch.rollout.lane import is_failure
from lanewatch.rollout.rollout import Finding, Stage
from lanewatch.rollout.wording import short

SHOWS: dict[str, tuple[str, ...]] = {  # the fields that say where to look
    ACTIONS: ("actionsRunId",),
    PLAN: ("actionsRunId",),
    PROVENANCE: ("builderJobName", "pipelineRunName"),
    TEKTON: ("pipelineRunName",),
    ARGO: ("gitopsRevision", "argoSync", "argoHealth"),
    RUNTIME: ("runtimeTargetSha", "imageDigest", "gitopsRevision"),
}
CANCELLED_BY = {ACTIONS: "gitea-actions-run", TEKTON: "cicd-pipelinerun"}  # the object that tells who
NAMED = 2  # items of lost evidence that a sentence names
LOGGED = frozenset({ACTIONS, PLAN, PROVENANCE, TEKTON, RUNTIME})


def failed(view: View) -> Iterator[Finding]:
    """Every stage that failed of itself, with its cause and the evidence that will not come."""
    for stage in view.stages:
        signal = view.signal(stage.authority)
        if not is_failure(signal) or signal.consequence_of:
            continue
        if signal.went_back_to:
            yield _rolled_back(view, stage)
            continue
        kind, word = ("stage-cancelled", "was cancelled") if signal.state == "cancelled" else ("stage-failed", "failed")
        message = f"{stage.id} {word}: {signal.reason.rstrip('. ')}.{_where(view, stage)}{_lost(view, stage)}"
        yield view.finding(kind, "error", message, stage.authority, view.facts(*SHOWS.get(stage.authority, ())))


def superseded(view: View) -> Iterator[Finding]:
    """The first stage that a newer commit overtook."""
    for stage in view.stages:
        signal = view.signal(stage.authority)
        if signal.superseded_by and not signal.consequence_of:
            how = {"cancelled": "was cancelled", "skipped": "did not run for this commit"}.get(signal.state, "ended")
            newer = signal.superseded_by
            message = f"{stage.id} {how}: superseded by {short(newer)}. Watch that one: --commit {newer}"
            yield view.finding("superseded", "warning", message, stage.authority, view.facts("sourceCommit"))
            return


def unsaid(view: View) -> Iterator[Finding]:
    """Stages that are unknown though their authority answers, and not by a contradiction."""
    for stage in view.stages:
        signal = view.signal(stage.authority)
        heard = not view.case.unreadable(stage.authority) and view.case.answer(stage.authority) is not None
        if signal.state == "unknown" and not signal.conflict and heard and not view.case.absent(stage.authority):
            kind = "snapshot-gone" if "no longer resolves" in signal.reason else "stage-unknown"
            message = f"{stage.id} cannot be judged: {signal.reason}.{_object_present(view, kind)}"
            yield view.finding(kind, "warning", message, stage.authority)


def _object_present(view: View, kind: str) -> str:
    if kind != "snapshot-gone":
        return ""
    present = view.case.mirror is not None and view.case.mirror.commit_in_mirror
    return " The ref is gone, the object is present." if present else " The object is gone too."


def _rolled_back(view: View, stage: Stage) -> Finding:
    signal = view.signal(stage.authority)
    message = f"{stage.id} failed: {signal.reason}. Ask who reverted it, or push a fix.{_lost(view, stage)}"
    return view.finding("rolled-back", "error", message, stage.authority, view.facts(*SHOWS[RUNTIME]))


def _lost(view: View, stage: Stage) -> str:
    """The evidence that will not come because of this failure; the evidence itself lists every item."""
    names = [item.name for item in view.evidence.missing if item.reason.startswith(stage.id)]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f" Never proven: {', '.join(names[:NAMED])}{more}." if names else ""


def _where(view: View, stage: Stage) -> str:
    """Where to look: who cancelled it stands in the object, why it failed in the log.

    Argo has no log of its own: what it calls Degraded is told by the workload's.
    """
    if stage.state == "cancelled" and stage.authority in CANCELLED_BY:
        return f" See who: lanewatch get {CANCELLED_BY[stage.authority]}."
    if stage.authority == ARGO and view.case.application and view.case.application.health_status == "Degraded":
        return f" Read: lanewatch logs {view.name(RUNTIME)}." if view.has(RUNTIME) else ""
    return f" Read: lanewatch logs {stage.id}." if stage.authority in LOGGED else ""
