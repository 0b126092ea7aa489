"""Commits as Gitea shows them, read from real commit objects: branches, single commits, history, compare, tags.

Source: reference gitea.md 2.4.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from lanewatch.simulator.git_repository import FULL_SHA, GitObject
from lanewatch.simulator.gitea_call import Call, answer, cut, not_found, page_of, paging_headers, problem
from lanewatch.simulator.http_messages import Response

_PERSON = re.compile(r"(?P<name>.*?) ?<(?P<email>[^>]*)> (?P<seconds>-?\d+) (?P<zone>[+-]\d{4})")
_REVISION = re.compile(r"[^\x00-\x20\x7f~^:?*\[\\-][^\x00-\x20\x7f~^:?*\[\\]*")
_UNVERIFIED = {
    "verified": False,
    "reason": "gpg.error.not_signed_commit",
    "signature": "",
    "signer": None,
    "payload": "",
}
_COMMITS_PAGE = 50  # Gitea's CommitsRangeSize


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str
    date: str  # RFC 3339


@dataclass(frozen=True, slots=True)
class Commit:
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str


def parse_commit(found: GitObject) -> Commit:
    """A commit object's own bytes, read."""
    head, _, message = found.data.decode("utf-8", "replace").partition("\n\n")
    lines = [line.partition(" ")[::2] for line in head.split("\n")]
    named = dict(reversed(lines))  # the first of doubled names counts
    parents = tuple(value for name, value in lines if name == "parent")
    people = _person(named.get("author", "")), _person(named.get("committer", ""))
    return Commit(found.sha, named["tree"], parents, *people, message)


def _person(line: str) -> Person:
    matched = _PERSON.fullmatch(line)
    if matched is None:
        return Person("", "", "0001-01-01T00:00:00Z")
    zone = matched["zone"]
    minutes = int(zone[0] + "1") * (int(zone[1:3]) * 60 + int(zone[3:]))
    moment = datetime.fromtimestamp(int(matched["seconds"]), timezone(timedelta(minutes=minutes)))
    return Person(matched["name"], matched["email"], moment.isoformat().replace("+00:00", "Z"))


async def commit_named(call: Call, revision: str) -> Commit | None:
    """The commit a revision leads to (a tag is peeled), or None."""
    if not _REVISION.fullmatch(revision):
        return None
    found = await call.git.object(f"{revision}^{{commit}}")
    return parse_commit(found) if found else None


async def commit_at(call: Call, ref: str) -> Commit | None:
    """The commit of a branch, a tag or a full SHA, as `?ref=` takes it: nothing else resolves."""
    if not _REVISION.fullmatch(ref):
        return None
    names = [f"refs/heads/{ref}", f"refs/tags/{ref}", *([ref] if FULL_SHA.fullmatch(ref) else [])]
    found = await call.git.objects([f"{name}^{{commit}}" for name in names])
    return next((parse_commit(one) for one in found if one), None)


def _signed(person: Person) -> Mapping[str, str]:
    return {"name": person.name, "email": person.email, "date": person.date}


def _full(call: Call, commit: Commit) -> dict[str, Any]:
    """A commit as /git/commits and /commits list it."""
    url, created = f"{call.api}/git/commits/{commit.sha}", commit.committer.date
    inner = {
        "url": url,
        "author": _signed(commit.author),
        "committer": _signed(commit.committer),
        "message": commit.message,
        "tree": {"url": f"{call.api}/git/trees/{commit.tree}", "sha": commit.tree, "created": created},
        "verification": _UNVERIFIED if call.request.first("verification") != "false" else None,
    }
    parents = [
        {"url": f"{call.api}/git/commits/{sha}", "sha": sha, "created": "0001-01-01T00:00:00Z"}
        for sha in commit.parents
    ]
    shown = {"url": url, "sha": commit.sha, "created": created, "html_url": f"{call.web}/commit/{commit.sha}"}
    return {
        **shown,
        "commit": inner,
        "author": None,
        "committer": None,
        "parents": parents,
        "files": None,
        "stats": None,
    }


async def single(call: Call) -> Response:
    """GET /git/commits/{x}: any single-segment revision; 422 malformed, 404 unknown."""
    revision = call.parts["revision"]
    if not _REVISION.fullmatch(revision):
        return problem(call, 422, f"no valid ref or sha: {revision}")
    commit = await commit_named(call, revision)
    return answer(_full(call, commit)) if commit else not_found(call, f"commit doesn't exist: {revision}")


