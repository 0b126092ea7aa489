"""The real kubectl against the embedded cluster, which it takes for one; and what doctor says to type is valid.

kubectl sends no token over plain HTTP; so the server here puts it on. Without kubectl these tests skip.
"""

from __future__ import annotations

import asyncio
import json
import shlex
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lanewatch.doctor.grants import grant
from lanewatch.rollout.findings.stalled import CAUSES
from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.http import Request, Response, serve
from lanewatch.simulator.kubernetes import Rights, handler
from tests.simulator.stories import START, only, told

PROGRAM = shutil.which("kubectl")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="kubectl is not installed")
TOKEN = "T1"

Kubectl = Callable[[str], Awaitable[str]]


@pytest.fixture
async def kubectl(tmp_path: Path) -> AsyncIterator[Kubectl]:
    """Runs one line; its output. Fails on any other exit code than 0."""
    world = told("build")
    clock = WorldClock(START, world.end + 5, time.monotonic(), 1.0, time.monotonic)
    cluster = handler(world, clock, Rights(TOKEN))

    async def admitted(request: Request) -> Response:
        return await cluster(replace(request, headers={**request.headers, "authorization": f"Bearer {TOKEN}"}))

    server = await serve(admitted, clock)

    async def run(line: str) -> str:
        where = ("--server", server.url, "--cache-dir", str(tmp_path), "--kubeconfig", "/dev/null")
        process = await asyncio.create_subprocess_exec(
            str(PROGRAM), *where, *shlex.split(line), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, errors = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, (line, errors.decode())
        return out.decode()

    yield run
    await server.close()


async def test_kubectl_finds_its_way_in_the_embedded_cluster(kubectl: Kubectl) -> None:
    (deployment,) = only(told("build"), "Deployment", "agentrun-v02")
    name = deployment["metadata"]["name"]
    resources = await kubectl("api-resources -o name")
    assert {"pods", "deployments.apps", "pipelineruns.tekton.dev", "applications.argoproj.io"} <= set(resources.split())
    pods, runs, rollout, log, described = await asyncio.gather(
        kubectl("get pods -n agentrun-v02 --chunk-size=1 -o name"),
        kubectl("get pipelineruns -n agentrun-ci -o json"),
        kubectl(f"rollout status deployment/{name} -n agentrun-v02"),
        kubectl(f"logs deploy/{name} -n agentrun-v02 --tail=1"),
        kubectl(f"describe deployment {name} -n agentrun-v02"),
    )
    assert len(pods.split()) == 2
    assert {run["kind"] for run in json.loads(runs)["items"]} == {"PipelineRun"}
    assert "successfully rolled out" in rollout
    assert log.strip()
    assert "2 desired | 2 updated | 2 total | 2 available" in described


async def test_the_lines_that_grant_a_right_are_valid(kubectl: Kubectl) -> None:
    rights = [
        (("get", "list", "watch"), "pipelineruns", "tekton.dev"), (("list", "watch"), "pods", ""),
        (("get",), "pods/log", ""), (("get",), "services/proxy", ""), (("get", "list", "watch"), "deployments", "apps"),
    ]  # fmt: skip
    words = 'pods is forbidden: User "system:serviceaccount:ci:lanewatch" cannot list resource "pods"'
    fixes = [grant(verbs, resource, group, "ci", words).fix() for verbs, resource, group in rights]
    lines = [line for fix in fixes for line in fix.splitlines() if line.startswith("kubectl ")]
    made = await asyncio.gather(
        *(kubectl(f"{line.removeprefix('kubectl ')} --dry-run=client -o json") for line in lines)
    )
    roles = [json.loads(text) for text in made]
    assert [role["kind"] for role in roles] == ["Role", "RoleBinding"] * len(rights)
    assert roles[4]["rules"] == [{"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]}]
    assert roles[1]["subjects"] == [{"kind": "ServiceAccount", "name": "lanewatch", "namespace": "ci"}]


async def test_where_findings_say_to_look_can_be_looked_at(kubectl: Kubectl) -> None:
    """As far as the embedded cluster has the kind."""
    lines = {cause.look.format(namespace="agentrun-ci").removeprefix("kubectl ") for cause in CAUSES}
    kinds = ("nodes", "events")
    told_of = [line for line in sorted(lines) if any(kind in line for kind in kinds)]
    assert len(told_of) == len(kinds)
    for text in await asyncio.gather(*map(kubectl, told_of)):
        assert text.strip()
