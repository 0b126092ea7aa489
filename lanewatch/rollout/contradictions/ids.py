"""Ids that are told more than once: source commit, snapshot ref, run and PipelineRun. They do not lag."""

from __future__ import annotations

from lanewatch.rollout.contradictions.comparing import AGREES, Comparison, Scene, Told, contradicts, unknown
from lanewatch.rollout.facts import ACTIONS, GITOPS, MIRROR, PLAN, PROVENANCE, TEKTON
from lanewatch.rollout.wording import short

ATTESTED = "oci-attestation"  # speaks of the image's origin, never of this rollout's ids


def one_source_commit(scene: Scene) -> Comparison:
    """Every paper of one chain names the same source commit."""
    case, told = scene.case, Told()
    run, pipeline, report = case.run, case.pipeline_run, case.provenance_report
    if run is not None:
        told.add(scene, ACTIONS, "head", run.head_sha, "actionsRunId")
    if case.actions is not None and case.actions.dispatch is not None:
        told.add(scene, ACTIONS, "dispatch.json", case.actions.dispatch.payload.get("sourceCommit", ""))
    if case.plan_report is not None and case.plan_report.plan is not None:
        told.add(scene, PLAN, "plan", case.plan_report.plan.source_commit, "planArtifact")
    if pipeline is not None:
        told.add(scene, TEKTON, "param", pipeline.params.get("sourceCommit", ""), "pipelineRunName")
    if report is not None and report.provenance is not None and report.origin != ATTESTED:
        told.add(scene, PROVENANCE, "provenance", report.provenance.source_commit, "reuseDecision")
    if case.gitops is not None and case.gitops.revision is not None:
        told.add(scene, GITOPS, "trailer", case.gitops.revision.source_commit, "gitopsRevision")
    if len(told.sides) < 2:
        return unknown("fewer than two authorities name a source commit")
    if not told.differ():
        return AGREES
    commits = " and ".join(short(value) for value in dict.fromkeys(value for _, value in told.sides))
    return contradicts(f"One chain, two source commits: {commits}. Trust nothing after the first.", *told.witnesses())


def snapshot_stands(scene: Scene) -> Comparison:
    """The snapshot ref is immutable: it resolves to the source commit, now and before."""
    case = scene.case
    snapshot = case.mirror.snapshot if case.mirror else None
    if snapshot is None or case.commit is None:
        return unknown("no snapshot ref was read")
    held = f"snapshot:{snapshot.ref}@{case.commit}"
    if snapshot.sha == case.commit:
        return AGREES
    if snapshot.sha is None and held not in case.known.gone:
        return unknown(f"{snapshot.ref} does not resolve")
    now = f"resolves to {short(snapshot.sha)}" if snapshot.sha else "is gone"
    return contradicts(
        f"Snapshot ref {snapshot.ref} {now}, not {short(case.commit)}: an immutable ref was moved.",
        scene.side(MIRROR, f"{snapshot.ref} {now}", "snapshotRef"),
        scene.side(MIRROR, f"watched commit {case.commit}", "sourceCommit"),
    )


def provenance_ids(scene: Scene) -> Comparison:
    """Provenance names the Actions run and the PipelineRun that were observed."""
    case, report = scene.case, scene.case.provenance_report
    found = report.provenance if report else None
    if report is None or found is None or report.origin == ATTESTED:
        return unknown("no provenance of this rollout")
    pairs = [
        (ACTIONS, "run", found.actions_run_id, case.run.id if case.run else "", "actionsRunId"),
        (TEKTON, "", found.pipeline_run_name, case.pipeline_run.name if case.pipeline_run else "", "pipelineRunName"),
    ]
    comparable = [pair for pair in pairs if pair[2] and pair[3]]
    for authority, word, claimed, observed, name in comparable:
        if claimed != observed and claimed not in case.earlier_pipeline_runs:
            return contradicts(
                f"Provenance names {word} {claimed}".replace("  ", " ") + f", observed is {observed}.",
                scene.side(PROVENANCE, f"{word} {claimed}".strip(), "reuseDecision"),
                scene.side(authority, f"{word} {observed}".strip(), name),
            )
    if len(comparable) < len(pairs):
        return unknown("run or PipelineRun was not told by both")
    return AGREES
