"""The given spec loads; every way to spoil it is told with its line, all at once, and nothing secret is printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lanewatch.spec.errors import ConfigurationError
from lanewatch.spec.loading import load_spec
from lanewatch.spec.tables import AUTHORITIES
from tests.spec.site import SPEC_NAME, Site


def test_the_given_spec_becomes_a_lane(site: Site) -> None:
    loaded = load_spec(site.spec)
    lane = loaded.lane()
    assert (lane.target, lane.repository, lane.branch, lane.node) == (
        "agentrun-jd01-v02",
        "pikasTech/agentrun",
        "v0.2",
        "JD01",
    )
    assert (lane.pipeline_namespace, lane.pipeline, lane.pipeline_run_prefix) == (
        "agentrun-ci",
        "agentrun-v02-ci",
        "agentrun-v02-ci-",
    )
    assert (lane.workload_kind, lane.workload, lane.runtime_namespace) == ("Deployment", "agentrun-mgr", "agentrun-v02")
    assert (lane.gitops_branch, lane.workflow_name) == ("jd01-v0.2-gitops", "unidesk-agentrun-jd01-v02.yaml")
    assert tuple(stage.authority for stage in lane.stages) == AUTHORITIES
    assert [stage.budget_seconds for stage in lane.stages] == [20, 20, 20, 70, None, 50, 50, None]
    assert (lane.end_to_end_seconds, lane.baseline_seconds, lane.status_seconds) == (120, 105.7, 35)
    assert lane.drilldowns["cicd-pipelinerun"] == "tekton"
    assert lane == loaded.lane("agentrun-jd01-v02")
    assert len(loaded.files) == 3


def test_an_unknown_target_is_told_with_the_valid_ones(site: Site) -> None:
    with pytest.raises(ConfigurationError, match=r'no target "agentrun-jd01"; did you mean "agentrun-jd01-v02"\?'):
        load_spec(site.spec).lane("agentrun-jd01")


def test_renaming_a_stage_and_changing_a_budget_needs_no_code(site: Site) -> None:
    site.edit("id: build-or-reuse", "id: bake").edit("buildOrReuseSeconds: 70", "buildOrReuseSeconds: 45.5")
    stage = load_spec(site.spec).lane().stages[3]
    assert (stage.id, stage.budget_seconds) == ("bake", 45.5)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("  budgets:", "  budgetz:", 'spec.budgetz: is an unknown key; did you mean "budgets"?'),
        (
            "statusSeconds: 35",
            "statusSecond: 35",
            'spec.budgets.statusSecond: is an unknown key; did you mean "statusSeconds"?',
        ),
        ("statusSeconds: 35", "statusSecond: 35", "spec.budgets.statusSeconds: is missing"),
        ("statusSeconds: 35", 'statusSeconds: "35"', "spec.budgets.statusSeconds: must be a number"),
        ("statusSeconds: 35", "statusSeconds: -1", "spec.budgets.statusSeconds: must be greater than 0"),
        ("statusSeconds: 35", "statusSeconds: .inf", "spec.budgets.statusSeconds: must be a number"),
        ("statusSeconds: 35", "statusSeconds: 1e999", "spec.budgets.statusSeconds: must be a finite number"),
        ("gcRequired: true", "gcRequired: yes", "spec.buildPlane.cache.gcRequired: must be a boolean"),
        ("gcRequired: true", "gcRequired: 1", "spec.buildPlane.cache.gcRequired: must be a boolean"),
        ("node: JD01", "node: 1", "spec.targets[0].node: must be text; write it in quotes (int read)"),
        ("node: JD01", "node:", "spec.targets[0].node: must be a string"),
        (
            "      node: JD01",
            "      node: JD01\n      node: JD02",
            "spec.targets[0].node: is a duplicate; the key stands first on line 204",
        ),
        ("mode: bounded-summary", "mode: [x]", "spec.statusProjection.mode: must be a string"),
        (
            "    drillDown:\n",
            "    drillDown: []\n    x:\n",
            "spec.statusProjection.drillDown: must be a mapping with actionsRun, tekton",
        ),
        (
            "workload: Deployment/agentrun-mgr",
            "workload: agentrun-mgr",
            "must be KIND/NAME, such as Deployment/agentrun-mgr",
        ),
        (
            "healthPath: /health",
            "healthPath: http://x/",
            "spec.targets[0].closeout.healthPath: must be a path that begins with /",
        ),
        (
            "statusAuthority: gitops-commit",
            "statusAuthority: gitops-comit",
            "spec.stages[5].statusAuthority: must be 'gitea-repository",
        ),
        (
            "statusAuthority: gitops-commit",
            "statusAuthority: actions-run-api",
            '"actions-run-api" stands already on line 245; each of the eight',
        ),
        ("id: gitops-publish", "id: reuse-plan", 'spec.stages[5].id: "reuse-plan" stands already on line'),
        (
            "preferredTarget: agentrun-jd01-v02",
            "preferredTarget: agentrun-jd01-v2",
            'names no target; did you mean "agentrun-jd01-v02"?',
        ),
        ("kind: CicdGiteaActionsPoc", "kind: Other", "kind: must be 'CicdGiteaActionsPoc'"),
        (
            "runtime: cicd-runtime",
            "runtime: cicd-pipelinerun",
            '"cicd-pipelinerun" is already the name of another drill-down',
        ),
        (
            "serviceName: gitea-http",
            "serviceName: &x gitea-http",
            "giteaMirror.serviceName: anchors (&name) are not allowed",
        ),
        (
            "http://gitea-http.devops-infra.svc.cluster.local:3000",
            "http://user:pw@gitea:3000",
            "must be an http(s) address without user",
        ),
        ("http://gitea-http.devops-infra.svc.cluster.local:3000", "http://169.254.169.254/latest", "link-local"),
        ("http://gitea-http.devops-infra.svc.cluster.local:3000", "file:///etc/passwd", "must be an http(s) address"),
        ("targetKey: BUILDKIT_AUTH", "", "credentials.builder.targetKey: is missing"),
    ],
)
def test_what_is_wrong_has_a_line(site: Site, old: str, new: str, expected: str) -> None:
    found = site.edit(old, new).problems()
    told = [line for line in found if expected in line]
    assert told, found
    assert all(re.match(rf"{SPEC_NAME}:\d+:\d+: [\w.\[\]]+: ", line) for line in told)


def test_an_unknown_authority_names_the_eight(site: Site) -> None:
    (problem,) = site.edit("statusAuthority: gitops-commit", "statusAuthority: nobody").problems()
    assert all(authority in problem for authority in AUTHORITIES)
    assert f":{site.line_of('statusAuthority: nobody')}:7:" in problem


def test_everything_is_told_at_once_and_in_order(site: Site) -> None:
    site.edit("node: JD01", "nodes: JD01").edit("gcRequired: true", "gcRequired: maybe")
    site.edit("serviceName: gitea-http", "serviceName: *x").edit("  owner: UniDesk", "  owner: UniDesk\n  owner: X")
    lines = [int(problem.split(":")[1]) for problem in site.problems()]
    assert lines == sorted(lines)
    assert len(lines) >= 5


TOKEN = "ghp_" + "Zq7Rk2Xw9Tn4Bv8Lm3Hc6Jd1Fs5Gp0Ya"


@pytest.mark.parametrize(
    "spoiled",
    [
        ("sourceRef: cicd/registry-builder.env", f"sourceRef: {TOKEN}"),
        ("sourceRef: cicd/registry-builder.env", "sourceRef: 0123456789abcdef0123456789abcdef01234567"),
        ("sourceRef: cicd/registry-builder.env", "sourceRef: hunter2"),
        ("sourceRef: cicd/registry-builder.env", "sourceRef: ../../etc/hunter2.env"),
        ("targetKey: REGISTRY_AUTH", f"targetKey: {TOKEN}"),
        ("targetKey: REGISTRY_AUTH", "targetKey: a123456789abcdef0123456789abcdef01234567"),
        ("targetKey: REGISTRY_AUTH", "targetKey: 'hunter2 hunter2'"),
        (
            "      builder:\n        sourceRef: cicd/buildkit-builder.env\n        targetKey: BUILDKIT_AUTH",
            f"      builder: {TOKEN}",
        ),
        ("owner: UniDesk", f"owner: {TOKEN}"),
        ("path: .gitea/workflows/unidesk-agentrun-jd01-v02.yaml", f"path: https://user:{TOKEN}@x/"),
    ],
)
def test_a_literal_credential_is_refused_without_printing_it(site: Site, spoiled: tuple[str, str]) -> None:
    told = "\n".join(site.edit(*spoiled).problems())
    for secret in (TOKEN, "hunter2", "0123456789abcdef0123456789abcdef01234567", "a123456789abcdef"):
        assert secret not in told
    assert "spec." in told or "metadata." in told


def test_a_missing_stage_is_no_error(site: Site) -> None:
    lines = site.spec.read_text().splitlines(keepends=True)
    start = next(index for index, line in enumerate(lines) if "- id: gitops-publish" in line)
    site.spec.write_text("".join(lines[:start] + lines[start + 4 :]))
    assert load_spec(site.spec).lane().stage_of("gitops-commit") is None


def test_the_spec_is_found_in_the_working_folder_and_else_as_packaged(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site.edit("version: draft-2026-07-05-p0-gitea-actions-builder-poc", "version: local")
    monkeypatch.chdir(site.folder.parent)
    assert load_spec().spec.metadata.version == "local"
    assert load_spec().document.label == f"config/{SPEC_NAME}"
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert load_spec().spec.metadata.version.startswith("draft")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("# only a remark\n", "is empty"),
        ("- a\n", "must be a mapping"),
        ("text", "must be a mapping"),
    ],
)
def test_a_file_that_is_no_spec_at_all(site: Site, content: str, message: str) -> None:
    site.spec.write_text(content)
    assert message in site.problems()[0]


def test_a_file_full_of_mistakes_is_told_in_bounded_lines(site: Site) -> None:
    with site.spec.open("a") as file:
        file.writelines(f"unknown{number}: 1\n" for number in range(3000))
    found = site.problems()
    assert len(found) == 101
    assert found[-1] == "and 2900 more problems"
