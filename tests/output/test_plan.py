"""`plan` tells everything: every key of the spec changes what it says, and what it says fits the screen."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lanewatch.output.plan import plan_json, plan_text
from lanewatch.spec.document import load_yaml
from lanewatch.spec.errors import ConfigurationError, KeyPath, dotted
from lanewatch.spec.loading import LoadedSpec, load_document, load_spec

CONFIG = Path(__file__).parents[2] / "config"
SPEC_NAME = "cicd-gitea-actions-poc.yaml"


@pytest.fixture(scope="module")
def loaded() -> LoadedSpec:
    return load_spec(CONFIG / SPEC_NAME)


@pytest.fixture(scope="module")
def plan(loaded: LoadedSpec) -> dict[str, Any]:
    return plan_json(loaded, loaded.lane())


def leaves(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Every leaf of a tree of values, with its path."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path, value


SPEC = load_yaml(CONFIG / SPEC_NAME)
SPEC_LEAVES = list(leaves(SPEC.data))
# Other values of these are refused, in words that name the key: that is being used as well.
REFUSED = ("apiVersion", "kind", "statusAuthority", "preferredTarget")


def is_refused(path: KeyPath) -> bool:
    """Whether the program knows the value at `path` by name, so that no other is allowed."""
    is_status_word_of_runtime = path[:2] == ("spec", "runtimePlane")
    is_engine_kind = path[-2:] == ("endpoint", "kind")
    return path[-1] in REFUSED and not is_status_word_of_runtime and not is_engine_kind


def other(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 7
    if "#" in value:
        return value.replace("config/", "settings/") if "cicd-gitea" in value else "config/agentrun.yaml#name"
    if value.startswith("http"):
        return "https://other.example.org/x"
    return f"{value}x"


def replaced(value: Any, path: KeyPath, new: Any) -> Any:
    """The tree with another value at `path`."""
    if not path:
        return new
    if isinstance(value, tuple):
        return tuple(replaced(item, path[1:], new) if index == path[0] else item for index, item in enumerate(value))
    return {key: replaced(item, path[1:], new) if key == path[0] else item for key, item in value.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A config folder whose site file has one more value to point at."""
    folder = tmp_path_factory.mktemp("site") / "config"
    shutil.copytree(CONFIG, folder)
    (folder / "agentrun.yaml").write_text((CONFIG / "agentrun.yaml").read_text() + "name: other\n")
    return folder


@pytest.mark.parametrize(("path", "value"), SPEC_LEAVES, ids=[dotted(path) for path, _ in SPEC_LEAVES])
def test_every_leaf_of_the_spec_is_told_or_refused(
    plan: dict[str, Any], folder: Path, path: KeyPath, value: Any
) -> None:
    data = replaced(SPEC.data, path, other(value))
    if path[-3:] == ("targets", 0, "id"):  # the preferred target has to follow, or nothing would be watched
        data = replaced(data, ("spec", "scope", "preferredTarget"), other(value))
    document = replace(SPEC, path=folder / SPEC_NAME, data=data)
    if is_refused(path):
        with pytest.raises(ConfigurationError, match=re.escape(dotted(path))):
            load_document(document)
    else:
        changed = load_document(document)
        assert without_places(plan_json(changed, changed.lane())) != without_places(plan)


def without_places(plan: dict[str, Any]) -> dict[str, Any]:
    """The plan without what changes by copying the file or by its digest alone."""
    kept = {key: value for key, value in plan.items() if key not in ("files", "lints")}
    return kept | {"resolved": [{key: row[key] for key in ("key", "ref", "value")} for row in plan["resolved"]]}


def test_the_leaves_are_all_of_them() -> None:
    assert len(SPEC_LEAVES) > 200


def test_each_stage_is_told_with_its_budget_evidence_and_drill_down(plan: dict[str, Any]) -> None:
    closeout = next(stage for stage in plan["stages"] if stage["id"] == "argo-closeout")
    assert closeout == {
        "id": "argo-closeout",
        "owner": "argo-cd",
        "authority": "argo-application",
        "output": "sync-health",
        "budget": {"id": "gitopsArgoCloseoutSeconds", "seconds": 50, "sharedWith": ["gitops-publish"]},
        "evidence": ["argoHealth"],
        "drillDowns": ["argo-application"],
    }


def test_required_evidence_names_the_stage_that_produces_it(plan: dict[str, Any]) -> None:
    produced = {row["name"]: row["stage"] for row in plan["requiredEvidence"]}
    assert produced == {
        "sourceCommit": "mirror-sync",
        "snapshotRef": "mirror-sync",
        "actionsRunId": "actions-dispatch",
        "pipelineRunName": "tekton-pipelinerun",
        "builderJobName": "build-or-reuse",
        "gitopsRevision": "gitops-publish",
        "argoHealth": "argo-closeout",
        "runtimeTargetSha": "runtime-provenance",
        "imageDigest": "runtime-provenance",
        "envIdentity": "build-or-reuse",
        "reuseDecision": "build-or-reuse",
    }


def test_resolved_values_say_where_they_stand(plan: dict[str, Any]) -> None:
    row = next(row for row in plan["resolved"] if row["key"] == "spec.tekton.pipeline.nameRef")
    assert row["value"] == "agentrun-v02-ci"
    assert Path(row["file"]).name == "agentrun.yaml"
    line = (CONFIG / "agentrun.yaml").read_text().splitlines()[row["line"] - 1]
    assert line.strip() == "pipeline: agentrun-v02-ci"


def test_the_predecessors_commands_stand_beside_ours(plan: dict[str, Any]) -> None:
    assert [row["lanewatch"] for row in plan["next"]] == [
        "lanewatch plan",
        "lanewatch status",
        "lanewatch follower",
        "",
    ]
    assert plan["next"][0]["command"] == "bun scripts/cli.ts cicd gitea-actions-poc plan"


def test_the_text_fits_and_tells_the_same(loaded: LoadedSpec, plan: dict[str, Any]) -> None:
    text = plan_text(loaded, loaded.lane())
    assert all(len(line) <= 100 for line in text.splitlines())
    assert text.endswith("\n")
    assert text.isprintable() or set(text) - {"\n"} == {c for c in text if c.isprintable()}
    flat = " ".join(text.split())
    for stage in plan["stages"]:
        assert stage["id"] in text
        assert f"{stage['owner']} → {stage['output']}" in text
    for lint in plan["lints"]:
        assert " ".join(lint["message"].split()) in flat
    for component in plan["components"]:
        assert component["docs"] in text
    for row in plan["resolved"]:
        assert isinstance(row["value"], dict) or f"{row['value']}" in text


def test_the_json_is_bounded_and_round(plan: dict[str, Any]) -> None:
    written = json.dumps(plan, ensure_ascii=False, indent=1)
    assert len(written.encode()) <= 32 * 1024
    assert json.loads(written) == plan


def test_a_hostile_site_value_is_shown_harmless(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    shutil.copytree(CONFIG, folder)
    site = (folder / "agentrun.yaml").read_text()
    token = "ghp_" + "Zq7Rk2Xw9Tn4Bv8Lm3Hc6Jd1Fs5Gp0Ya"
    (folder / "agentrun.yaml").write_text(site.replace("agentrun-ci-eventlistener", f"'[red]{token}'"))
    spec = load_spec(folder / SPEC_NAME)
    assert token not in plan_text(spec, spec.lane())
    assert token not in json.dumps(plan_json(spec, spec.lane()))
