"""The simulated Gitea's Actions: runs, jobs, logs that grow and restart, artifacts behind signed URLs."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from lanewatch.simulator.world import ArtifactFile, LogChunk
from tests.simulator.small_gitea import ACTIONS, artifact, gitea, job, repo, run
from tests.simulator.small_world import REPOSITORY, Steady, small_world


async def test_runs_are_filtered_newest_first() -> None:
    mine = "b" * 40
    documents = (
        run(0.0, 4710, status="completed", conclusion="failure"),
        run(0.0, 4711, head_sha=mine),
        run(0.0, 4712, head_sha=mine, event="schedule", status="queued"),
        run(0.0, 4713, head_branch="other", status="waiting"),
    )
    expected: Mapping[str, list[int]] = {
        "": [4713, 4712, 4711, 4710],
        f"head_sha={mine}": [4712, 4711],
        f"head_sha={mine}&event=push": [4711],
        "head_sha=": [4713, 4712, 4711, 4710],
        "branch=other": [4713],
        "status=queued": [4712],
        "status=pending": [4713],
        "status=completed": [4710],
        "status=failure": [4710],
        "status=cancelled": [],
    }
    async with gitea(small_world(documents=(repo(0.0), *documents))) as client:
        for query, ids in expected.items():
            value = (await client.get(f"{ACTIONS}/runs?{query}")).json()
            assert ([one["id"] for one in value["workflow_runs"]], value["total_count"]) == (ids, len(ids)), query
        odd = await client.get(f"{ACTIONS}/runs?status=odd")
    assert odd.status_code == 400


async def test_a_run_carries_its_repository_and_urls() -> None:
    world = small_world(
        documents=(repo(0.0), run(10.0, 4711), run(20.0, 4711, status="completed", conclusion="success"))
    )
    steady = Steady(9.0)
    async with gitea(world, steady) as client:
        early = await client.get(f"{ACTIONS}/runs/4711")
        steady.now = 10.0
        running = (await client.get(f"{ACTIONS}/runs/4711")).json()
        steady.now = 20.0
        done = (await client.get(f"{ACTIONS}/runs/4711")).json()
        other = await client.get(f"{ACTIONS}/runs/nonsense")
    root = str(client.base_url).rstrip("/")
    assert (early.status_code, other.status_code) == (404, 404)
    assert running["repository"]["clone_url"] == f"{root}/{REPOSITORY}.git"
    assert running["url"] == f"{root}{ACTIONS}/runs/4711"
    assert running["html_url"] == f"{root}/{REPOSITORY}/actions/runs/4711"
    assert ("conclusion" in running, done["conclusion"]) == (False, "success")


async def test_pages_are_capped_and_linked() -> None:
    documents = [run(0.0, number) for number in range(4000, 4120)]
    async with gitea(small_world(documents=(repo(0.0), *documents))) as client:
        default = await client.get(f"{ACTIONS}/runs?event=push")
        capped = await client.get(f"{ACTIONS}/runs?limit=1000&page=3")
        beyond = await client.get(f"{ACTIONS}/runs?limit=50&page=4")
        nonsense = await client.get(f"{ACTIONS}/runs?limit=x&page=-1")
        followed = await client.get(default.links["next"]["url"])
    assert len(default.json()["workflow_runs"]) == len(nonsense.json()["workflow_runs"]) == 30
    assert default.headers["x-total-count"] == "120"
    assert set(default.links) == {"last", "next"}
    assert followed.json()["workflow_runs"][0]["id"] == 4089
    assert [one["id"] for one in capped.json()["workflow_runs"]] == list(range(4019, 3999, -1))
    assert set(capped.links) == {"first", "prev"}
    assert (beyond.json()["workflow_runs"], beyond.json()["total_count"]) == ([], 120)


async def test_jobs_of_a_run_by_id() -> None:
    documents = (run(0.0, 4711), run(0.0, 4712), job(0.0, 9002, 4711), job(0.0, 9001, 4711), job(0.0, 9003, 4712))
    world = small_world(documents=(repo(0.0), *documents))
    async with gitea(world) as client:
        of_run = (await client.get(f"{ACTIONS}/runs/4711/jobs")).json()
        all_jobs = (await client.get(f"{ACTIONS}/jobs")).json()
        one = (await client.get(f"{ACTIONS}/jobs/9001")).json()
        missing = [(await client.get(f"{ACTIONS}/{path}")).status_code for path in ("jobs/1", "runs/1/jobs")]
    async with gitea(world, token="owner", version="1.25.4") as client:
        older = (await client.get(f"{ACTIONS}/jobs/9001")).json()
    assert ([value["id"] for value in of_run["jobs"]], of_run["total_count"]) == ([9001, 9002], 2)
    assert [value["id"] for value in all_jobs["jobs"]] == [9001, 9002, 9003]
    assert one["html_url"].endswith(f"/{REPOSITORY}/actions/runs/4711/jobs/9001")
    assert (one["steps"], older["steps"]) == ([{"name": "x", "number": 0}], None)
    assert missing == [404, 404]


async def test_a_log_grows_is_ranged_and_restarts_with_a_rerun() -> None:
    documents = (
        job(10.0, 9001, 4711, status="queued"),
        job(20.0, 9001, 4711),
        job(60.0, 9001, 4711, status="queued"),
        job(70.0, 9001, 4711),
    )
    logs = tuple(
        LogChunk(at, ("job", "9001"), data)
        for at, data in ((25.0, b"line one\n"), (30.0, b"line two\n"), (75.0, b"again\n"))
    )
    steady = Steady()
    where = f"{ACTIONS}/jobs/9001/logs"
    async with gitea(small_world(documents=(repo(0.0), *documents), logs=logs), steady) as client:

        async def read(at: float, **headers: str) -> tuple[int, str]:
            steady.now = at
            answer = await client.get(where, headers=headers)
            kind = answer.headers["content-type"]
            return answer.status_code, answer.json()["message"] if kind.startswith("application/json") else answer.text

        assert await read(5.0) == (404, "not found")
        assert await read(10.0) == (404, "job not started")
        assert await read(20.0) == (404, "logs not found")
        assert await read(25.0) == (200, "line one\n")
        assert await read(30.0, Range="bytes=9-") == (206, "line two\n")
        assert (await read(30.0, Range="bytes=18-"))[0] == 416
        assert await read(60.0) == (404, "job not started")
        assert await read(75.0) == (200, "again\n")
        answer = await client.get(where)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="plan-9001.log"'
    assert "etag" not in answer.headers


async def test_a_skipped_job_never_started() -> None:
    skipped = job(0.0, 9001, 4711, status="completed", conclusion="skipped", started_at="1970-01-01T00:00:00Z")
    async with gitea(small_world(documents=(repo(0.0), skipped))) as client:
        answer = await client.get(f"{ACTIONS}/jobs/9001/logs")
    assert (answer.status_code, answer.json()["message"]) == (404, "job not started")


async def test_before_1_26_3_a_log_without_rows_is_an_empty_500() -> None:
    async with gitea(small_world(documents=(repo(0.0), job(0.0, 9001, 4711))), version="1.26.2") as client:
        answer = await client.get(f"{ACTIONS}/jobs/9001/logs")
    assert (answer.status_code, answer.json()["message"]) == (500, "")


async def test_artifacts_are_listed_oldest_first_and_never_linked() -> None:
    documents = [artifact(0.0, number, f"reuse-plan-{number}") for number in range(1, 61)]
    other = artifact(0.0, 99, "reuse-plan-7", run_id=4712)
    async with gitea(small_world(documents=(repo(0.0), *documents, other))) as client:
        first = await client.get(f"{ACTIONS}/runs/4711/artifacts?limit=100")
        named = (await client.get(f"{ACTIONS}/artifacts?name=reuse-plan-7")).json()
        unknown = (await client.get(f"{ACTIONS}/runs/1/artifacts")).json()
        one = (await client.get(f"{ACTIONS}/artifacts/7")).json()
        missing = await client.get(f"{ACTIONS}/artifacts/1000")
    assert [value["id"] for value in first.json()["artifacts"]] == list(range(1, 51))
    assert first.json()["total_count"] == 60
    assert not {"link", "x-total-count"} & set(first.headers)
    assert [value["id"] for value in named["artifacts"]] == [7, 99]
    assert unknown == {"artifacts": [], "total_count": 0}
    assert one["archive_download_url"].endswith(f"{ACTIONS}/artifacts/7/zip")
    assert missing.status_code == 404


async def test_a_zip_is_behind_a_signed_url_that_needs_no_token() -> None:
    zips = (
        ArtifactFile(0.0, 1, b"PK\x03\x04old"),
        ArtifactFile(50.0, 1, b"PK\x03\x04new"),
        ArtifactFile(0.0, 2, b"{}"),
    )
    documents = (artifact(0.0, 1, 'a"\r\nb'), artifact(0.0, 2, "plain.json"), artifact(0.0, 3, "old", expired=True))
    steady = Steady()
    world = small_world(documents=(repo(0.0, private=True), *documents), artifacts=zips)
    async with gitea(world, steady) as client, httpx.AsyncClient() as stranger:
        redirect = await client.get(f"{ACTIONS}/artifacts/1/zip")
        location = redirect.headers["location"]
        fetched = await stranger.get(location)
        plain = await stranger.get((await client.get(f"{ACTIONS}/artifacts/2/zip")).headers["location"])
        crossed = await stranger.get(location.replace("/artifacts/1/", "/artifacts/2/"))
        forged = await stranger.get(location.replace("sig=", "sig=x"))
        unsigned = await stranger.get(location.partition("?")[0])
        expired = await client.get(f"{ACTIONS}/artifacts/3/zip")
        absent = await client.get(f"{ACTIONS}/artifacts/9/zip")
        hidden = await stranger.get(location.partition("/raw")[0])
        steady.now += 3601
        late = await stranger.get(location)
    assert redirect.status_code == 302
    assert location.startswith(f"{str(client.base_url).rstrip('/')}{ACTIONS}/artifacts/1/zip/raw?sig=")
    assert (fetched.content, fetched.headers["content-type"]) == (b"PK\x03\x04new", "application/zip")
    assert fetched.headers["content-disposition"] == 'attachment; filename="a___b.zip"'
    assert (plain.content, plain.headers["content-type"]) == (b"{}", "application/octet-stream")
    assert {one.status_code for one in (crossed, forged, unsigned, late)} == {401}
    assert (expired.status_code, expired.json()["message"]) == (404, "Artifact has expired")
    assert (absent.status_code, absent.json()["message"], hidden.status_code) == (404, "Artifact not found", 404)
