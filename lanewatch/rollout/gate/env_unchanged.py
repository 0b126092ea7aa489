"""env-unchanged-skips-env-image-build: the same envIdentity as before builds no environment image."""

from __future__ import annotations

from collections.abc import Iterator

from lanewatch.rollout.contradictions.comparing import Side
from lanewatch.rollout.expected import NOT_BUILT
from lanewatch.rollout.facts import PLAN, PROVENANCE, TEKTON, Quality
from lanewatch.rollout.gate.verdict import (
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
    unread_log,
    without_plan,
    worse,
)
from lanewatch.rollout.record import Record
from lanewatch.rollout.reports import ReusePlan
from lanewatch.rollout.wording import short

CHECK = "env-unchanged-skips-env-image-build"
READ_HISTORY = "lanewatch gate --history 5 reads the rollouts before"


def judge(exam: Exam) -> Verdict:
    plan, before = exam.scene.case.plan, exam.previous
    missing = without_plan(CHECK, exam)
    if plan is None or missing is not None:
        return missing or not_exercised(CHECK, "no plan")
    now = exam.scene.side(PLAN, f"envIdentity {plan.env_identity or 'not told'}", "planEnvIdentity")
    if before is None or not before.env_identity or not plan.env_identity:
        who = "This rollout's" if not plan.env_identity else "The previous rollout's"
        return Verdict(CHECK, "unknown", f"{who} envIdentity is not known.", READ_HISTORY, (now,))
    then = Side("lanewatch", f"envIdentity {before.env_identity}", f"record of {short(before.commit)}")
    if before.env_identity != plan.env_identity:
        return not_exercised(
            CHECK, f"The environment changed since {short(before.commit)}: it had to be built.", now, then
        )
    links = (holds("same envIdentity", now), holds("as before", then), *_links(exam, plan, before))
    verdict = chained(CHECK, links, f"Same environment as {short(before.commit)}, and it was not built again.")
    return worse(verdict, ended_badly(exam, PROVENANCE, TEKTON))


def _links(exam: Exam, plan: ReusePlan, before: Record) -> Iterator[Link]:
    ground = exam.scene.side(PLAN, f"reuseEnvImage {str(plan.reuse_env_image).lower()}", "reuseEnvImage")
    if plan.reuse_env_image or plan.decision == "skipped":
        yield holds("the plan reuses the environment", ground)
    else:
        yield broken("the plan builds the environment again", ground)
    yield _digest(exam, plan, before)
    yield _proven(exam, plan)
    yield _not_built(exam, plan)


def _digest(exam: Exam, plan: ReusePlan, before: Record) -> Link:
    """The same environment image; or the same service image, which holds it."""
    digest = env_digest(plan)
    ground = exam.scene.side(PLAN, f"envImageDigest {digest or 'not told'}", "planArtifact")
    if digest and before.env_digest:
        same = digest == before.env_digest
        said = f"environment image {short(before.env_digest)} became {short(digest)}"
        return holds("same environment image", ground) if same else broken(said, ground)
    image = exam.scene.case.provenance.image_digest if exam.scene.case.provenance else ""
    if image and image == before.image_digest:
        side = exam.scene.side(PROVENANCE, f"imageDigest {image}", "reuseDecision")
        return holds("same image", side)
    which = "the previous" if digest else "this"
    return open_link(f"{which} plan names no environment digest", "the next rollout of this environment", ground)


def env_digest(plan: ReusePlan) -> str:
    """The environment image that the plan's audit names for every affected service; "" for none or several."""
    named = {row.env_image_digest for row in plan.audit if row.env_image_digest}
    return named.pop() if len(named) == 1 else ""


def _proven(exam: Exam, plan: ReusePlan) -> Link:
    found = exam.scene.case.provenance
    if found is None:
        return open_link("no provenance yet", awaited(exam, PROVENANCE))
    ground = exam.scene.side(PROVENANCE, f"{found.reuse_decision}, envIdentity {found.env_identity}", "envIdentity")
    if found.env_identity != plan.env_identity:
        return broken(f"provenance names environment {found.env_identity or 'none'}", ground)
    if found.reuse_decision == "built":
        return broken("provenance says that everything was built", ground)
    return holds("provenance reused it", ground)


def _not_built(exam: Exam, plan: ReusePlan) -> Link:
    """No builder Job, or one whose log shows no step of the environment that was not cached."""
    report = exam.scene.case.provenance_report
    job = report.job if report else None
    if plan.decision in NOT_BUILT:
        return no_job(exam)
    if not exam.built.is_read:
        return unread_log(exam)
    name = f"Job {job.name}" if job else "no Job"
    ground = exam.scene.side(PROVENANCE, f"{name}: {len(exam.built.vertices)} build steps", "builderJobName")
    bad = [vertex for vertex in exam.built.vertices if vertex.builds_environment]
    if bad:
        return broken(f"the builder ran [{bad[0].stage}] {bad[0].does}".rstrip(), ground)
    return holds("every environment step was cached", ground)


def no_job(exam: Exam) -> Link:
    """The cluster said that this rollout has no builder Job."""
    report, answer = exam.scene.case.provenance_report, exam.scene.case.answer(PROVENANCE)
    fact = answer.fact("builderJobName") if answer else None
    if report is None or fact is None:
        return open_link("builder Jobs were not read", "rights to list jobs: lanewatch doctor")
    if report.job is not None:
        ground = exam.scene.side(PROVENANCE, report.job.name, "builderJobName")
        return broken(f"builder Job {report.job.name} exists", ground)
    if fact.quality is not Quality.ABSENT:
        return open_link("builder Jobs were not read", "rights to list jobs: lanewatch doctor")
    return holds("no builder Job", exam.scene.side(PROVENANCE, "no builder Job", "builderJobName"))
