"""Gitea: what each question asks for, what it accepts, and how each refusal is worded."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Awaitable, Callable

import pytest

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.gitea import LOG_CAP, PAGE, Gitea
from lanewatch.rollout.facts import Outcome
from tests.clients.conftest import MakeOrigin
from tests.clients.scripted import Scripted, http

R = "/api/v1/repos/o/r"
SHA = "a" * 40
NO_ROUTE = http(404, "404 page not found\n", "text/plain; charset=utf-8")
NO_OBJECT = http(404, {"message": "not found", "errors": None})


@pytest.fixture
def gitea(server: Scripted, origin: MakeOrigin) -> Gitea:
    return Gitea(origin(server.url, credential_key="gitea.token, env X"))


async def refusal(asking: Awaitable[object]) -> ReadFailure:
    with pytest.raises(ReadFailure) as caught:
        await asking
    return caught.value


async def test_version(server: Scripted, gitea: Gitea) -> None:
    server.answers["/api/v1/version"] = http(200, {"version": "1.26.3"})
    assert await gitea.version() == "1.26.3"


@pytest.mark.parametrize(
    ("said", "outcome", "reason"),
    [
        (NO_OBJECT, Outcome.ABSENT, "404: no such repository or no right to see it"),
        (http(401, {"message": "token is required"}), Outcome.DENIED, "401: token not accepted (gitea.token, env X)"),
        (
            http(403, {"message": "required scope(s): [secret]"}),
            Outcome.DENIED,
            "403: token lacks scope read:repository",
        ),
        (http(429, "slow down", "text/plain", Retry_After="7"), Outcome.THROTTLED, "asks to wait 7 s"),
        (http(503, "Service Unavailable", "text/plain"), Outcome.ERROR, "503: server failed"),
        (http(500, {"message": ""}), Outcome.ERROR, "500: server failed"),
        (http(301, "", Location="/new/name"), Outcome.ERROR, "renamed"),
        (http(200, {"full_name": "o/r"}), Outcome.INVALID, "$.mirror: is missing"),
        (http(200, {"full_name": None, "mirror": True}), Outcome.INVALID, "$.full_name: expected text, got null"),
        (http(200, [1]), Outcome.INVALID, "$: expected an object, got list"),
    ],
)
async def test_refusals(server: Scripted, gitea: Gitea, said: bytes, outcome: Outcome, reason: str) -> None:
    server.answers[R] = said
    told = await refusal(gitea.repository("o/r"))
    assert told.outcome is outcome
    assert reason in told.reason
    assert "secret" not in told.reason


async def test_retry_after_is_kept_and_bounded(server: Scripted, gitea: Gitea) -> None:
    server.answers[R] = http(429, "", "text/plain", Retry_After="86400")
    assert (await refusal(gitea.repository("o/r"))).retry_after == 120.0


@pytest.mark.parametrize(
    ("path", "ask", "version"),
    [
        (f"{R}/actions/runs", lambda g: g.runs("o/r", SHA), "1.25"),
        (f"{R}/actions/runs/1/jobs", lambda g: g.jobs("o/r", 1), "1.25"),
        (f"{R}/actions/runs/1/artifacts", lambda g: g.artifacts("o/r", 1), "1.24"),
        (f"{R}/actions/jobs/1/logs", lambda g: g.job_log("o/r", 1), "1.24"),
    ],
)
async def test_a_server_without_the_route_says_which_version_it_needs(
    server: Scripted, gitea: Gitea, path: str, ask: Callable[[Gitea], Awaitable[object]], version: str
) -> None:
    server.answers[path] = NO_ROUTE
    told = await refusal(ask(gitea))
    assert (told.outcome, told.reason) == (
        Outcome.UNSUPPORTED,
        f"no such API: needs Gitea {version} or later: {server.host}",
    )


def ref(name: str, sha: str = SHA) -> dict[str, object]:
    return {"ref": name, "object": {"type": "commit", "sha": sha}}


async def test_refs_that_merely_begin_alike_are_dropped(server: Scripted, gitea: Gitea) -> None:
    names = ["refs/heads/v0.2", "refs/heads/v0.20", "refs/heads/v0.2/x"]
    server.answers[f"{R}/git/refs/heads/v0.2"] = http(200, [ref(name) for name in names])
    assert [one.name for one in await gitea.refs("o/r", "refs/heads/v0.2")] == [names[0], names[2]]
    found = await gitea.ref("o/r", "refs/heads/v0.2")
    assert found is not None
    assert (found.sha, found.kind) == (SHA, "commit")


async def test_one_ref_as_an_object_is_accepted_and_none_is_empty(server: Scripted, gitea: Gitea) -> None:
    server.answers[f"{R}/git/refs/x/y"] = [http(200, ref("refs/x/y")), NO_OBJECT]
    assert await gitea.ref("o/r", "refs/x/y") is not None
    assert await gitea.ref("o/r", "refs/x/y") is None


@pytest.mark.parametrize("sha", ["", "abc", "A" * 40, "main"])
async def test_only_a_full_sha_is_ever_a_filter(server: Scripted, gitea: Gitea, sha: str) -> None:
    for ask in (gitea.runs("o/r", sha), gitea.file("o/r", "x", sha), gitea.commit("o/r", sha)):
        with pytest.raises(ValueError, match="not a full sha"):
            await ask
    assert not server.asked


async def test_pages_are_read_to_the_total(server: Scripted, gitea: Gitea) -> None:
    pages = [[{"id": n} for n in range(start, min(start + PAGE, 120))] for start in (0, 50, 100)]
    server.answers[f"{R}/actions/runs/7/jobs"] = [http(200, {"total_count": 120, "jobs": page}) for page in pages]
    assert [job["id"] for job in await gitea.jobs("o/r", 7)] == list(range(120))
    assert [asked.target.rpartition("?")[2] for asked in server.asked] == [f"limit=50&page={n}" for n in (1, 2, 3)]


async def test_an_empty_page_ends_a_list_that_shrank(server: Scripted, gitea: Gitea) -> None:
    answers = [http(200, {"total_count": 9, "jobs": jobs}) for jobs in ([{"id": 1}], [])]
    server.answers[f"{R}/actions/runs/7/jobs"] = [*answers]
    assert len(await gitea.jobs("o/r", 7)) == 1


async def test_runs_ask_by_head_sha(server: Scripted, gitea: Gitea) -> None:
    server.answers[f"{R}/actions/runs"] = http(200, {"total_count": 1, "workflow_runs": [{"id": 1}]})
    assert await gitea.runs("o/r", SHA) == [{"id": 1}]
    assert f"head_sha={SHA}" in server.asked[0].target


async def test_a_file_is_decoded(server: Scripted, gitea: Gitea) -> None:
    content = base64.b64encode(b"reuse: 1\n").decode()
    server.answers[f"{R}/contents/gitops/reuse.ymal"] = http(200, {"type": "file", "content": content})
    assert await gitea.file("o/r", "gitops/reuse.ymal", SHA) == b"reuse: 1\n"
    assert server.asked[0].target.endswith(f"?ref={SHA}")


async def test_a_file_too_large_to_be_sent_is_invalid(server: Scripted, gitea: Gitea) -> None:
    server.answers[f"{R}/contents/big"] = http(200, {"type": "file", "content": None, "encoding": None})
    assert (await refusal(gitea.file("o/r", "big", SHA))).outcome is Outcome.INVALID


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


async def artifact(server: Scripted, gitea: Gitea, data: bytes, name: str | None = "plan.json") -> bytes:
    path = f"{R}/actions/artifacts/5/zip"
    server.answers[path] = http(302, "", Location=f"http://internal.example:3000{path}/raw?sig=s")
    server.answers[f"{path}/raw"] = http(200, data, "application/zip")
    return await gitea.artifact_file("o/r", 5, name)


async def test_an_artifact_is_fetched_over_its_redirect_and_unpacked(server: Scripted, gitea: Gitea) -> None:
    data = zipped({"plan.json": b'{"a":1}', "other": b"x"})
    assert await artifact(server, gitea, data) == b'{"a":1}'
    assert await artifact(server, gitea, zipped({"folder/plan.json": b"{}"})) == b"{}"
    assert await artifact(server, gitea, zipped({"any": b"{}"}), None) == b"{}"
    assert await artifact(server, gitea, b'{"bare":1}') == b'{"bare":1}'


@pytest.mark.parametrize(
    ("data", "outcome", "reason"),
    [
        (zipped({"other": b"x"}), Outcome.ABSENT, "no plan.json in it"),
        (zipped({"a/plan.json": b"1", "b/plan.json": b"2"}), Outcome.INVALID, "2 files named plan.json"),
        (zipped({"plan.json": b"0" * (5 << 20)}), Outcome.INVALID, "over 4 MiB"),
        (zipped({f"f{n}": b"" for n in range(65)}), Outcome.INVALID, "over 64 files"),
        (zipped({"../plan.json": b"{}"}), Outcome.INVALID, "leaves its folder"),
        (zipped({"plan.json": b"{}"})[:-12], Outcome.INVALID, "broken or unreadable zip"),
        (b"PK\x03\x04 half an upload", Outcome.INVALID, "broken or unreadable zip"),
        (b"[[[[", Outcome.INVALID, "neither a zip nor a JSON object"),
        (b" <html>", Outcome.INVALID, "login page?"),
    ],
)
async def test_archives_that_are_refused(
    server: Scripted, gitea: Gitea, data: bytes, outcome: Outcome, reason: str
) -> None:
    told = await refusal(artifact(server, gitea, data))
    assert told.outcome is outcome
    assert reason in told.reason


async def test_a_log_is_read_on_from_where_it_was(server: Scripted, gitea: Gitea) -> None:
    server.answers[f"{R}/actions/jobs/9/logs"] = [
        http(200, b"one\n", "text/plain"),
        http(206, b"two\n", "text/plain"),
        http(416, "", "text/plain"),
        http(200, b"anew\n", "text/plain"),
        NO_OBJECT,
    ]
    first = await gitea.job_log("o/r", 9)
    assert (first.data, first.start, first.restarted) == (b"one\n", 0, False)
    second = await gitea.job_log("o/r", 9, 4)
    assert (second.data, second.start, second.restarted) == (b"two\n", 4, False)
    assert server.asked[1].headers["range"] == f"bytes=4-{4 + LOG_CAP - 1}"
    assert (await gitea.job_log("o/r", 9, 8)).data == b""
    again = await gitea.job_log("o/r", 9, 8)
    assert (again.data, again.start, again.restarted) == (b"anew\n", 0, True)
    assert (await refusal(gitea.job_log("o/r", 9))).outcome is Outcome.ABSENT


async def test_commits_of_an_empty_repository_are_none(server: Scripted, gitea: Gitea) -> None:
    server.answers[f"{R}/commits"] = [http(409, {"message": "empty"}), http(200, [{"sha": SHA}])]
    assert await gitea.commits("o/r", "main", 5) == []
    assert await gitea.commits("o/r", "main", 5) == [{"sha": SHA}]
    assert "limit=5" in server.asked[1].target


async def test_commit_and_compare(server: Scripted, gitea: Gitea) -> None:
    server.answers[f"{R}/git/commits/{SHA}"] = http(200, {"sha": SHA, "commit": {"message": "m"}})
    server.answers[f"{R}/compare/v0.2...{SHA}"] = http(200, {"total_commits": 2, "commits": [{}, {}]})
    assert (await gitea.commit("o/r", SHA))["sha"] == SHA
    assert (await gitea.compare("o/r", "v0.2", SHA))["total_commits"] == 2


@pytest.mark.parametrize("name", ["", "o", "o/", "/r", "o/r/x"])
async def test_a_repository_is_owner_and_name(gitea: Gitea, name: str) -> None:
    with pytest.raises(ValueError, match="not owner/name"):
        await gitea.repository(name)
