"""Actions: runs, jobs, their logs, runners, workflows, as 1.26 shows them (reference gitea.md 3 and 4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from lanewatch.simulator.content import content_response
from lanewatch.simulator.gitea_call import Call, answer, cut, not_found, page_of, paging_headers, problem
from lanewatch.simulator.gitea_commits import commit_at
from lanewatch.simulator.gitea_repositories import repository_value
from lanewatch.simulator.http_messages import Response
from lanewatch.simulator.world import Json

_WAITING = frozenset({"queued", "waiting"})  # not picked up by a runner
_UNSET = "1970-01-01"
_FOLDERS = (".gitea/workflows", ".github/workflows")  # the first that exists counts


def _status(word: str) -> Callable[[Json], bool]:
    return lambda value: value.get("status") == word


def _conclusion(word: str) -> Callable[[Json], bool]:
    return lambda value: value.get("conclusion") == word


_STATUS_FILTERS: Mapping[str, Callable[[Json], bool]] = {
    "queued": _status("queued"),
    **dict.fromkeys(("pending", "waiting", "requested", "action_required"), _status("waiting")),
    "in_progress": _status("in_progress"),
    "completed": _status("completed"),
    "success": _conclusion("success"),
    "failure": _conclusion("failure"),
    **dict.fromkeys(("skipped", "neutral"), _conclusion("skipped")),
    **dict.fromkeys(("cancelled", "timed_out"), _conclusion("cancelled")),
}


async def runs(call: Call) -> Response:
    """GET /actions/runs: newest first; filters event, branch, status, head_sha (an empty one is no filter)."""
    wanted = _wanted(call)
    if isinstance(wanted, Response):
        return wanted
    asked = {key: call.request.first(key) for key in ("event", "head_sha")}
    asked["head_branch"] = call.request.first("branch")
    found = [
        value
        for value in reversed(call.gitea.listed("runs", call.repository))
        if wanted(value) and all(value.get(key) == word for key, word in asked.items() if word)
    ]
    return _paged(call, "workflow_runs", [_run(call, value) for value in found])


def _wanted(call: Call) -> Callable[[Json], bool] | Response:
    """The status filter; 400 for a word Gitea does not know."""
    words = [value for key, value in call.request.query if key == "status" and value]
    unknown = next((word for word in words if word not in _STATUS_FILTERS), None)
    if unknown is not None:
        return problem(call, 400, f"Invalid status {unknown}")
    return lambda value: not words or any(_STATUS_FILTERS[word](value) for word in words)


def _paged(call: Call, name: str, items: list[Any]) -> Response:
    """A page of a list with its total; the headers came with 1.26."""
    page, limit = page_of(call)
    headers = paging_headers(call, len(items), page, limit) if call.gitea.release >= (1, 26, 0) else ()
    return answer({name: cut(items, page, limit), "total_count": len(items)}, 200, headers)


def _run(call: Call, value: Json) -> Json:
    number = value["id"] if call.gitea.release >= (1, 26, 0) else value.get("run_number", value["id"])
    urls = {"url": f"{call.api}/actions/runs/{value['id']}", "html_url": f"{call.web}/actions/runs/{number}"}
    return {**value, "repository": repository_value(call), **urls}


async def run(call: Call) -> Response:
    """GET /actions/runs/{id}."""
    value = call.gitea.document("runs", f"{call.repository}/{call.parts['id']}")
    return answer(_run(call, value)) if value else not_found(call)


async def run_jobs(call: Call) -> Response:
    """GET /actions/runs/{id}/jobs: by id, the oldest first."""
    if call.gitea.document("runs", f"{call.repository}/{call.parts['id']}") is None:
        return not_found(call)
    return _jobs(call, lambda value: str(value["run_id"]) == call.parts["id"])


async def jobs(call: Call) -> Response:
    """GET /actions/jobs: every job of the repository."""
    return _jobs(call, lambda _: True)


def _jobs(call: Call, of_interest: Callable[[Json], bool]) -> Response:
    wanted = _wanted(call)
    if isinstance(wanted, Response):
        return wanted
    found = [value for value in call.gitea.listed("jobs", call.repository) if of_interest(value) and wanted(value)]
    return _paged(call, "jobs", [_job(call, value) for value in found])


def _job(call: Call, value: Json) -> Json:
    steps = {} if call.gitea.release >= (1, 26, 0) else {"steps": None}
    run_url = f"{call.api}/actions/runs/{value['run_id']}"
    urls = {
        "url": f"{call.api}/actions/jobs/{value['id']}",
        "html_url": f"{call.web}/actions/runs/{value['run_id']}/jobs/{value['id']}",
        "run_url": run_url,
    }
    return {**value, **steps, **urls}


async def job(call: Call) -> Response:
    """GET /actions/jobs/{id}."""
    value = call.gitea.document("jobs", f"{call.repository}/{call.parts['id']}")
    return answer(_job(call, value)) if value else not_found(call)


async def job_logs(call: Call) -> Response:
    """GET /actions/jobs/{id}/logs: every byte so far of the job's latest pick-up; Range works."""
    value = call.gitea.document("jobs", f"{call.repository}/{call.parts['id']}")
    if value is None:
        return not_found(call)
    if value.get("status") in _WAITING or str(value.get("started_at")).startswith(_UNSET):
        return not_found(call, "job not started")  # skipped and cancelled jobs may never start
    data = _log(call)
    if not data:
        # Between pick-up and first row the blob is missing; until 1.26.3 that was a 500 without a message.
        missing = call.gitea.release >= (1, 26, 3)
        return not_found(call, "logs not found") if missing else problem(call, 500, "")
    name = re.sub(r"[^A-Za-z0-9._-]", "_", f"{value.get('name', 'job')}-{value['id']}.log")
    headers = (
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Disposition", f'attachment; filename="{name}"'),
    )
    return content_response(call.request, data, headers)


