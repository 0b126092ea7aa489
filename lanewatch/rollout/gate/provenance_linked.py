"""runtime-status-links-env-image-provenance: what runs leads to its environment, each step resolved."""

from __future__ import annotations

from lanewatch.rollout.facts import ACTIONS, GITOPS, PROVENANCE, RUNTIME
from lanewatch.rollout.gate.verdict import (
    UNATTEMPTED,
    WAIT,
    Exam,
    Link,
    Verdict,
    awaited,
    broken,
    chained,
    ended_badly,
    holds,
    not_exercised,
    open_link,
    runtime_verified,
)
from lanewatch.rollout.stages.gitops import revision
from lanewatch.rollout.stages.runtime import compare
from lanewatch.rollout.wording import short

CHECK = "runtime-status-links-env-image-provenance"
TELLS = (("env_identity", "envIdentity"), ("recipe_hash", "recipeHash"), ("base_image_digest", "baseImageDigest"))


def judge(exam: Exam) -> Verdict:
    case = exam.scene.case
    never = ended_badly(exam, PROVENANCE, GITOPS, RUNTIME)
    if never:
        return not_exercised(CHECK, f"This rollout does not run: {never}.")
    if case.actions is None:
        return Verdict(CHECK, "unknown", UNATTEMPTED, awaited(exam, ACTIONS))
    links = (_running(exam), *(_told(exam, attribute, name) for attribute, name in TELLS), runtime_verified(exam))
    found = case.provenance
    return chained(
        CHECK, links, f"What runs is {found.env_identity if found else ''}: environment, recipe and base are proven."
    )


def _running(exam: Exam) -> Link:
    """The Pods' digest is provenance's, by one of the names that the registry gives it."""
    case, published = exam.scene.case, revision(exam.scene.case)
    workload = case.workload
    if workload is None or workload.deployment is None:
        return open_link("what runs was not read", awaited(exam, RUNTIME))
    if published is None:
        return open_link("no gitops commit yet", awaited(exam, GITOPS))
    match = compare(case, workload, workload.deployment, published)
    ground = exam.scene.side(RUNTIME, f"runs {', '.join(match.digests) or 'no known digest'}", "imageDigest")
    if case.signal(RUNTIME).conflict == "imageDigest":
        return broken(case.signal(RUNTIME).reason.rstrip("."), ground)
    if case.provenance is None or case.provenance.image_digest != match.wanted:
        return open_link("provenance names no digest to compare with", "lanewatch get cicd-pipelinerun", ground)
    if match.same_image is None or not match.digests:
        return open_link("whether what runs is what was built is not decided", "a readable registry", ground)
    if not match.same_image:
        return open_link(f"Pods still run {short(match.digests[0])}", WAIT, ground)
    return holds("what runs is what provenance describes", ground)


def _told(exam: Exam, attribute: str, name: str) -> Link:
    found = exam.scene.case.provenance
    if found is None:
        return open_link("no provenance yet", awaited(exam, PROVENANCE))
    value = str(getattr(found, attribute))
    ground = exam.scene.side(PROVENANCE, f"{name} {value or 'not told'}", "envIdentity")
    if value:
        return holds(f"{name} is told", ground)
    report = exam.scene.case.provenance_report
    if report is not None and report.origin == "oci-attestation":
        return open_link(f"an attestation tells no {name}", "this rollout's provenance.json", ground)
    return broken(f"provenance tells no {name}", ground)
