"""runtime-provenance (k8s-native-status-and-health): what was built is what runs, healthy, from R's source commit."""

from __future__ import annotations

from dataclasses import dataclass

from lanewatch.rollout.ancestry import is_strict_ancestor
from lanewatch.rollout.case import Case
from lanewatch.rollout.clocks import Stamp, later, not_before
from lanewatch.rollout.correlation import outstanding
from lanewatch.rollout.digests import is_same_image
from lanewatch.rollout.facts import ARGO, GITOPS, PROVENANCE, RUNTIME
from lanewatch.rollout.reports import DeploymentState, GitopsCommit, WorkloadReport
from lanewatch.rollout.rollouts import current_pods, is_rolled_out, is_stuck, waits_for
from lanewatch.rollout.signal import Signal
from lanewatch.rollout.stages.gitops import revision, source_of
from lanewatch.rollout.stages.later_commits import standing
from lanewatch.rollout.stages.pods import pod_trouble, why_degraded, why_stuck
from lanewatch.rollout.wording import cut, short


@dataclass(frozen=True, slots=True)
class Match:
    """What runs against what should run. `same_image` None: not decided."""

    source: str  # R's Source-Commit
    running: str  # the template's source commit
    digests: tuple[str, ...]  # of the current Pods
    wanted: str | None  # the digest that this rollout ends in
    same_image: bool | None


def judge(case: Case) -> Signal:
    workload, published = case.workload, revision(case)
    deployment = workload.deployment if workload else None
    if published is None or not case.signal(GITOPS).is_done:
        return Signal("pending", _serving(deployment), waiting=True)
    start = _started(case, published)
    if workload is None or deployment is None:
        says = cut(case.absent(RUNTIME)) or ("no Deployment" if workload else "no answer yet")
        return Signal("running" if start else "pending", says, "", start, waiting=True)
    back = _went_back(case, published, deployment)
    if back is not None:
        return back
    if start is None and not case.signal(ARGO).is_done:
        return Signal("pending", _serving(deployment), waiting=True)
    return _rolling(case, workload, deployment, published, start)


def _rolling(
    case: Case, workload: WorkloadReport, deployment: DeploymentState, published: GitopsCommit, start: Stamp | None
) -> Signal:
    match = compare(case, workload, deployment, published)
    if may_be_back(case, published, deployment):
        reason = f"runs {short(match.running)}, R says {short(match.source)}: which is newer is not known"
        return Signal("unknown", cut(reason), reason, start)
    if is_stuck(deployment) and match.running == match.source:
        reason = why_degraded(workload)
        at = case.stamp(RUNTIME, deployment.progressing_updated_at, "Progressing lastUpdateTime")
        repeats = ARGO if case.signal(ARGO).state == "failed" else ""
        return Signal("failed", cut(why_stuck(workload) or reason), reason, start, at, consequence_of=repeats)
    field, contradiction = _contradiction(case, workload, deployment, match)
    if contradiction:
        return Signal("unknown", cut(contradiction), contradiction, start, conflict=field)
    waits = _waits(workload, deployment, match)
    if not waits:
        return Signal(
            "succeeded", f"serving {short(match.running)}", "", start, _finished(case, workload, deployment, start)
        )
    return _not_yet(case, workload, waits, match, start)


def _not_yet(case: Case, workload: WorkloadReport, waits: str, match: Match, start: Stamp | None) -> Signal:
    argo = case.application
    closed = f"argo-closed:{argo.sync_revision}" if argo else ""
    if not case.read_since(RUNTIME, closed) or outstanding(case.known, RUNTIME, case.correlation):
        return Signal("running", cut(waits), "", start, awaits=frozenset({RUNTIME}))
    reason = _cannot_tell(case, workload, match)
    if reason:
        return Signal("unknown", cut(reason), reason, start)
    return Signal("running", cut(waits), "", start)


def _cannot_tell(case: Case, workload: WorkloadReport, match: Match) -> str:
    """What will never be known though the rollout is complete, "" while more may still come."""
    if workload.deployment is None or not is_rolled_out(workload.deployment) or not case.signal(ARGO).is_done:
        return ""
    if not match.source or not match.running:
        return "the Pod template names no source commit" if match.source else "R names no source commit"
    if match.running != match.source:
        return ""
    if not match.digests:
        return "no Pod tells its image" if workload.deployment.wanted else "0 replicas: nothing runs"
    if match.wanted is None:
        open_yet = case.signal(PROVENANCE).state in ("pending", "running")
        return "" if open_yet else "nobody told which image was built"
    if match.same_image is None:
        return f"runs {short(match.digests[0])}, expected {short(match.wanted)}: the registry was not read"
    return "health path not configured" if workload.health is None else ""


def compare(case: Case, workload: WorkloadReport, deployment: DeploymentState, published: GitopsCommit) -> Match:
    """What runs against what R and provenance say should run."""
    digests = tuple(dict.fromkeys(pod.digest for pod in current_pods(workload) if pod.digest))
    wanted = case.correlation.image_digest
    report = case.provenance_report
    known = (*workload.digests, *((report.digests,) if report and report.digests else ()))
    answers = [is_same_image(digest, wanted, known) for digest in digests] if wanted else []
    same: bool | None = None
    if False in answers:
        same = False
    elif answers and None not in answers:
        same = True
    return Match(source_of(case, published), deployment.source_commit, digests, wanted, same)


