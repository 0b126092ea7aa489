"""An OCI registry: from a tag or digest to every digest that names the same image, and its build attestation.

Every body is checked against the sha256 that named it, and then never asked for again. Argo reference 4.1 and 4.2.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import OrderedDict
from dataclasses import dataclass
from urllib.parse import quote
from weakref import WeakValueDictionary

from lanewatch.clients.answers import Answer, ReadFailure
from lanewatch.clients.attestation import Attestation, read_statement
from lanewatch.clients.challenge import Challenge, parse_challenge
from lanewatch.clients.clock import Clock
from lanewatch.clients.credentials import Credential
from lanewatch.clients.failures import refuse_status
from lanewatch.clients.http import Origin
from lanewatch.clients.shape import JsonObject, field, mapping, objects, optional
from lanewatch.clients.strict_json import JsonError, parse_json
from lanewatch.rollout.facts import Outcome

MANIFEST_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
MANIFEST_CAP = 4 << 20  # bytes: what registries themselves accept
KEPT_BODIES = 64  # of a few kB each
PLATFORM_LIMIT = 16
TOKEN_SECONDS = 60.0  # when the realm does not say how long its token lives
TOKEN_MARGIN = 5.0

_TITLE = "org.opencontainers.image.title"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class DigestSet:
    """Every digest under which one image may be told: by the registry, a Pod's imageID or a provenance."""

    index: str | None  # None when the reference names a single manifest
    manifests: tuple[str, ...]  # one per platform, without attestation manifests
    configs: tuple[str, ...]  # in the same order

    def __contains__(self, digest: str) -> bool:
        return digest == self.index or digest in self.manifests or digest in self.configs


@dataclass(frozen=True, slots=True)
class ImageReference:
    """HOST/REPOSITORY[:TAG][@DIGEST]."""

    host: str
    repository: str
    tag: str | None
    digest: str | None


def parse_image(text: str) -> ImageReference | None:
    """An image reference with its host, as pods and provenance write it; None when it names no registry host."""
    text = text.split("://", 1)[-1]
    name, _, digest = text.partition("@")
    host, slash, rest = name.partition("/")
    if not slash or ("." not in host and ":" not in host and host != "localhost"):
        return None
    repository, _, tag = rest.partition(":")
    return ImageReference(host, repository, tag or None, digest if _DIGEST.fullmatch(digest) else None)


