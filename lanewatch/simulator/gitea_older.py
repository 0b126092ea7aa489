"""What Gitea told of Actions before 1.25: tasks (1.23), commit statuses (reference gitea.md 3.2, 3.5, 6)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lanewatch.simulator.gitea_call import Call, answer, cut, not_found, page_of
from lanewatch.simulator.gitea_commits import commit_at
from lanewatch.simulator.http_messages import Response
from lanewatch.simulator.world import Json

_WORDS = {"queued": "waiting", "waiting": "blocked", "in_progress": "running"}
_STATES = {"success": "success", "failure": "failure", "cancelled": "failure", "skipped": "success"}
_SAID = {
    "success": "Successful",
    "failure": "Failing",
    "cancelled": "Has been cancelled",
    "skipped": "Has been skipped",
}
_WAITING = frozenset({"waiting", "blocked"})
_UNSET = "1970-01-01"
_SKIPPED_SINCE = (1, 25, 0)


@dataclass(frozen=True, slots=True)
class _Change:
    """A row of the history of one commit's statuses."""

    at: float
    context: str
    state: str
    said: str
    target: str
    time: str


async def tasks(call: Call) -> Response:
    """GET /actions/tasks: a row for each job that a runner took, newest first; no run id, no filters."""
    runs = {value["id"]: value for value in call.gitea.listed("runs", call.repository)}
    taken = [job for job in call.gitea.listed("jobs", call.repository) if _is_taken(job) and job["run_id"] in runs]
    page, limit = page_of(call)
    shown = [_task(call, job, runs[job["run_id"]]) for job in cut(taken[::-1], page, limit)]
    return answer({"workflow_runs": shown, "total_count": len(taken)})


async def statuses(call: Call) -> Response:
    """GET /commits/{ref}/statuses: every change of state, newest first."""
    found = await commit_at(call, call.parts["revision"])
    if found is None:
        return not_found(call)
    names = await _workflow_names(call, found.sha)
    changes = sorted(_changes(call, found.sha, names), key=lambda change: change.at)
    page, limit = page_of(call)
    rows = [_status(call, found.sha, number, change) for number, change in enumerate(changes, start=1)]
    return answer(cut(rows[::-1], page, limit))


def _word(job: Json) -> str:
    """The internal word."""
    if job["status"] == "completed":
        return str(job.get("conclusion") or "unknown")
    return _WORDS.get(str(job["status"]), str(job["status"]))


def _is_taken(job: Json) -> bool:
    return _word(job) not in _WAITING and not str(job.get("started_at") or _UNSET).startswith(_UNSET)


def _task(call: Call, job: Json, run: Json) -> Json:
    workflow, _, ref = str(run["path"]).partition("@")
    return {
        "id": int(job["id"]) + 10_000,  # the task's own id, never the job's
        "name": job["name"],
        "head_branch": ref.removeprefix("refs/heads/"),
        "head_sha": run["head_sha"],
        "run_number": run["run_number"],
        "event": run["event"],
        "display_title": run["display_title"],
        "status": _word(job),
        "workflow_id": workflow,
        "url": f"{call.web}/actions/runs/{run['run_number']}",
        "created_at": job["created_at"],
        "updated_at": job["completed_at"],
        "run_started_at": job["started_at"],
    }


async def _workflow_names(call: Call, sha: str) -> dict[str, str]:
    """What each workflow of the runs calls itself, by file; an unnamed one has no name."""
    runs = (value for value in call.gitea.listed("runs", call.repository) if value["head_sha"] == sha)
    names = {}
    for file in {str(run["path"]).partition("@")[0] for run in runs}:
        found = await call.git.object(f"{sha}:.gitea/workflows/{file}")
        said = None if found is None else re.search(rb"^name: (.+)$", found.data, re.MULTILINE)
        names[file] = file if found is None else said[1].decode() if said else ""
    return names


def _changes(call: Call, sha: str, names: Mapping[str, str]) -> Iterator[_Change]:
    runs = {value["id"]: value for value in call.gitea.listed("runs", call.repository) if value["head_sha"] == sha}
    for index, job in enumerate(call.gitea.listed("jobs", call.repository)):
        if run := runs.get(job["run_id"]):
            yield from _changes_of(call, job, run, index, names)


def _changes_of(call: Call, job: Json, run: Json, index: int, names: Mapping[str, str]) -> Iterator[_Change]:
    """Up to 1.25 a row is written only when the state changes."""
    key, last = ("jobs", f"{call.repository}/{job['id']}"), ""
    workflow = names[str(run["path"]).partition("@")[0]]
    context = f"{workflow} / {job['name']} ({run['event']})".strip()
    target = f"/{call.repository}/actions/runs/{run['run_number']}/jobs/{index}"
    for at, value in call.gitea.documents.past(key, call.gitea.clock.at()):
        state = _state(call, _word(value)) if value else last
        if value and state != last:
            said = _SAID.get(_word(value), "Waiting to run")
            yield _Change(at, context, state, said, target, _time(value))
            last = state


def _state(call: Call, word: str) -> str:
    if word == "skipped" and call.gitea.release >= _SKIPPED_SINCE:
        return word
    return _STATES.get(word, "error" if word == "unknown" else "pending")


def _time(job: Json) -> str:
    ended = str(job.get("completed_at") or _UNSET)
    return str(job["created_at"]) if ended.startswith(_UNSET) else ended


def _status(call: Call, sha: str, number: int, change: _Change) -> Json:
    return {
        "id": number,  # counted for each commit
        "status": change.state,
        "target_url": change.target,
        "description": change.said,
        "url": f"{call.api}/statuses/{sha}",
        "context": change.context,
        "creator": {"id": -2, "login": "gitea-actions"},
        "created_at": change.time,
        "updated_at": change.time,
    }
