"""The scripts in the manifests, run for real on a lane's git repository: what they write, the authorities accept."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from lanewatch.authorities.actions_runs import dispatch_of
from lanewatch.authorities.paper_faults import BrokenPaper
from lanewatch.authorities.plan_document import parse_plan
from lanewatch.authorities.trailers import source_commit_of
from lanewatch.clients.artifact import single_file
from lanewatch.simulator.gitea import Access
from lanewatch.simulator.serving import Tokens, served
from lanewatch.simulator.world import World
from tests.producers.scripts import (
    DIGEST,
    GITOPS,
    LANE,
    SCRIPTS,
    commit_on,
    git,
    plainly,
    planned,
    proven,
    published,
    script,
    snapshot_of,
)
from tests.producers.structure import faults
from tests.simulator.small_world import Steady
from tests.simulator.stories import commit_of


def test_a_plan_is_whole_bound_to_its_snapshot_and_says_what_the_lane_says(
    world: World, upstream: Path, tmp_path: Path
) -> None:
    commit = commit_of(world)
    plan = planned(upstream, commit, tmp_path / "reuse-plan.json")
    lanes_own = parse_plan(single_file(_uploaded(world, "reuse-plan")[1], None), plainly)
    assert plan.source_commit == commit
    assert plan.snapshot_ref == snapshot_of(commit)
    assert plan.env_identity == lanes_own.env_identity
    assert plan.source_truth_digest == lanes_own.source_truth_digest
    assert plan.reuse_env_image is False  # this commit changes the environment's lock file
    assert LANE.workload in plan.build_services


def test_a_snapshot_that_is_another_commit_gets_no_plan(world: World, upstream: Path, tmp_path: Path) -> None:
    commit = commit_of(world)
    git(upstream, "update-ref", snapshot_of(commit), f"{commit}^")
    done = script(
        "reuse_plan.py", "--repository", upstream, "--commit", commit, "--snapshot-ref", snapshot_of(commit),
        "--reuse-file", LANE.reuse_path, "--gitops-ref", GITOPS, "--output", tmp_path / "reuse-plan.json",
    )  # fmt: skip
    assert done.returncode == 1
    assert f"not {commit}" in done.stderr
    assert not (tmp_path / "reuse-plan.json").exists()


def test_a_lane_by_scripts_alone_delivers_and_then_uses_its_image_again(
    world: World, upstream: Path, tmp_path: Path
) -> None:
    """Snapshot, plan, provenance, publish; a commit on top; then its revert, which needs no build."""
    first = commit_of(world)
    assert planned(upstream, first, tmp_path / "plan.json").build_services
    built = proven(tmp_path / "plan.json", upstream, "built", DIGEST, tmp_path / "provenance.json")
    assert (built.source_commit, built.reuse_decision, built.image_digest) == (first, "built", DIGEST)
    assert built.reused_from_commit == ""
    revision = published(upstream, tmp_path, first, DIGEST)
    assert source_commit_of(git(upstream, "log", "-1", "--format=%B", revision)) == first
    manifest = git(upstream, "show", f"{revision}:deploy/{LANE.workload}.yaml")
    assert f"image: {LANE.registry_prefix}/{LANE.workload}@{DIGEST}" in manifest
    assert f'source-commit: "{first}"' in manifest  # forty digits alone would be a number

    second = commit_on(upstream, first, {f"services/{LANE.workload}/main.ts": "export const x = 1\n"})
    plan = planned(upstream, second, tmp_path / "plan.json")
    assert (plan.build_services, plan.reuse_env_image) == ((LANE.workload,), True)
    proven(tmp_path / "plan.json", upstream, "reused-env", "sha256:" + "8" * 64, tmp_path / "provenance.json")
    published(upstream, tmp_path, second, "sha256:" + "8" * 64)

    third = commit_on(upstream, second, {}, tree=f"{first}^{{tree}}")
    plan = planned(upstream, third, tmp_path / "plan.json")
    assert (plan.skip_image_build, plan.affected_services) == (True, (LANE.workload,))
    assert plan.audit[0].decision == "reused-image"
    assert plan.audit[0].image_digest == DIGEST
    again = proven(tmp_path / "plan.json", upstream, "reused-image", DIGEST, tmp_path / "provenance.json")
    assert (again.source_commit, again.reused_from_commit) == (third, first)
    assert again.recipe_hash == built.recipe_hash
    assert again.reused_from_pipeline_run == "agentrun-v02-ci-x7k2p"


def test_the_packaged_deployment_stays_one_when_it_is_published(upstream: Path, tmp_path: Path) -> None:
    """Twice, the first time for a commit whose digits YAML would take for a number."""
    text = (Path(__file__).parent / "golden" / "deployment.yaml").read_text()
    commit = commit_on(upstream, git(upstream, "rev-parse", GITOPS), {f"deploy/{LANE.workload}.yaml": text})
    git(upstream, "update-ref", GITOPS, commit)
    (tmp_path / "provenance.json").write_text("{}")
    for number, commit in enumerate(("1" * 40, "a" * 40), start=1):
        revision = published(upstream, tmp_path, commit, f"sha256:{number}" + "0" * 63)
        manifest = git(upstream, "show", f"{revision}:deploy/{LANE.workload}.yaml")
        deployment, service = YAML(typ="safe", pure=True).load_all(manifest)
        assert faults(deployment) + faults(service) == []
        annotations = deployment["spec"]["template"]["metadata"]["annotations"]
        assert annotations == {"unidesk.pikapython.com/source-commit": commit}


def test_a_commit_that_touches_no_service_skips_everything(world: World, upstream: Path, tmp_path: Path) -> None:
    first = commit_of(world)
    planned(upstream, first, tmp_path / "plan.json")
    proven(tmp_path / "plan.json", upstream, "built", DIGEST, tmp_path / "provenance.json")
    published(upstream, tmp_path, first, DIGEST)
    plan = planned(upstream, commit_on(upstream, first, {"NOTES.md": "words\n"}), tmp_path / "plan.json")
    assert (plan.affected_services, plan.skip_image_build) == ((), True)
    assert published(upstream, tmp_path, first, DIGEST) == ""  # nothing changes, so nothing is committed


def test_a_snapshot_is_written_once_and_says_when(upstream: Path, world: World) -> None:
    head = git(upstream, "rev-parse", f"refs/heads/{LANE.branch}")
    git(upstream, "update-ref", "-d", snapshot_of(head))
    given = {"UPSTREAM": f"file://{upstream}", "BRANCH": LANE.branch, "PREFIX": LANE.snapshot_ref_prefix}
    assert f"wrote {snapshot_of(head)}" in script("snapshot.sh", **given).stdout
    assert git(upstream, "rev-parse", f"{snapshot_of(head)}^{{commit}}") == head
    assert git(upstream, "for-each-ref", "--format=%(taggerdate:unix)", snapshot_of(head)).isdigit()
    assert "is there" in script("snapshot.sh", **given).stdout
    assert script("snapshot.sh", **{**given, "BRANCH": "nothing"}).returncode == 1


def test_a_digest_that_is_none_is_no_provenance(world: World, upstream: Path, tmp_path: Path) -> None:
    planned(upstream, commit_of(world), tmp_path / "plan.json")
    with pytest.raises(AssertionError, match="sha256:<64 hex> is wanted"):
        proven(tmp_path / "plan.json", upstream, "built", "", tmp_path / "provenance.json")


def test_the_dispatch_is_kept_with_what_the_listener_answered(tmp_path: Path) -> None:
    fields = {name: f"value-of-{name}" for name in LANE.payload_fields}
    with _listener(202, {"eventListener": "el", "namespace": "ci", "eventID": "14a6"}) as (url, received):
        flags = ("--listener", url, "--output", tmp_path / "dispatch.json")
        done = script("dispatch.py", *flags, *(f"{name}={value}" for name, value in fields.items()))
    assert done.returncode == 0, done.stderr
    assert json.loads(received[0]) == fields
    kept = dispatch_of((tmp_path / "dispatch.json").read_bytes(), "1", plainly)
    assert (kept.event_id, kept.payload) == ("14a6", fields)
    assert kept.sent_at is not None
    with _listener(500, {"errorMessage": "no"}) as (url, _):
        done = script("dispatch.py", "--listener", url, "--output", tmp_path / "dispatch.json", "sourceCommit=x")
    assert done.returncode == 1
    assert script("dispatch.py", "--listener", "http://x", "--output", "y", "sourceCommit=").returncode == 1


async def test_the_pipeline_finds_the_plan_that_the_run_uploaded(world: World, tmp_path: Path) -> None:
    tokens = Tokens()
    plan, _ = _uploaded(world, "reuse-plan")
    reference = f"actions-run/{plan['workflow_run']['id']}/{plan['name']}"
    clock = Steady(world.end).clock()
    async with served(world, clock, tokens=tokens, access=Access()) as place:
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(SCRIPTS / "fetch_plan.py"), "--gitea", place.gitea, "--repository", LANE.repository,
            "--reference", reference, "--commit", commit_of(world), "--workload", LANE.workload,
            "--output", str(tmp_path / "plan.json"), "--results", str(tmp_path),
            env={"GITEA_TOKEN": tokens.gitea, "PATH": os.environ["PATH"]}, stderr=subprocess.PIPE,
        )  # fmt: skip
        _, errors = await process.communicate()
    assert process.returncode == 0, errors
    assert parse_plan((tmp_path / "plan.json").read_bytes(), plainly).source_commit == commit_of(world)
    assert (tmp_path / "reuseDecision").read_text() == "built"
    assert (tmp_path / "buildServices").read_text() == LANE.workload


def test_a_plan_that_lacks_its_bindings_is_refused_by_the_authority(
    world: World, upstream: Path, tmp_path: Path
) -> None:
    """The parser that accepts the scripts' papers is no rubber stamp."""
    planned(upstream, commit_of(world), tmp_path / "plan.json")
    paper = json.loads((tmp_path / "plan.json").read_text())
    for key in paper.keys() - {"baseImageDigest"}:  # for the pipeline's own use
        broken = {name: value for name, value in paper.items() if name != key}
        with pytest.raises(BrokenPaper, match=key):
            parse_plan(json.dumps(broken).encode(), plainly)


