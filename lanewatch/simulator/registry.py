"""An OCI registry as distribution v3.1.1 answers: manifests, blobs, tags; no referrers.

Source: reference argo-k8s-oci 4.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.content import content_response
from lanewatch.simulator.dated import Dated
from lanewatch.simulator.http import (
    Handler,
    Request,
    Response,
    json_response,
    text_response,
)
from lanewatch.simulator.http_messages import READS
from lanewatch.simulator.registry_tokens import RegistryTokens
from lanewatch.simulator.world import Blob, World

_ROUTE = re.compile(r"/v2/(?P<name>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)/(?P<kind>manifests|blobs|tags)/(?P<reference>[^/]+)")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_VERSION = (("Docker-Distribution-Api-Version", "registry/2.0"),)
_OCI = {
    "application/vnd.oci.image.manifest.v1+json": "OCI manifest",
    "application/vnd.oci.image.index.v1+json": "OCI index",
}


@dataclass(frozen=True, slots=True)
class _Registry:
    """What the registry holds, by second."""

    clock: WorldClock
    blobs: Dated[tuple[str, str], Blob]  # by repository and digest
    tags: Dated[tuple[str, str], str]  # by repository and tag

    def tags_of(self, name: str) -> dict[str, str]:
        """The repository's tags, by name."""
        at = self.clock.at()
        found = {tag: self.tags.get((owner, tag), at) for owner, tag in self.tags if owner == name}
        return {tag: digest for tag, digest in sorted(found.items()) if digest is not None}

    def knows(self, name: str) -> bool:
        """Has anything been pushed to this repository?"""
        at = self.clock.at()
        return any(self.blobs.get(key, at) is not None for key in self.blobs if key[0] == name)


def handler(world: World, clock: WorldClock, *, credentials: Mapping[str, str] | None = None) -> Handler:
    """The distribution API. credentials (user → password): None leaves it open; else pulls need a token from /token."""
    registry = _Registry(
        clock,
        Dated((blob.at, (blob.repository, blob.digest), blob) for blob in world.blobs),
        Dated((tag.at, (tag.repository, tag.tag), tag.digest) for tag in world.tags),
    )
    tokens = None if credentials is None else RegistryTokens(credentials, clock, str(world.seed))

    async def answer(request: Request) -> Response:
        if request.method not in READS:
            return _error(405, "UNSUPPORTED", "The operation is unsupported.")
        if tokens is not None and request.path == "/token":
            return tokens.issue(request)
        matched = _ROUTE.fullmatch(request.path)
        if matched is None and request.path != "/v2/":
            return text_response("404 page not found\n", 404)
        name = matched["name"] if matched else None
        if tokens is not None and not tokens.admits(request, name):
            return _error(401, "UNAUTHORIZED", "authentication required", headers=tokens.challenge(request, name))
        if matched is None:
            return json_response({}, headers=_VERSION)
        return _KINDS[matched["kind"]](registry, request, matched["name"], matched["reference"])

    return answer


def _manifest(registry: _Registry, request: Request, name: str, reference: str) -> Response:
    at = registry.clock.at()
    by_digest = _DIGEST.fullmatch(reference) is not None
    digest = reference if by_digest else registry.tags.get((name, reference), at)
    blob = registry.blobs.get((name, digest), at) if digest else None
    if blob is None or blob.media_type is None:
        detail = {"Tag": reference} if not by_digest else {"Name": name, "Revision": reference}
        return _error(404, "MANIFEST_UNKNOWN", "manifest unknown", detail)
    if blob.media_type in _OCI and blob.media_type not in _accepted(request):
        kind = _OCI[blob.media_type]
        why = f"{kind} found, but accept header does not support it"
        return _error(404, "MANIFEST_UNKNOWN", "manifest unknown", {"message": why})
    headers = (("Content-Type", blob.media_type), ("Docker-Content-Digest", blob.digest), *_VERSION)
    if blob.digest in request.headers.get("if-none-match", ""):
        return Response(304, b"", headers)
    return Response(200, blob.data, (*headers, ("Etag", f'"{blob.digest}"')))


def _accepted(request: Request) -> frozenset[str]:
    """The media types the client names; wildcards do not count, as in distribution."""
    named = request.headers.get("accept", "").split(",")
    return frozenset(part.partition(";")[0].strip() for part in named)


def _blob(registry: _Registry, request: Request, name: str, reference: str) -> Response:
    if not _DIGEST.fullmatch(reference):
        return _error(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
    blob = registry.blobs.get((name, reference), registry.clock.at())
    if blob is None:
        return _error(404, "BLOB_UNKNOWN", "blob unknown to registry", reference)
    headers = (("Content-Type", "application/octet-stream"), ("Docker-Content-Digest", reference), *_VERSION)
    return content_response(request, blob.data, headers, f'"{reference}"')


def _tags(registry: _Registry, request: Request, name: str, reference: str) -> Response:
    if reference != "list":
        return text_response("404 page not found\n", 404)
    if not registry.knows(name):
        return _error(404, "NAME_UNKNOWN", "repository name not known to registry", {"name": name})
    last, count = request.first("last"), request.first("n")
    tags = [tag for tag in registry.tags_of(name) if tag > last]
    if not count:
        return json_response({"name": name, "tags": tags}, headers=_VERSION)
    if not count.isdecimal():
        return _error(400, "PAGINATION_NUMBER_INVALID", "invalid number of results requested", {"n": count})
    page = tags[: int(count)]
    more = len(page) < len(tags) and page
    link = (("Link", f'</v2/{name}/tags/list?last={page[-1]}&n={count}>; rel="next"'),) if more else ()
    return json_response({"name": name, "tags": page}, headers=(*_VERSION, *link))


_KINDS: Mapping[str, Callable[[_Registry, Request, str, str], Response]] = {
    "manifests": _manifest,
    "blobs": _blob,
    "tags": _tags,
}


def _error(
    status: int, code: str, message: str, detail: object = None, headers: tuple[tuple[str, str], ...] = ()
) -> Response:
    error = {"code": code, "message": message, "detail": detail}
    return json_response({"errors": [error]}, status, (*_VERSION, *headers))