def _waits(workload: WorkloadReport, deployment: DeploymentState, match: Match) -> str:
    """The first thing that is missing to success, in a person's words."""
    trouble = pod_trouble(workload)
    if match.running != match.source:
        return f"serving {short(match.running)}, not yet {short(match.source)}"
    if not is_rolled_out(deployment):
        return trouble or waits_for(deployment)
    if not match.digests:
        return "no Pod tells its image" if deployment.wanted else "0 replicas: nothing runs"
    if match.wanted is None:
        return "nobody told the image to expect"
    if match.same_image is not True:
        return f"runs {short(match.digests[0])}, expected {short(match.wanted)}"
    return _health_waits(workload)


def _health_waits(workload: WorkloadReport) -> str:
    health = workload.health
    if health is None:
        return "health path not configured"
    if health.status == 200:
        return ""
    return f"health {health.status}" if health.status else f"health: {health.reason or 'no answer'}"


def _contradiction(case: Case, workload: WorkloadReport, deployment: DeploymentState, match: Match) -> tuple[str, str]:
    """The field, and what cannot be lag any more: rollout complete, Argo closed out, the workload read since."""
    argo = case.application
    if argo is None or not case.signal(ARGO).is_done or not is_rolled_out(deployment):
        return "", ""
    if not case.read_since(RUNTIME, f"argo-closed:{argo.sync_revision}"):
        return "", ""
    if match.running and match.source and match.running != match.source:
        return "runtimeTargetSha", f"runs {short(match.running)}, R says {short(match.source)}"
    if match.same_image is False:
        return "imageDigest", f"runs {short(_drifted(case, workload, match))}, built {short(match.wanted)}"
    told = workload.health.source_commit if workload.health else ""
    if told and match.source and not _names(told, match.source):
        return "health", f"/health says {short(told)}, R says {short(match.source)}"
    return "", ""


def _drifted(case: Case, workload: WorkloadReport, match: Match) -> str:
    report = case.provenance_report
    known = (*workload.digests, *((report.digests,) if report and report.digests else ()))
    wanted = match.wanted or ""
    return next((digest for digest in match.digests if is_same_image(digest, wanted, known) is False), "")


def _names(told: str, sha: str) -> bool:
    """Whether a commit, perhaps abbreviated, is this one."""
    return told == sha or (len(told) >= 7 and sha.startswith(told.lower()))


def _went_back(case: Case, published: GitopsCommit, deployment: DeploymentState) -> Signal | None:
    """R is an ancestor of Argo's revision, and what runs is older than R's source commit."""
    argo = case.application
    if argo is None or argo.sync_revision == published.sha or not argo.sync_revision:
        return None
    place = standing(case, published, argo.sync_revision)
    if not place.is_noticed or place.superseded_by or not case.signal(ARGO).is_done:
        return None
    history = case.mirror.nodes if case.mirror else ()
    source = source_of(case, published)
    if not deployment.source_commit or not is_strict_ancestor(deployment.source_commit, source, history):
        return None
    if not case.read_since(RUNTIME, f"argo-closed:{argo.sync_revision}"):
        return None
    reason = f"runtime went back to {short(deployment.source_commit)}, by commit {short(argo.sync_revision)}"
    ended = argo.operation.finished_at if argo.operation else None
    at = case.stamp(ARGO, ended, "operation finishedAt")
    return Signal("failed", cut(reason), reason, finished=at, went_back_to=deployment.source_commit)


def may_be_back(case: Case, published: GitopsCommit, deployment: DeploymentState) -> bool:
    """Argo went on from R, another commit runs, and whether that is older than R's was not told: no contradiction."""
    argo, source, running = case.application, source_of(case, published), deployment.source_commit
    if argo is None or not running or not source or argo.sync_revision == published.sha:
        return False
    if not case.signal(ARGO).is_done or not standing(case, published, argo.sync_revision).is_noticed:
        return False
    return is_strict_ancestor(running, source, case.mirror.nodes if case.mirror else ()) is None


def _started(case: Case, published: GitopsCommit) -> Stamp | None:
    """The start of an Argo operation for R that began after gitops-publish was done, else argo-closeout done."""
    argo, publish = case.application, case.signal(GITOPS).finished
    operation = argo.operation if argo else None
    if argo and operation and operation.revision in standing(case, published, argo.sync_revision).revisions:
        began = case.stamp(ARGO, operation.started_at, "operation startedAt")
        if began is not None and publish is not None and not case.clocks.is_before(began, publish):
            return began
    return case.signal(ARGO).finished


def _finished(case: Case, workload: WorkloadReport, deployment: DeploymentState, start: Stamp | None) -> Stamp | None:
    """When the rollout completed, and health was first seen good where that was seen; never before the start."""
    rolled = None
    if deployment.progressing_reason == "NewReplicaSetAvailable":
        rolled = case.stamp(RUNTIME, deployment.progressing_updated_at, "Progressing lastUpdateTime")
    rolled = rolled or case.live(RUNTIME, f"rolled-out:{deployment.source_commit}")
    if rolled is None:
        return None
    told = workload.health.source_commit if workload.health else ""
    done = later(case.clocks, rolled, case.live(RUNTIME, f"healthy:{told}") if told else None)
    return not_before(case.clocks, done, start)


def _serving(deployment: DeploymentState | None) -> str:
    return f"serving {short(deployment.source_commit)}" if deployment and deployment.source_commit else ""
