"""What must hold in every told world, whatever happens in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lanewatch.simulator.images import INDEX, MANIFEST, digest_of
from lanewatch.simulator.objects.meta import key
from lanewatch.simulator.scenarios import SCENARIOS
from tests.simulator.stories import START, commit_of, fresh, only, papers, shown, told

EVERY = sorted(SCENARIOS)
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
PROVENANCE_FIELDS = {
    "sourceCommit",
    "snapshotRef",
    "envIdentity",
    "imageDigest",
    "recipeHash",
    "baseImageDigest",
    "reuseDecision",
    "builderId",
    "actionsRunId",
    "pipelineRunName",
}
AT_THE_END = {
    "build": "succeeded",
    "reuse": "succeeded",
    "env-reuse": "succeeded",
    "rerun": "succeeded",
    "slow": "succeeded",
    "hostile": "succeeded",
    "fallback": "succeeded",
    "build-fails": "failed",
    "tekton-timeout": "failed",
    "tekton-cancelled": "failed",
    "argo-degraded": "failed",
    "rolled-back": "failed",
    "image-drift": "unknown",
    "superseded": "superseded",
    "mirror-stuck": "running",
    "runner-offline": "running",
    "plan-missing": "running",
    "argo-unnoticed": "running",
    "crash-loop": "running",
}
STUCK = {"argo-degraded", "crash-loop"}  # one new Pod that never gets ready beside the old ones
WENT_BACK = {"rolled-back": "failed", "superseded": "cancelled"}  # what may follow a stage's success
WITHOUT_PLAN = {"mirror-stuck", "runner-offline", "plan-missing", "superseded"}
WITHOUT_PROVENANCE = {"build-fails", "tekton-timeout", "tekton-cancelled"}


def strings(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every string inside a JSON value, with the path to it."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, below in value.items():
            yield from strings(below, f"{path}.{name}")
    elif isinstance(value, (list, tuple)):
        for below in value:
            yield from strings(below, path)


@pytest.mark.parametrize("name", EVERY)
class TestEveryWorld:
    def test_each_object_is_added_changed_and_deleted_in_that_order(self, name: str) -> None:
        seen: dict[tuple[str, ...], str] = {}
        for change in told(name).objects:
            before = seen.get(key(change.object))
            assert (before in (None, "DELETED")) is (change.type == "ADDED"), key(change.object)
            seen[key(change.object)] = change.type

    def test_objects_have_what_the_api_server_gives(self, name: str) -> None:
        for change in told(name).objects:
            meta = change.object["metadata"]
            assert {"name", "uid", "creationTimestamp"} <= set(meta)
            assert STAMP.fullmatch(meta["creationTimestamp"])
            assert len(meta["name"]) <= 63 or change.object["kind"] == "Event"
            assert "resourceVersion" not in meta
            assert all(re.fullmatch(r"[A-Za-z0-9._-]{0,63}", value) for value in meta.get("labels", {}).values())

    def test_a_uid_names_one_object(self, name: str) -> None:
        owners: dict[str, tuple[str, ...]] = {}
        for change in told(name).objects:
            assert owners.setdefault(change.object["metadata"]["uid"], key(change.object)) == key(change.object)

    def test_owner_references_resolve_when_they_are_written(self, name: str) -> None:
        uids: set[str] = set()
        for change in told(name).objects:
            meta = change.object["metadata"]
            uids.add(meta["uid"])
            assert {owner["uid"] for owner in meta.get("ownerReferences", ())} <= uids

    def test_nobody_tells_the_future(self, name: str) -> None:
        world = told(name)
        for change in world.objects:
            for path, text in strings(change.object):
                if STAMP.fullmatch(text) and "deletionTimestamp" not in path:
                    moment = datetime.fromisoformat(text)
                    assert moment <= START + timedelta(seconds=change.at), (change.at, path, text)

    def test_a_verdict_is_never_taken_back(self, name: str) -> None:
        verdicts: dict[str, str] = {}
        for change in told(name).objects:
            if change.object["kind"] not in ("PipelineRun", "TaskRun"):
                continue
            for condition in change.object.get("status", {}).get("conditions", ()):
                before = verdicts.setdefault(change.object["metadata"]["uid"], condition["status"])
                assert before in ("Unknown", condition["status"])
                verdicts[change.object["metadata"]["uid"]] = condition["status"]

    def test_children_are_named_after_they_exist(self, name: str) -> None:
        names: set[str] = set()
        for change in told(name).objects:
            names.add(change.object["metadata"]["name"])
            references = change.object.get("status", {}).get("childReferences", ())
            assert {reference["name"] for reference in references} <= names

    def test_same_seed_same_world_other_seed_other_identifiers(self, name: str, tmp_path: Path) -> None:
        world, again, other = told(name), fresh(name, tmp_path / "a"), fresh(name, tmp_path / "b", seed=2)
        assert again.objects == world.objects
        assert again.refs == world.refs
        assert again.documents == world.documents
        mine = {change.object["metadata"]["uid"] for change in world.objects}
        assert not mine & {change.object["metadata"]["uid"] for change in other.objects}

    def test_digests_are_those_of_the_bytes(self, name: str) -> None:
        blobs = told(name).blobs
        assert blobs
        for blob in blobs:
            assert digest_of(blob.data) == blob.digest

    def test_everything_a_manifest_names_is_there(self, name: str) -> None:
        world = told(name)
        held = {(blob.repository, blob.digest): blob for blob in world.blobs}
        for blob in world.blobs:
            if blob.media_type in (INDEX, MANIFEST):
                whole = json.loads(blob.data)
                named = [*whole.get("manifests", ()), *whole.get("layers", ())]
                for descriptor in [*named, *([whole["config"]] if "config" in whole else [])]:
                    part = held[blob.repository, descriptor["digest"]]
                    assert len(part.data) == descriptor["size"]
        for tag in world.tags:
            assert held[tag.repository, tag.digest].media_type == INDEX

    def test_an_attestation_is_about_its_platform_manifest(self, name: str) -> None:
        world = told(name)
        held = {(blob.repository, blob.digest): blob.data for blob in world.blobs}
        for blob in world.blobs:
            if blob.media_type != INDEX:
                continue
            real, claim = json.loads(blob.data)["manifests"]
            assert claim["annotations"]["vnd.docker.reference.digest"] == real["digest"]
            attestation = json.loads(held[blob.repository, claim["digest"]])
            statement = json.loads(held[blob.repository, attestation["layers"][0]["digest"]])
            assert "sha256:" + statement["subject"][0]["digest"]["sha256"] == real["digest"]

    def test_the_runtime_pods_run_an_image_that_the_registry_has(self, name: str) -> None:
        world = told(name)
        digests = {blob.digest for blob in world.blobs}
        pods = [pod for pod in only(world, "Pod") if pod["metadata"]["namespace"] == "agentrun-v02"]
        assert len(pods) == (3 if name in STUCK else 2)
        for pod in pods:
            (container,) = pod["status"]["containerStatuses"]
            assert container["imageID"].split("@")[1] in digests

    def test_the_ledger_ends_as_the_scenario_says(self, name: str) -> None:
        world = told(name)
        seconds = [entry.at for entry in world.ledger]
        assert seconds == sorted(seconds)
        lane = [entry.state for entry in world.ledger if entry.stage == "lane"]
        assert lane[-1] == AT_THE_END[name]

    def test_a_stage_runs_before_it_ends(self, name: str) -> None:
        ended: dict[str, str] = {}
        for entry in told(name).ledger:
            if name == "rerun" and (entry.stage, entry.state) == ("lane", "running"):
                ended.clear()  # another attempt
            before = ended.get(entry.stage, "running")
            went_back = (before, entry.state) == ("succeeded", WENT_BACK.get(name))
            assert before == "running" or went_back, entry
            ended[entry.stage] = entry.state

    def test_the_last_event_is_at_the_declared_end(self, name: str) -> None:
        world = told(name)
        assert world.end == SCENARIOS[name].end
        dated: list[Any] = [*world.objects, *world.documents, *world.refs, *world.logs, *world.blobs, *world.health]
        last = max(change.at for change in dated)
        assert last <= world.end
        if AT_THE_END[name] != "running":
            assert last > world.end - 2.0
        assert all(beat.first > world.end for beat in world.beats)

    def test_a_job_ends_after_the_artifacts_it_uploads(self, name: str) -> None:
        world = told(name)
        ends: dict[int, float] = {}
        for at, run in shown(world, "runs"):
            if run["status"] == "completed":
                ends[run["id"]] = at  # of the last attempt
        for at, artifact in shown(world, "artifacts"):
            assert at < ends[artifact["workflow_run"]["id"]]


@pytest.mark.parametrize("name", [name for name in EVERY if name not in WITHOUT_PLAN])
class TestPapers:
    def test_the_plan_is_bound_to_the_commit_and_its_snapshot(self, name: str) -> None:
        world, plan = told(name), papers(told(name))["reuse-plan"]
        assert plan["sourceCommit"] == world.commit
        assert plan["snapshotRef"].endswith("/" + commit_of(world))
        assert {"affectedServices", "buildServices", "reusedServices", "artifactProvenanceAudit"} <= set(plan)
        assert [row["service"] for row in plan["artifactProvenanceAudit"]] == plan["affectedServices"]

    def test_the_dispatch_leads_to_the_pipeline_run(self, name: str) -> None:
        if name == "fallback":
            return  # below: no event leads there
        world = told(name)
        sent = papers(world)["dispatch"]
        assert set(sent["payload"]) == {"sourceCommit", "snapshotRef", "repository", "branch", "reusePlanArtifactRef"}
        label = "triggers.tekton.dev/triggers-eventid"
        runs = [
            run for run in only(world, "PipelineRun") if run["metadata"]["labels"][label] == sent["reply"]["eventID"]
        ]
        (run,) = runs
        values = {item["name"]: item["value"] for item in run["spec"]["params"]}
        assert values["sourceCommit"] == world.commit
        assert values["reusePlanArtifactRef"] == sent["payload"]["reusePlanArtifactRef"]

    def test_provenance_is_told_twice_and_alike(self, name: str) -> None:
        world, filed = told(name), papers(told(name)).get("provenance")
        results = {
            result["value"]
            for run in only(world, "TaskRun")
            for result in run["status"].get("results", ())
            if result["name"] == "provenance" and json.loads(result["value"])["sourceCommit"] == world.commit
        }
        if name in WITHOUT_PROVENANCE:
            assert filed is None
            assert not results
            return
        (text,) = results
        assert len(text.encode()) <= 4096
        assert json.loads(text) == filed
        assert set(filed) >= PROVENANCE_FIELDS
        assert filed["imageDigest"] in {blob.digest for blob in world.blobs}


def test_hostile_plants_every_secret_where_the_product_reads() -> None:
    world = told("hostile")
    served = json.dumps([change.object for change in world.objects], ensure_ascii=False)
    served += json.dumps([document.value for document in world.documents], ensure_ascii=False)
    served += b"".join(chunk.data for chunk in world.logs).decode()
    assert len(world.secrets) >= 8
    for secret in world.secrets:
        assert secret in served
    for mark in ("\\u001b]52;", "\x9b31m", "\u202e", "\u200b", "\\u0000", "[/x]", "[@click=app.quit]"):
        assert mark in served
    texts = served + json.dumps(papers(world)) + world.health[-1].body.decode()
    assert texts.count("[/x]") > 3


def test_no_other_world_plants_anything() -> None:
    for name in EVERY:
        if name != "hostile":
            world = told(name)
            assert not world.secrets
            assert not [text for change in world.objects for _, text in strings(change.object) if "\x1b" in text]


def test_world_seconds_before_the_push_round_down_as_all_others() -> None:
    world = told("build")
    assert world.stamp(-0.5) == "2026-07-05T13:59:59Z"
    assert world.stamp(0.9) == "2026-07-05T14:00:00Z"
    assert START.tzinfo is UTC