def _log(call: Call) -> bytes:
    """The job's bytes since it was last queued: up to 1.26 a rerun keeps the job's id and loses its old log."""
    at, identity = call.gitea.clock.at(), call.parts["id"]
    past = call.gitea.documents.past(("jobs", f"{call.repository}/{identity}"), at)
    since = max((when for when, value in past if value and value.get("status") in _WAITING), default=float("-inf"))
    chunks = [one for one in call.gitea.world.logs if one.stream == ("job", identity) and since <= one.at <= at]
    return b"".join(one.data for one in sorted(chunks, key=lambda one: one.at))


async def runners(call: Call) -> Response:
    """GET /actions/runners; the caller owns the repository."""
    return _paged(call, "runners", call.gitea.listed("runners", call.repository))


async def runner(call: Call) -> Response:
    """GET /actions/runners/{id}."""
    value = call.gitea.document("runners", f"{call.repository}/{call.parts['id']}")
    return answer(value) if value else not_found(call)


async def workflows(call: Call) -> Response:
    """GET /actions/workflows: the default branch's files only."""
    found = await _workflows(call)
    return answer({"workflows": found, "total_count": len(found)})


async def workflow(call: Call) -> Response:
    """GET /actions/workflows/{file}."""
    found = [value for value in await _workflows(call) if value["id"] == call.parts["id"]]
    return answer(found[0]) if found else not_found(call)


async def _workflows(call: Call) -> list[dict[str, Any]]:
    tip = await commit_at(call, call.default_branch)
    if tip is None:
        return []
    for folder in _FOLDERS:
        tree = await call.git.object(f"{tip.sha}:{folder}")
        if tree is not None and tree.type == "tree":
            names = [entry.path for entry in await call.git.tree(tree.sha) if entry.type == "blob"]
            files = [name for name in names if name.endswith((".yml", ".yaml"))]
            return [_workflow(call, folder, name, tip.committer.date) for name in files]
    return []


def _workflow(call: Call, folder: str, name: str, date: str) -> dict[str, Any]:
    branch = call.default_branch
    return {
        "id": name,
        "name": name,
        "path": f"{folder}/{name}",
        "state": "active",
        "created_at": date,
        "updated_at": date,
        "url": f"{call.api}/actions/workflows/{name}",
        "html_url": f"{call.web}/src/branch/{branch}/{folder}/{name}",
        "badge_url": f"{call.web}/actions/workflows/{name}/badge.svg?branch={branch}",
        "deleted_at": "0001-01-01T00:00:00Z",
    }
