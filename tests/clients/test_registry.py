"""The registry: every digest of an image, its attestation, and the two ways of being let in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable
from pathlib import Path

import pytest

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.attestation import read_statement
from lanewatch.clients.credentials import Credential, FileSource, registry_form
from lanewatch.clients.registry import Registry, parse_image
from lanewatch.clients.shape import JsonObject
from lanewatch.rollout.facts import Outcome
from tests.clients.conftest import MakeOrigin, StillClock
from tests.clients.scripted import Scripted, http

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
NAME = "agentrun/mgr"
CONFIG = "sha256:" + "c" * 64
SLSA_V1 = "https://slsa.dev/provenance/v1"


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def encode(value: object) -> bytes:
    return json.dumps(value).encode()


IMAGE = encode({"mediaType": MANIFEST, "config": {"digest": CONFIG}, "layers": []})
STATEMENT = {
    "_type": "https://in-toto.io/Statement/v1",
    "predicateType": SLSA_V1,
    "subject": [{"name": "pkg:docker/x", "digest": {"sha256": digest(IMAGE).removeprefix("sha256:")}}],
    "predicate": {
        "buildDefinition": {
            "externalParameters": {"configSource": {"uri": "https://forge/x.git", "digest": {"sha1": "a" * 40}}},
            "resolvedDependencies": [
                {"uri": "pkg:docker/docker/dockerfile@1", "digest": {"sha256": "d" * 64}},
                {"uri": "pkg:docker/debian@12?platform=linux%2Famd64", "digest": {"sha256": "e" * 64}},
            ],
        },
        "runDetails": {"builder": {"id": "https://builder/1"}},
    },
}
BLOB = encode(STATEMENT)
ATTESTED = encode(
    {
        "mediaType": MANIFEST,
        "config": {"digest": "sha256:" + "f" * 64},
        "layers": [{"digest": digest(BLOB), "annotations": {"in-toto.io/predicate-type": SLSA_V1}}],
    }
)
TOP = encode(
    {
        "mediaType": INDEX,
        "manifests": [
            {"digest": digest(IMAGE), "platform": {"os": "linux", "architecture": "amd64"}},
            {
                "digest": digest(ATTESTED),
                "platform": {"os": "unknown", "architecture": "unknown"},
                "annotations": {
                    "vnd.docker.reference.type": "attestation-manifest",
                    "vnd.docker.reference.digest": digest(IMAGE),
                },
            },
        ],
    }
)


def manifest_path(reference: str) -> str:
    return f"/v2/{NAME}/manifests/{reference}"


@pytest.fixture
def image(server: Scripted) -> None:
    server.answers |= {
        manifest_path("v0.2"): http(200, TOP, f"{INDEX}; charset=utf-8"),
        manifest_path(digest(TOP)): http(200, TOP, INDEX),
        manifest_path(digest(IMAGE)): http(200, IMAGE, MANIFEST),
        manifest_path(digest(ATTESTED)): http(200, ATTESTED, MANIFEST),
        f"/v2/{NAME}/blobs/{digest(BLOB)}": http(200, BLOB, "application/octet-stream"),
    }


@pytest.fixture
def registry(server: Scripted, origin: MakeOrigin, clock: StillClock) -> Registry:
    return Registry(origin(server.url, credential_key="registry.credential, none given"), clock=clock)


async def refusal(asking: Awaitable[object]) -> ReadFailure:
    with pytest.raises(ReadFailure) as caught:
        await asking
    return caught.value


@pytest.mark.usefixtures("image")
async def test_a_tag_leads_to_every_digest_of_the_image(server: Scripted, registry: Registry) -> None:
    found = await registry.resolve(NAME, "v0.2")
    assert (found.index, found.manifests, found.configs) == (digest(TOP), (digest(IMAGE),), (CONFIG,))
    assert all(one in found for one in (digest(TOP), digest(IMAGE), CONFIG))
    assert digest(ATTESTED) not in found
    assert "application/vnd.docker.distribution.manifest.list.v2+json" in server.asked[0].headers["accept"]


@pytest.mark.usefixtures("image")
async def test_a_single_manifest_has_no_index(registry: Registry) -> None:
    found = await registry.resolve(NAME, digest(IMAGE))
    assert (found.index, found.manifests, found.configs) == (None, (digest(IMAGE),), (CONFIG,))


@pytest.mark.usefixtures("image")
async def test_what_is_named_by_its_digest_is_asked_for_once(server: Scripted, registry: Registry) -> None:
    await registry.resolve(NAME, digest(TOP))
    asked = len(server.asked)
    await registry.resolve(NAME, digest(TOP))
    assert len(server.asked) == asked == 2
    await registry.resolve(NAME, "v0.2")
    assert server.paths()[2:] == [manifest_path("v0.2")]  # a tag can move


@pytest.mark.usefixtures("image")
async def test_the_attestation_behind_an_index(registry: Registry) -> None:
    found = await registry.attestation(NAME, digest(TOP))
    assert found is not None
    assert (found.source_commit, found.builder_id) == ("a" * 40, "https://builder/1")
    assert found.base_image_digest == "sha256:" + "e" * 64
    assert found.subjects == (digest(IMAGE),)


@pytest.mark.usefixtures("image")
async def test_an_image_without_one(registry: Registry) -> None:
    assert await registry.attestation(NAME, digest(IMAGE)) is None


async def test_a_body_of_another_digest_is_refused(server: Scripted, registry: Registry) -> None:
    server.answers[manifest_path(digest(IMAGE))] = http(200, IMAGE + b" ", MANIFEST)
    told = await refusal(registry.resolve(NAME, digest(IMAGE)))
    assert told.outcome is Outcome.INVALID
    assert "does not have the digest" in told.reason


async def test_a_manifest_of_another_type_than_served_is_refused(server: Scripted, registry: Registry) -> None:
    server.answers[manifest_path("v0.2")] = http(200, IMAGE, INDEX)
    assert "not of the type" in (await refusal(registry.resolve(NAME, "v0.2"))).reason


async def test_an_unknown_tag(server: Scripted, registry: Registry) -> None:
    server.answers[manifest_path("v9")] = http(404, {"errors": [{"code": "MANIFEST_UNKNOWN"}]})
    told = await refusal(registry.resolve(NAME, "v9"))
    assert (told.outcome, told.reason) == (Outcome.ABSENT, f"404: no v9 in {NAME}: {server.host}")


def challenge(realm: str) -> bytes:
    told = f'Bearer realm="{realm}",service="reg",scope="repository:{NAME}:pull"'
    return http(401, {"errors": []}, WWW_Authenticate=told)


def with_credential(server: Scripted, origin: MakeOrigin, clock: StillClock, folder: Path, value: str) -> Registry:
    (folder / "auth").write_text(value)
    credential = Credential(FileSource(folder / "auth"), registry_form)
    return Registry(origin(server.url), clock=clock, credential=credential)


async def test_a_token_is_fetched_from_the_realm_and_kept(
    server: Scripted, origin: MakeOrigin, clock: StillClock, tmp_path: Path
) -> None:
    path = manifest_path(digest(IMAGE))
    server.answers[path] = [challenge(f"{server.url}/token"), http(200, IMAGE, MANIFEST)]
    server.answers[manifest_path("v0.2")] = http(200, IMAGE, MANIFEST)
    server.answers["/token"] = http(200, {"token": "T", "expires_in": 300})
    registry = with_credential(server, origin, clock, tmp_path, "u:p")
    await registry.resolve(NAME, digest(IMAGE))
    await registry.resolve(NAME, "v0.2")
    assert server.paths() == [path, "/token", path, manifest_path("v0.2")]
    headers = [asked.headers.get("authorization") for asked in server.asked]
    assert headers == [None, "Basic dTpw", "Bearer T", "Bearer T"]
    assert "scope=repository%3Aagentrun%2Fmgr%3Apull" in server.asked[1].target


async def test_a_token_ends_with_its_time(
    server: Scripted, origin: MakeOrigin, clock: StillClock, tmp_path: Path
) -> None:
    path = manifest_path("v0.2")
    served = http(200, IMAGE, MANIFEST)
    server.answers[path] = [challenge(f"{server.url}/token"), served, challenge(f"{server.url}/token"), served]
    server.answers["/token"] = http(200, {"access_token": "T"})
    registry = with_credential(server, origin, clock, tmp_path, "u:p")
    await registry.resolve(NAME, "v0.2")
    clock.steady += 61
    await registry.resolve(NAME, "v0.2")
    assert server.paths() == [path, "/token", path] * 2


async def test_basic(server: Scripted, origin: MakeOrigin, clock: StillClock, tmp_path: Path) -> None:
    server.answers[manifest_path("v0.2")] = [
        http(401, {}, WWW_Authenticate='Basic realm="r"'),
        http(200, IMAGE, MANIFEST),
    ]
    await with_credential(server, origin, clock, tmp_path, "u:p").resolve(NAME, "v0.2")
    assert server.asked[1].headers["authorization"] == "Basic dTpw"


@pytest.mark.parametrize("realm", ["http://evil.example/token", "ftp://x/", "", "https://u:p@x.example/token"])
async def test_a_realm_of_anothers_choosing_gets_nothing(
    server: Scripted, origin: MakeOrigin, clock: StillClock, tmp_path: Path, realm: str
) -> None:
    server.answers[manifest_path("v0.2")] = challenge(realm)
    told = await refusal(with_credential(server, origin, clock, tmp_path, "u:p").resolve(NAME, "v0.2"))
    assert told.outcome is Outcome.DENIED
    assert "token realm refused" in told.reason


async def test_without_a_credential_it_is_denied(server: Scripted, registry: Registry) -> None:
    server.answers[manifest_path("v0.2")] = http(401, {}, WWW_Authenticate='Basic realm="r"')
    told = await refusal(registry.resolve(NAME, "v0.2"))
    assert "401: token not accepted (registry.credential, none given)" in told.reason


def slsa_v02() -> JsonObject:
    return {
        "_type": "https://in-toto.io/Statement/v0.1",
        "predicateType": "https://slsa.dev/provenance/v0.2",
        "subject": [{"digest": {"sha256": "1" * 64}}],
        "predicate": {
            "builder": {"id": ""},
            "invocation": {"configSource": {}},
            "materials": [{"uri": f"pkg:docker/x@1?digest=sha256:{'2' * 64}"}],
            "metadata": {"https://mobyproject.org/buildkit@v1#metadata": {"vcs": {"revision": "b" * 40}}},
        },
    }


def test_slsa_v02_is_read_too() -> None:
    found = read_statement(slsa_v02(), "sha256:" + "1" * 64)
    assert (found.source_commit, found.builder_id) == ("b" * 40, None)
    assert found.base_image_digest == "sha256:" + "2" * 64


@pytest.mark.parametrize(
    ("change", "subject", "reason"),
    [
        ({}, "sha256:" + "9" * 64, "another image"),
        ({"predicateType": "https://spdx.dev/Document"}, None, "is not known"),
        ({"_type": "x"}, None, "no in-toto statement"),
        ({"_type": None}, None, "got null"),
    ],
)
def test_statements_that_are_refused(change: JsonObject, subject: str | None, reason: str) -> None:
    with pytest.raises(ReadFailure, match=reason):
        read_statement(slsa_v02() | change, subject)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"registry.x:5000/a/b:v1@{CONFIG}", ("registry.x:5000", "a/b", "v1", CONFIG)),
        (f"docker-pullable://r.x/a@{CONFIG}", ("r.x", "a", None, CONFIG)),
        ("localhost/a:1", ("localhost", "a", "1", None)),
        ("debian:12", None),
        (CONFIG, None),
    ],
)
def test_image_references(text: str, expected: tuple[str | None, ...] | None) -> None:
    found = parse_image(text)
    told = None if found is None else (found.host, found.repository, found.tag, found.digest)
    assert told == expected
