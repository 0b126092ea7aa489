"""The simulated Gitea as a server: routes by release, tokens and rights, 404 flavours, nothing written."""

from __future__ import annotations

import base64

import pytest

from lanewatch.simulator.gitea import handler
from lanewatch.simulator.http import RequestLog
from tests.simulator.small_gitea import ACTIONS, gitea, repo, run
from tests.simulator.small_world import REPOSITORY, Steady, small_world


async def test_server_wide_routes_need_no_token() -> None:
    async with gitea(small_world(), token=None) as client:
        assert (await client.get("/api/v1/version")).json() == {"version": "1.26.3"}
        settings = (await client.get("/api/v1/settings/api")).json()
        health = await client.get("/api/healthz")
    assert (settings["max_response_items"], settings["default_paging_num"]) == (50, 30)
    assert health.json()["status"] == "pass"


async def test_the_repository_shows_what_held_at_that_second() -> None:
    world = small_world(documents=(repo(0.0), repo(50.0, mirror_updated="2026-07-05T14:00:50Z")))
    steady = Steady(49.0)
    async with gitea(world, steady) as client:
        before = (await client.get(f"/api/v1/repos/{REPOSITORY}")).json()
        steady.now = 50.0
        answer = await client.get(f"/api/v1/repos/{REPOSITORY}")
    assert (before["mirror_updated"], answer.json()["mirror_updated"]) == (
        "2026-07-05T14:00:00Z",
        "2026-07-05T14:00:50Z",
    )
    assert answer.json()["html_url"] == f"{str(client.base_url).rstrip('/')}/{REPOSITORY}"
    assert answer.json()["permissions"] == {"admin": False, "push": False, "pull": True}
    assert "etag" not in answer.headers
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["cache-control"].startswith("max-age=0, private, must-revalidate")


async def test_absent_routes_are_text_and_absent_objects_are_json() -> None:
    async with gitea(small_world(documents=(repo(0.0),))) as client:
        route = await client.get(f"/api/v1/repos/{REPOSITORY}/nonsense")
        thing = await client.get("/api/v1/repos/pikasTech/absent")
    assert (route.status_code, route.text) == (404, "404 page not found\n")
    assert route.headers["content-type"].startswith("text/plain")
    assert (thing.status_code, thing.json()["message"]) == (404, "not found")


async def test_nothing_is_written() -> None:
    record = RequestLog()
    async with gitea(small_world(documents=(repo(0.0),)), record=record) as client:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = await client.request(method, f"/api/v1/repos/{REPOSITORY}/mirror-sync")
            assert (answer.status_code, answer.content) == (405, b"")
    assert [(one.method, one.status) for one in record.entries] == [
        ("POST", 405),
        ("PUT", 405),
        ("PATCH", 405),
        ("DELETE", 405),
    ]


@pytest.mark.parametrize(
    ("token", "version", "path", "status", "says"),
    [
        ("wrong", "1.26.3", f"/api/v1/repos/{REPOSITORY}", 401, "invalid username, password or token"),
        ("wrong", "1.24.7", f"/api/v1/repos/{REPOSITORY}", 401, "user does not exist [uid: 0, name: ]"),
        (
            "user-only",
            "1.26.3",
            f"/api/v1/repos/{REPOSITORY}",
            403,
            "required=[read:repository], token scope=read:user",
        ),
        ("user-only", "1.24.7", f"/api/v1/repos/{REPOSITORY}", 403, "required scope(s): [read:repository]"),
        (None, "1.26.3", f"{ACTIONS}/runs", 401, "token is required"),
        (None, "1.26.3", f"{ACTIONS}/runs/4711", 200, ""),
        ("reader", "1.26.3", f"{ACTIONS}/runs", 200, ""),
        ("reader", "1.25.4", f"{ACTIONS}/runs", 403, "user should be the owner of the repo"),
        ("owner", "1.25.4", f"{ACTIONS}/runs", 200, ""),
        ("reader", "1.26.3", f"{ACTIONS}/runners", 403, "user should be the owner of the repo"),
        ("owner", "1.26.3", f"{ACTIONS}/runners", 200, ""),
        ("reader", "1.26.3", "/api/v1/repos/pikasTech/quiet/actions/runs", 403, "specific read permission"),
        ("reader", "1.26.3", "/api/v1/repos/pikasTech/secret", 200, ""),
        (None, "1.26.3", "/api/v1/repos/pikasTech/secret", 404, "not found"),
        ("stranger", "1.26.3", "/api/v1/repos/pikasTech/secret", 404, "not found"),
        ("stranger", "1.25.4", "/api/v1/repos/pikasTech/secret", 404, "The target couldn't be found."),
    ],
)
async def test_who_may_read_what(token: str | None, version: str, path: str, status: int, says: str) -> None:
    others = (repo(0.0, "pikasTech/secret", private=True), repo(0.0, "pikasTech/quiet", has_actions=False))
    world = small_world(documents=(repo(0.0), *others, run(0.0, 4711)))
    async with gitea(world, token=token, version=version) as client:
        answer = await client.get(path)
    assert answer.status_code == status
    assert says in answer.json().get("message", "")


@pytest.mark.parametrize("scheme", ["token reader", "Bearer reader", "Basic " + base64.b64encode(b"x:reader").decode()])
async def test_a_token_comes_in_three_forms(scheme: str) -> None:
    async with gitea(small_world(documents=(repo(0.0),)), token=None) as client:
        answer = await client.get(f"{ACTIONS}/runs", headers={"Authorization": scheme})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("version", "path", "exists"),
    [
        ("1.23.8", "runs", False),
        ("1.23.8", "runs/4711", False),
        ("1.23.8", "artifacts", False),
        ("1.24.7", "runs", False),
        ("1.24.7", "artifacts", True),
        ("1.25.4", "runs/4711", True),
        ("1.27.0-rc0", "runs/4711/jobs", True),
    ],
)
async def test_a_release_has_only_its_own_routes(version: str, path: str, exists: bool) -> None:
    async with gitea(small_world(documents=(repo(0.0), run(0.0, 4711))), version=version) as client:
        answer = await client.get(f"{ACTIONS}/{path}")
        said = (await client.get("/api/v1/version")).json()
    assert said == {"version": version}
    assert (answer.status_code == 200) is exists
    assert exists or answer.text == "404 page not found\n"


def test_a_version_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not a Gitea version"):
        handler(small_world(), Steady().clock(), version="latest")
