"""Gitea's REST API: one function per question that an authority asks.

Every function gives JSON as served, checked at the keys read here, and raises ReadFailure. Shapes and traps: Gitea
reference; paths are under BASE/api/v1. A repository is "owner/name", a sha is full and lower-case.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from lanewatch.clients.answers import Answer, ReadFailure
from lanewatch.clients.artifact import single_file
from lanewatch.clients.failures import refuse_status
from lanewatch.clients.forgejo import is_forgejo_run, jobs_as_gitea, run_as_gitea
from lanewatch.clients.http import Origin
from lanewatch.clients.shape import JsonObject, ShapeError, field, object_list, objects
from lanewatch.rollout.facts import Outcome

PAGE = 50  # max_response_items of a default server; a larger limit is cut to it silently
PAGE_LIMIT = 20  # pages of one list: 1,000 jobs of one run are beyond any lane
LIST_SECONDS = 10.0
ARTIFACT_CAP = 16 << 20  # bytes of a zip: a plan or provenance is a few kB
LOG_CAP = 16 << 20  # bytes of one log read; a longer log is read on from there

_FULL_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_FAST = (("stat", "false"), ("verification", "false"), ("files", "false"))

_NO_REPOSITORY = "no such repository or no right to see it"
_NO_SCOPE = "token lacks scope read:repository, or its user lacks the right"


@dataclass(frozen=True, slots=True)
class Ref:
    """One ref as git has it; for an annotated tag `sha` is the tag object's."""

    name: str  # full: refs/heads/main
    sha: str
    kind: str  # "commit" or "tag"


@dataclass(frozen=True, slots=True)
class LogPart:
    """Log bytes from `start`; `restarted` when the server sent all from the beginning instead."""

    data: bytes
    start: int
    restarted: bool


