"""Provenance of one rollout: where it is found, the Job behind it, and what the registry can confirm."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lanewatch.authorities.image_registry import image_repository
from lanewatch.authorities.paper_faults import BrokenPaper
from lanewatch.authorities.papers import NotThere, Paper
from lanewatch.authorities.provenance import ProvenanceAuthority
from lanewatch.authorities.provenance_search import ProvenanceSearch, in_attestation, raw_results
from lanewatch.authorities.reading import Witness
from lanewatch.authorities.tekton_history import Kept
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.native import PIPELINE_RUNS, read_list
from lanewatch.rollout.facts import PROVENANCE, Correlation, Observation, Outcome, Quality
from lanewatch.rollout.reports import Artifact, Attestation, Provenance, ProvenanceReport
from tests.authorities.served_lane import ServedClock, Watched, fact, lane, lane_at
from tests.authorities.test_papers_of_a_lane import DIGEST, SHA, as_json
from tests.authorities.test_papers_of_a_lane import PROVENANCE as DOCUMENT


def report(observation: Observation) -> ProvenanceReport:
    assert isinstance(observation.report, ProvenanceReport)
    return observation.report


async def subject_of(watched: Watched) -> Correlation:
    """What the other authorities would have told by now."""
    listing = await read_list(watched.clients.clusters["ci"], PIPELINE_RUNS, lane().pipeline_namespace)
    mine = [run for run in listing.items if watched.commit in str(run["spec"])]
    uid = str(mine[0]["metadata"]["uid"]) if mine else None  # type: ignore[index,call-overload]
    run = fact(await watched.actions.read(Correlation(commit=watched.commit)), "actionsRunId").value
    return Correlation(commit=watched.commit, run_id=run if isinstance(run, str) else "1", pipeline_run_uid=uid)


async def read_at(folder: Path, scenario: str, at: float) -> Observation:
    async with lane_at(folder, scenario, at) as watched:
        return await watched.provenance.read(await subject_of(watched))


async def test_a_finished_build(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "build", 100.0) as watched:
        subject = await subject_of(watched)
        seen = await watched.provenance.read(subject)
        again = await watched.provenance.read(subject)
    told = report(seen)
    assert seen.outcome is Outcome.OK
    assert told.origin == "taskrun-result"
    assert told.provenance is not None
    assert told.provenance.source_commit == watched.commit
    assert told.provenance.actions_run_id == subject.run_id
    assert told.builder_task is not None
    assert told.recorded_at == told.builder_task.completed_at
    assert told.builder_task.name.endswith("-build-or-reuse")
    assert told.job is not None
    assert (told.job.state, told.job.correlated_by, told.job.progress) == ("complete", "result", "")
    assert told.digests is not None
    assert told.digests.index == told.provenance.image_digest
    assert told.attestation is not None
    assert told.attestation.subject in told.digests.manifests
    assert told.attestation.source_commit == watched.commit
    assert told.attestation.base_image_digest == told.provenance.base_image_digest
    assert set(told.results) == {"envIdentity", "reuseDecision", "builderJobName", "imageDigest"}
    for name in ("builderJobName", "envIdentity", "reuseDecision"):
        assert (fact(seen, name).quality, fact(seen, name).final) == (Quality.GOOD, True)
    assert fact(seen, "attestation.builderId").quality is Quality.ESTIMATED
    assert seen.handles[0].locator == f"k8s:ci/batch/v1/jobs/agentrun-ci/{told.job.name}"
    assert seen.handles[0].drilldown == "cicd-builder-job"
    assert seen.handles[1].locator == f"k8s-log:ci/agentrun-ci/{told.job.pods[0].name}/buildkit"
    assert (again.report, again.raw_digest) == (seen.report, seen.raw_digest)


async def test_what_is_known_of_a_digest_is_asked_once(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "build", 100.0) as watched:
        subject = await subject_of(watched)
        await watched.provenance.read(subject)
        before = len(watched.served.record.entries)
        await watched.provenance.read(subject)
        asked = [entry.server for entry in watched.served.record.entries[before:]]
    assert set(asked) == {"kubernetes"}


async def test_a_running_build_shows_how_far_it_is(tmp_path: Path) -> None:
    seen = await read_at(tmp_path, "build", 45.0)
    told = report(seen)
    assert seen.outcome is Outcome.OK
    assert (told.provenance, told.origin, told.recorded_at) == (None, "", None)
    assert told.job is not None
    assert (told.job.state, told.job.correlated_by) == ("running", "label")
    assert told.job.progress == fact(seen, "builderProgress").value == "env step 3/3"
    assert told.job.pods[0].phase == "Running"
    assert (fact(seen, "envIdentity").quality, fact(seen, "envIdentity").final) == (Quality.GOOD, False)
    assert fact(seen, "provenance").quality is Quality.ABSENT


async def test_a_failed_build(tmp_path: Path) -> None:
    told = report(await read_at(tmp_path, "build-fails", 54.0))
    assert told.provenance is None
    assert told.job is not None
    assert (told.job.state, told.job.reason) == ("failed", "BackoffLimitExceeded")
    assert (told.job.pods[-1].exit_code, told.job.pods[-1].reason) == (1, "Error")


async def test_a_reused_image_has_no_job_and_the_attestation_of_its_origin(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "reuse", 43.0) as watched:
        seen = await watched.provenance.read(await subject_of(watched))
    told = report(seen)
    assert told.provenance is not None
    assert told.provenance.reuse_decision == fact(seen, "reuseDecision").value == "reused-image"
    assert told.provenance.source_commit == watched.commit
    assert told.job is None
    assert fact(seen, "builderJobName").quality is Quality.ABSENT
    assert told.attestation is not None
    assert told.attestation.source_commit == told.provenance.reused_from_commit != watched.commit


async def test_before_the_pipeline_run(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "build", 15.0) as watched:
        seen = await watched.provenance.read(Correlation(commit=watched.commit))
    assert seen.outcome is Outcome.OK
    assert report(seen).provenance is None
    assert {fact(seen, name).quality for name in ("builderJobName", "envIdentity", "reuseDecision")} == {Quality.ABSENT}


async def test_without_a_cluster_the_artifact_is_what_there_is(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "build", 100.0) as watched:
        alone = ProvenanceAuthority(
            lane(),
            ServedClock(watched.steady),
            Witness(PROVENANCE),
            builds=None,
            papers=watched.plan._papers,
            images=None,
        )
        seen = await alone.read(await subject_of(watched))
    told = report(seen)
    assert seen.outcome is Outcome.OK
    assert told.origin == "actions-artifact"
    assert told.provenance is not None
    assert told.recorded_at is not None
    assert told.provenance.source_commit == watched.commit
    assert fact(seen, "builderJobName").quality is Quality.UNCONFIGURED


async def test_a_cluster_that_went_away_is_a_failure_although_the_result_is_remembered(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "build", 100.0) as watched:
        subject = await subject_of(watched)
        await watched.provenance.read(subject)
        cluster = watched.clients.clusters["ci"]
        await cluster.close()
        cluster._api = Unreachable()
        seen = await watched.provenance.read(subject)
    assert seen.outcome is Outcome.UNREACHABLE
    assert report(seen).provenance is not None


class Unreachable:
    """A cluster's connection whose every use is refused."""

    async def close(self) -> None: ...

    async def param_serialize(self, *_: object, **__: object) -> tuple[str, ...]:
        return ()

    async def call_api(self, *_: object, **__: object) -> object:
        raise ReadFailure(Outcome.UNREACHABLE, "refused: cluster")


