"""Every manifest that is rendered has the structure that its kind's schema tells; what breaks it is found."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from ruamel.yaml import YAML

from lanewatch.output.producers import Producer
from tests.producers.structure import SCHEMAS, WORDS, faults, schema_of
from tests.producers.test_render import MANIFESTS, documents, tekton

APPLIED = [one for one in MANIFESTS if one.name != "workflow"]  # the workflow is Gitea's, and no Kubernetes object


def builder_job() -> dict[str, Any]:
    job: dict[str, Any] = YAML(typ="safe", pure=True).load(documents("builder")[0]["data"]["job.yaml"])
    return job


def manifests() -> list[dict[str, Any]]:
    return [*(whole for producer in APPLIED for whole in documents(producer.name)), builder_job()]


@pytest.mark.parametrize("producer", APPLIED, ids=lambda one: one.name)
def test_each_manifest_has_the_structure_of_its_kind(producer: Producer) -> None:
    assert {whole["metadata"]["name"]: faults(whole) for whole in documents(producer.name) if faults(whole)} == {}


def test_the_builder_job_has_the_structure_of_a_job() -> None:
    assert faults(builder_job()) == []


def test_there_is_a_schema_for_each_kind_that_is_rendered_and_for_no_other() -> None:
    kinds = {whole["kind"] for whole in manifests()} | {"PipelineRun"}  # in the TriggerTemplate
    assert {file.stem for file in SCHEMAS.glob("*.json")} == kinds | {"shared"}


def test_the_schemas_use_only_words_that_are_checked_and_names_that_exist() -> None:
    for file in SCHEMAS.glob("*.json"):
        told = json.loads(file.read_text())
        for schema in told.values() if file.stem == "shared" else (told,):
            _check_words(schema)


def _check_words(schema: dict[str, Any]) -> None:
    assert set(schema) <= WORDS
    assert "$ref" not in schema or schema["$ref"] in schema_of("shared")
    inner = [schema.get("items"), schema.get("additionalProperties"), *schema.get("properties", {}).values()]
    for one in inner:
        if isinstance(one, dict):
            _check_words(one)


def set_at(whole: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(whole)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return changed


(PIPELINE,) = tekton("Pipeline").values()
(LISTENER,) = tekton("EventListener").values()
(TEMPLATE,) = tekton("TriggerTemplate").values()
TASK = next(iter(tekton("Task").values()))
ROLE = next(one for one in documents("lanewatch-role") if one["kind"] == "Role")
APPLICATION, DEPLOYMENT, CRON = (documents(name)[0] for name in ("argo-application", "deployment", "snapshot"))


@pytest.mark.parametrize(
    ("whole", "path", "value", "told"),
    [
        (PIPELINE, ("spec", "tasks"), [], "spec.tasks: is too short"),
        (PIPELINE, ("spec", "tasks", 0, "runafter"), ["x"], "tasks[0].runafter: is no field"),
        (PIPELINE, ("spec", "tasks", 3, "when", 0, "operator"), "not in", "operator: none of in, notin"),
        (TASK, ("spec", "steps", 0, "image"), None, "steps[0]: no image"),
        (TASK, ("spec", "steps", 0, "resources"), {}, "steps[0].resources: is no field"),  # v1beta1's word
        (LISTENER, ("apiVersion",), "triggers.tekton.dev/v1alpha1", "apiVersion: none of"),
        (LISTENER, ("spec", "triggers", 0, "bindings", 0, "ref"), 7, "ref: string is wanted"),
        (TEMPLATE, ("spec", "resourceTemplates"), [], "spec.resourceTemplates: is no field"),
        (TEMPLATE, ("spec", "resourcetemplates", 0, "spec", "serviceAccountName"), "x", "PipelineRun.spec.service"),
        (TEMPLATE, ("spec", "resourcetemplates", 0, "spec", "timeouts", "pipeline"), "15 min", "pipeline: has not"),
        (ROLE, ("rules", 0, "verbs"), ["read"], "verbs[0]: none of"),
        (ROLE, ("rules", 0, "verbs"), "get", "verbs: array is wanted"),
        (APPLICATION, ("spec", "destination"), None, "spec: no destination"),
        (APPLICATION, ("spec", "source", "repoUrl"), "x", "source.repoUrl: is no field"),
        (APPLICATION, ("spec", "syncPolicy", "automated", "prune"), "true", "prune: boolean is wanted"),
        (DEPLOYMENT, ("spec", "replicas"), "2", "replicas: integer is wanted"),
        (DEPLOYMENT, ("spec", "replicas"), True, "replicas: integer is wanted"),
        (DEPLOYMENT, ("spec", "template", "spec", "containers", 0, "env", 0, "value"), 1, "value: string is wanted"),
        (
            CRON,
            ("spec", "jobTemplate", "spec", "template", "spec", "restartPolicy"),
            "Sometimes",
            "restartPolicy: none",
        ),
        (CRON, ("spec", "schedule"), "every minute", "schedule: has not the form"),
    ],
)
def test_what_an_api_server_would_refuse_or_drop_is_found(
    whole: dict[str, Any], path: tuple[str | int, ...], value: Any, told: str
) -> None:
    found = faults(set_at(whole, path, value))
    assert any(told in fault for fault in found), found
