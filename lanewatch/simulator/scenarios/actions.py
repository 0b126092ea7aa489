"""Gitea Actions as 1.26 shows it: one run, its jobs, their steps and logs, with the run status that 1.26 derives.

A JobScript says what happens to one job; `play` turns scripts into the documents that the API serves at each second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from lanewatch.simulator.scenarios.delivery import Delivery
from lanewatch.simulator.scenarios.lane import Lane

UNSET = "1970-01-01T00:00:00Z"
LOG_LAG = 2.6  # a runner sends its rows every few seconds
NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class JobStep:
    """One step of a job; lines are (second, text) on the job's log."""

    name: str
    starts: float
    ends: float
    lines: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True, slots=True)
class JobScript:
    """One job: blocked until `queued`, waiting for a runner until `starts`, running until `ends`."""

    name: str
    queued: float
    starts: float
    ends: float
    steps: tuple[JobStep, ...]
    conclusion: str = "success"


@dataclass(frozen=True, slots=True)
class PlayedJob:
    """What a rerun keeps of a job up to 1.26: its id, when it was created, how often runners took it."""

    number: int
    created: float
    pickups: int = 0


@dataclass(frozen=True, slots=True)
class Played:
    """A run as it was played."""

    number: int  # run_number
    jobs: tuple[PlayedJob, ...]


def play(
    lane: Lane, delivery: Delivery, at: float, scripts: Sequence[JobScript], earlier: Played | None = None
) -> Played:
    """Everything that the API shows of this run from `at` on; of a rerun of `earlier`, if that is given."""
    played = earlier or _new_run(lane, at, len(scripts))
    ended: float | None = None
    shown: dict[str, Any] = {}
    for moment in _moments(at, scripts):
        jobs = [_job(lane, delivery, job, script, moment) for job, script in zip(played.jobs, scripts, strict=True)]
        status = run_status(jobs)
        ended = moment if status[0] == "completed" and ended is None else ended
        found = {f"jobs/{job['id']}": job for job in jobs}
        started = _first_start(scripts, moment)
        found[f"runs/{delivery.run_id}"] = _run(lane, delivery, played.number, status, started, ended)
        for place, value in found.items():
            if shown.get(place) != value:
                collection, _, which = place.partition("/")
                lane.recorder.document(moment, collection, f"{lane.names.repository}/{which}", value)
        shown = found
    for job, script in zip(played.jobs, scripts, strict=True):
        _write_log(lane, job.number, script)
    taken = [int(script.starts < NEVER and script.conclusion != "skipped") for script in scripts]
    jobs_now = (replace(job, pickups=job.pickups + one) for job, one in zip(played.jobs, taken, strict=True))
    return Played(played.number, tuple(jobs_now))


def _new_run(lane: Lane, at: float, count: int) -> Played:
    jobs = tuple(PlayedJob(lane.job_id + number, at) for number in range(1, count + 1))
    lane.job_id += count
    lane.run_number += 1
    return Played(lane.run_number, jobs)


def run_status(jobs: Sequence[dict[str, Any]]) -> tuple[str, str | None]:
    """Status and conclusion of a run as 1.25 and 1.26 aggregate its jobs (reference gitea 3.5)."""
    words = [job.get("conclusion") or job["status"] for job in jobs]
    if all(word == "skipped" for word in words):
        return "completed", "skipped"
    if all(word in ("success", "skipped") for word in words):
        return "completed", "success"
    for word, status, conclusion in (
        ("cancelled", "completed", "cancelled"),
        ("in_progress", "in_progress", None),
        ("queued", "queued", None),
        ("failure", "completed", "failure"),
    ):
        if word in words:
            return status, conclusion
    return "waiting", None


def runner(lane: Lane, at: float, status: str = "online") -> None:
    """The dedicated runner as an owner sees it; offline one minute after it was last heard."""
    number, name = lane.runner
    labels = [{"id": 1, "name": lane.names.runner_label, "type": "custom"}]
    value = {"id": number, "name": name, "status": status, "busy": False, "ephemeral": False, "labels": labels}
    lane.recorder.document(at, "runners", f"{lane.names.repository}/{number}", value)


