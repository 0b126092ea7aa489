"""The registry and the workload's health: what they hold by second, negotiation, errors, tokens."""

from __future__ import annotations

import hashlib
import re

import httpx
import pytest

from lanewatch.simulator import health
from lanewatch.simulator.registry import handler
from lanewatch.simulator.world import Blob, HealthChange, TagChange, World
from tests.simulator.small_world import Steady, serving, small_world

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
NAME = "agentrun/api"


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


OLD, NEW, CONFIG, PLAIN = b'{"index":"old"}', b'{"index":"new"}', b'{"config":1}', b'{"docker":1}'


def image_world() -> World:
    blobs = (
        Blob(0.0, NAME, digest(OLD), OLD, INDEX),
        Blob(50.0, NAME, digest(NEW), NEW, INDEX),
        Blob(50.0, NAME, digest(CONFIG), CONFIG),
        Blob(50.0, NAME, digest(PLAIN), PLAIN, DOCKER),
    )
    tags = (TagChange(0.0, NAME, "v0.2", digest(OLD)), TagChange(60.0, NAME, "v0.2", digest(NEW)))
    return small_world(blobs=blobs, tags=(*tags, TagChange(60.0, NAME, "plain", digest(PLAIN))))


async def test_a_tag_leads_to_what_was_pushed_by_then() -> None:
    steady = Steady(55.0)
    accept = {"Accept": f"{MANIFEST}, {INDEX};q=0.9"}
    async with (
        serving(handler(image_world(), steady.clock())) as server,
        httpx.AsyncClient(base_url=server.url, headers=accept) as client,
    ):
        before = await client.get(f"/v2/{NAME}/manifests/v0.2")
        steady.now = 60.0
        after = await client.get(f"/v2/{NAME}/manifests/v0.2")
        head = await client.head(f"/v2/{NAME}/manifests/v0.2")
        pinned = await client.get(f"/v2/{NAME}/manifests/{digest(OLD)}")
        same = await client.get(f"/v2/{NAME}/manifests/v0.2", headers={"If-None-Match": f'"{digest(NEW)}"'})
    assert (before.content, after.content, pinned.content) == (OLD, NEW, OLD)
    assert after.headers["docker-content-digest"] == digest(NEW)
    assert after.headers["content-type"] == INDEX
    assert (head.content, head.headers["content-length"]) == (b"", str(len(NEW)))
    assert head.headers["docker-content-digest"] == digest(NEW)
    assert same.status_code == 304


@pytest.mark.parametrize("accept", [{}, {"Accept": "*/*"}, {"Accept": f"{DOCKER}, {MANIFEST}"}])
async def test_an_oci_index_is_unknown_to_a_client_that_does_not_name_it(accept: dict[str, str]) -> None:
    steady = Steady()
    async with (
        serving(handler(image_world(), steady.clock())) as server,
        httpx.AsyncClient(base_url=server.url) as client,
    ):
        refused = await client.get(f"/v2/{NAME}/manifests/{digest(NEW)}", headers=accept)
        docker = await client.get(f"/v2/{NAME}/manifests/plain", headers=accept)
    assert refused.status_code == 404
    assert refused.json()["errors"][0]["code"] == "MANIFEST_UNKNOWN"
    assert docker.content == PLAIN


async def test_blobs_and_tags() -> None:
    steady = Steady(49.0)
    async with (
        serving(handler(image_world(), steady.clock())) as server,
        httpx.AsyncClient(base_url=server.url) as client,
    ):
        early = await client.get(f"/v2/{NAME}/blobs/{digest(CONFIG)}")
        steady.now = 100.0
        blob = await client.get(f"/v2/{NAME}/blobs/{digest(CONFIG)}")
        part = await client.get(f"/v2/{NAME}/blobs/{digest(CONFIG)}", headers={"Range": "bytes=2-"})
        tags = await client.get(f"/v2/{NAME}/tags/list")
        first = await client.get(f"/v2/{NAME}/tags/list?n=1")
        second = await client.get(first.links["next"]["url"])
        base = await client.get("/v2/")
    assert (early.status_code, early.json()["errors"][0]["code"]) == (404, "BLOB_UNKNOWN")
    assert (blob.content, digest(blob.content)) == (CONFIG, blob.headers["docker-content-digest"])
    assert (part.status_code, part.content) == (206, CONFIG[2:])
    assert tags.json() == {"name": NAME, "tags": ["plain", "v0.2"]}
    assert (first.json()["tags"], second.json()["tags"]) == (["plain"], ["v0.2"])
    assert "next" not in second.links
    assert (base.status_code, base.headers["docker-distribution-api-version"]) == (200, "registry/2.0")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", f"/v2/{NAME}/manifests/absent", 404, "MANIFEST_UNKNOWN"),
        ("GET", f"/v2/{NAME}/manifests/{digest(CONFIG)}", 404, "MANIFEST_UNKNOWN"),
        ("GET", f"/v2/{NAME}/blobs/notadigest", 400, "DIGEST_INVALID"),
        ("GET", "/v2/absent/tags/list", 404, "NAME_UNKNOWN"),
        ("GET", f"/v2/{NAME}/tags/list?n=x", 400, "PAGINATION_NUMBER_INVALID"),
        ("PUT", f"/v2/{NAME}/manifests/v0.2", 405, "UNSUPPORTED"),
        ("DELETE", f"/v2/{NAME}/blobs/{digest(CONFIG)}", 405, "UNSUPPORTED"),
    ],
)
async def test_errors_are_the_specs(method: str, path: str, status: int, code: str) -> None:
    async with (
        serving(handler(image_world(), Steady().clock())) as server,
        httpx.AsyncClient(base_url=server.url) as client,
    ):
        answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code)


