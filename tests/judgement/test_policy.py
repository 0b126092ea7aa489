"""The policy audit: every rule where it is kept, where it is broken, and where nothing could be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lanewatch.authorities.policy_objects import (
    cache_gc_of,
    grants_of,
    ingresses_to,
    node_of,
    pod_spec,
    roles_bound_to,
    runners_of,
)
from lanewatch.output.gate_text import policy_lines
from lanewatch.rollout.facts import Knowledge
from lanewatch.rollout.policy import TABLE, audit
from lanewatch.rollout.policy.report import (
    ContainerSpec,
    Grant,
    Listener,
    Node,
    PodSpec,
    PolicyFinding,
    PolicyReport,
    RunnerSeen,
)
from lanewatch.rollout.reports import Dispatch
from lanewatch.rollout.stages import judged
from lanewatch.spec.loading import load_spec
from lanewatch.spec.switches import permitted
from tests.judgement.endings import Ending, endings, kept_out, lane
from tests.producers.authorizing import asked, granted
from tests.rollout import story
from tests.rollout.story import A, delivered, moment, time

# A lane that is closed while git still runs in it kills git, which asyncio then complains about.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

LABEL = "unidesk-ci-builder"
POD = PodSpec("pods/run/mgr-1", (ContainerSpec("mgr", "registry/mgr@sha256:5", privileged=False),), (), "run-1")
BUILDER = PodSpec("pods/ci/build-1", (ContainerSpec("buildkit", "moby/buildkit:v1", privileged=False),), (), "ci-1")
PAYLOAD = {
    "sourceCommit": A, "snapshotRef": story.REF, "repository": "pikasTech/agentrun", "branch": "v0.2",
    "reusePlanArtifactRef": "actions-run/41/reuse-plan",
}  # fmt: skip
CREATES = Grant("Role el", ("create",), ("pipelineruns",), ("tekton.dev",))
READS = Grant("Role el", ("get", "list", "watch"), ("eventlisteners", "triggers"), ("triggers.tekton.dev",))
KEPT = PolicyReport(
    runtime_pods=(POD,),
    builder=BUILDER,
    has_builder=True,
    ci_pods=(replace(BUILDER, owner="pods/ci/task-1"),),
    nodes=(Node("ci-1", is_control_plane=False), Node("run-1", is_control_plane=False)),
    listener=Listener("el", "el-account", "ClusterIP", ()),
    grants=(CREATES, READS),
    runners=(RunnerSeen("r1", (LABEL,)),),
    workflow="on: push\njobs:\n  plan:\n    runs-on: unidesk-ci-builder\n# kubectl is not used here\n",
    logs="fetching the plan\nposted to the listener: 202\n",
    cache_gc=True,
)
SENT = Dispatch("ev-1", PAYLOAD, time(22))


def lane_told(dispatch: Dispatch | None = SENT, **changes: Any) -> Knowledge:
    jobs = tuple(replace(job, labels=(LABEL,), runner="r1") for job in story.RUN.jobs)
    run = replace(story.RUN, jobs=changes.pop("jobs", jobs))
    return delivered(actions=replace(story.ACTIONS_REPORT, runs=(run,), dispatch=dispatch), **changes)


def found(rule: str, report: PolicyReport = KEPT, known: Knowledge | None = None) -> PolicyFinding:
    case = judged(lane_told() if known is None else known, moment(story.END))
    return next(one.finding for one in audit(case, story.lane(), report) if one.rule.id == rule)


def runs(**changes: Any) -> PolicyReport:
    return replace(KEPT, runtime_pods=(replace(POD, **changes),))


def image(name: str) -> tuple[ContainerSpec, ...]:
    return (ContainerSpec("x", name, privileged=False),)


BREACHES: dict[str, list[Callable[[], PolicyFinding]]] = {
    "mutable-source": [
        lambda: found(
            "mutable-source",
            known=lane_told(Dispatch("e", {**PAYLOAD, "snapshotRef": "refs/heads/v0.2"}, time(22))),
        ),
        lambda: found("mutable-source", known=lane_told(Dispatch("e", {**PAYLOAD, "snapshotRef": "v0.2"}, time(22)))),
    ],
    "host-path": [
        lambda: found("host-path", runs(host_paths=("/srv/agentrun",))),
        lambda: found("host-path", replace(KEPT, builder=replace(BUILDER, host_paths=("/home/dev/agentrun",)))),
    ],
    "docker-socket": [lambda: found("docker-socket", runs(host_paths=("/var/run/docker.sock",)))],
    "privileged": [lambda: found("privileged", runs(containers=(ContainerSpec("a", "b", privileged=True),)))],
    "build-tooling": [
        lambda: found("build-tooling", runs(containers=image("docker:27-dind"))),
        lambda: found("build-tooling", runs(containers=image("gcr.io/kaniko-project/kaniko:v1"))),
    ],
    "builder-master": [lambda: found("builder-master", replace(KEPT, nodes=(Node("ci-1", is_control_plane=True),)))],
    "builder-runtime": [
        lambda: found("builder-runtime", replace(KEPT, builder=replace(BUILDER, node="run-1"))),
        lambda: found("builder-runtime", replace(KEPT, builder=replace(BUILDER, node="jd01"))),
    ],
    "runner-label": [
        lambda: found("runner-label", known=lane_told(jobs=(replace(story.PLAN_JOB, labels=("ubuntu-latest",)),)))
    ],
    "runner-trust": [
        lambda: found("runner-trust", replace(KEPT, runners=(RunnerSeen("r2", (LABEL,)),))),
        lambda: found(
            "runner-trust",
            replace(KEPT, runners=()),
            lane_told(jobs=(replace(story.PLAN_JOB, runner="r1", status="in_progress"),)),
        ),
    ],
    "runtime-token": [
        lambda: found("runtime-token", replace(KEPT, workflow="env:\n  KUBECONFIG: ${{ secrets.KUBE_RUNTIME }}\n")),
        lambda: found("runtime-token", replace(KEPT, workflow="run: kubectl -n agentrun-v02 get pods\n")),
    ],
    "image-pinned": [
        lambda: found(
            "image-pinned",
            known=lane_told(
                runtime=replace(story.WORKLOAD, deployment=replace(story.DEPLOYMENT, image="registry/mgr:v0.2"))
            ),
        )
    ],
    "cache-gc": [lambda: found("cache-gc", replace(KEPT, cache_gc=False))],
    "payload": [
        lambda: found("payload", known=lane_told(Dispatch("e", {**PAYLOAD, "branch": ""}, time(22)))),
    ],
    "listener-exposed": [
        lambda: found("listener-exposed", replace(KEPT, listener=Listener("el", "a", "LoadBalancer", ()))),
        lambda: found("listener-exposed", replace(KEPT, listener=Listener("el", "a", "ClusterIP", ("public",)))),
    ],
    "listener-rights": [
        lambda: found("listener-rights", replace(KEPT, grants=(CREATES, Grant("r", ("*",), ("*",), ("*",))))),
        lambda: found("listener-rights", replace(KEPT, grants=(Grant("r", ("get",), ("secrets",), ("",)),))),
        lambda: found("listener-rights", replace(KEPT, grants=(Grant("r", ("delete",), ("pipelineruns",), ("",)),))),
    ],
    "argo-text": [
        lambda: found("argo-text", replace(KEPT, logs="Health Status:      Healthy\n")),
        lambda: found("argo-text", replace(KEPT, logs="$ argocd app wait agentrun --health\n")),
    ],
}
"""Each in a way of its own."""


def test_every_rule_is_broken_somewhere_below() -> None:
    assert set(BREACHES) == {rule.id for rule in TABLE}


@pytest.mark.parametrize(("rule", "number"), [(rule, n) for rule, ways in BREACHES.items() for n in range(len(ways))])
def test_a_breach_says_what_and_where(rule: str, number: int) -> None:
    told = BREACHES[rule][number]()
    assert told.state == "breach", told
    assert told.source
    assert told.says.endswith(".")


@pytest.mark.parametrize("rule", [rule.id for rule in TABLE])
def test_a_lane_that_keeps_the_rules_is_ok(rule: str) -> None:
    assert found(rule).state == "ok", found(rule)


@pytest.mark.parametrize("rule", [rule.id for rule in TABLE])
def test_what_could_not_be_read_is_never_ok(rule: str) -> None:
    told = found(rule, PolicyReport(unread={"nodes": "403: may not list nodes"}), Knowledge())
    assert told.state == "not readable", told
    assert told.says


def read(ending: Ending) -> dict[str, PolicyFinding]:
    return {one.rule.id: one.finding for one in audit(ending.case(), lane(), ending.policy)}


def test_what_the_role_does_not_grant_is_named_with_the_role_that_would() -> None:
    told = {rule: one.says for rule, one in read(kept_out()).items() if one.state == "not readable"}
    assert set(told) == {"builder-master", "listener-exposed", "listener-rights"}
    assert all("403: may not" in says and "lanewatch-audit" in says for says in told.values())


def test_half_of_what_a_rule_needs_is_not_enough() -> None:
    assert found("host-path", replace(KEPT, ci_pods=None)).state == "not readable"
    assert found("listener-exposed", replace(KEPT, listener=Listener("el", "a", "ClusterIP", None))).state == (
        "not readable"
    )
    assert found("listener-rights", replace(KEPT, grants=())).state == "not readable"
    assert found("runner-trust", replace(KEPT, runners=(RunnerSeen("r2", (LABEL,), is_ephemeral=True),))).state == (
        "not readable"
    )
    assert found("builder-master", replace(KEPT, builder=replace(BUILDER, node="unheard"))).state == "not readable"


def test_a_rule_is_held_to_the_spec_and_not_to_taste() -> None:
    assert permitted(load_spec().spec) == frozenset()
    case, report = judged(lane_told(), moment(story.END)), runs(host_paths=("/var/run/docker.sock",))
    told = audit(case, story.lane(), report, frozenset({"runtimePlane.dockerSocketAllowed"}))
    assert next(one.finding for one in told if one.rule.id == "docker-socket").state == "ok"


def test_the_page_names_breaches_with_their_key_and_counts_the_rest() -> None:
    case = judged(lane_told(), moment(story.END))
    report = replace(runs(host_paths=("/var/run/docker.sock",)), nodes=None, unread={"nodes": "403"})
    text = "\n".join(policy_lines(audit(case, story.lane(), report)))
    assert "14 of 16 rules kept, 1 not readable" in text
    assert "(spec.runtimePlane.dockerSocketAllowed)" in text
    assert "not readable: builder-master" in text


def test_pods_are_cut_down_to_what_rules_need() -> None:
    told = pod_spec(
        "pods/ns/a",
        {
            "nodeName": "n1",
            "serviceAccountName": "sa",
            "initContainers": [
                {"name": "i", "image": "x", "securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}
            ],
            "containers": [{"name": "c", "image": "y", "securityContext": {"privileged": True}}, "drifted", 7],
            "volumes": [{"hostPath": {"path": "/var/run/docker.sock"}}, {"emptyDir": {}}, {"hostPath": "drifted"}],
        },
    )
    assert [one.privileged for one in told.containers] == [True, True]
    assert told.host_paths == ("/var/run/docker.sock",)
    assert (told.node, told.service_account) == ("n1", "sa")
    assert pod_spec("pods/ns/a", None) == PodSpec("pods/ns/a", (), ())


def test_nodes_are_told_by_their_role() -> None:
    assert node_of({"metadata": {"name": "m", "labels": {"node-role.kubernetes.io/master": ""}}}).is_control_plane
    assert not node_of({"metadata": {"name": "w", "labels": None}}).is_control_plane


def binding(kind: str, name: str, subject: str = "el", namespace: str = "ci", who: str = "ServiceAccount") -> Any:
    return {
        "metadata": {"namespace": namespace},
        "roleRef": {"kind": kind, "name": name},
        "subjects": [{"kind": who, "name": subject, "namespace": namespace}],
    }


def test_rights_come_from_every_binding_of_the_account_and_of_nobody_else() -> None:
    bindings = [
        binding("Role", "r"),
        binding("Role", "not-mine", "other"),
        binding("Role", "elsewhere", namespace="elsewhere"),
        binding("ClusterRole", "all", "system:serviceaccounts", who="Group"),
        binding("ClusterRole", "system:discovery", "system:authenticated", who="Group"),
        binding("ClusterRole", "people", "developers", who="Group"),
    ]
    assert roles_bound_to(bindings, "el", "ci") == (("Role", "r"), ("ClusterRole", "all"))
    role = {"rules": [{"verbs": ["create"], "resources": ["pipelineruns"]}, "drifted"]}
    assert [(one.role, one.verbs) for one in grants_of("Role r", role)] == [("Role r", ("create",))]
    assert grants_of("Role r", {"rules": None}) == ()


def test_ingresses_and_runners_and_the_cache() -> None:
    path = {"backend": {"service": {"name": "el-x"}}}
    assert ingresses_to([{"metadata": {"name": "i"}, "spec": {"rules": [{"http": {"paths": [path]}}]}}], "el-x") == (
        "i",
    )
    assert ingresses_to([{"metadata": {"name": "i"}, "spec": {}}], "el-x") == ()
    assert runners_of([{"name": "r", "labels": [{"name": LABEL}]}]) == (RunnerSeen("r", (LABEL,)),)
    assert cache_gc_of([{"data": {"buildkitd.toml": "[worker.oci]\n  gc = true\n"}}]) is True
    assert cache_gc_of([{"data": {"buildkitd.toml": "[worker.oci]\n  gc = false\n"}}]) is False
    assert cache_gc_of([{"data": {"x": "[worker.oci]\n"}}, {"data": None}]) is None


def test_an_audit_asks_for_no_more_than_the_two_roles_grant() -> None:
    """The sweep's own Role and the audit's; and without the audit, nothing of the audit's is asked."""
    used, rights = asked(endings()["build"].asked), granted("lanewatch-role", "lanewatch-audit-role")
    assert used - rights == set()
    mine = granted("lanewatch-audit-role")
    assert mine - used == set()
    assert not mine & granted("lanewatch-role")
