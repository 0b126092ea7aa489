"""The reuse plan: where it is read, when it is believed, and what is said of one that is not whole."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest

from lanewatch.authorities.artifacts import RunArtifacts
from lanewatch.authorities.papers import NotThere, Paper, Papers
from lanewatch.authorities.plan import PlanAuthority
from lanewatch.authorities.reading import Witness
from lanewatch.clients.answers import ReadFailure
from lanewatch.rollout.facts import PLAN, Correlation, Observation, Outcome, Quality
from lanewatch.rollout.reports import PlanReport
from tests.authorities.scripted_lane import (
    COMMIT,
    HTML,
    NO_OBJECT,
    RUNS,
    R,
    ScriptedLane,
    artifact,
    page,
    scripted_lane,
    zipped,
)
from tests.authorities.served_lane import ServedClock, Watched, fact, lane, lane_at
from tests.authorities.test_papers_of_a_lane import DIGEST
from tests.authorities.test_papers_of_a_lane import PLAN as DOCUMENT
from tests.clients.scripted import http

SUBJECT = Correlation(commit=COMMIT, run_id="41")
FILE = "reuse-plan.json"
ZIP = f"{R}/actions/artifacts/7/zip"
LIST = f"{RUNS}/41/artifacts"
SOURCE = b"services: {}\n"


def report(observation: Observation) -> PlanReport:
    assert isinstance(observation.report, PlanReport)
    return observation.report


def scripted(lane: ScriptedLane, *artifacts: dict[str, object], paper: bytes | None = None) -> None:
    lane.says(LIST, page("artifacts", *artifacts))
    lane.says(ZIP, paper or zipped(FILE, DOCUMENT))
    content = {"type": "file", "content": base64.b64encode(SOURCE).decode(), "size": len(SOURCE)}
    lane.says(f"{R}/contents/gitops/reuse.ymal", http(200, content))


async def run_of(watched: Watched) -> Correlation:
    seen = await watched.actions.read(Correlation(commit=watched.commit))
    run_id = fact(seen, "actionsRunId").value
    assert isinstance(run_id, str)
    return Correlation(commit=watched.commit, run_id=run_id)


async def test_the_plan_of_a_build(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "build", 45.0) as watched:
        subject = await run_of(watched)
        seen = await watched.plan.read(subject)
        named = await watched.plan.read(Correlation(commit=watched.commit, plan_ref=report(seen).ref))
        again = await watched.plan.read(subject)
    told = report(seen)
    assert seen.outcome is Outcome.OK
    assert told.plan is not None
    assert told.plan.source_commit == watched.commit
    assert told.plan.source_truth_digest == told.source_digest == fact(seen, "reuseSourceDigest").value
    assert told.plan.decision == fact(seen, "planDecision").value == "built"
    assert told.artifact is not None
    assert told.ref == f"actions-run/{subject.run_id}/{told.artifact.name}"
    assert fact(seen, "buildServices").value == told.plan.build_services
    assert fact(seen, "skipImageBuild").value is False
    assert fact(seen, "reuseEnvImage").final
    assert fact(seen, "buildServices").source_time == told.artifact.updated_at
    assert seen.handles[0].locator == f"gitea-artifact:pikasTech/agentrun/{told.artifact.id}"
    assert report(named) == told
    assert (again.report, again.raw_digest) == (seen.report, seen.raw_digest)
    assert again.cost.requests == 1  # the list; archive and source file are immutable


async def test_before_the_plan(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "build", 15.0) as watched:
        seen = await watched.plan.read(await run_of(watched))
    told = report(seen)
    assert seen.outcome is Outcome.OK
    assert (told.plan, told.ref, told.artifact, told.invalid) == (None, "", None, "")
    assert {fact(seen, name).quality for name in ("buildServices", "skipImageBuild")} == {Quality.ABSENT}


async def test_a_plan_of_another_commit_is_reported_as_it_is(tmp_path: Path) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane, artifact(7), paper=zipped(FILE, {**DOCUMENT, "sourceCommit": "e" * 40}))
        seen = await lane.plan.read(SUBJECT)
    plan = report(seen).plan
    assert plan is not None
    assert plan.source_commit == fact(seen, "planSourceCommit").value == "e" * 40
    assert report(seen).source_digest == "sha256:" + hashlib.sha256(SOURCE).hexdigest()


async def test_the_highest_id_wins(tmp_path: Path) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane, artifact(9, "dispatch-x"), artifact(7), artifact(3), artifact(8, "provenance-x"))
        seen = await lane.plan.read(SUBJECT)
    assert report(seen).artifact is not None
    assert report(seen).ref == "actions-run/41/reuse-plan-x"


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"size_in_bytes": 0}, "still being uploaded"),
        ({"expired": True}, "has expired"),
        ({"expires_at": "2026-07-05T14:00:30Z"}, "has expired"),
    ],
)
async def test_an_artifact_that_cannot_be_used_is_not_replaced_by_an_older_one(
    tmp_path: Path, state: dict[str, object], reason: str
) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane, artifact(3), artifact(7, **state))
        seen = await lane.plan.read(SUBJECT)
        asked = lane.server.paths()
    assert (seen.outcome, report(seen).plan, report(seen).invalid) == (Outcome.OK, None, "")
    assert reason in fact(seen, "buildServices").reason
    is_gone = "expired" in reason
    assert bool(report(seen).expired) == is_gone
    assert fact(seen, "buildServices").quality is (Quality.GONE if is_gone else Quality.ABSENT)
    assert ZIP not in asked


async def test_an_upload_that_ends_is_read(tmp_path: Path) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane)
        lane.says(LIST, page("artifacts", artifact(7, size_in_bytes=0)), page("artifacts", artifact(7)))
        first, second = await lane.plan.read(SUBJECT), await lane.plan.read(SUBJECT)
    assert report(first).plan is None
    assert report(second).plan is not None


def truncated() -> bytes:
    whole = zipped(FILE, DOCUMENT).partition(b"\r\n\r\n")[2]
    return http(200, whole[: len(whole) // 2], "application/zip")


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(FILE, b" " * (8 << 20))
    return http(200, buffer.getvalue(), "application/zip")


def flipped() -> bytes:
    whole = bytearray(zipped(FILE, DOCUMENT).partition(b"\r\n\r\n")[2])
    for place in range(60, 120):
        whole[place] ^= 0xFF
    return http(200, bytes(whole), "application/zip")


def climbing() -> bytes:
    return zipped(f"../{FILE}", DOCUMENT)


@pytest.mark.parametrize("paper", [truncated(), bomb(), flipped(), climbing(), zipped("other.json", {})])
async def test_a_broken_archive_is_believed_the_second_time(tmp_path: Path, paper: bytes) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane, artifact(7), paper=paper)
        first, second = await lane.plan.read(SUBJECT), await lane.plan.read(SUBJECT)
    assert (first.outcome, report(first).invalid) == (Outcome.ERROR, "")
    assert "read again before it is believed" in first.reason
    assert (second.outcome, report(second).plan) == (Outcome.OK, None)
    assert "artifact:" in report(second).invalid
    assert fact(second, "buildServices").quality is Quality.INVALID


async def test_a_half_written_archive_that_becomes_whole_never_was_invalid(tmp_path: Path) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane, artifact(7))
        lane.says(ZIP, truncated(), zipped(FILE, DOCUMENT))
        first, second = await lane.plan.read(SUBJECT), await lane.plan.read(SUBJECT)
    assert report(first).invalid == ""
    assert report(second).plan is not None


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({**DOCUMENT, "skipImageBuild": "no"}, "reuse-plan.json: $.skipImageBuild: "),
        (b"not json", "reuse-plan.json: broken JSON"),
    ],
)
async def test_an_invalid_plan_is_said_at_once(tmp_path: Path, document: object, reason: str) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane, artifact(7), paper=zipped(FILE, document))
        seen = await lane.plan.read(SUBJECT)
    assert (seen.outcome, report(seen).plan) == (Outcome.OK, None)
    assert reason in report(seen).invalid
    assert report(seen).artifact is not None
    assert reason in fact(seen, "reuseEnvImage").reason


async def test_what_answers_once_in_the_place_of_an_artifact_is_no_invalid_plan(tmp_path: Path) -> None:
    """A run was shown as failed for ever after one answer that was neither an archive nor a plan."""
    async with scripted_lane(tmp_path) as lane:
        scripted(lane, artifact(7), paper=http(200, "[[[[", "application/json"))
        lane.says(ZIP, http(200, "[[[[", "application/json"), zipped(FILE, DOCUMENT))
        first, second = await lane.plan.read(SUBJECT), await lane.plan.read(SUBJECT)
    assert report(first).invalid == ""
    assert report(second).plan is not None


async def test_a_bare_file_is_a_plan_too(tmp_path: Path) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane, artifact(7), paper=http(200, json.dumps(DOCUMENT), "application/json"))
        seen = await lane.plan.read(SUBJECT)
    assert report(seen).plan is not None


@pytest.mark.parametrize(
    ("path", "said", "outcome"),
    [
        (LIST, http(401, {"message": "token is required"}), Outcome.DENIED),
        (LIST, http(403, {"message": "scope"}), Outcome.DENIED),
        (LIST, NO_OBJECT, Outcome.ABSENT),
        (LIST, HTML, Outcome.INVALID),
        (ZIP, HTML, Outcome.INVALID),
        (ZIP, http(404, {"message": "Artifact has expired"}), Outcome.ABSENT),
        (ZIP, http(302, "", Location="https://elsewhere.example/x"), Outcome.ERROR),
    ],
)
async def test_not_reaching_the_plan_is_no_invalid_plan(
    tmp_path: Path, path: str, said: bytes, outcome: Outcome
) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane, artifact(7))
        lane.says(path, said)
        seen = [await lane.plan.read(SUBJECT) for _ in range(2)]
    assert [one.outcome for one in seen] == [outcome, outcome]
    assert report(seen[1]).invalid == ""
    assert fact(seen[1], "buildServices").quality is not Quality.GOOD


async def test_a_source_file_that_cannot_be_read_is_one_fact(tmp_path: Path) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane, artifact(7))
        lane.says(f"{R}/contents/gitops/reuse.ymal", NO_OBJECT)
        seen = await lane.plan.read(SUBJECT)
        asked = [one.target for one in lane.server.asked if "contents" in one.path]
    assert seen.outcome is Outcome.OK
    assert report(seen).source_digest is None
    assert "no gitops/reuse.ymal at this commit" in report(seen).source_digest_reason
    assert asked[0].endswith(f"?ref={COMMIT}")


@pytest.mark.parametrize(
    ("ref", "outcome", "reason"),
    [
        ("nonsense", Outcome.INVALID, "not a reference"),
        ("configmap:ns/plan#k", Outcome.UNCONFIGURED, "kubernetes.ci"),
        (f"oci://r.example/a@{DIGEST}", Outcome.UNCONFIGURED, "no registry"),
        ("https://files.example/plan.json", Outcome.UNCONFIGURED, "not one of trustedHosts"),
    ],
)
async def test_places_that_are_not_asked(tmp_path: Path, ref: str, outcome: Outcome, reason: str) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane)
        seen = await lane.plan.read(Correlation(commit=COMMIT, run_id="41", plan_ref=ref))
    assert seen.outcome is outcome
    assert reason in seen.reason
    assert report(seen).ref == ref


async def test_a_named_artifact_that_is_not_there(tmp_path: Path) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane, artifact(7, "reuse-plan-xy"))
        seen = await lane.plan.read(Correlation(commit=COMMIT, run_id="41", plan_ref="actions-run/41/reuse-plan-x"))
    assert (seen.outcome, report(seen).plan) == (Outcome.OK, None)
    assert fact(seen, "buildServices").reason == "run 41 has no artifact reuse-plan-x"


async def test_one_list_for_all_who_ask_at_once(tmp_path: Path) -> None:
    """Actions, plan and provenance read artifacts of the same run in the same moment."""
    async with lane_at(tmp_path, "build", 45.0) as watched:
        subject = await run_of(watched)
        gitea = watched.clients.gitea
        assert gitea is not None
        clock = StillClock(watched.steady)
        artifacts = RunArtifacts(gitea, lane().repository, clock, str)
        plan = PlanAuthority(lane(), gitea, Papers(artifacts, clock), clock, Witness(PLAN))
        before = len(watched.served.record.entries)
        await plan.read(subject)
        await plan.read(subject)
        asked = [entry.path for entry in watched.served.record.entries[before:]]
    assert len([path for path in asked if path.endswith(f"/{subject.run_id}/artifacts")]) == 1


class StillClock(ServedClock):
    """All readings are of one moment."""

    def now(self):  # type: ignore[no-untyped-def]
        self._readings = 0
        return super().now()


async def test_a_config_map(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "build", 45.0) as watched:
        gitea = watched.clients.gitea
        assert gitea is not None
        clock = ServedClock(watched.steady)
        artifacts = RunArtifacts(gitea, lane().repository, clock, str)
        papers = Papers(artifacts, clock, cluster=watched.clients.clusters["ci"])
        name = "configmap:agentrun-ci/branch-follower-agentrun-jd01-v02"
        there = await papers.read(f"{name}#status", FILE)
        lacking = await papers.read(f"{name}#nothing", FILE)
        gone = await papers.read("configmap:agentrun-ci/nothing#status", FILE)
        with pytest.raises(ReadFailure, match="recorded was sha256:"):
            await papers.read(f"{name}#status", FILE, DIGEST)
    assert isinstance(there, Paper)
    assert json.loads(there.data)
    assert there.artifact is not None
    assert there.artifact.created_at is not None
    assert isinstance(lacking, NotThere)
    assert lacking.reason.endswith("has no key nothing")
    assert isinstance(gone, NotThere)