async def test_there_are_no_referrers() -> None:
    async with (
        serving(handler(image_world(), Steady().clock())) as server,
        httpx.AsyncClient(base_url=server.url) as client,
    ):
        answer = await client.get(f"/v2/{NAME}/referrers/{digest(NEW)}")
    assert (answer.status_code, answer.text) == (404, "404 page not found\n")
    assert answer.headers["content-type"].startswith("text/plain")


async def test_a_guarded_registry_sends_clients_to_its_token_service() -> None:
    steady = Steady()
    guarded = handler(image_world(), steady.clock(), credentials={"puller": "s3cret"})
    async with serving(guarded) as server, httpx.AsyncClient(base_url=server.url, headers={"Accept": INDEX}) as client:
        where = f"/v2/{NAME}/manifests/v0.2"
        refused = await client.get(where)
        told = dict(re.findall(r'(\w+)="([^"]*)"', refused.headers["www-authenticate"]))
        asked = {"service": told["service"], "scope": told["scope"]}
        wrong = await client.get(told["realm"], params=asked, auth=("puller", "guess"))
        nobody = await client.get(told["realm"], params=asked)
        issued = await client.get(told["realm"], params=asked, auth=("puller", "s3cret"))
        bearer = {"Authorization": f"Bearer {issued.json()['token']}"}
        pulled = await client.get(where, headers=bearer)
        elsewhere = await client.get("/v2/other/manifests/v0.2", headers=bearer)
        forged = await client.get(where, headers={"Authorization": bearer["Authorization"] + "0"})
        steady.now += issued.json()["expires_in"]
        expired = await client.get(where, headers=bearer)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (401, "UNAUTHORIZED")
    assert told == {"realm": f"{server_url(refused)}/token", "service": told["service"], "scope": asked["scope"]}
    assert asked["scope"] == f"repository:{NAME}:pull"
    assert (wrong.status_code, nobody.status_code, pulled.content) == (401, 401, NEW)
    assert (elsewhere.status_code, forged.status_code, expired.status_code) == (401, 401, 401)


def server_url(answer: httpx.Response) -> str:
    return str(answer.request.url.copy_with(raw_path=b"/")).rstrip("/")


async def test_health_says_what_the_workload_said_by_then() -> None:
    steady = Steady(5.0)
    changes = (
        HealthChange(10.0, 200, b'{"status":"ok"}'),
        HealthChange(20.0, 503, b"starting", "text/plain"),
        HealthChange(30.0, 0, b""),
    )
    world = small_world(health=changes)
    async with (
        serving(health.handler(world, steady.clock())) as server,
        httpx.AsyncClient(base_url=server.url) as client,
    ):
        with pytest.raises(httpx.TransportError):
            await client.get("/health")
        steady.now = 10.0
        good = await client.get("/health")
        steady.now = 25.0
        bad = await client.get("/health")
        steady.now = 30.0
        with pytest.raises(httpx.TransportError):
            await client.get("/health")
        other = await client.get("/other")
        written = await client.post("/health")
    assert (good.status_code, good.json(), good.headers["content-type"]) == (200, {"status": "ok"}, "application/json")
    assert (bad.status_code, bad.text, bad.headers["content-type"]) == (503, "starting", "text/plain")
    assert (other.status_code, written.status_code, written.content) == (404, 405, b"")
