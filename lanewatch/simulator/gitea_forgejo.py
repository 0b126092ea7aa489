"""Forgejo 16's Actions: other shapes under the same paths (reference gitea.md 12). The rest behaves as Gitea 1.22."""

from __future__ import annotations

from collections.abc import Mapping

from lanewatch.simulator.gitea_call import Call, answer, cut, not_found, page_of
from lanewatch.simulator.http_messages import Response
from lanewatch.simulator.world import Json

WORDS: Mapping[str, str] = {"queued": "waiting", "waiting": "blocked", "in_progress": "running"}


async def runs(call: Call) -> Response:
    """GET /actions/runs?head_sha=: newest first."""
    wanted = call.request.first("head_sha")
    found = [one for one in reversed(call.gitea.listed("runs", call.repository)) if wanted in ("", one["head_sha"])]
    page, limit = page_of(call)
    shown = [_run(call, one) for one in cut(found, page, limit)]
    return answer({"workflow_runs": shown, "total_count": len(found)})


async def run(call: Call) -> Response:
    """GET /actions/runs/{id}."""
    value = call.gitea.document("runs", f"{call.repository}/{call.parts['id']}")
    return answer(_run(call, value)) if value else not_found(call)


async def run_jobs(call: Call) -> Response:
    """GET /actions/runs/{id}/jobs: a bare array, without steps or times."""
    found = [one for one in call.gitea.listed("jobs", call.repository) if str(one["run_id"]) == call.parts["id"]]
    return answer([_job(one) for one in found])


async def run_artifacts(call: Call) -> Response:
    """GET /actions/runs/{id}/artifacts: with run_id in place of workflow_run."""
    mine = [one for one in call.gitea.listed("artifacts", call.repository) if _run_id(one) == call.parts["id"]]
    page, limit = page_of(call)
    shown = [
        {**{key: item for key, item in one.items() if key != "workflow_run"}, "run_id": int(_run_id(one))}
        for one in mine
    ]
    return answer({"artifacts": cut(shown, page, limit), "total_count": len(mine)})


def _run_id(artifact: Json) -> str:
    return str(artifact["workflow_run"]["id"])


def _run(call: Call, value: Json) -> Json:
    name, _, ref = str(value["path"]).partition("@")
    return {
        "id": value["id"],
        "title": value["display_title"],
        "index_in_repo": value["run_number"],
        "prettyref": ref.removeprefix("refs/heads/"),
        "commit_sha": value["head_sha"],
        "event": value["event"],
        "trigger_event": value["event"],
        "status": _word(value),
        "started": value["started_at"],
        "stopped": value["completed_at"],
        "created": _created(call, value),
        "updated": value["completed_at"],
        "duration": 0,
        "workflow_id": name,
        "need_approval": False,
        "html_url": f"{call.web}/actions/runs/{value['run_number']}",
    }


def _created(call: Call, value: Json) -> str:
    jobs = [one for one in call.gitea.listed("jobs", call.repository) if one["run_id"] == value["id"]]
    return str(jobs[0]["created_at"]) if jobs else "1970-01-01T00:00:00Z"


def _job(value: Json) -> Json:
    return {
        "id": value["id"],
        "name": value["name"],
        "status": _word(value),
        "attempt": value["run_attempt"],
        "handle": "",
        "needs": None,
        "runs_on": value["labels"],
        "task_id": value["id"],
        "run_id": value["run_id"],
    }


def _word(value: Json) -> str:
    return str(value.get("conclusion") or WORDS.get(str(value["status"]), "unknown"))
