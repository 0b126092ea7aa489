"""Actions artifacts: lists, single ones, and the zip behind a signed URL that needs no token (reference gitea.md 5)."""

from __future__ import annotations

import base64
import hmac
import re
from urllib.parse import urlencode

from lanewatch.simulator.content import content_response
from lanewatch.simulator.gitea_call import Call, answer, cut, not_found, page_of, problem
from lanewatch.simulator.http_messages import Response, text_response
from lanewatch.simulator.world import Json

_SIGNED_SECONDS = 3600


async def artifacts(call: Call) -> Response:
    """GET /actions/artifacts?name=: oldest first, with total_count and no paging headers."""
    return _listed(call, call.gitea.listed("artifacts", call.repository))


async def run_artifacts(call: Call) -> Response:
    """GET /actions/runs/{id}/artifacts?name=: an unknown run has an empty list, not a 404."""
    found = call.gitea.listed("artifacts", call.repository)
    return _listed(call, [one for one in found if str(one["workflow_run"]["id"]) == call.parts["id"]])


def _listed(call: Call, found: list[Json]) -> Response:
    name = call.request.first("name")
    named = [_artifact(call, one) for one in found if not name or one["name"] == name]
    page, limit = page_of(call)
    return answer({"artifacts": cut(named, page, limit), "total_count": len(named)})


def _artifact(call: Call, value: Json) -> Json:
    url = f"{call.api}/actions/artifacts/{value['id']}"
    return {**value, "url": url, "archive_download_url": f"{url}/zip"}


async def artifact(call: Call) -> Response:
    """GET /actions/artifacts/{id}."""
    value = _document(call)
    return answer(_artifact(call, value)) if value else not_found(call)


def _document(call: Call) -> Json | None:
    return call.gitea.document("artifacts", f"{call.repository}/{call.parts['id']}")


async def artifact_zip(call: Call) -> Response:
    """GET /actions/artifacts/{id}/zip: 302 to a URL on this server, signed for an hour of world time."""
    value = _document(call)
    if value is None:
        return not_found(call, "Artifact not found")
    if value.get("expired"):
        return not_found(call, "Artifact has expired")
    expires = int(call.gitea.clock.wall().timestamp()) + _SIGNED_SECONDS
    query = urlencode({"sig": _signature(call, str(expires)), "expires": expires})
    location = f"{call.api}/actions/artifacts/{value['id']}/zip/raw?{query}"
    return text_response("", 302, (("Location", location),))


async def artifact_raw(call: Call) -> Response:
    """GET …/zip/raw?sig=&expires=: the bytes, for whoever holds the signed URL."""
    expires, signature = call.request.first("expires"), call.request.first("sig")
    fits = hmac.compare_digest(signature.encode(), _signature(call, expires).encode())
    if not fits or int(expires) < call.gitea.clock.wall().timestamp():
        return problem(call, 401, "Error unauthorized")
    value = _document(call)
    data = call.gitea.artifacts.get(int(value["id"]), call.gitea.clock.at()) if value else None
    if value is None or data is None:
        return not_found(call, "Artifact not found")
    zipped = data.startswith(b"PK")
    name = re.sub(r"[^A-Za-z0-9._-]", "_", str(value["name"])) + (".zip" if zipped else "")
    headers = (
        ("Content-Type", "application/zip" if zipped else "application/octet-stream"),
        ("Content-Disposition", f'attachment; filename="{name}"'),
    )
    return content_response(call.request, data, headers)


def _signature(call: Call, expires: str) -> str:
    """HMAC over what is signed; the key is the world's own, so that a seed gives the same URLs for ever."""
    said = f"{call.repository}\n{call.parts['id']}\n{expires}".encode()
    digest = hmac.digest(f"artifact-v4-{call.gitea.world.seed}".encode(), said, "sha256")
    return base64.urlsafe_b64encode(digest).decode("ascii")