class Gitea:
    """One Gitea server, asked with one token. `origin` stands at its base URL."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin

    @property
    def host(self) -> str:
        return self._origin.host

    async def version(self) -> str:
        """GET /version: "1.26.3"; Forgejo says "16.0.0+gitea-1.22.0"."""
        return field(await self._object("/version", absent="no Gitea API here (set gitea.url)"), "version", str)

    async def repository(self, repository: str) -> JsonObject:
        """GET /repos/{o}/{r}; `full_name` and `mirror` are checked (Gitea reference 1.1)."""
        found = await self._object(_repo(repository))
        field(found, "full_name", str)
        field(found, "mirror", bool)
        return found

    async def refs(self, repository: str, prefix: str) -> tuple[Ref, ...]:
        """GET /repos/{o}/{r}/git/refs/{prefix}: all refs below `prefix` (full, "refs/x/y"), or `prefix` itself.

        The server filters by plain text prefix; refs that merely begin alike are dropped here. Empty when nothing
        matches: the server's 404 then does not tell a missing ref from a missing repository, `repository` does.
        """
        if not prefix.startswith("refs/"):
            raise ValueError("a ref prefix starts with refs/")
        wanted = prefix.rstrip("/")
        answer = await self._get(f"{_repo(repository)}/git/refs/{quote(wanted.removeprefix('refs/'))}")
        if answer.status == 404 and _is_json(answer):
            return ()
        self._refuse(answer, _NO_REPOSITORY, since="1.22")
        value = await answer.json()
        items = object_list(value if isinstance(value, list) else [value], "refs")
        refs = (_ref(item) for item in items)
        return tuple(ref for ref in refs if ref.name == wanted or ref.name.startswith(wanted + "/"))

    async def ref(self, repository: str, name: str) -> Ref | None:
        """The ref of exactly this full name, or None."""
        return next((ref for ref in await self.refs(repository, name) if ref.name == name), None)

    async def commit(self, repository: str, sha: str) -> JsonObject:
        """GET /repos/{o}/{r}/git/commits/{sha}; `sha`, `commit.message` are checked."""
        path = f"{_repo(repository)}/git/commits/{_full(sha)}"
        found = await self._object(path, _FAST, absent="no such commit, or no right to see the repository")
        field(found, "sha", str)
        field(found, "commit.message", str)
        return found

    async def commits(self, repository: str, start: str, limit: int) -> list[JsonObject]:
        """GET /repos/{o}/{r}/commits?sha=START: newest first, at most 50. `start` is a branch or a full sha."""
        query = (("sha", start), ("limit", str(min(limit, PAGE))), *_FAST)
        absent = "no such branch or commit, or no right to see the repository"
        answer = await self._get(f"{_repo(repository)}/commits", query, total=LIST_SECONDS)
        if answer.status == 409:
            return []  # an empty repository
        self._refuse(answer, absent)
        items = object_list(await answer.json(), "commits")
        for item in items:
            field(item, "sha", str)
        return items

    async def compare(self, repository: str, base: str, head: str) -> JsonObject:
        """GET /repos/{o}/{r}/compare/{base}...{head}: `total_commits`, `commits` that head has and base lacks."""
        path = f"{_repo(repository)}/compare/{quote(base, safe='')}...{quote(head, safe='')}"
        found = await self._object(path, absent="one of the two commits is unknown", total=LIST_SECONDS)
        field(found, "total_commits", int)
        objects(found, "commits")
        return found

    async def file(self, repository: str, path: str, sha: str) -> bytes:
        """GET /repos/{o}/{r}/contents/{path}?ref=SHA: the file's bytes at that commit.

        Only ever by full sha: `/raw` falls back to the default branch for anything else (Gitea reference 2.5).
        """
        target = f"{_repo(repository)}/contents/{quote(path)}"
        found = await self._object(target, (("ref", _full(sha)),), absent=f"no {path} at this commit")
        if field(found, "type", str) != "file":
            raise ShapeError("type", "a file", field(found, "type", str))
        try:
            return base64.b64decode(field(found, "content", str), validate=False)
        except binascii.Error:
            raise ReadFailure(Outcome.INVALID, f"{path}: content is not base64") from None

    async def runs(self, repository: str, head_sha: str) -> list[JsonObject]:
        """GET /repos/{o}/{r}/actions/runs?head_sha=SHA: every run for the commit, newest first.

        Raises ReadFailure `unsupported` on a server without the route (before 1.25).
        """
        path = f"{_repo(repository)}/actions/runs"
        query = (("head_sha", _full(head_sha)),)
        found = await self._pages(path, query, "workflow_runs", since="1.25", denied=_RUNS_DENIED)
        return [run_as_gitea(run) if is_forgejo_run(run) else run for run in found]

    async def run(self, repository: str, run_id: int) -> JsonObject:
        """GET /repos/{o}/{r}/actions/runs/{id}; `id`, `status`, `head_sha` are checked."""
        path = f"{_repo(repository)}/actions/runs/{run_id}"
        found = await self._object(path, absent="no such run", since="1.25")
        found = run_as_gitea(found) if is_forgejo_run(found) else found
        field(found, "id", int)
        field(found, "status", str)
        field(found, "head_sha", str)
        return found

    async def jobs(self, repository: str, run_id: int) -> list[JsonObject]:
        """GET /repos/{o}/{r}/actions/runs/{id}/jobs: all jobs of the latest attempt, by id."""
        found = await self._pages(f"{_repo(repository)}/actions/runs/{run_id}/jobs", (), "jobs", since="1.25")
        if any("runs_on" in job for job in found):
            return jobs_as_gitea(found, await self.run(repository, run_id))
        return found

    async def job(self, repository: str, job_id: int) -> JsonObject:
        """GET /repos/{o}/{r}/actions/jobs/{id}; `status` is checked."""
        path = f"{_repo(repository)}/actions/jobs/{job_id}"
        found = await self._object(path, absent="no such job", since="1.25")
        field(found, "status", str)
        return found

    async def commit_diff(self, repository: str, sha: str) -> bytes:
        """GET /repos/{o}/{r}/git/commits/{sha}.diff: the commit against its first parent, as git writes it."""
        path = f"/api/v1{_repo(repository)}/git/commits/{_full(sha)}.diff"
        answer = await self._origin.get(path, accept="*/*", cap=LOG_CAP, total=LIST_SECONDS)
        self._refuse(answer, "no such commit, or no right to see the repository")
        return answer.body

    async def tasks(self, repository: str) -> list[JsonObject]:
        """GET /repos/{o}/{r}/actions/tasks (1.23+): the newest 50, one for each time a runner took a job."""
        path = f"{_repo(repository)}/actions/tasks"
        answer = await self._get(path, (("limit", str(PAGE)),), total=LIST_SECONDS)
        self._refuse(answer, _NO_REPOSITORY, since="1.23")
        return objects(await answer.json_object(), "workflow_runs")

    async def statuses(self, repository: str, sha: str) -> list[JsonObject]:
        """GET /repos/{o}/{r}/commits/{sha}/statuses: the newest 50, a row for each change (Gitea reference 6)."""
        path = f"{_repo(repository)}/commits/{_full(sha)}/statuses"
        answer = await self._get(path, (("limit", str(PAGE)),), total=LIST_SECONDS)
        self._refuse(answer, "no such commit, or no right to see the repository")
        return object_list(await answer.json(), "statuses")

    async def artifacts(self, repository: str, run_id: int) -> list[JsonObject]:
        """GET /repos/{o}/{r}/actions/runs/{id}/artifacts: oldest first; an unknown run gives an empty list."""
        path = f"{_repo(repository)}/actions/runs/{run_id}/artifacts"
        found = await self._pages(path, (), "artifacts", since="1.24")
        for item in found:
            field(item, "name", str)
        return found

    async def artifact_file(self, repository: str, artifact_id: int, name: str | None = None) -> bytes:
        """GET /repos/{o}/{r}/actions/artifacts/{id}/zip: the file `name` in it (None: its only file).

        The redirect to the signed address is followed without the token. Raises ReadFailure `absent` when the
        artifact has expired, `invalid` as `single_file` and for a web page.
        """
        path = f"/api/v1{_repo(repository)}/actions/artifacts/{artifact_id}/zip"
        answer = await self._origin.get_following(path, cap=ARTIFACT_CAP, total=LIST_SECONDS)
        self._refuse(answer, "artifact expired or not found", since="1.24")
        if answer.is_web_page:
            reason = f"HTML where an artifact was expected (login page?): {self.host}"
            raise ReadFailure(Outcome.INVALID, reason, status=answer.status)
        return single_file(answer.body, name)

    async def job_log(self, repository: str, job_id: int, start: int = 0) -> LogPart:
        """GET /repos/{o}/{r}/actions/jobs/{id}/logs from byte `start` on, at most LOG_CAP of what was sent so far.

        Empty when nothing is new. Raises ReadFailure `absent` while the job has no log, or no longer has one.
        """
        path = f"/api/v1{_repo(repository)}/actions/jobs/{job_id}/logs"
        headers = (("Range", f"bytes={start}-{start + LOG_CAP - 1}"),)
        answer = await self._origin.get(path, accept="*/*", headers=headers, cap=LOG_CAP, total=LIST_SECONDS)
        if answer.status == 416:
            return LogPart(b"", start, restarted=False)
        if answer.status == 500:  # how 1.24.0 to 1.26.2 say that there is no log, or none yet (Gitea reference 4)
            reason = f"500: job has no log yet, its log is gone, or the server failed: {self.host}"
            raise ReadFailure(Outcome.ERROR, reason, status=500)
        self._refuse(answer, "job not started, or its log is gone", since="1.24")
        ranged = answer.status == 206
        return LogPart(answer.body, start if ranged else 0, restarted=bool(start) and not ranged)

    async def runners(self, repository: str) -> list[JsonObject]:
        """GET /repos/{o}/{r}/actions/runners: those registered with the repository (its owner may ask)."""
        path = f"{_repo(repository)}/actions/runners"
        return await self._pages(path, (), "runners", since="1.24", denied="listing runners needs repository owner")

    async def _pages(
        self, path: str, query: Sequence[tuple[str, str]], key: str, *, since: str, denied: str = _NO_SCOPE
    ) -> list[JsonObject]:
        """All pages by total_count: artifacts send no Link header, and Link hosts may be wrong."""
        items: list[JsonObject] = []
        for page in range(1, PAGE_LIMIT + 1):
            paged = (*query, ("limit", str(PAGE)), ("page", str(page)))
            answer = await self._get(path, paged, total=LIST_SECONDS)
            self._refuse(answer, _NO_REPOSITORY, since=since, denied=denied)
            whole = await answer.json()
            if isinstance(whole, list):  # Forgejo sends all jobs at once, as they are
                return object_list(whole, key)
            found = await answer.json_object()
            batch, total = objects(found, key), field(found, "total_count", int)
            items += batch
            if not batch or len(items) >= total:
                return items
        raise ReadFailure(Outcome.INVALID, f"{key}: over {PAGE * PAGE_LIMIT} entries: {self.host}")

    async def _object(
        self,
        path: str,
        query: Sequence[tuple[str, str]] = (),
        *,
        absent: str = _NO_REPOSITORY,
        since: str = "1.22",
        total: float | None = None,
    ) -> JsonObject:
        answer = await self._get(path, query, total=total)
        self._refuse(answer, absent, since=since)
        return await answer.json_object()

    async def _get(self, path: str, query: Sequence[tuple[str, str]] = (), *, total: float | None = None) -> Answer:
        return await self._origin.get(f"/api/v1{path}", query, total=total)

    def _refuse(self, answer: Answer, absent: str, *, since: str = "1.22", denied: str = _NO_SCOPE) -> None:
        """A missing route answers 404 in plain text, a missing object in JSON (Gitea reference 3.1)."""
        if answer.status == 404 and not _is_json(answer):
            reason = f"no such API: needs Gitea {since} or later: {answer.host}"
            raise ReadFailure(Outcome.UNSUPPORTED, reason, status=404)
        if answer.status in (301, 307):
            reason = f"repository was renamed (server says {answer.status}): {answer.host}"
            raise ReadFailure(Outcome.ERROR, reason, status=answer.status)
        refuse_status(answer, denied=denied, absent=absent, token_key=self._origin.credential_key)


_RUNS_DENIED = f"{_NO_SCOPE} (Gitea 1.25 lists runs to the repository's owner only)"


def _repo(repository: str) -> str:
    owner, slash, name = repository.partition("/")
    if not slash or not owner or not name or "/" in name:
        raise ValueError(f"not owner/name: {repository!r}")
    return f"/repos/{quote(owner, safe='')}/{quote(name, safe='')}"


def _full(sha: str) -> str:
    """An empty head_sha means no filter at all, and a short one finds nothing or the wrong file."""
    if not _FULL_SHA.fullmatch(sha):
        raise ValueError(f"not a full sha: {sha!r}")
    return sha


def _is_json(answer: Answer) -> bool:
    return "json" in answer.headers.get("content-type", "").lower()


def _ref(item: JsonObject) -> Ref:
    return Ref(field(item, "ref", str), field(item, "object.sha", str), field(item, "object.type", str))
