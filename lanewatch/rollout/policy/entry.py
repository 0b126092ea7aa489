"""What may enter the lane, and with which rights: source, runner, workflow, payload, EventListener. Pure rules."""

from __future__ import annotations

import re

from lanewatch.rollout.case import Case
from lanewatch.rollout.policy.report import Grant, PolicyFinding, PolicyReport, breach, not_readable, ok
from lanewatch.spec.lane import Lane

READING = frozenset({"get", "list", "watch"})
OPEN_SERVICES = frozenset({"NodePort", "LoadBalancer"})
CLUSTER_TOKEN = re.compile(
    r"secrets\.\w*(?:KUBE|RUNTIME|CLUSTER)\w*|KUBECONFIG|\bkubectl\b|\bhelm\b|argocd\s+login", re.I
)
HUMAN_ARGO = re.compile(
    r"argocd\s+app\s+(?:get|wait|list|sync)\b|^\s*(?:Sync|Health) Status:\s+\w+|^\s*Sync Revision:\s", re.M | re.I
)


def mutable_source(case: Case, lane: Lane, report: PolicyReport) -> PolicyFinding:
    """sourceAuthority.allowMutableBranchAsCiSource: false."""
    told = {"PipelineRun": case.pipeline_run.params.get("snapshotRef", "") if case.pipeline_run else ""}
    sent = case.actions.dispatch if case.actions else None
    told["dispatch.json"] = sent.payload.get("snapshotRef", "") if sent else ""
    named = {who: ref for who, ref in told.items() if ref}
    if not named:
        return PolicyFinding("not readable", "neither a PipelineRun nor dispatch.json was read.")
    for who, ref in named.items():
        if ref.startswith(("refs/heads/", "refs/remotes/")) or not ref.startswith("refs/"):
            return breach(f"{who} builds {ref}: a branch moves.", who)
    if not any(ref.startswith((lane.snapshot_ref_prefix, lane.stage_ref_prefix)) for ref in named.values()):
        return breach(f"{next(iter(named.values()))} is below no snapshot prefix of the spec.", next(iter(named)))
    return ok("CI builds an immutable snapshot ref.")


def payload_complete(case: Case, lane: Lane, report: PolicyReport) -> PolicyFinding:
    """actions.trigger.payloadMustInclude."""
    sent = case.actions.dispatch if case.actions else None
    if sent is None:
        return PolicyFinding("not readable", "no dispatch.json was read.")
    lacking = [name for name in lane.payload_fields if not sent.payload.get(name)]
    if lacking:
        return breach(f"the payload lacks {', '.join(lacking)}.", "dispatch.json")
    return ok(f"the payload has all {len(lane.payload_fields)} fields.")


def runner_label(case: Case, lane: Lane, report: PolicyReport) -> PolicyFinding:
    """actions.runner.label: no job of the run asks for another runner."""
    jobs = case.run.jobs if case.run else ()
    asked = [job for job in jobs if job.labels]
    if not asked:
        return PolicyFinding("not readable", "no job of the run tells its labels.")
    bad = [job for job in asked if lane.runner_label not in job.labels]
    if bad:
        return breach(f"job {bad[0].name} runs on {', '.join(bad[0].labels)}.", f"job {bad[0].name}")
    return ok(f"every job asks for {lane.runner_label}.")


def runner_trust(case: Case, lane: Lane, report: PolicyReport) -> PolicyFinding:
    """actions.runner.trustBoundary: internal-only. A runner of the organisation or the instance takes others' jobs too.

    Gitea lists only the repository's own runners, and forgets an ephemeral one with its job.
    """
    if report.runners is None:
        return not_readable(report, "runners")
    taken = [job for job in (case.run.jobs if case.run else ()) if job.runner]
    if not taken:
        return not_readable(report, "runners", said="no job of the run tells which runner took it")
    own = {runner.name for runner in report.runners}
    strange = next((job for job in taken if job.runner not in own), None)
    if strange is None:
        return ok(f"runner {taken[0].runner} is registered with {lane.workflow_repository} alone.")
    stays = [one for one in report.runners if lane.runner_label in one.labels and not one.is_ephemeral]
    if stays or strange.status == "in_progress":
        told = f"runner {strange.runner} took job {strange.name} and is not {lane.workflow_repository}'s own"
        return breach(f"{told}: it serves others too.", f"job {strange.name}")
    return not_readable(
        report,
        "runners",
        said=f"whose runner {strange.runner} was is not told: it is not listed any more, or never was",
    )


def runtime_token(case: Case, lane: Lane, report: PolicyReport) -> PolicyFinding:
    """actions.runner.allowRuntimeNamespaceToken: false."""
    if report.workflow is None:
        return not_readable(report, "workflow")
    found = CLUSTER_TOKEN.search(_without_comments(report.workflow))
    if found:
        return breach(
            f"the workflow uses {found[0]}: Actions may reach the cluster. Let the EventListener do that.",
            lane.workflow_path,
        )
    return ok("the workflow names no cluster token and no cluster tool.")


def listener_exposed(case: Case, lane: Lane, report: PolicyReport) -> PolicyFinding:
    """The EventListener answers inside the cluster only."""
    listener = report.listener
    if listener is None or not listener.service_type:
        return not_readable(report, "listener", "listenerService")
    if listener.service_type in OPEN_SERVICES:
        return breach(f"Service of {listener.name} is a {listener.service_type}.", f"services/el-{listener.name}")
    if listener.ingresses is None:
        return not_readable(report, "ingresses")
    if listener.ingresses:
        return breach(f"Ingress {listener.ingresses[0]} leads to {listener.name}.", listener.ingresses[0])
    return ok(f"{listener.name} answers inside the cluster only.")


def listener_rights(case: Case, lane: Lane, report: PolicyReport) -> PolicyFinding:
    """Its ServiceAccount may create PipelineRuns and read triggers, and nothing more."""
    if report.grants is None:
        return not_readable(report, "grants")
    for grant in report.grants:
        if _is_too_much(grant):
            verbs, resources = ", ".join(grant.verbs[:4]), ", ".join(grant.resources[:3])
            return breach(f"{lane.service_account} may {verbs} {resources} ({grant.role}).", grant.role)
    if not report.grants:
        return not_readable(report, "grants", said=f"no Role bound to {lane.service_account} is seen")
    return ok(f"{lane.service_account} may create PipelineRuns and read triggers.")


def argo_text(case: Case, lane: Lane, report: PolicyReport) -> PolicyFinding:
    """argo.statusOnlyFromNativeObjects: no job reads what Argo prints for people."""
    if report.logs is None:
        return not_readable(report, "logs")
    found = HUMAN_ARGO.search(report.logs)
    if found:
        return breach(f'a job reads what Argo prints for people: "{found[0].strip()[:40]}".', "Actions log")
    return ok("no job's log holds Argo's human output.")


def _is_too_much(grant: Grant) -> bool:
    if set(grant.verbs) <= READING and "secrets" not in grant.resources and "*" not in grant.resources:
        return False
    return not (set(grant.verbs) <= READING | {"create"} and set(grant.resources) <= {"pipelineruns"})


def _without_comments(text: str) -> str:
    return "\n".join(line.partition(" #")[0] for line in text.splitlines() if not line.lstrip().startswith("#"))
