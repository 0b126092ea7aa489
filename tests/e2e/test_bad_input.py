"""Bad input: one clear line on stderr and exit 2, or a row that says what and why while the others go on."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.lanes import REPOSITORY, ServedLane, lanewatch, serving

GIVEN = REPOSITORY / "config"
SPEC = "cicd-gitea-actions-poc.yaml"
EXEC_PLUGIN = """\
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "http://127.0.0.1:9"}}]
users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: get-token}}}]
contexts: [{name: simulated-lane, context: {cluster: c, user: u}}]
current-context: simulated-lane
"""
NOWHERE = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def lane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedLane]:
    with serving("build", tmp_path_factory.mktemp("lane")) as served:
        yield served


def refused(*arguments: str, saying: tuple[str, ...]) -> None:
    result = lanewatch(*arguments)
    assert result.returncode == 2, result
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    lines = result.stderr.splitlines()
    assert all(line.startswith("lanewatch: ") for line in lines), lines
    for words in saying:
        assert words in result.stderr, result.stderr


def changed_spec(folder: Path, old: str, new: str) -> str:
    """A copy of the whole config folder with one text of the spec replaced."""
    config = folder / "config"
    shutil.copytree(GIVEN, config)
    text = (config / SPEC).read_text()
    assert old in text
    (config / SPEC).write_text(text.replace(old, new))
    return str(config / SPEC)


def changed_connections(lane: ServedLane, folder: Path, **replacements: str) -> str:
    """The lane's connections with lines replaced, by their key."""
    lines = lane.connections.read_text().splitlines()
    for key, value in replacements.items():
        lines = [f"{key}: {value}" if line.startswith(f"{key}:") else line for line in lines]
    path = folder / "connections.yaml"
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def status(connections: str, *options: str) -> tuple[dict[str, Any], int]:
    result = lanewatch("--connections", connections, *options, "status", "-o", "json")
    assert "Traceback" not in result.stderr
    assert result.stderr == ""
    return json.loads(result.stdout), result.returncode


def test_an_unknown_target_names_those_that_exist() -> None:
    refused("--target", "nope", "plan", saying=("nope", "agentrun-jd01-v02"))


def test_an_unknown_scenario_names_those_that_exist() -> None:
    refused("demo", "bild", saying=("bild", "did you mean build?", "mirror-stuck"))


def test_an_unknown_stage_names_those_that_exist(lane: ServedLane) -> None:
    refused("--connections", str(lane.connections), "logs", "tekton", saying=("tekton-pipelinerun", "mirror-sync"))
    refused("--connections", str(lane.connections), "watch", "--until", "x", saying=("done", "mirror-sync"))


def test_an_unknown_drilldown_names_those_that_exist(lane: ServedLane) -> None:
    refused("--connections", str(lane.connections), "get", "pipelinerun", saying=("cicd-pipelinerun", "cicd-runtime"))


def test_a_short_commit_and_a_time_without_zone_are_refused() -> None:
    for arguments, words in (
        (("--commit", "3f9c2a7", "status"), "full commit hash"),
        (("--pushed-at", "2026-07-05 14:02", "status"), "time with zone"),
    ):
        result = lanewatch(*arguments)
        assert result.returncode == 2
        assert words in result.stderr


