"""What a Gitea without `actions/runs` (1.22 to 1.24) still tells of a commit's jobs: its tasks, else commit statuses.

Neither is the runs API, so nothing here makes a stage succeed: anyone with code write may post a status, and tasks omit
the jobs that wait for a runner (Gitea reference 3.2, 6). All facts are `estimated` and ride on the failed read.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from lanewatch.authorities.leaves import number_at, text_at
from lanewatch.authorities.reading import Witness, attempt
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.gitea import Gitea
from lanewatch.clients.shape import JsonObject
from lanewatch.rollout.facts import TOLD_ASIDE, Fact, Outcome, Quality, Scalar
from lanewatch.rollout.wording import counted
from lanewatch.spec.lane import Lane

SUCCESS = "success"
BAD = ("failure", "error", "cancelled")
ACTIONS_USER = "gitea-actions"
WORKFLOW_CAP = 256 << 10  # bytes of a workflow file that is read for its name
_TARGET = re.compile(r"/actions/runs/(?P<number>\d+)/jobs/\d+$")


@dataclass(frozen=True, slots=True)
class Row:
    """The newest word on one job of a run."""

    job: str
    word: str  # as the server says it
    run_number: int
    id: int  # grows with each row


async def told_aside(gitea: Gitea, lane: Lane, commit: str, event: str, witness: Witness) -> tuple[Fact, ...]:
    """Facts on the newest run's jobs: from tasks (1.23, 1.24), else from commit statuses; none where neither tells."""
    api = f"GET /api/v1/repos/{lane.workflow_repository}"
    tasks = await attempt(gitea.tasks, lane.workflow_repository)
    if not isinstance(tasks, ReadFailure):
        jobs = newest(rows_of_tasks(tasks, lane, commit, event))
        why = "from tasks: jobs that wait for a runner are not listed"
        return _facts(jobs, "taken job", "tasks", f"{api}/actions/tasks", why, witness)
    source = f"{api}/commits/{commit}/statuses"
    if tasks.outcome is not Outcome.UNSUPPORTED:
        return (witness.could_not("runJobs", f"{api}/actions/tasks", tasks),)
    statuses, file = await asyncio.gather(
        attempt(gitea.statuses, lane.workflow_repository, commit),
        attempt(gitea.file, lane.workflow_repository, lane.workflow_path, commit),
    )
    if isinstance(statuses, ReadFailure):
        return (witness.could_not("runJobs", source, statuses),)
    why = "from commit statuses: whoever may write code may post one"
    if isinstance(file, ReadFailure):
        return (witness.could_not("runJobs", f"{api}/contents/{lane.workflow_path}", file),)
    jobs = newest(rows_of_statuses(statuses, context_name(file, lane.workflow_name), event))
    return _facts(jobs, "job", "commit statuses", source, why, witness)


def rows_of_tasks(tasks: Iterable[JsonObject], lane: Lane, commit: str, event: str) -> list[Row]:
    """Those of this commit, workflow, event and branch."""
    wanted = {"head_sha": commit, "workflow_id": lane.workflow_name, "event": event, "head_branch": lane.branch}
    return [
        Row(text_at(task, "name"), text_at(task, "status"), number_at(task, "run_number"), number_at(task, "id"))
        for task in tasks
        if all(text_at(task, key) == value for key, value in wanted.items())
    ]


def context_name(workflow: bytes, file_name: str) -> str:
    """What Actions begins a commit status's context with: the workflow's own name, which may be empty.

    A file that does not parse gives its file name; so Gitea does (Gitea reference 6).
    """
    try:
        told = YAML(typ="safe", pure=True).load(workflow) if len(workflow) <= WORKFLOW_CAP else None
    except (YAMLError, ValueError, RecursionError):
        return file_name
    name = told.get("name", "") if isinstance(told, dict) else file_name
    return name if isinstance(name, str) else ""


def rows_of_statuses(statuses: Iterable[JsonObject], name: str, event: str) -> list[Row]:
    """Those that Actions wrote for this event and the workflow of this name: `NAME / JOB (EVENT)`, stored stripped.

    Two workflow files of one name share their contexts before 1.27; the number of the run keeps them apart.
    """
    begins, ends, rows = f"{name} / ".lstrip(), f" ({event})", []
    for status in statuses:
        context, target = text_at(status, "context"), _TARGET.search(text_at(status, "target_url"))
        ours = context.startswith(begins) and context.endswith(ends) and len(context) > len(begins) + len(ends)
        if ours and target and text_at(status, "creator.login") == ACTIONS_USER:
            word, number = text_at(status, "status"), int(target["number"][:12])
            rows.append(Row(context[len(begins) : -len(ends)], word, number, number_at(status, "id")))
    return rows


def newest(rows: Sequence[Row]) -> list[Row]:
    """The last word on each job of the newest run, in the order in which the jobs were first named."""
    current = max((row.run_number for row in rows), default=0)
    last: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: row.id):
        if row.run_number == current:
            last[row.job] = row
    return list(last.values())


def summary(jobs: Sequence[Row], thing: str, teller: str) -> str:
    """`3 of 3 jobs succeeded (commit statuses)`; what went wrong is said first."""
    bad = sum(job.word in BAD for job in jobs)
    done = sum(job.word == SUCCESS for job in jobs)
    number, word = (bad, "failed") if bad else (done, "succeeded")
    return f"{number} of {counted(len(jobs), thing)} {word} ({teller})"


def _facts(jobs: Sequence[Row], thing: str, teller: str, source: str, why: str, witness: Witness) -> tuple[Fact, ...]:
    if not jobs:
        return (witness.lacks("runJobs", source, f"no {thing} of this workflow for this commit, {why}"),)
    told: dict[str, Scalar | tuple[str, ...]] = {
        TOLD_ASIDE: summary(jobs, thing, teller),
        "runJobs": tuple(f"{job.job}: {job.word}" for job in jobs),
        "runNumber": jobs[0].run_number,
    }
    return tuple(
        witness.says(name, value, source, quality=Quality.ESTIMATED, reason=why) for name, value in told.items()
    )
