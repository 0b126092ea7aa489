"""Forgejo 16's Actions, told in Gitea's shapes: other names, the runner's own status words, jobs without times.

Gitea reference 12. What Forgejo does not tell is left out, never made up: a run's times are those of its first job.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from lanewatch.clients.shape import JsonObject, field, optional
from lanewatch.clients.strict_json import Json

STATUS: Final[Mapping[str, str]] = {
    "waiting": "queued",
    "blocked": "waiting",
    "running": "in_progress",
    "cancelling": "in_progress",
}
CONCLUSIONS: Final = frozenset({"success", "failure", "cancelled", "skipped"})


def is_forgejo_run(run: JsonObject) -> bool:
    return "commit_sha" in run and "head_sha" not in run


def run_as_gitea(run: JsonObject) -> JsonObject:
    """A run in Gitea's shape; `path` is NAME@REF as Gitea writes it. Raises ShapeError."""
    branch = optional(run, "prettyref", str) or ""
    told: JsonObject = {
        "id": field(run, "id", int),
        "run_number": optional(run, "index_in_repo", int) or 0,
        "head_sha": field(run, "commit_sha", str),
        "event": optional(run, "trigger_event", str) or optional(run, "event", str) or "",
        "path": f"{optional(run, 'workflow_id', str) or ''}@refs/heads/{branch}",
        "display_title": optional(run, "title", str) or "",
        "started_at": run.get("started"),
        "completed_at": run.get("stopped"),
        "html_url": optional(run, "html_url", str) or "",
        "created": run.get("created"),
    }
    if not branch.startswith("#"):
        told["head_branch"] = branch
    return told | _ended(field(run, "status", str))


def jobs_as_gitea(jobs: Sequence[JsonObject], run: JsonObject) -> list[JsonObject]:
    """Jobs in Gitea's shape, by id; `run` as `run_as_gitea` gave it. The run began when its first job did."""
    ordered = sorted(jobs, key=lambda job: field(job, "id", int))
    return [_job(job, run, first=number == 0) for number, job in enumerate(ordered)]


def _job(job: JsonObject, run: JsonObject, *, first: bool) -> JsonObject:
    told: JsonObject = {
        "id": field(job, "id", int),
        "run_id": field(run, "id", int),
        "name": optional(job, "name", str) or "",
        "labels": job.get("runs_on") or [],
        "run_attempt": optional(job, "attempt", int) or 0,
        "head_sha": run["head_sha"],
    }
    if first:
        told |= {"created_at": run.get("created"), "started_at": run.get("started_at")}
    return told | _ended(field(job, "status", str))


def _ended(word: str) -> dict[str, Json]:
    """Status and conclusion; a word that nobody knows stays as it is and ends nothing."""
    if word in CONCLUSIONS:
        return {"status": "completed", "conclusion": word}
    return {"status": STATUS.get(word, word)}
