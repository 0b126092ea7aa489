"""What is proven and by what: each required evidence item, and each provenance field against another authority.

A provenance is one witness speaking of itself. Each of its ten fields is put beside what the authority that owns the
matter said on its own: the two agree, or they do not, or nobody else can tell, and then it is said that nobody can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, Literal

from lanewatch.evidence.material import Exhibit, Material
from lanewatch.rollout.case import Case
from lanewatch.rollout.digests import is_same_image
from lanewatch.rollout.facts import ACTIONS, MIRROR, PLAN, PROVENANCE, RUNTIME, TEKTON, Knowledge
from lanewatch.rollout.knowledge import learn
from lanewatch.rollout.reports import Provenance
from lanewatch.rollout.rollout import EvidenceItem, Rollout
from lanewatch.rollout.rollouts import current_pods
from lanewatch.rollout.stages import judged
from lanewatch.spec.lane import Lane

SCHEMA = "lanewatch.coverage/v1"
Verdict = Literal["confirmed", "contradicted", "unconfirmed"]

# Attribute of Provenance by the spec's name of the field.
FIELDS: Mapping[str, str] = {
    "sourceCommit": "source_commit",
    "snapshotRef": "snapshot_ref",
    "envIdentity": "env_identity",
    "imageDigest": "image_digest",
    "recipeHash": "recipe_hash",
    "baseImageDigest": "base_image_digest",
    "reuseDecision": "reuse_decision",
    "builderId": "builder_id",
    "actionsRunId": "actions_run_id",
    "pipelineRunName": "pipeline_run_name",
}
NOT_YET = frozenset({"pending", "running", "skipped"})
ATTESTATION = "oci-attestation"
REGISTRY = "registry"


@dataclass(frozen=True, slots=True)
class Witness:
    """What another authority says of a provenance field: `value` "" where it says nothing, `because` then why."""

    authority: str
    value: str
    agrees: bool | None  # None: it cannot tell
    because: str


def coverage(material: Material, rollout: Rollout) -> dict[str, Any]:
    """coverage.json: `evidence` by item, `provenance` by field."""
    case = judged(reduce(learn, material.entries, Knowledge()), material.at)
    return {
        "schema": SCHEMA,
        "evidence": {item["name"]: item for item in _items(rollout, material)},
        "provenance": provenance_rows(case, material.lane),
    }


def _items(rollout: Rollout, material: Material) -> Iterator[dict[str, Any]]:
    lists: Mapping[str, tuple[EvidenceItem, ...]] = {
        "present": rollout.evidence.present,
        "pending": rollout.evidence.pending,
        "notApplicable": rollout.evidence.not_applicable,
        "unreadable": rollout.evidence.unreadable,
        "missing": rollout.evidence.missing,
    }
    places = {item.name: (standing, item) for standing, items in lists.items() for item in items}
    for name in rollout.evidence.required:
        standing, item = places[name]
        yield {
            "name": name,
            "standing": standing,
            "value": item.value,
            "authority": item.authority,
            "source": item.source,
            "reason": item.reason,
            "objects": [one.digest for one in _proving(item, rollout, material.exhibits)],
        }


def _proving(item: EvidenceItem, rollout: Rollout, exhibits: tuple[Exhibit, ...]) -> list[Exhibit]:
    """The native objects kept of the authority that said it."""
    stages = {stage.id for stage in rollout.stages if stage.authority == item.authority}
    return [one for one in exhibits if one.stage in stages and one.kind == "object" and one.digest]


def provenance_rows(case: Case, lane: Lane) -> dict[str, Any]:
    """Every provenance field of the spec: what it claims, who else was asked, and whether they agree."""
    found = case.provenance_report.provenance if case.provenance_report else None
    rows = {}
    for name in lane.provenance_fields:
        claim = _claim(found, name)
        witness = WITNESSES[name](case, claim) if name in WITNESSES else _nobody(case, claim)
        verdict, reason = _verdict(case, claim, witness)
        rows[name] = {
            "value": claim,
            "verdict": verdict,
            "witness": witness.authority,
            "witnessed": witness.value,
            "reason": reason,
        }
    return rows


def _claim(found: Provenance | None, name: str) -> str:
    return str(getattr(found, FIELDS[name])) if found is not None and name in FIELDS else ""


def _verdict(case: Case, claim: str, witness: Witness) -> tuple[Verdict, str]:
    if not claim:
        report = case.provenance_report
        why = report.invalid if report and report.invalid else "provenance does not say it"
        return "unconfirmed", why if report and report.provenance else "there is no provenance"
    if witness.agrees is None:
        return "unconfirmed", witness.because
    return ("confirmed" if witness.agrees else "contradicted"), witness.because


def _same(authority: str, claim: str, value: str | None, silent: str, says: str = "") -> Witness:
    """A witness that gives the value itself."""
    if not value:
        return Witness(authority, "", None, silent)
    return Witness(authority, value, value == claim, says)


def _source_commit(case: Case, claim: str) -> Witness:
    commit = case.mirror.commit if case.mirror else None
    return _same(MIRROR, claim, commit.sha if commit else None, "the mirror does not hold the commit")


def _snapshot(case: Case, claim: str) -> Witness:
    snapshot = case.mirror.snapshot if case.mirror else None
    if snapshot is None or snapshot.sha is None:
        return Witness(MIRROR, snapshot.ref if snapshot else "", None, "the snapshot ref does not resolve")
    holds = snapshot.ref == claim and snapshot.sha == case.commit
    return Witness(MIRROR, snapshot.ref, holds, f"resolves to {snapshot.sha}")


def _environment(case: Case, claim: str) -> Witness:
    return _same(PLAN, claim, case.plan.env_identity if case.plan else None, "the plan names no environment")


def _decision(case: Case, claim: str) -> Witness:
    return _same(PLAN, claim, case.plan.decision if case.plan else None, "there is no plan")


def _image(case: Case, claim: str) -> Witness:
    """The Pods run it and the registry serves it: both, else it is not confirmed."""
    report, workload = case.provenance_report, case.workload
    digests = (*((report.digests,) if report and report.digests else ()), *(workload.digests if workload else ()))
    running = sorted({pod.digest for pod in current_pods(workload) if pod.digest}) if workload else []
    if case.signal(RUNTIME).state in NOT_YET:
        return Witness(RUNTIME, ", ".join(running), None, "the Pods are not those of this rollout")
    if not running:
        return Witness(RUNTIME, "", None, "no Pod tells its digest")
    same = [is_same_image(one, claim, digests) for one in running]
    if False in same:
        return Witness(RUNTIME, ", ".join(running), False, "the Pods run another image")
    served = any(claim in (one.digest, one.index, *one.manifests) and one.manifests for one in digests)
    if None in same or not served:
        return Witness(REGISTRY, "", None, "the registry was not read, or does not serve it")
    return Witness(RUNTIME, ", ".join(running), True, "the Pods run it and the registry serves it")


def _base_image(case: Case, claim: str) -> Witness:
    attestation = case.provenance_report.attestation if case.provenance_report else None
    value = attestation.base_image_digest if attestation else None
    return _same(ATTESTATION, claim, value, "the image has no attestation that names a base", "unsigned: a claim")


def _builder(case: Case, claim: str) -> Witness:
    attestation = case.provenance_report.attestation if case.provenance_report else None
    value = attestation.builder_id if attestation else None
    return _same(ATTESTATION, claim, value, "the image has no attestation that names a builder", "unsigned: a claim")


def _run(case: Case, claim: str) -> Witness:
    return _same(ACTIONS, claim, case.run.id if case.run else None, "there is no Actions run of this commit")


def _pipeline_run(case: Case, claim: str) -> Witness:
    """The PipelineRun exists and carries the commit."""
    run = case.pipeline_run
    if run is None:
        return Witness(TEKTON, "", None, "no PipelineRun of this commit is known")
    carried = run.params.get("sourceCommit", "")
    holds = run.name == claim and carried == case.commit
    return Witness(TEKTON, run.name, holds, f"it carries commit {carried or 'none'}")


def _nobody(case: Case, claim: str) -> Witness:
    return Witness(PROVENANCE, "", None, "no other authority tells it")


WITNESSES: Mapping[str, Callable[[Case, str], Witness]] = {
    "sourceCommit": _source_commit,
    "snapshotRef": _snapshot,
    "envIdentity": _environment,
    "imageDigest": _image,
    "baseImageDigest": _base_image,
    "reuseDecision": _decision,
    "builderId": _builder,
    "actionsRunId": _run,
    "pipelineRunName": _pipeline_run,
}