async def test_nothing_configured(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "build", 100.0) as watched:
        clock = ServedClock(watched.steady)
        bare = ProvenanceAuthority(lane(), clock, Witness(PROVENANCE), builds=None, papers=None, images=None)
        seen = await bare.read(Correlation(commit=watched.commit))
    assert seen.outcome is Outcome.UNCONFIGURED


class Shelf:
    """Papers that lie where a test put them."""

    def __init__(self, **papers: bytes) -> None:
        self._papers = papers
        self.artifacts = self

    def list_locator(self, run_id: str) -> str:
        return f"artifacts of {run_id}"

    async def newest(self, run_id: str, prefix: str, file: str) -> Paper | NotThere:
        return self._paper(prefix)

    async def read(self, ref: str, file: str, digest: str | None = None) -> Paper | NotThere:
        return self._paper(ref.rpartition("/")[2])

    def _paper(self, name: str) -> Paper | NotThere:
        if name not in self._papers:
            return NotThere("not there", "shelf")
        if self._papers[name] == b"unreachable":
            raise ReadFailure(Outcome.UNREACHABLE, "refused")
        if self._papers[name] == b"broken":
            raise BrokenPaper("artifact: broken")
        return Paper("ref", "shelf", self._papers[name], Artifact("1", name, 9, None, None))


