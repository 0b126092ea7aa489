"""The build step's scripts, run for real: which base image, one Job per service, what is told when a Job fails."""

from __future__ import annotations

import asyncio
import base64
import importlib.util
import json
import os
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from lanewatch.simulator import registry
from lanewatch.simulator.http import serve
from lanewatch.simulator.world import World
from tests.producers.scripts import DIGEST, LANE, SCRIPTS, commit_on, planned, proven, published, script
from tests.simulator.small_world import Steady
from tests.simulator.stories import commit_of

KUBECTL = """#!/bin/sh
echo "$@" >>"$RECORD"
case "$*" in
  *"apply -f -"*) cat >>"$RECORD" ;;
  *"get job/"*) [ -e "$RECORD.asked" ] && echo "$CONDITION" || touch "$RECORD.asked" ;;
  *"get pods"*) printf %s "$DIGEST" ;;
esac
"""


def build(folder: Path, services: str, **given: str) -> subprocess.CompletedProcess[str]:
    """build.sh with a kubectl that writes down what it was told."""
    (folder / "bin").mkdir(exist_ok=True)
    (folder / "bin" / "kubectl").write_text(KUBECTL)
    (folder / "bin" / "kubectl").chmod(0o700)
    names = "name: __JOB__ run: __PIPELINE_RUN__ commit: __COMMIT__ label: __SHORT__"
    (folder / "job.yaml").write_text(f"{names}\nenv: __ENV__ base: __BASE__@__BASE_DIGEST__ decision: __DECISION__\n")
    (folder / "base").write_text(f"oven/bun:1.3.2-slim\n{DIGEST}\n")
    text = (SCRIPTS / "build.sh").read_text().replace("/builder/job.yaml", str(folder / "job.yaml"))
    environment = {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "RECORD": str(folder / "record"), "RESULTS": str(folder),
        "COMMIT": "a" * 40, "PIPELINE_RUN": "run-1", "PIPELINE_RUN_UID": "u", "NAMESPACE": "ci", "POLL_SECONDS": "0",
        "DECISION": "built", "ENV_IDENTITY": "env-1", "BASE_FILE": str(folder / "base"),
        "WORKLOAD": LANE.workload, "REUSED_DIGEST": "", "BUILD_SERVICES": services, "DIGEST": DIGEST, **given,
    }  # fmt: skip
    return subprocess.run(["sh", "-c", text], env=environment, capture_output=True, text=True, timeout=30)


def test_a_build_waits_for_its_job_and_tells_the_digest(tmp_path: Path) -> None:
    done = build(tmp_path, LANE.workload, CONDITION="SuccessCriteriaMet Complete")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "imageDigest").read_text() == DIGEST
    assert (tmp_path / "builderJobName").read_text() == f"builder-{'a' * 12}-{LANE.workload}"
    record = (tmp_path / "record").read_text()
    assert f"name: builder-{'a' * 12}-{LANE.workload} run: run-1 commit: {'a' * 40} label: {'a' * 12}" in record
    assert f"env: env-1 base: oven/bun:1.3.2-slim@{DIGEST} decision: built" in record


@pytest.mark.parametrize(
    ("recipe", "image"),
    [
        ("FROM oven/bun:1.3.2-slim\n", "oven/bun:1.3.2-slim"),
        ("ARG TAG=1.2\nFROM --platform=linux/amd64 r.example:5000/a/b:${TAG} AS x\nFROM x\n", "r.example:5000/a/b:1.2"),
        ('# FROM nothing\nARG BASE="busybox"\nfrom $BASE\n', "busybox"),
    ],
)
def test_the_base_is_the_first_from_of_the_recipe(recipe: str, image: str) -> None:
    assert base_image().base_of(recipe) == image


@pytest.mark.parametrize(
    ("image", "place"),
    [
        ("busybox", ("registry-1.docker.io", "library/busybox", "latest")),
        ("oven/bun:1.3.2-slim", ("registry-1.docker.io", "oven/bun", "1.3.2-slim")),
        ("localhost/a", ("localhost", "a", "latest")),
        (f"r.example:5000/a/b:1@{DIGEST}", ("r.example:5000", "a/b", DIGEST)),
    ],
)
def test_an_image_is_found_where_docker_finds_it(image: str, place: tuple[str, str, str]) -> None:
    assert base_image().located(image) == place


