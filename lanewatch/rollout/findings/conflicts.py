"""Where two authorities contradict each other: both are named, neither is chosen (reliability reference 2.5)."""

from __future__ import annotations

from collections.abc import Iterator

from lanewatch.rollout.expected import NOT_BUILT
from lanewatch.rollout.facts import ARGO, PLAN, PROVENANCE, RUNTIME, TEKTON, Fact, Quality
from lanewatch.rollout.findings.view import View
from lanewatch.rollout.rollout import Finding
from lanewatch.rollout.rollouts import current_pods, is_rolled_out
from lanewatch.rollout.wording import short


def conflicts(view: View) -> Iterator[Finding]:
    """The contradictions that make a stage unknown."""
    for stage in view.stages:
        signal = view.signal(stage.authority)
        if signal.conflict == "imageDigest":
            yield _image_drift(view)
        elif signal.conflict:
            message = f"{stage.id}: {signal.reason}. One of the two is wrong: compare their sources in its facts."
            yield view.finding("contradiction", "error", message, stage.authority, view.facts(signal.conflict))


def _image_drift(view: View) -> Finding:
    running, built = view.fields.get("imageDigest"), _built(view)
    pods = str(running.fact.value) if running else "?"
    source = running.fact.source if running else "Pods"
    message = (
        f"Pods run another image than was built: {short(pods)} ({source}), "
        f"built {short(str(built.value))} ({built.source}). See what set it: lanewatch get cicd-runtime"
    )
    return view.finding("image-drift", "error", message, RUNTIME, (*view.facts("imageDigest"), built))


def _built(view: View) -> Fact:
    """The digest that should run, and who says so."""
    report, wanted = view.case.provenance_report, view.case.correlation.image_digest
    if report and report.provenance and report.provenance.image_digest == wanted:
        return Fact("builtDigest", wanted, Quality.GOOD, PROVENANCE, f"provenance, {report.origin}", final=True)
    return Fact("builtDigest", wanted, Quality.GOOD, PLAN, "artifactProvenanceAudit of the plan", final=True)


def disagreements(view: View) -> Iterator[Finding]:
    """Contradictions that change no state but that a person must know."""
    for authority, said in (*_of_build(view), *_of_pipeline(view), *_of_closeout(view)):
        yield view.finding("disagreement", "warning", f"{view.name(authority)}: {said}", authority)


def _of_build(view: View) -> Iterator[tuple[str, str]]:
    case = view.case
    plan, found, report = case.plan, case.provenance, case.provenance_report
    if plan and found and found.reuse_decision and plan.decision != found.reuse_decision:
        yield PROVENANCE, f"the plan says {plan.decision}, provenance says {found.reuse_decision}."
    if plan and plan.decision in NOT_BUILT and report and report.job:
        yield PROVENANCE, f"the plan says {plan.decision}, yet builder Job {report.job.name} exists."
    claim = report.attestation if report else None
    built = found is not None and found.reuse_decision not in NOT_BUILT
    if claim and built and claim.source_commit and claim.source_commit != case.commit:
        yield PROVENANCE, f"the image's attestation claims commit {short(claim.source_commit)}."


def _of_pipeline(view: View) -> Iterator[tuple[str, str]]:
    run, plan = view.case.pipeline_run, view.case.plan
    if run is None:
        return
    named = run.params.get("snapshotRef")
    if plan and plan.snapshot_ref and named and named != plan.snapshot_ref:
        yield TEKTON, f"PipelineRun {run.name} builds {named}, the plan says {plan.snapshot_ref}."
    found = view.case.provenance
    if plan and found and found.env_identity and plan.env_identity and found.env_identity != plan.env_identity:
        yield PROVENANCE, f"the plan names environment {plan.env_identity}, provenance {found.env_identity}."
    bad = [task.name for task in run.tasks if task.state == "failed"]
    if run.condition and run.condition.status == "True" and bad:
        yield TEKTON, f"PipelineRun {run.name} succeeded though task {bad[0]} failed."


def _of_closeout(view: View) -> Iterator[tuple[str, str]]:
    application, workload = view.case.application, view.case.workload
    branch = view.lane.gitops_branch
    if application and branch and application.target_revision not in (branch, f"refs/heads/{branch}"):
        yield ARGO, f"the Application follows {application.target_revision or 'HEAD'}, the lane publishes to {branch}."
    deployment = workload.deployment if workload else None
    if workload and deployment and is_rolled_out(deployment):
        digests = {pod.digest for pod in current_pods(workload) if pod.digest}
        if len(digests) > 1:
            yield (
                RUNTIME,
                f"Pods of one ReplicaSet run {len(digests)} images: {', '.join(map(short, sorted(digests)))}.",
            )
