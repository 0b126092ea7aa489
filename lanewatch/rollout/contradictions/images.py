"""What was built, what gitops asks for, what Argo calls Synced, and what runs."""

from __future__ import annotations

from lanewatch.rollout.case import Case
from lanewatch.rollout.contradictions.comparing import (
    AGREES,
    Comparison,
    Scene,
    Side,
    contradicts,
    lagging,
    unknown,
)
from lanewatch.rollout.digests import digest_in, is_same_image
from lanewatch.rollout.facts import ARGO, GITOPS, PROVENANCE, RUNTIME
from lanewatch.rollout.reports import ApplicationReport, DeploymentState, DigestSet, GitopsCommit, WorkloadReport
from lanewatch.rollout.rollouts import current_pods, is_rolled_out
from lanewatch.rollout.stages.gitops import published_at, revision
from lanewatch.rollout.stages.later_commits import standing
from lanewatch.rollout.stages.runtime import Match, compare, may_be_back
from lanewatch.rollout.wording import short

NOTICE_SECONDS = 180.0  # Argo polls every 120 s, with up to 60 s of jitter (Argo reference 1.6)
CRASHES = 2  # restarts: one crash may still be told to Argo, a second comes at least 10 s later


def built_registry_running(scene: Scene) -> Comparison:
    """The digest in provenance ↔ the registry's names of it ↔ what the Pods run."""
    found = _match(scene)
    if isinstance(found, str):
        return unknown(found)
    match, _, deployment = found
    if match.same_image is None:
        return unknown("the registry was not read: the two digests may be one image")
    if match.same_image:
        return AGREES
    sides = _sides(scene, match)
    said = f"Pods run {short(match.digests[0])}, built was {short(match.wanted)}."
    if not _is_over(scene, deployment):
        return Comparison("settling", f"{said} The rollout is not complete.", sides)
    return contradicts(f"{said} The registry knows no name that both share.", *sides)


def healthy_but_old(scene: Scene) -> Comparison:
    """The health path answers 200 ↔ the image that answers is not the one that was built."""
    found = _match(scene)
    if isinstance(found, str):
        return unknown(found)
    match, workload, deployment = found
    if workload.health is None or not workload.health.status:
        return unknown("the health path was not read")
    if workload.health.status != 200 or match.same_image:
        return AGREES
    if match.same_image is None:
        return unknown("the registry was not read: the two digests may be one image")
    sides = (Side(RUNTIME, "health 200", workload.health.locator), *_sides(scene, match))
    said = f"{workload.health.locator} says 200 from {short(match.digests[0])}, not from what was built."
    if not _is_over(scene, deployment):
        return Comparison("settling", f"{said} Old Pods serve during a rollout.", sides)
    return contradicts(said, *sides)


def published_synced_deployed(scene: Scene) -> Comparison:
    """R ↔ the revision that Argo compares ↔ the Deployment's template."""
    published, argo, workload = revision(scene.case), scene.case.application, scene.case.workload
    deployment = workload.deployment if workload else None
    if published is None or argo is None or deployment is None:
        return unknown("R, the Application or the Deployment was not read")
    noticed = standing(scene.case, published, argo.sync_revision).is_noticed
    if noticed is None:
        return unknown("whether Argo's revision comes after R is not decided")
    if not noticed:
        return _unnoticed(scene, published, argo)
    if argo.sync_status != "Synced" or not scene.case.signal(ARGO).is_done:
        return AGREES
    return _deployed(scene, published, deployment)


def _unnoticed(scene: Scene, published: GitopsCommit, argo: ApplicationReport) -> Comparison:
    at = short(argo.sync_revision) if argo.sync_revision else "no revision"
    sides = (
        scene.side(GITOPS, f"R is {published.sha}", "gitopsRevision"),
        scene.side(ARGO, f"compares {argo.sync_revision or 'no revision'}", "argoSync"),
    )
    said = f"gitops is at {short(published.sha)}, Argo compares {at}"
    return lagging(scene, said, sides, published_at(scene.case, published), NOTICE_SECONDS)


def _deployed(scene: Scene, published: GitopsCommit, deployment: DeploymentState) -> Comparison:
    """Synced at R: then the template's image is the one of this rollout, where both name a digest."""
    if may_be_back(scene.case, published, deployment):
        return unknown("whether the runtime was rolled back is not known")
    wanted, asked = scene.case.correlation.image_digest, digest_in(deployment.image)
    if not wanted or not asked:
        return unknown("the Deployment asks for a tag" if wanted else "nobody told which image was built")
    same = is_same_image(asked, wanted, known_digests(scene.case))
    if same is None:
        return unknown("the registry was not read: the two digests may be one image")
    if same or scene.case.signal(RUNTIME).went_back_to:
        return AGREES
    return contradicts(
        f"Argo is Synced at {short(published.sha)}, but the Deployment asks for {short(asked)}, "
        f"built was {short(wanted)}.",
        scene.side(ARGO, f"Synced at {published.sha}", "argoSync"),
        scene.side(RUNTIME, f"template {deployment.image}", "imageDigest"),
        scene.side(PROVENANCE, f"built {wanted}", "reuseDecision"),
    )


def healthy_but_crashing(scene: Scene) -> Comparison:
    """Argo says Healthy ↔ Pods of the newest ReplicaSet crash again and again."""
    argo, workload = scene.case.application, scene.case.workload
    if argo is None or workload is None or not workload.pods:
        return unknown("the Application or the Pods were not read")
    crashing = [pod for pod in current_pods(workload) if pod.waiting_reason == "CrashLoopBackOff"]
    if argo.health_status != "Healthy" or not crashing:
        return AGREES
    pod = crashing[0]
    sides = (
        scene.side(ARGO, "Healthy", "argoHealth"),
        scene.side(RUNTIME, f"{pod.name} CrashLoopBackOff ×{pod.restarts}, {pod.last_exit}", "runtimeTargetSha"),
    )
    said = f"Argo says Healthy, but pod {pod.name} crashes ({pod.restarts} restarts). Believe the Pod."
    return contradicts(said, *sides) if pod.restarts >= CRASHES else Comparison("settling", said, sides)


def _match(scene: Scene) -> tuple[Match, WorkloadReport, DeploymentState] | str:
    """What runs against what should run, or why that cannot be said."""
    published, workload = revision(scene.case), scene.case.workload
    if workload is None or workload.deployment is None:
        return "the workload was not read"
    if published is None:
        return "R is not known"
    match = compare(scene.case, workload, workload.deployment, published)
    if match.wanted is None:
        return "nobody told which image was built"
    if not match.digests:
        return "no Pod tells its image"
    if scene.case.signal(RUNTIME).went_back_to:
        return "the runtime was rolled back"
    if may_be_back(scene.case, published, workload.deployment):
        return "whether the runtime was rolled back is not known"
    return match, workload, workload.deployment


def _is_over(scene: Scene, deployment: DeploymentState) -> bool:
    return is_rolled_out(deployment) and scene.case.signal(ARGO).is_done


def _sides(scene: Scene, match: Match) -> tuple[Side, ...]:
    return (
        scene.side(RUNTIME, f"runs {', '.join(match.digests)}", "imageDigest"),
        scene.side(PROVENANCE, f"built {match.wanted}", "reuseDecision"),
    )


def known_digests(case: Case) -> tuple[DigestSet, ...]:
    """All that the registry told of the images in question."""
    running = case.workload.digests if case.workload else ()
    built = case.provenance_report.digests if case.provenance_report else None
    return running if built is None else (*running, built)
