"""The mirror's authority: heads, the subject commit, its snapshot ref, and what it says of what it cannot read."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanewatch.authorities.snapshots import Snapshots
from lanewatch.rollout.facts import MIRROR, Correlation, Observation, Outcome, Quality
from lanewatch.rollout.reports import MirrorReport
from tests.authorities.scripted_lane import COMMIT, HTML, NO_OBJECT, R, ScriptedLane, repository, scripted_lane
from tests.authorities.served_lane import fact, lane_at
from tests.clients.scripted import http

SNAPSHOTS = "refs/unidesk/snapshots/gitea-actions/agentrun-v0.2"
STAGE = "refs/unidesk/snapshots/agentrun-v0.2"
OTHER = "b" * 40


def report(observation: Observation) -> MirrorReport:
    assert isinstance(observation.report, MirrorReport)
    return observation.report


async def test_a_mirrored_commit(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "build", 15.0) as watched:
        subject = watched.mirror.subject(Correlation(commit=watched.commit, run_id="41"))
        assert subject == Correlation(commit=watched.commit)
        seen = await watched.mirror.read(subject)
        again = await watched.mirror.read(subject)
    told = report(seen)
    assert (seen.authority, seen.outcome, seen.reason) == (MIRROR, Outcome.OK, "")
    assert told.target is not None
    assert told.target.mirror_head == told.target.upstream_head == watched.commit
    assert told.target.mirror_interval_seconds == 600
    assert (told.commit_in_mirror, told.commit_upstream) == (True, True)
    assert told.commit is not None
    assert told.commit == told.history[0] == told.head_commit
    assert told.commit.subject == "fix: lease renewal"
    assert told.snapshot is not None
    assert (told.snapshot.ref, told.snapshot.sha) == (f"{SNAPSHOTS}/{watched.commit}", watched.commit)
    assert {one.key for one in told.repositories} == {"agentrun", "unidesk"}
    assert fact(seen, "sourceCommit").final
    assert fact(seen, "snapshotRef").value == told.snapshot.ref
    assert fact(seen, "mirrorUpdated").source_time == told.target.mirror_updated
    assert fact(seen, "mirrorHead.unidesk").quality is Quality.GOOD
    assert seen.skew is not None
    assert seen.host == watched.clients.gitea.host if watched.clients.gitea else False
    assert (again.report, again.raw_digest) == (seen.report, seen.raw_digest)
    assert again.cost.requests < seen.cost.requests  # commit, history and the other snapshot names are known


async def test_before_the_sync_the_commit_is_upstream_only(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "build", 4.0) as watched:
        seen = await watched.mirror.read(Correlation(commit=watched.commit))
    told = report(seen)
    assert seen.outcome is Outcome.OK
    assert told.target is not None
    assert told.target.upstream_head == watched.commit != told.target.mirror_head
    assert (told.commit_in_mirror, told.commit_upstream) == (False, True)
    assert told.commit is not None
    assert told.commit.subject == "fix: lease renewal"
    assert told.commit.parents == (told.target.mirror_head,)
    assert told.head_commit == told.commit
    assert told.snapshot is None
    assert fact(seen, "sourceCommit").value == watched.commit
    assert fact(seen, "snapshotRef").quality is Quality.ABSENT


async def test_without_a_pin_the_heads_are_told(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "mirror-stuck", 100.0) as watched:
        seen = await watched.mirror.read(Correlation())
    told = report(seen)
    assert told.commit is None
    assert told.commit_in_mirror is None
    assert told.snapshot is None
    assert told.target is not None
    assert told.head_commit is not None
    assert told.head_commit.sha == told.target.upstream_head != told.target.mirror_head
    assert told.head_commit.subject
    assert fact(seen, "sourceCommit").reason == "no commit is pinned yet"


async def test_a_commit_that_is_nowhere(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "build", 15.0) as watched:
        seen = await watched.mirror.read(Correlation(commit=OTHER))
    told = report(seen)
    assert (told.commit, told.commit_in_mirror, told.commit_upstream) == (None, False, False)
    assert fact(seen, "sourceCommit").quality is Quality.ABSENT
    assert fact(seen, "sourceCommit").reason == "in neither mirror nor upstream"


@pytest.mark.parametrize(("named", "sha"), [("", True), ("/gone", False), ("heads/v0.2", False)])
async def test_a_named_snapshot_is_the_one_that_counts(tmp_path: Path, named: str, sha: bool) -> None:
    async with lane_at(tmp_path, "build", 15.0) as watched:
        ref = named if named.startswith("heads") else f"{SNAPSHOTS}/{watched.commit}{named}"
        seen = await watched.mirror.read(Correlation(commit=watched.commit, snapshot_ref=ref))
    snapshot = report(seen).snapshot
    assert snapshot is not None
    assert (snapshot.ref, snapshot.sha) == (ref, watched.commit if sha else None)
    assert fact(seen, "snapshotRef").quality is (Quality.GOOD if sha else Quality.ABSENT)


def scripted(lane: ScriptedLane) -> None:
    lane.says(R, repository())
    lane.says(f"{R}/git/refs/heads/v0.2", ref("refs/heads/v0.2", COMMIT))
    lane.says(f"{R}/git/commits/{COMMIT}", http(200, native_commit()))
    lane.says(f"{R}/commits", http(200, [native_commit()]))
    for name in snapshot_names():
        lane.says(f"{R}/git/{name}", NO_OBJECT)
    unidesk = "/api/v1/repos/pikasTech/unidesk"
    lane.says(unidesk, repository(full_name="pikasTech/unidesk"))
    lane.says(f"{unidesk}/git/refs/heads/master", ref("refs/heads/master", OTHER))


def ref(name: str, sha: str) -> bytes:
    return http(200, [{"ref": name, "object": {"sha": sha, "type": "commit"}}])


def snapshot_names() -> list[str]:
    return [f"{prefix}/{name}" for prefix in (SNAPSHOTS, STAGE) for name in (COMMIT, COMMIT[:12])]


def native_commit() -> dict[str, object]:
    return {"sha": COMMIT, "commit": {"message": "x", "committer": {"date": "2026-07-05T14:00:00Z"}}, "parents": []}


async def test_upstream_is_not_configured(tmp_path: Path) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane)
        seen = await lane.mirror.read(Correlation(commit=COMMIT))
    told = report(seen)
    assert seen.outcome is Outcome.OK
    assert told.target is not None
    assert (told.target.upstream_head, told.target.upstream_reason) == (None, "unconfigured")
    assert told.commit_upstream is None
    assert fact(seen, "upstreamHead").quality is Quality.UNCONFIGURED


@pytest.mark.parametrize("number", range(4))
async def test_snapshot_names_in_their_order(tmp_path: Path, number: int) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane)
        for name in snapshot_names()[number:]:
            lane.says(f"{R}/git/{name}", ref(name, COMMIT))
        seen = await lane.mirror.read(Correlation(commit=COMMIT))
    snapshot = report(seen).snapshot
    assert snapshot is not None
    assert (snapshot.ref, snapshot.named_by) == (snapshot_names()[number], "prefix")


async def test_a_snapshot_ref_of_another_commit(tmp_path: Path) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane)
        name = snapshot_names()[0]
        lane.says(f"{R}/git/{name}", ref(name, OTHER))
        seen = await lane.mirror.read(Correlation(commit=COMMIT))
    told = fact(seen, "snapshotRef")
    assert (told.quality, told.reason) == (Quality.CONFLICT, f"resolves to {OTHER}")


@pytest.mark.parametrize(
    ("said", "outcome", "reason"),
    [
        (NO_OBJECT, Outcome.ABSENT, "no such repository or no right to see it"),
        (http(401, {"message": "token is required"}), Outcome.DENIED, "401: token not accepted"),
        (http(403, {"message": "required scope"}), Outcome.DENIED, "token lacks scope read:repository"),
        (HTML, Outcome.INVALID, "HTML where JSON expected"),
        (http(502, "bad gateway", "text/plain"), Outcome.ERROR, "502"),
    ],
)
async def test_an_unreadable_mirror_says_why(tmp_path: Path, said: bytes, outcome: Outcome, reason: str) -> None:
    async with scripted_lane(tmp_path) as lane:
        for path in (R, f"{R}/git/refs/heads/v0.2", f"{R}/git/commits/{COMMIT}"):
            lane.says(path, said)
        seen = await lane.mirror.read(Correlation(commit=COMMIT))
    told = report(seen)
    assert seen.outcome is outcome
    assert reason in seen.reason
    assert told.commit_in_mirror is None  # "cannot see" is not "does not exist"
    assert told.target is not None
    assert told.target.mirror_head is None
    assert reason in told.target.reason
    assert fact(seen, "mirrorHead").quality is not Quality.GOOD


async def test_a_snapshot_that_cannot_be_read_takes_nothing_with_it(tmp_path: Path) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane)
        lane.says(f"{R}/git/{snapshot_names()[1]}", http(500, {"message": ""}))
        seen = await lane.mirror.read(Correlation(commit=COMMIT))
    assert seen.outcome is Outcome.OK
    assert report(seen).commit_in_mirror is True
    assert fact(seen, "snapshotRef").quality is Quality.ERROR


async def test_a_repository_that_is_no_mirror(tmp_path: Path) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane)
        lane.says(R, repository(mirror=False, mirror_updated="0001-01-01T00:00:00Z"))
        seen = await lane.mirror.read(Correlation(commit=COMMIT))
    target = report(seen).target
    assert target is not None
    assert target.mirror_updated is None
    assert fact(seen, "mirrorUpdated").quality is Quality.ABSENT


async def test_a_snapshot_ref_that_is_an_annotated_tag_is_peeled(tmp_path: Path) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane)
        name = snapshot_names()[0]
        lane.says(f"{R}/git/{name}", http(200, [{"ref": name, "object": {"sha": OTHER, "type": "tag"}}]))
        lane.says(f"{R}/git/commits/{OTHER}", http(200, native_commit()))
        seen = await lane.mirror.read(Correlation(commit=COMMIT))
    assert fact(seen, "snapshotRef").quality is Quality.GOOD


@pytest.mark.parametrize("named", [None, "refs/named/x"])
async def test_a_ref_in_a_hidden_repository_is_not_absent(tmp_path: Path, named: str | None) -> None:
    async with scripted_lane(tmp_path) as lane:
        scripted(lane)
        for path in (R, f"{R}/git/refs/heads/v0.2", f"{R}/git/commits/{COMMIT}", f"{R}/git/refs/named/x"):
            lane.says(path, NO_OBJECT)
        seen = await lane.mirror.read(Correlation(commit=COMMIT, snapshot_ref=named))
    assert report(seen).snapshot is None
    assert "no right to see it" in fact(seen, "snapshotRef").reason


async def test_snapshots_of_another_repository_that_is_hidden(tmp_path: Path) -> None:
    hidden = "/api/v1/repos/ops/snapshots"
    async with scripted_lane(tmp_path) as lane:
        scripted(lane)
        for name in snapshot_names():
            lane.says(f"{hidden}/git/{name}", NO_OBJECT)
        lane.says(hidden, NO_OBJECT, repository(full_name="ops/snapshots"))
        lane.mirror._snapshots = Snapshots(lane.gitea, "ops/snapshots", (SNAPSHOTS, STAGE))
        seen = [fact(await lane.mirror.read(Correlation(commit=COMMIT)), "snapshotRef") for _ in range(2)]
    assert "no right to see it" in seen[0].reason
    assert seen[1].reason.startswith(f"no ref {SNAPSHOTS}/{COMMIT}")