def search(**papers: bytes) -> ProvenanceSearch:
    return ProvenanceSearch(Shelf(**papers), "ns", str)  # type: ignore[arg-type]


def task(name: str, value: str, key: str = "results") -> Kept:
    native: dict[str, Any] = {"metadata": {"name": name, "uid": name}, "status": {key: []}}
    native["status"][key] = [{"name": "provenance", "value": value}] if value else []
    native["status"]["completionTime"] = "2026-07-05T14:01:01Z"
    return Kept("TaskRun", native)


WHOLE = as_json(DOCUMENT).decode()
ELSEWHERE = f'{{"ref":"actions-run/41/x","digest":"{DIGEST}"}}'


@pytest.mark.parametrize("key", ["results", "taskResults"])
async def test_the_newest_result_counts(key: str) -> None:
    older = as_json({**DOCUMENT, "envIdentity": "old"}).decode()
    found = await search().in_results([task("a", older, key), task("b", WHOLE, key), task("c", "", key)])
    assert found is not None
    assert found.provenance is not None
    assert found.provenance.env_identity == "env-1"
    assert found.source == "taskruns/ns/b .status.results[provenance]"
    assert found.recorded_at is not None
    assert await search().in_results([task("c", "")]) is None


@pytest.mark.parametrize(
    ("result", "papers", "invalid", "failure"),
    [
        (ELSEWHERE, {"x": WHOLE.encode()}, "", None),
        (ELSEWHERE, {"x": ELSEWHERE.encode()}, "another reference", None),
        (ELSEWHERE, {"x": b"broken"}, "artifact: broken", None),
        (ELSEWHERE, {"x": b"unreachable"}, "", Outcome.UNREACHABLE),
        (ELSEWHERE, {}, "", Outcome.ABSENT),
        ("{", {}, "broken JSON", None),
        ('{"sourceCommit": 4}', {}, "neither", None),
    ],
)
async def test_a_result_that_refers_elsewhere_or_is_none(
    result: str, papers: dict[str, bytes], invalid: str, failure: Outcome | None
) -> None:
    found = await search(**papers).in_results([task("a", result)])
    assert found is not None
    assert found.origin == "taskrun-result"
    assert (found.failure.outcome if found.failure else None) is failure
    assert invalid in found.invalid
    assert (found.provenance is None) is bool(invalid or failure)


@pytest.mark.parametrize(
    ("papers", "there"), [({"provenance": WHOLE.encode()}, True), ({"provenance": b"[]"}, False), ({}, None)]
)
async def test_in_artifact(papers: dict[str, bytes], there: bool | None) -> None:
    found = await search(**papers).in_artifact("41")
    if there is None:
        assert found is None
    else:
        assert found is not None
        assert (found.provenance is not None, found.invalid == "") == (there, there)


async def test_an_artifact_that_cannot_be_read_is_a_failure() -> None:
    found = await search(provenance=b"unreachable").in_artifact("41")
    assert found is not None
    assert found.failure is not None


def test_an_attestation_confirms_only_its_own_commit() -> None:
    claims = Attestation(subject=DIGEST, source_commit=SHA, builder_id="b", base_image_digest=DIGEST)
    found = in_attestation(claims, SHA, DIGEST, "registry")
    assert found is not None
    assert isinstance(found.provenance, Provenance)
    assert (found.origin, found.provenance.image_digest, found.provenance.env_identity) == (
        "oci-attestation",
        DIGEST,
        "",
    )
    assert in_attestation(claims, "d" * 40, DIGEST, "registry") is None


def test_image_repository() -> None:
    assert image_repository(lane()) == "agentrun/agentrun-mgr"
    assert image_repository(replace(lane(), registry_prefix="r.example")) == "agentrun-mgr"


def test_results_as_scripts_leave_them() -> None:
    """With the newline of an `echo`; of type object; empty."""
    values = {"builderJobName": "b-1\n", "provenance": {"sourceCommit": "c"}, "imageDigest": "\n", "envIdentity": ""}
    run = {"status": {"results": [{"name": key, "value": value} for key, value in values.items()]}}
    assert raw_results(run) == {"builderJobName": "b-1", "provenance": '{"sourceCommit": "c"}'}