async def diff(call: Call) -> Response:
    """GET /git/commits/{sha}.diff: plain text; 404 for what is no commit."""
    commit = await commit_named(call, call.parts["revision"])
    if commit is None:
        return not_found(call, f"commit doesn't exist: {call.parts['revision']}")
    return Response(200, await call.git.diff(commit.sha), (("Content-Type", "text/plain; charset=utf-8"),))


async def history(call: Call) -> Response:
    """GET /commits?sha=&path=: newest first; 409 on an empty repository."""
    head = await commit_named(call, call.request.first("sha") or call.default_branch)
    if head is None:
        heads = await call.git.refs("refs/heads/")
        return not_found(call) if heads else problem(call, 409, "Git Repository is empty.")
    (page, limit), path = page_of(call, _COMMITS_PAGE), call.request.first("path")
    total, shas = await asyncio.gather(
        call.git.length(head.sha, path),
        call.git.history(head.sha, skip=(page - 1) * limit, count=limit, path=path),
    )
    pages = -(-total // limit)
    counts = {"X-Page": page, "X-PerPage": limit, "X-Total": total, "X-PageCount": pages}
    headers = (*((name, str(value)) for name, value in counts.items()), ("X-HasMore", str(page < pages).lower()))
    return answer(await _listed(call, shas), 200, (*headers, *paging_headers(call, total, page, limit)))


async def compare(call: Call) -> Response:
    """GET /compare/{base}...{head}: what head has and base has not."""
    base, head = [await commit_named(call, call.parts[side]) for side in ("base", "head")]
    if base is None or head is None:
        return not_found(call)
    shas = await call.git.history(head.sha, without=base.sha)
    return answer({"total_commits": len(shas), "commits": await _listed(call, shas)})


async def _listed(call: Call, shas: tuple[str, ...]) -> list[dict[str, Any]]:
    found = await call.git.objects(shas)
    return [_full(call, parse_commit(one)) for one in found if one]


async def branches(call: Call) -> Response:
    """GET /branches, paged."""
    refs = await call.git.refs("refs/heads/")
    page, limit = page_of(call)
    shown = cut(refs, page, limit)
    found = await call.git.objects([ref.sha for ref in shown])
    value = [_branch(call, ref.name[11:], parse_commit(one)) for ref, one in zip(shown, found, strict=True) if one]
    return answer(value, 200, paging_headers(call, len(refs), page, limit))


async def branch(call: Call) -> Response:
    """GET /branches/{b}: slashes allowed; `commit.id`, not sha."""
    commit = await commit_named(call, f"refs/heads/{call.parts['branch']}")
    return answer(_branch(call, call.parts["branch"], commit)) if commit else not_found(call)


def _branch(call: Call, name: str, commit: Commit) -> dict[str, Any]:
    people = {
        role: {"name": person.name, "email": person.email, "username": ""}
        for role, person in (("author", commit.author), ("committer", commit.committer))
    }
    shown = {
        "id": commit.sha,
        "message": commit.message,
        "url": f"{call.web}/commit/{commit.sha}",
        **people,
        "verification": _UNVERIFIED,
        "timestamp": commit.committer.date,
        "added": None,
        "removed": None,
        "modified": None,
    }
    rights = {"user_can_push": False, "user_can_merge": False, "effective_branch_protection_name": ""}
    checks = {"protected": False, "required_approvals": 0, "enable_status_check": False, "status_check_contexts": []}
    return {"name": name, "commit": shown, **checks, **rights}


async def tag(call: Call) -> Response:
    """GET /git/tags/{sha}: an annotated tag's object; 400, not 404, when it is none."""
    sha = call.parts["sha"]
    found = await call.git.object(sha) if FULL_SHA.fullmatch(sha) else None
    if found is None or found.type != "tag":
        return problem(call, 400, f"object does not exist [id: {sha}, rel_path: ]")
    head, _, message = found.data.decode("utf-8", "replace").partition("\n\n")
    named = dict(line.partition(" ")[::2] for line in head.split("\n"))
    target = {
        "type": named["type"],
        "sha": named["object"],
        "url": f"{call.api}/git/{named['type']}s/{named['object']}",
    }
    shown = {"tag": named["tag"], "sha": sha, "url": f"{call.api}/git/tags/{sha}", "message": message}
    return answer({**shown, "tagger": _signed(_person(named.get("tagger", ""))), "object": target})
