"""The manifests as they are rendered from the given spec: exact, whole, and consistent within themselves."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from lanewatch.output.producers import PRODUCERS, Producer, TemplateError, producer_folder, render
from lanewatch.spec.lane import Lane
from lanewatch.spec.loading import load_spec
from tests.e2e.lanes import lanewatch

GOLDEN = Path(__file__).parent / "golden"
MANIFESTS = [one for one in PRODUCERS if one.file.endswith(".yaml")]
NAMESPACES = {"agentrun-ci", "argocd", "agentrun-v02"}
REQUIRED = {  # what each kind cannot be without (Tekton reference 2 and 11, Argo reference 1, Kubernetes API)
    "CronJob": ("spec.schedule", "spec.jobTemplate.spec.template.spec.containers"),
    "ServiceAccount": (),
    "Role": ("rules",),
    "ClusterRole": ("rules",),
    "RoleBinding": ("roleRef.name", "subjects"),
    "ClusterRoleBinding": ("roleRef.name", "subjects"),
    "EventListener": ("spec.serviceAccountName", "spec.triggers"),
    "TriggerBinding": ("spec.params",),
    "TriggerTemplate": ("spec.params", "spec.resourcetemplates"),
    "Pipeline": ("spec.tasks", "spec.params"),
    "Task": ("spec.steps",),
    "ConfigMap": ("data",),
    "PersistentVolumeClaim": ("spec.accessModes", "spec.resources.requests.storage"),
    "Application": ("spec.project", "spec.source.repoURL", "spec.source.targetRevision", "spec.destination.namespace"),
    "Deployment": ("spec.selector.matchLabels", "spec.template.spec.containers"),
    "Service": ("spec.ports",),
    "Job": ("spec.template.spec.containers", "spec.template.spec.restartPolicy"),
}

Manifest = dict[str, Any]


@cache
def lane() -> Lane:
    return load_spec().lane()


def rendered(producer: Producer) -> str:
    return render(producer, lane(), producer_folder())


def documents(name: str) -> list[Manifest]:
    (producer,) = (one for one in PRODUCERS if one.name == name)
    return list(YAML(typ="safe", pure=True).load_all(rendered(producer)))


def tekton(kind: str) -> dict[str, Manifest]:
    return {one["metadata"]["name"]: one for one in documents("tekton") if one["kind"] == kind}


@pytest.mark.parametrize("producer", PRODUCERS, ids=lambda one: one.name)
def test_each_is_rendered_as_it_was(producer: Producer) -> None:
    """After a deliberate change: `lanewatch producers render --directory tests/producers/golden`."""
    assert rendered(producer) == (GOLDEN / producer.file).read_text()


@pytest.mark.parametrize("producer", MANIFESTS, ids=lambda one: one.name)
def test_each_object_has_what_its_kind_cannot_be_without(producer: Producer) -> None:
    for whole in documents(producer.name):
        if producer.name == "workflow":
            assert set(whole) == {"name", "on", "jobs"}
            continue
        assert whole["apiVersion"]
        assert re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", whole["metadata"]["name"])
        if not whole["kind"].startswith("Cluster"):
            assert whole["metadata"]["namespace"] in NAMESPACES
        for path in REQUIRED[whole["kind"]]:
            assert _at(whole, path), (whole["kind"], path)


def test_the_builder_job_is_one_and_keeps_off_the_nodes_that_the_spec_forbids() -> None:
    job = YAML(typ="safe", pure=True).load(documents("builder")[0]["data"]["job.yaml"])
    for path in REQUIRED["Job"]:
        assert _at(job, path), path
    assert set(job["metadata"]["labels"]) == {"agentrun.lane/source-commit", "agentrun.lane/pipelinerun"}
    pod = job["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"] == "moby/buildkit:v0.32.2-rootless"
    assert "privileged" not in str(pod)
    assert "hostPath" not in str(pod)
    (term,) = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert {"key": "kubernetes.io/hostname", "operator": "NotIn", "values": ["jd01"]} in term["matchExpressions"]
    assert {"key": "node-role.kubernetes.io/control-plane", "operator": "DoesNotExist"} in term["matchExpressions"]


def test_the_three_source_parameters_go_from_the_payload_to_the_pipeline() -> None:
    wanted = list(lane().source_parameters)
    (binding,), (template,) = tekton("TriggerBinding").values(), tekton("TriggerTemplate").values()
    assert [one["name"] for one in binding["spec"]["params"]] == wanted
    assert template["spec"]["params"] == [{"name": name} for name in wanted]  # no defaults
    (run,) = template["spec"]["resourcetemplates"]
    assert run["metadata"]["generateName"] == lane().pipeline_run_prefix
    assert [one["name"] for one in run["spec"]["params"]] == wanted
    (pipeline,) = tekton("Pipeline").values()
    assert [one["name"] for one in pipeline["spec"]["params"]] == wanted


def test_every_param_result_and_workspace_that_a_task_is_given_or_uses_is_declared() -> None:
    (pipeline,), tasks = tekton("Pipeline").values(), tekton("Task")
    for given in pipeline["spec"]["tasks"]:
        task = tasks[given["taskRef"]["name"]]
        declared = {one["name"] for one in task["spec"]["params"]}
        assert {one["name"] for one in given["params"]} == declared, given["name"]
        assert set(re.findall(r"\$\(params\.(\w+)\)", str(task))) <= declared
        for name, result in re.findall(r"\$\(tasks\.([\w-]+)\.results\.(\w+)\)", str(given)):
            giver = next(one for one in pipeline["spec"]["tasks"] if one["name"] == name)
            assert result in {one["name"] for one in tasks[giver["taskRef"]["name"]]["spec"]["results"]}
    results = {one["name"] for task in tasks.values() for one in task["spec"].get("results", ())}
    assert {"imageDigest", "envIdentity", "reuseDecision", "gitopsRevision", "builderJobName", "provenance"} <= results


def test_every_shell_script_is_one() -> None:
    scripts = [step["script"] for task in tekton("Task").values() for step in task["spec"]["steps"]]
    workflow = documents("workflow")[0]
    scripts += [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    scripts += [documents("snapshot")[0]["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["args"][0]]
    assert len(scripts) >= 8
    for script in scripts:
        if "env python3" in script.splitlines()[0]:
            compile(script, "step", "exec")
        else:
            done = subprocess.run(["sh", "-n"], input=script, text=True, capture_output=True)
            assert done.returncode == 0, done.stderr
            for embedded in re.findall(r"<<'SCRIPT'\n(.*?)\nSCRIPT\n", script, re.DOTALL):
                compile(embedded, "embedded", "exec")


def test_no_account_may_more_than_its_work_needs() -> None:
    for name in ("tekton", "lanewatch-role", "lanewatch-audit-role"):
        for role in (one for one in documents(name) if one["kind"] in ("Role", "ClusterRole")):
            for rule in role["rules"]:
                assert "*" not in rule["resources"] + rule["verbs"] + rule["apiGroups"]
                assert "secrets" not in rule["resources"]
                if name != "tekton":
                    assert set(rule["verbs"]) <= {"get", "list", "watch"}


def test_a_place_that_names_nothing_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("a: @{nothing}\n")
    with pytest.raises(TemplateError, match="nothing"):
        render(Producer("x", "x.yaml", ""), lane(), tmp_path)


def test_the_command_prints_or_writes(tmp_path: Path) -> None:
    listed = lanewatch("producers", "list")
    assert all(one.name in listed.stdout for one in PRODUCERS)
    printed = lanewatch("producers", "render", "argo-application")
    assert printed.stdout == (GOLDEN / "argo-application.yaml").read_text()
    written = lanewatch("producers", "render", "--directory", str(tmp_path), "tekton", "builder")
    assert written.returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["builder.yaml", "tekton.yaml"]
    wrong = lanewatch("producers", "render", "tektn")
    assert wrong.returncode == 2
    assert "did you mean tekton?" in wrong.stderr


def _at(whole: Any, path: str) -> Any:
    for step in path.split("."):
        whole = whole.get(step) if isinstance(whole, dict) else None
    return whole
