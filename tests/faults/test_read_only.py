"""Nothing that lanewatch sends can change anything, and in a cluster it needs exactly what the shipped Role grants."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from lanewatch.cli import main
from lanewatch.simulator.http import Logged
from lanewatch.simulator.scenarios import SCENARIOS
from tests.authorities.served_lane import lane
from tests.faults.apart import ServedApart
from tests.faults.lane import faulty_lane
from tests.jumping_loop import run_jumping
from tests.simulator.stories import fresh, told

ROLE = Path(__file__).resolve().parents[2] / "config" / "producers" / "lanewatch-role.yaml"
OBJECT = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/(?P<version>[^/]+)/namespaces/(?P<namespace>[^/]+)/(?P<resource>[a-z]+)"
    r"(?:/(?P<name>[^/]+)(?:/(?P<below>log|proxy))?)?"
)
Right = tuple[str, str, str, str]  # namespace, API group, resource, verb

# Rights that a sweep of the embedded lane does not use, and what does.
BESIDE_A_SWEEP = {
    ("", "configmaps", "get"): "a plan that is kept as configmap:NAMESPACE/NAME#KEY",
    ("", "pods/log", "get"): "the workload's own log (and the builder's, which a sweep reads for its progress)",
    ("", "services", "list"): "doctor and init look for the workload's Service",
    ("", "pods", "get"): "doctor; a Pod opened as an object",
    ("", "events", "get"): "doctor asks for each verb of a kind",
    ("tekton.dev", "taskruns", "get"): "doctor; a TaskRun opened as an object",
    ("apps", "replicasets", "get"): "doctor asks for each verb of a kind",
    ("batch", "jobs", "get"): "the builder Job opened as an object",
}


def is_read(request: Logged) -> bool:
    """GET and HEAD, and the one POST of git's protocol that only reads."""
    return request.method in ("GET", "HEAD") or (request.method == "POST" and request.path.endswith("/git-upload-pack"))


def rights_of(requests: Iterable[Logged]) -> set[Right]:
    """What RBAC must grant for these requests to the API server."""
    found: set[Right] = set()
    for request in requests:
        if request.server != "kubernetes" or request.path == "/version":
            continue
        parts = OBJECT.match(request.path)
        assert parts is not None, f"a request that no Role grants: {request.path}"
        below = f"/{parts['below']}" if parts["below"] else ""
        verb = "get" if parts["name"] else "watch" if ("watch", "true") in request.query else "list"
        found.add((parts["namespace"], parts["group"] or "", parts["resource"] + below, verb))
    return found


def granted() -> set[Right]:
    """What the shipped Role grants, with this lane's namespaces."""
    names = {key: str(getattr(lane(), key)) for key in ("pipeline_namespace", "argo_namespace", "runtime_namespace")}
    text = re.sub(r"@\{(\w+)\}", lambda found: names.get(found[1], found[1]), ROLE.read_text())
    rights: set[Right] = set()
    for document in YAML(typ="safe", pure=True).load_all(text):
        for rule in document.get("rules", ()):
            rights |= {
                (document["metadata"]["namespace"], group, resource, verb)
                for group in rule["apiGroups"]
                for resource in rule["resources"]
                for verb in rule["verbs"]
            }
    return rights


def watched(scenario: str, folder: Path) -> tuple[Logged, ...]:
    """Every request of half a minute of watching, with everything opened that can be."""

    async def story() -> tuple[Logged, ...]:
        world = fresh(scenario, folder) if scenario == "mirror-stuck" else told(scenario)
        async with faulty_lane(
            folder, scenario, world.end + 5, world=world, upstream=scenario == "mirror-stuck"
        ) as one:
            await one.watch(10 if scenario == "mirror-stuck" else 30)
            for handle in {handle for stage in one.session.rollout.stages for handle in stage.handles}:
                if handle.kind == "object":
                    await one.session.open(handle)
            return one.served.record.entries

    return run_jumping(story())


@pytest.fixture(scope="module")
def all_watched(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Logged, ...]]:
    return {scenario: watched(scenario, tmp_path_factory.mktemp(scenario)) for scenario in SCENARIOS}


def test_watching_any_scenario_only_reads(all_watched: dict[str, tuple[Logged, ...]]) -> None:
    for scenario, requests in all_watched.items():
        assert len(requests) > 40, scenario
        assert [request for request in requests if not is_read(request)] == [], scenario
    assert any(request.path.endswith("/git-upload-pack") for request in all_watched["mirror-stuck"])


def test_the_shipped_role_grants_exactly_what_is_used(all_watched: dict[str, tuple[Logged, ...]]) -> None:
    used = set[Right]().union(*map(rights_of, all_watched.values()))
    assert used - granted() == set(), "used and not granted"
    unused = {right for right in granted() - used if right[1:] not in BESIDE_A_SWEEP}
    assert unused == set(), "granted and not used"


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedApart]:
    with ServedApart("build", tmp_path_factory.mktemp("apart")) as one:
        yield one


COMMANDS: tuple[tuple[str, ...], ...] = (
    ("status",),
    ("status", "-o", "json"),
    ("watch", "--until", "done", "--timeout", "20"),
    ("get", "gitea-actions-run"),
    ("get", "cicd-pipelinerun"),
    ("get", "cicd-builder-job"),
    ("get", "argo-application"),
    ("get", "cicd-runtime"),
    ("logs", "actions-dispatch"),
    ("logs", "tekton-pipelinerun"),
    ("logs", "runtime-provenance"),
    ("doctor",),
    ("plan",),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_only_reads(
    command: tuple[str, ...], apart: ServedApart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    before = len(apart.record.entries)
    said: Any = io.StringIO()
    with contextlib.redirect_stdout(said):
        main(["--connections", str(apart.connections), *command])
    requests = apart.record.entries[before:]
    assert bool(requests) is (command != ("plan",))
    assert [request for request in requests if not is_read(request)] == []
    assert rights_of(requests) - granted() == set()