class Registry:
    """One registry. `origin` stands at its base URL and carries no credential of its own."""

    def __init__(
        self,
        origin: Origin,
        *,
        clock: Clock,
        credential: Credential | None = None,
        trusted_hosts: frozenset[str] = frozenset(),
    ) -> None:
        self._origin = origin
        self._clock = clock
        self._credential = credential
        self._trusted_hosts = trusted_hosts
        self._tokens: dict[str, tuple[str, float]] = {}  # repository → header value, steady second it ends
        self._bodies: OrderedDict[str, bytes] = OrderedDict()
        self._turns = WeakValueDictionary[str, asyncio.Lock]()  # by reference: one asks, all are told

    @property
    def host(self) -> str:
        return self._origin.host

    async def ping(self) -> None:
        """GET /v2/: whether a registry is there at all, whoever may pull. Raises ReadFailure."""
        answer = await self._origin.get("/v2/")
        if answer.status not in (200, 401):
            raise ReadFailure(Outcome.UNSUPPORTED, f"{answer.status}: no registry API at /v2/: {self.host}")

    async def resolve(self, repository: str, reference: str) -> DigestSet:
        """The digests behind a tag or digest: index, its platform manifests, their configs. Raises ReadFailure."""
        digest, top = await self._manifest(repository, reference)
        entries = [entry for entry in objects(top, "manifests") if not _is_attestation(entry)]
        if "manifests" not in top:
            return DigestSet(None, (digest,), (_config(top),))
        if len(entries) > PLATFORM_LIMIT:
            raise ReadFailure(Outcome.INVALID, f"image index of {len(entries)} platforms: {self.host}")
        manifests: list[str] = []
        configs: list[str] = []
        for entry in entries:
            found, manifest = await self._manifest(repository, field(entry, "digest", str))
            manifests.append(found)
            configs.append(_config(manifest))
        return DigestSet(digest, tuple(manifests), tuple(configs))

    async def attestation(self, repository: str, digest: str) -> Attestation | None:
        """The SLSA provenance that the index `digest` carries for its first platform; None when it carries none.

        It is unsigned: a claim of whoever could push. Raises ReadFailure.
        """
        _, index = await self._manifest(repository, digest)
        for entry in objects(index, "manifests"):
            if not _is_attestation(entry):
                continue
            _, manifest = await self._manifest(repository, field(entry, "digest", str))
            for layer in objects(manifest, "layers"):
                if "slsa.dev/provenance" in mapping(layer, "annotations").get("in-toto.io/predicate-type", ""):
                    blob = await self._blob(repository, field(layer, "digest", str))
                    return read_statement(_json(blob, self.host), _reference(entry))
        return None

    async def artifact_file(self, repository: str, digest: str, name: str) -> bytes:
        """The file `name` of the OCI artifact `digest`: the layer titled so, or the only one. Raises ReadFailure."""
        _, manifest = await self._manifest(repository, digest)
        layers = objects(manifest, "layers")
        titled = [layer for layer in layers if mapping(layer, "annotations").get(_TITLE, "") == name]
        found = titled or layers
        if len(found) != 1:
            raise ReadFailure(Outcome.INVALID, f"OCI artifact {digest[:19]}: no one file {name} in it: {self.host}")
        return await self._blob(repository, field(found[0], "digest", str))

    async def _manifest(self, repository: str, reference: str) -> tuple[str, JsonObject]:
        turn = self._turns.setdefault(reference, asyncio.Lock())
        async with turn:
            kept = self._bodies.get(reference)
            return await self._asked(repository, reference) if kept is None else (reference, _json(kept, self.host))

    async def _asked(self, repository: str, reference: str) -> tuple[str, JsonObject]:
        path = f"/v2/{quote(repository)}/manifests/{quote(reference, safe=':')}"
        answer = await self._get(repository, path, accept=", ".join(MANIFEST_TYPES))
        self._refuse(answer, repository, f"no {reference} in {repository}")
        media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        manifest = _json(answer.body, self.host)
        if optional(manifest, "mediaType", str) not in (None, media_type):
            raise ReadFailure(Outcome.INVALID, f"manifest is not of the type it is served as: {self.host}")
        return self._verified(reference, answer.body), manifest

    async def _blob(self, repository: str, digest: str) -> bytes:
        kept = self._bodies.get(digest)
        if kept is None:
            path = f"/v2/{quote(repository)}/blobs/{quote(digest, safe=':')}"
            answer = await self._get(repository, path, accept="*/*")
            self._refuse(answer, repository, f"no blob {digest[:19]} in {repository}")
            self._verified(digest, answer.body)
            kept = answer.body
        return kept

    def _verified(self, reference: str, body: bytes) -> str:
        digest = "sha256:" + hashlib.sha256(body).hexdigest()
        if _DIGEST.fullmatch(reference) and reference != digest:
            raise ReadFailure(
                Outcome.INVALID, f"body does not have the digest asked for ({reference[:19]}): {self.host}"
            )
        self._bodies[digest] = body
        while len(self._bodies) > KEPT_BODIES:
            self._bodies.popitem(last=False)
        return digest

    async def _get(self, repository: str, path: str, accept: str) -> Answer:
        """Ask; answer one challenge; ask again."""
        value = self._kept_token(repository)
        answer = await self._ask(path, accept, value)
        if answer.status != 401:
            return answer
        self._tokens.pop(repository, None)
        challenge = parse_challenge(answer.headers.get("www-authenticate", ""))
        if challenge is None:
            return answer
        value = await self._authorized(repository, challenge)
        return answer if value is None else await self._ask(path, accept, value)

    async def _ask(self, path: str, accept: str, value: str | None) -> Answer:
        headers = (("Authorization", value),) if value is not None else ()
        return await self._origin.get_following(path, accept=accept, headers=headers, cap=MANIFEST_CAP)

    def _kept_token(self, repository: str) -> str | None:
        value, ends = self._tokens.get(repository, ("", 0.0))
        return value if value and self._clock.now().steady < ends else None

    async def _authorized(self, repository: str, challenge: Challenge) -> str | None:
        """The Authorization value that the challenge asks for; None when there is no credential for it."""
        own = None if self._credential is None else self._credential.header()
        if challenge.scheme == "basic":
            self._keep(repository, own, TOKEN_SECONDS)
            return own
        url = challenge.token_url(self.host)
        trusted = challenge.realm_host() in {self.host, *self._trusted_hosts}
        headers = [("Accept", "application/json")]
        headers += [("Authorization", own)] if own is not None and trusted else []
        answer = await self._origin.get_elsewhere(url, headers, cap=MANIFEST_CAP)
        self._refuse(answer, repository, "no token for it")
        told = await answer.json_object()
        token = optional(told, "token", str) or field(told, "access_token", str)
        value = f"Bearer {token}"
        self._keep(repository, value, float(optional(told, "expires_in", int) or TOKEN_SECONDS))
        return value

    def _keep(self, repository: str, value: str | None, seconds: float) -> None:
        if value is not None:
            self._tokens[repository] = (value, self._clock.now().steady + seconds - TOKEN_MARGIN)

    def _refuse(self, answer: Answer, repository: str, absent: str) -> None:
        denied = f"credential may not pull {repository}"
        refuse_status(answer, denied=denied, absent=absent, token_key=self._origin.credential_key)


def _json(body: bytes, host: str) -> JsonObject:
    try:
        value = parse_json(body)
    except JsonError as error:
        raise ReadFailure(Outcome.INVALID, f"{host}: {error}") from None
    if not isinstance(value, dict):
        raise ReadFailure(Outcome.INVALID, f"{host}: expected an object")
    return value


def _config(manifest: JsonObject) -> str:
    return field(manifest, "config.digest", str)


def _is_attestation(entry: JsonObject) -> bool:
    """BuildKit's attestation manifests have platform unknown/unknown and are no image."""
    marked = mapping(entry, "annotations").get("vnd.docker.reference.type") == "attestation-manifest"
    return marked or optional(entry, "platform.os", str) == "unknown"


def _reference(entry: JsonObject) -> str | None:
    return mapping(entry, "annotations").get("vnd.docker.reference.digest")
