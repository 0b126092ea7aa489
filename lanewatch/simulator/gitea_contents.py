"""Files of a repository: contents, raw with its default-branch trap, trees (reference gitea.md 2.4, 2.5)."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

from lanewatch.simulator.content import content_response
from lanewatch.simulator.git_repository import GitObject, TreeEntry
from lanewatch.simulator.gitea_call import Call, answer, not_found, problem
from lanewatch.simulator.gitea_commits import Commit, commit_at, commit_named, parse_commit
from lanewatch.simulator.http_messages import Response

_MAX_BLOB = 10 * 1024 * 1024  # default_max_blob_size: a bigger file has no content in JSON
_TREE_PAGE = 1000
_STATIC_SECONDS = 21600  # STATIC_CACHE_TIME


async def contents(call: Call) -> Response:
    """GET /contents/{path}?ref=: a file with base64 content, a folder as an array; 404 for a ref that is none."""
    asked = call.request.first("ref")
    commit = await commit_at(call, asked or call.default_branch)
    if commit is None:
        return not_found(call)
    path = call.parts.get("path", "").strip("/")
    found = await call.git.object(f"{commit.sha}:{path}") if _plain(path) else None
    if found is None:
        return not_found(call)
    ref = asked or call.default_branch
    if found.type == "tree":
        entries = await call.git.tree(found.sha)
        return answer([await _entry(call, commit, ref, path, entry) for entry in entries])
    entry = TreeEntry("100644", "blob", found.sha, len(found.data), path.rpartition("/")[2])
    described = await _entry(call, commit, ref, path.rpartition("/")[0], entry)
    return answer({**described, **_content(found)})


def _plain(path: str) -> bool:
    """A path git would not read anything else into."""
    return "\n" not in path and "\0" not in path and ".." not in path.split("/")


def _content(found: GitObject) -> dict[str, Any]:
    if len(found.data) > _MAX_BLOB:
        return {"encoding": None, "content": None}
    return {"encoding": "base64", "content": base64.b64encode(found.data).decode("ascii")}


async def _entry(call: Call, commit: Commit, ref: str, folder: str, entry: TreeEntry) -> dict[str, Any]:
    """One file or folder, without content."""
    path = f"{folder}/{entry.path}" if folder else entry.path
    last = await _last_change(call, commit, path)
    kind = {"tree": "dir", "commit": "submodule"}.get(entry.type, "file")
    here, page = quote(path), f"{call.web}/src/commit/{commit.sha}/{quote(path)}"
    url = f"{call.api}/contents/{here}?ref={quote(ref, safe='')}"
    git_url = f"{call.api}/git/{entry.type}s/{entry.sha}"
    return {
        "name": entry.path,
        "path": path,
        "sha": entry.sha,
        "last_commit_sha": last.sha,
        "last_committer_date": last.committer.date,
        "last_author_date": last.author.date,
        "type": kind,
        "size": entry.size or 0,
        "encoding": None,
        "content": None,
        "target": None,
        "url": url,
        "html_url": page,
        "git_url": git_url,
        "download_url": f"{call.web}/raw/commit/{commit.sha}/{here}" if kind == "file" else None,
        "submodule_git_url": None,
        "_links": {"self": url, "git": git_url, "html": page},
    }


async def _last_change(call: Call, commit: Commit, path: str) -> Commit:
    """The newest commit that touched the path."""
    shas = await call.git.history(commit.sha, count=1, path=path)
    found = await call.git.object(shas[0]) if shas else None
    return parse_commit(found) if found else commit


async def raw(call: Call) -> Response:
    """GET /raw/{path}?ref=: the file's bytes.

    The trap: a ref that is no branch, no tag and no full SHA is silently read as the default branch.
    """
    asked = call.request.first("ref")
    commit = (await commit_at(call, asked) if asked else None) or await commit_at(call, call.default_branch)
    path = call.parts["path"]
    found = await call.git.object(f"{commit.sha}:{path}") if commit and _plain(path) else None
    if commit is None or found is None or found.type != "blob":
        return not_found(call)
    public = "private" if call.document.get("private") else "public"
    text = b"\0" not in found.data[:1024]
    headers = (
        ("Content-Type", "text/plain; charset=utf-8" if text else "application/octet-stream"),
        ("Cache-Control", f"{public}, max-age={_STATIC_SECONDS}"),
        ("Last-Modified", _http_date((await _last_change(call, commit, path)).committer.date)),
    )
    return content_response(call.request, found.data, headers, f'"{found.sha}"')


def _http_date(stamp: str) -> str:
    return format_datetime(datetime.fromisoformat(stamp.replace("Z", "+00:00")).astimezone(UTC), usegmt=True)


async def trees(call: Call) -> Response:
    """GET /git/trees/{sha}?recursive=&page=&per_page=: an unknown SHA is 400, not 404."""
    sha = call.parts["sha"]
    commit = await commit_named(call, sha)
    found = None if commit else await call.git.object(f"{sha}^{{tree}}") if _plain(sha) else None
    if commit is None and found is None:
        return problem(call, 400, f"object does not exist [id: {sha}, rel_path: ]")
    tree = commit.tree if commit else found.sha if found else ""
    recursive = call.request.first("recursive").lower() in ("1", "true", "t")
    entries = await call.git.tree(tree, recursive=recursive)
    page, size = (_count(call.request.first(name)) for name in ("page", "per_page"))
    page, size = max(1, page), min(size or _TREE_PAGE, _TREE_PAGE)
    value = {
        "sha": commit.sha if commit else tree,
        "url": f"{call.api}/git/trees/{tree}",
        "tree": [_tree_entry(call, entry) for entry in entries[(page - 1) * size : page * size]],
        "truncated": page * size < len(entries),
        "page": page,
        "total_count": len(entries),
    }
    return answer(value)


def _count(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _tree_entry(call: Call, entry: TreeEntry) -> dict[str, Any]:
    url = f"{call.api}/git/{entry.type}s/{entry.sha}" if entry.type != "commit" else ""
    described = {"path": entry.path, "mode": entry.mode, "type": entry.type, "size": entry.size or 0}
    return {**described, "sha": entry.sha, "url": url}