def _moments(created: float, scripts: Sequence[JobScript]) -> list[float]:
    moments = {created}
    for script in scripts:
        moments |= {script.queued, script.starts, script.ends}
        moments |= {second for step in script.steps for second in (step.starts, step.ends)}
    return sorted(second for second in moments if created <= second < NEVER)


def _first_start(scripts: Sequence[JobScript], at: float) -> float | None:
    starts = [script.starts for script in scripts if script.starts <= at]
    return min(starts) if starts else None


def _run(
    lane: Lane,
    delivery: Delivery,
    number: int,
    status: tuple[str, str | None],
    started: float | None,
    ended: float | None,
) -> dict[str, Any]:
    who = {"id": 2, "login": lane.names.repository.split("/")[0]}
    value: dict[str, Any] = {
        "id": delivery.run_id,
        "display_title": lane.wording(delivery.title),
        "path": f"{lane.names.workflow.rsplit('/', 1)[1]}@refs/heads/{lane.names.branch}",
        "event": "push",
        "run_attempt": 0,
        "run_number": number,
        "head_sha": delivery.commit,
        "head_branch": lane.names.branch,
        "status": status[0],
        "actor": who,
        "trigger_actor": who,
        "repository": {"id": lane.repository["id"], "full_name": lane.names.repository},
        "started_at": UNSET if started is None else lane.recorder.stamp(started),
        "completed_at": UNSET if ended is None else lane.recorder.stamp(ended),
    }
    if status[1] is not None:
        value["conclusion"] = status[1]
    return value


def _job(lane: Lane, delivery: Delivery, job: PlayedJob, script: JobScript, at: float) -> dict[str, Any]:
    started, ended = script.starts <= at, script.ends <= at
    skipped = ended and script.conclusion == "skipped"
    value: dict[str, Any] = {
        "id": job.number,
        "run_id": delivery.run_id,
        "name": lane.wording(script.name),
        "labels": [lane.names.runner_label],
        "run_attempt": job.pickups + int(started and not skipped),
        "head_sha": delivery.commit,
        "head_branch": lane.names.branch,
        "status": _status(script, at),
        "steps": [_step(lane, script, place, at) for place in range(len(script.steps))] if started else [],
        "created_at": lane.recorder.stamp(job.created),
        "started_at": lane.recorder.stamp(script.starts) if started and not skipped else UNSET,
        "completed_at": lane.recorder.stamp(script.ends) if ended else UNSET,
    }
    if ended:
        value["conclusion"] = script.conclusion
    if started and not skipped:
        value["runner_id"], value["runner_name"] = lane.runner
    return value


def _status(script: JobScript, at: float) -> str:
    if script.ends <= at:
        return "completed"
    if script.starts <= at:
        return "in_progress"
    return "queued" if script.queued <= at else "waiting"


def _step(lane: Lane, script: JobScript, place: int, at: float) -> dict[str, Any]:
    step = script.steps[place]
    cut = step.ends > script.ends  # cancelling a job ends its open steps with it, those not reached too
    ends = script.ends if cut else step.ends
    begins = min(step.starts, ends)
    started, ended = begins <= at, ends <= at
    value: dict[str, Any] = {
        "name": lane.wording(step.name),
        "number": place,
        "status": "completed" if ended else "in_progress" if started else "queued",
        "started_at": lane.recorder.stamp(begins) if started else UNSET,
        "completed_at": lane.recorder.stamp(ends) if ended else UNSET,
    }
    if ended:
        value["conclusion"] = script.conclusion if cut or step is script.steps[-1] else "success"
    return value


def _write_log(lane: Lane, number: int, script: JobScript) -> None:
    """Rows arrive late and in order; the last ones a moment after the job says completed."""
    last = script.starts
    for step in script.steps:
        for at, text in step.lines:
            if at > script.ends:
                continue
            arrives = last = max(last, min(at + LOG_LAG, script.ends + 0.6))
            row = f"{lane.recorder.precise(at, 7)} {lane.wording(text)}".replace("\n", "\\n")
            lane.recorder.log(arrives, ("job", str(number)), row.encode() + b"\n")
