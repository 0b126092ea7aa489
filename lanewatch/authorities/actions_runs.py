"""Runs, jobs and the dispatch paper of Gitea Actions as their API tells them (Gitea reference 3.3, 3.4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lanewatch.authorities.leaves import instant_at, number_at, objects_at, text_at, texts_at
from lanewatch.authorities.paper_faults import BrokenPaper
from lanewatch.clients.shape import JsonObject, child, field, optional
from lanewatch.clients.strict_json import JsonError, parse_json
from lanewatch.rollout.reports import ActionsJob, ActionsRun, ActionsStep, Dispatch

Text = Callable[[str], str]

PAYLOAD_LIMIT = 40  # keys of a dispatch payload: the spec asks for five


def is_of(run: JsonObject, workflow: str, event: str, branch: str) -> bool:
    """Whether the run is of this workflow file, trigger event and branch; `path` is NAME@REF."""
    path, at, ref = text_at(run, "path").partition("@")
    told_branch = text_at(run, "head_branch")
    if path.rsplit("/", 1)[-1] != workflow or text_at(run, "event") != event:
        return False
    if at and ref != f"refs/heads/{branch}":
        return False
    return not told_branch or told_branch == branch


def run_of(run: JsonObject, jobs: Sequence[JsonObject], text: Text) -> ActionsRun:
    """Raises ReadFailure `invalid` when an id, a status or the sha is no such thing."""
    return ActionsRun(
        id=str(field(run, "id", int)),
        number=number_at(run, "run_number"),
        attempt=number_at(run, "run_attempt"),
        status=text(field(run, "status", str)),
        conclusion=text(optional(run, "conclusion", str) or ""),
        event=text(text_at(run, "event")),
        path=text(text_at(run, "path")),
        head_sha=text(field(run, "head_sha", str)),
        head_branch=text(text_at(run, "head_branch")),
        title=text(text_at(run, "display_title")),
        started_at=instant_at(run, "started_at"),
        completed_at=instant_at(run, "completed_at"),
        jobs=tuple(_job(job, text) for job in jobs),
        url=text(text_at(run, "html_url")),
    )


def waits_to_begin(run: JsonObject) -> bool:
    """Whether no job of it was ever taken: it has uploaded nothing yet."""
    return text_at(run, "status") in ("queued", "waiting") and instant_at(run, "started_at") is None


def _job(job: JsonObject, text: Text) -> ActionsJob:
    return ActionsJob(
        id=str(field(job, "id", int)),
        name=text(text_at(job, "name")),
        status=text(field(job, "status", str)),
        conclusion=text(optional(job, "conclusion", str) or ""),
        labels=tuple(text(label) for label in texts_at(job, "labels")),
        runner=text(text_at(job, "runner_name")),
        attempt=number_at(job, "run_attempt"),
        created_at=instant_at(job, "created_at"),
        started_at=instant_at(job, "started_at"),
        completed_at=instant_at(job, "completed_at"),
        steps=tuple(_step(step, text) for step in objects_at(job, "steps")),
    )


def _step(step: JsonObject, text: Text) -> ActionsStep:
    return ActionsStep(
        name=text(text_at(step, "name")),
        number=number_at(step, "number"),
        status=text(text_at(step, "status")),
        conclusion=text(text_at(step, "conclusion")),
    )


def dispatch_of(data: bytes, artifact_id: str, text: Text) -> Dispatch:
    """dispatch.json (CONTRACTS §6): the payload sent and the EventListener's reply. Raises ReadFailure `invalid`."""
    try:
        document = parse_json(data)
    except JsonError as error:
        raise BrokenPaper(f"dispatch.json: {error}") from None
    if not isinstance(document, dict):
        raise BrokenPaper("dispatch.json: $: not an object")
    payload = {
        text(key): text(value)
        for key, value in list(child(document, "payload").items())[:PAYLOAD_LIMIT]
        if isinstance(value, str)
    }
    event_id = text_at(document, "reply.eventID") or text_at(document, "eventID")
    return Dispatch(
        event_id=text(event_id) or None,
        payload=payload,
        sent_at=instant_at(document, "sentAt"),
        artifact_id=artifact_id,
    )


def label_is_online(runners: Sequence[JsonObject], label: str) -> bool | None:
    """Whether a runner with this label is online; None when none of those listed has it (it may be the owner's)."""
    serving = [runner for runner in runners if label in _labels(runner) and runner.get("disabled") is not True]
    if not serving:
        return None
    return any(text_at(runner, "status") in ("online", "idle", "active") for runner in serving)


def _labels(runner: JsonObject) -> set[str]:
    return {text_at(label, "name") for label in objects_at(runner, "labels")}
