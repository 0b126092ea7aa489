"""runtime-reuse-hit-skips-rollout: a plan that reuses everything leaves gitops, ReplicaSet and Pods as they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from lanewatch.rollout.clocks import Stamp
from lanewatch.rollout.expected import NOT_BUILT
from lanewatch.rollout.facts import GITOPS, PLAN, PROVENANCE, RUNTIME, TEKTON
from lanewatch.rollout.gate.verdict import (
    Exam,
    Link,
    Verdict,
    broken,
    chained,
    ended_badly,
    holds,
    not_exercised,
    open_link,
    runtime_verified,
    without_plan,
    worse,
)
from lanewatch.rollout.reports import GitopsCommit, PodState
from lanewatch.rollout.rollouts import current_pods
from lanewatch.rollout.start import attempt_started, started
from lanewatch.rollout.wording import short
from lanewatch.rollout.words_of_stages import stage_name

CHECK = "runtime-reuse-hit-skips-rollout"


def judge(exam: Exam) -> Verdict:
    plan = exam.scene.case.plan
    missing = without_plan(CHECK, exam)
    if plan is None or missing is not None:
        return missing or not_exercised(CHECK, "no plan")
    said = exam.scene.side(
        PLAN, f"{plan.decision}, build {', '.join(plan.build_services) or 'nothing'}", "planDecision"
    )
    if plan.decision not in NOT_BUILT:
        return not_exercised(CHECK, f"The plan builds {', '.join(plan.build_services)}: no reuse hit.", said)
    links = (_plan(exam), _gitops(exam), _replica_set(exam), *_pods(exam), _served(exam))
    verdict = chained(CHECK, links, "Everything was reused, and nothing was rolled out.")
    return worse(verdict, ended_badly(exam, PROVENANCE, TEKTON))


def _plan(exam: Exam) -> Link:
    plan = exam.scene.case.plan
    ground = exam.scene.side(PLAN, f"decision {plan.decision if plan else '?'}", "planDecision")
    if plan is not None and plan.build_services:
        names = ", ".join(plan.build_services)
        return broken(f"the plan skips the build, yet orders {names}", ground)
    return holds("the plan reuses everything", ground)


def _gitops(exam: Exam) -> Link:
    """No gitops commit for this rollout, or one that changes no file."""
    case = exam.scene.case
    if case.gitops is None or not case.signal(GITOPS).is_done:
        ends = stage_name(exam.scene.lane, GITOPS)
        return open_link("gitops was not read after the build", f"lanewatch gate, once {ends} has ended")
    made = case.gitops.revision
    ground = exam.scene.side(GITOPS, f"R {made.sha if made else 'unchanged'}", "gitopsRevision")
    if made is None:
        return holds("no gitops commit", ground)
    below = _tree_below(made, case.gitops.history)
    if not made.tree or not below:
        return open_link(f"whether {short(made.sha)} changes a file is not told", f"git show --stat {made.sha}", ground)
    if made.tree != below:
        return broken(f"gitops commit {short(made.sha)} changes the tree", ground)
    return holds(f"gitops commit {short(made.sha)} is a no-op", ground)


def _tree_below(made: GitopsCommit, history: tuple[GitopsCommit, ...]) -> str:
    trees = {commit.sha: commit.tree for commit in history}
    return trees.get(made.parents[0], "") if made.parents else ""


def _replica_set(exam: Exam) -> Link:
    """The newest ReplicaSet was there before the rollout began: then its template hash is the same, too."""
    workload = exam.scene.case.workload
    replica_set = workload.replica_set if workload else None
    if replica_set is None:
        return open_link("ReplicaSets were not read", "rights to list replicasets: lanewatch doctor")
    said = f"ReplicaSet {replica_set.name}, template {replica_set.template_hash}"
    before = _is_before_start(exam, replica_set.created_at)
    ground = exam.scene.side(RUNTIME, said, "runtimeTargetSha")
    if before is None:
        return open_link(
            f"whether ReplicaSet {replica_set.name} is new is not told", "lanewatch get cicd-runtime", ground
        )
    last = exam.previous.template_hash if exam.previous else ""
    if before and last and last != replica_set.template_hash:
        return broken(f"template {last} became {replica_set.template_hash}", ground)
    return holds("no new ReplicaSet", ground) if before else broken(f"new ReplicaSet {replica_set.name}", ground)


def _pods(exam: Exam) -> Iterator[Link]:
    """Every Pod's container has run since before the rollout began."""
    workload = exam.scene.case.workload
    pods = current_pods(workload) if workload else ()
    if not pods:
        yield open_link("Pods were not read", "rights to list pods: lanewatch doctor")
    for pod in pods:
        yield _pod(exam, pod)


def _pod(exam: Exam, pod: PodState) -> Link:
    before = _is_before_start(exam, pod.started_at)
    at = pod.started_at.isoformat() if pod.started_at else "unknown"
    ground = exam.scene.side(RUNTIME, f"pod {pod.name} runs since {at}, {pod.restarts} restarts", "imageDigest")
    if before is None or not pod.ready:
        return open_link(f"since when pod {pod.name} runs is not told", "lanewatch get cicd-runtime", ground)
    return holds("no restart", ground) if before else broken(f"pod {pod.name} started during the rollout", ground)


def _served(exam: Exam) -> Link:
    """What runs was verified: the reused image, healthy."""
    signal = exam.scene.case.signal(RUNTIME)
    if signal.state == "failed" or signal.conflict:
        ground = exam.scene.side(RUNTIME, signal.says or signal.state, "runtimeTargetSha")
        return broken(f"runtime: {signal.reason.rstrip('.')}", ground)
    return runtime_verified(exam)


def _is_before_start(exam: Exam, at: datetime | None) -> bool | None:
    """Whether a time of the runtime's clock is surely before, or surely after, the rollout's start."""
    case = exam.scene.case
    begun, stamp = attempt_started(case, started(case)), case.stamp(RUNTIME, at, "startedAt")
    if begun is None or stamp is None:
        return None
    return _surely(exam, stamp, begun)


def _surely(exam: Exam, stamp: Stamp, begun: Stamp) -> bool | None:
    clocks = exam.scene.case.clocks
    if clocks.is_before(stamp, begun):
        return True
    return False if clocks.is_before(begun, stamp) else None