def test_without_connections_it_says_where_they_belong() -> None:
    refused("status", saying=("connections.yaml", "lanewatch init", "lanewatch demo"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\x00\x01\x02\xff\xfe", "spec.yaml"),
        (b"a: " + b"x" * (300 << 10), "256 KiB"),
        (b"a: [1", "spec.yaml:1"),
        (b"a: &x 1\nb: *x\n", "spec.yaml:1"),
    ],
    ids=["empty", "binary", "oversized", "broken", "alias"],
)
def test_a_spec_that_is_no_spec_is_refused_with_its_place(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes(content)
    refused("--spec", str(path), "plan", saying=(words,))


def test_a_spec_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    refused("--spec", str(tmp_path / "missing.yaml"), "plan", saying=("missing.yaml",))
    refused("--spec", str(tmp_path), "plan", saying=(tmp_path.name,))


def test_a_misspelt_key_is_told_with_its_line_and_the_nearest_key(tmp_path: Path) -> None:
    spec = changed_spec(tmp_path, "    statusSeconds: 35", "    statusSecond: 35")
    refused("--spec", spec, "plan", saying=(f"{SPEC}:", "statusSecond", "statusSeconds"))


def test_a_reference_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    spec = changed_spec(tmp_path, "config/agentrun.yaml#controlPlane.lanes.jd01-v02.runtime.namespace", "../x.yaml#a")
    refused("--spec", spec, "plan", saying=("../x.yaml", f"{SPEC}:"))


def test_a_reference_that_leads_back_to_itself_is_refused(tmp_path: Path) -> None:
    spec = changed_spec(
        tmp_path,
        "budgetRef: config/cicd-gitea-actions-poc.yaml#spec.budgets.endToEndSeconds",
        "budgetRef: config/cicd-gitea-actions-poc.yaml#spec.targets.0.baseline.budgetRef",
    )
    refused("--spec", spec, "plan", saying=("budgetRef", f"{SPEC}:"))


def test_an_unreachable_gitea_costs_only_its_own_rows(lane: ServedLane, tmp_path: Path) -> None:
    text = lane.connections.read_text().replace(lane.ready["gitea"], f"http://127.0.0.1:{closed_port()}")
    connections = tmp_path / "connections.yaml"
    connections.write_text(text)
    seen, code = status(str(connections))
    reads = seen["sweep"]["authorities"]
    assert reads["gitea-repository-and-snapshot-ref"]["outcome"] == "unreachable"
    assert "refused" in reads["gitea-repository-and-snapshot-ref"]["reason"]
    assert reads["argo-application"]["outcome"] == "ok"
    assert reads["pipelineRun-taskRun-status"]["outcome"] == "ok"
    assert code in (7, 8)
    assert seen["partial"]


def test_a_wrong_gitea_address_says_that_no_gitea_is_there(lane: ServedLane, tmp_path: Path) -> None:
    text = lane.connections.read_text().replace(lane.ready["gitea"], lane.ready["registry"])
    connections = tmp_path / "connections.yaml"
    connections.write_text(text)
    seen, code = status(str(connections))
    assert code != 0
    read = seen["sweep"]["authorities"]["gitea-repository-and-snapshot-ref"]
    assert read["outcome"] != "ok"
    assert read["reason"]


def test_a_wrong_token_is_told_as_such_and_never_printed(lane: ServedLane, tmp_path: Path) -> None:
    secret = "wrong-" + "token-value"
    token = tmp_path / "token"
    token.write_text(secret + "\n")
    token.chmod(0o600)
    text = lane.connections.read_text()
    old = next(line for line in text.splitlines() if "gitea.token" in line)
    connections = tmp_path / "connections.yaml"
    connections.write_text(text.replace(old, old[: old.index("file:")] + f"file: {token}" + ("}" * old.count("}"))))
    result = lanewatch("--connections", str(connections), "status", "-o", "json")
    assert secret not in result.stdout + result.stderr
    read = json.loads(result.stdout)["sweep"]["authorities"]["gitea-repository-and-snapshot-ref"]
    assert read["outcome"] == "denied"
    assert "gitea.token" in read["reason"]


@pytest.mark.parametrize("trouble", ["missing", "no-context", "exec"])
def test_a_kubeconfig_in_trouble_is_told_in_the_rows_of_its_cluster(
    trouble: str, lane: ServedLane, tmp_path: Path
) -> None:
    text = lane.connections.read_text()
    path = next(word for word in text.replace(",", " ").replace("}", " ").split() if word.endswith("kubeconfig"))
    copy = tmp_path / "kubeconfig"
    if trouble == "no-context":
        copy.write_text(Path(path).read_text())
        text = text.replace("simulated-lane", "other-lane")
    elif trouble == "exec":
        copy.write_text(EXEC_PLUGIN)
    connections = tmp_path / "connections.yaml"
    connections.write_text(text.replace(path, str(copy)))
    seen, code = status(str(connections))
    read = seen["sweep"]["authorities"]["argo-application"]
    assert read["outcome"] == "unconfigured", read
    expected = {"missing": "kubeconfig", "no-context": "other-lane", "exec": "exec"}[trouble]
    assert expected in read["reason"]
    assert seen["sweep"]["authorities"]["actions-run-api"]["outcome"] == "ok"
    assert code in (7, 8)


def test_a_commit_that_is_nowhere_is_said_to_be_nowhere(lane: ServedLane) -> None:
    seen, code = status(str(lane.connections), "--commit", NOWHERE)
    assert seen["commit"] == NOWHERE
    assert code in (7, 8)
    mirror = next(stage for stage in seen["stages"] if stage["id"] == "mirror-sync")
    assert "neither upstream nor mirror" in f"{mirror['says']} {mirror['reason']}"