@pytest.mark.parametrize("credentials", [None, {"puller": "pull-password"}])
async def test_the_base_images_digest_is_what_its_registry_says_now(
    world: World, upstream: Path, tmp_path: Path, credentials: dict[str, str] | None
) -> None:
    """Through the token dance where the registry asks for it; a tag that is not there is no digest."""
    clock = Steady(world.end).clock()
    server = await serve(registry.handler(world, clock, credentials=credentials), clock, name="registry")
    host = server.url.removeprefix("http://")
    tag = world.tags[-1]
    commit = commit_on(upstream, commit_of(world), {"Dockerfile.env": f"FROM {host}/{tag.repository}:{tag.tag}\n"})
    plan = planned(upstream, commit, tmp_path / "plan.json")
    assert plan.build_services
    auths = {host: {"auth": base64.b64encode(b"puller:pull-password").decode()}}
    (tmp_path / "config.json").write_text(json.dumps({"auths": auths}))
    told = await asyncio.to_thread(based, tmp_path, upstream, commit)
    assert (tmp_path / "base").read_text().splitlines() == [f"{host}/{tag.repository}:{tag.tag}", tag.digest], told
    gone = commit_on(upstream, commit, {"Dockerfile.env": f"FROM {host}/{tag.repository}:gone\n"})
    planned(upstream, gone, tmp_path / "plan.json")
    told = await asyncio.to_thread(based, tmp_path, upstream, gone)
    await server.close()
    assert (told.returncode, "404" in told.stderr) == (1, True)


def test_a_reused_environment_rests_on_what_its_own_build_rested_on(
    world: World, upstream: Path, tmp_path: Path
) -> None:
    first = commit_of(world)
    planned(upstream, first, tmp_path / "plan.json")
    proven(tmp_path / "plan.json", upstream, "built", DIGEST, tmp_path / "provenance.json")
    published(upstream, tmp_path, first, DIGEST)
    second = commit_on(upstream, first, {f"services/{LANE.workload}/main.ts": "export const x = 1\n"})
    assert planned(upstream, second, tmp_path / "plan.json").reuse_env_image
    assert based(tmp_path, upstream, second).returncode == 0  # no registry is asked: the recipe names one that is far
    assert (tmp_path / "base").read_text() == f"oven/bun:1.3.2-slim\n{DIGEST}\n"


def based(folder: Path, repository: Path, commit: str) -> subprocess.CompletedProcess[str]:
    flags = ("--plan", folder / "plan.json", "--repository", repository, "--commit", commit)
    return script(
        "base_image.py", *flags, "--workload", LANE.workload, "--output", folder / "base", DOCKER_CONFIG=str(folder)
    )


def base_image() -> ModuleType:
    spec = importlib.util.spec_from_file_location("base_image", SCRIPTS / "base_image.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.sh")), ids=lambda path: path.name)
def test_a_shell_script_is_one_for_every_posix_shell(path: Path) -> None:
    done = subprocess.run(["sh", "-n", str(path)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("[[", "function ", "local ", "$'", "<(", "&>"):
        assert word not in path.read_text(), word


@pytest.mark.parametrize(
    ("given", "saying"),
    [
        ({"CONDITION": "FailureTarget Failed"}, "failed"),
        ({"CONDITION": "Complete", "DIGEST": "no such thing"}, "told no digest"),
    ],
)
def test_a_build_that_failed_fails_the_task(tmp_path: Path, given: dict[str, str], saying: str) -> None:
    done = build(tmp_path, LANE.workload, **given)
    assert done.returncode == 1
    assert saying in done.stderr
    assert not (tmp_path / "imageDigest").exists()


def test_on_reuse_no_job_is_started(tmp_path: Path) -> None:
    done = build(tmp_path, "", REUSED_DIGEST=DIGEST)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "imageDigest").read_text() == DIGEST
    assert (tmp_path / "builderJobName").read_text() == ""
    assert not (tmp_path / "record").exists()