def test_the_health_path_answers_the_contract() -> None:
    commit = "a" * 40
    with subprocess.Popen(
        [sys.executable, str(SCRIPTS / "health.py")], stdout=subprocess.PIPE, text=True,
        env={"SOURCE_COMMIT": commit, "PORT": "0"},
    ) as server:  # fmt: skip
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{LANE.health_path}", timeout=10) as answer:
                assert (answer.status, json.load(answer)) == (200, {"status": "ok", "sourceCommit": commit})
        finally:
            server.terminate()


def _uploaded(world: World, prefix: str) -> tuple[Mapping[str, Any], bytes]:
    """The artifact of that name for the scenario's commit, and its zip."""
    values = [one.value for one in world.documents if one.collection == "artifacts" and one.value is not None]
    mine = [one for one in values if one["workflow_run"]["head_sha"] == world.commit]
    found = next(one for one in mine if one["name"].startswith(prefix))
    return found, next(one.data for one in world.artifacts if one.artifact_id == found["id"])


@contextmanager
def _listener(status: int, reply: dict[str, str]) -> Iterator[tuple[str, list[bytes]]]:
    received: list[bytes] = []

    class Sink(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(reply).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing on stderr."""

    with HTTPServer(("127.0.0.1", 0), Sink) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", received
        finally:
            server.shutdown()
            thread.join()
