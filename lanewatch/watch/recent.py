"""The commits that a person could watch: the branch as the mirror told it, each with its newest Actions run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from lanewatch.authorities.actions_runs import is_of, run_of
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.gitea import Gitea
from lanewatch.rollout.facts import MIRROR, Knowledge
from lanewatch.rollout.reports import ActionsRun, MirrorReport
from lanewatch.rollout.reports.mirror import Commit
from lanewatch.spec.lane import Lane
from lanewatch.text import Redactor, safe
from lanewatch.watch.session import NO_RUN, NOT_ASKED, NOT_READ, Recent, RecentCommit


async def recent_commits(
    lane: Lane, known: Knowledge, gitea: Gitea | None, redactor: Redactor, with_runs: int
) -> Recent:
    """The branch's newest commits, the first `with_runs` with their run.

    Never raises for the world's faults: what is not readable is told in the note.
    """
    seen = known.seen.get(MIRROR)
    report = seen.last_ok.report if seen and seen.last_ok else None
    if not isinstance(report, MirrorReport):
        return Recent((), "the mirror has not told its branch yet")
    commits = _newest_first(report)
    if gitea is None:
        return Recent(tuple(_told(commit, NOT_ASKED) for commit in commits), "connections name no gitea: no runs")
    asked = await asyncio.gather(*(_newest_run(gitea, lane, commit.sha, redactor) for commit in commits[:with_runs]))
    runs: list[ActionsRun | ReadFailure | str] = [*asked, *[NOT_ASKED] * (len(commits) - len(asked))]
    failures = [run.reason for run in asked if isinstance(run, ReadFailure)]
    told = tuple(_told(commit, run) for commit, run in zip(commits, runs, strict=True))
    return Recent(told, f"runs: {failures[0]}" if failures else "")


def _newest_first(report: MirrorReport) -> list[Commit]:
    """The mirror's history, with an upstream head before it that the mirror does not have yet."""
    ahead: Iterable[Commit | None] = (report.head_commit, report.commit)
    known = {commit.sha for commit in report.history}
    news = {commit.sha: commit for commit in ahead if commit is not None and commit.sha not in known}
    return [*news.values(), *report.history]


async def _newest_run(gitea: Gitea, lane: Lane, sha: str, redactor: Redactor) -> ActionsRun | ReadFailure | str:
    try:
        found = await gitea.runs(lane.workflow_repository, sha)
        runs = [run for run in found if is_of(run, lane.workflow_name, "push", lane.branch)]
        return run_of(runs[0], (), lambda text: safe(text, redactor)) if runs else NO_RUN
    except ReadFailure as failure:
        return failure


def _told(commit: Commit, run: ActionsRun | ReadFailure | str) -> RecentCommit:
    """`run`: or why there is none to tell of."""
    if not isinstance(run, ActionsRun):
        state = NOT_READ if isinstance(run, ReadFailure) else run
        return RecentCommit(commit.sha, commit.subject, commit.author, commit.committed_at, state=state)
    seconds = (
        (run.completed_at - run.started_at).total_seconds()
        if run.started_at and run.completed_at and run.completed_at >= run.started_at
        else None
    )
    state = run.conclusion or run.status
    return RecentCommit(commit.sha, commit.subject, commit.author, commit.committed_at, run.id, state, seconds)
