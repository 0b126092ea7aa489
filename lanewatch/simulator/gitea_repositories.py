"""Gitea's server-wide routes, the repository object with its mirror fields, and its refs.

Source: reference gitea.md 1.1, 2.1, 8.
"""

from __future__ import annotations

from typing import Any

from lanewatch.simulator.gitea_call import MAX_ITEMS, PAGE_ITEMS, Call, answer, not_found
from lanewatch.simulator.http_messages import Response
from lanewatch.simulator.world import Json

_HIDDEN = "refs/remotes/"


async def version(call: Call) -> Response:
    """GET /version; no token needed."""
    return answer({"version": call.gitea.version})


async def settings(call: Call) -> Response:
    """GET /settings/api: the paging limits."""
    limits = {"max_response_items": MAX_ITEMS, "default_paging_num": PAGE_ITEMS}
    sizes = {"default_git_trees_per_page": 1000, "default_max_blob_size": 10 * 1024 * 1024}
    return answer({**limits, **sizes, "default_max_response_size": 100 * 1024 * 1024})


async def repository(call: Call) -> Response:
    """GET /repos/{o}/{r}: as the world has it, with its URLs and the caller's permissions."""
    return answer(repository_value(call))


def repository_value(call: Call) -> Json:
    """The repository object, also as it stands inside a run."""
    owns = call.access is not None and call.access.owner
    urls = {
        "url": call.api,
        "html_url": call.web,
        "link": "",
        "clone_url": f"{call.web}.git",
        "languages_url": f"{call.api}/languages",
    }
    return {**call.document, "permissions": {"admin": owns, "push": owns, "pull": True}, **urls}


async def refs(call: Call) -> Response:
    """GET /git/refs[/{prefix}]: always an array, by plain string prefix; 404 when nothing starts so. Not paged."""
    found = await call.git.refs(f"refs/{call.parts.get('prefix') or ''}")
    shown = [ref for ref in found if not ref.name.startswith(_HIDDEN)]
    if not shown:
        return not_found(call)
    return answer([_ref(call, ref.name, ref.type, ref.sha) for ref in shown])


def _ref(call: Call, name: str, type_: str, sha: str) -> dict[str, Any]:
    target = {"type": type_, "sha": sha, "url": f"{call.api}/git/{type_}s/{sha}"}
    return {"ref": name, "url": f"{call.api}/git/{name}", "object": target}
