"""Races before anything is built: the mirror, the Actions run, the reuse plan."""

from __future__ import annotations

from dataclasses import replace

from lanewatch.rollout.facts import ACTIONS, AUTHORITIES, GITOPS, MIRROR, PLAN, PROVENANCE, TEKTON, Correlation
from lanewatch.rollout.reports import ActionsReport, ActionsRun, MirrorReport, PlanReport, Snapshot, TektonReport
from tests.rollout import story
from tests.rollout.story import DISPATCH_JOB, OLD, PLAN_JOB, RUN, A, B, time
from tests.wrong_green.races import race


def mirror(**changes: object) -> dict[str, MirrorReport]:
    return {MIRROR: replace(story.MIRROR_REPORT, **changes)}  # type: ignore[arg-type]


def of_run(run: ActionsRun, *earlier: ActionsRun) -> dict[str, ActionsReport]:
    return {ACTIONS: replace(story.ACTIONS_REPORT, runs=(run, *earlier))}


def plan(**changes: object) -> dict[str, PlanReport]:
    return {PLAN: replace(story.PLAN_REPORT, **changes)}  # type: ignore[arg-type]


BEHIND = replace(story.MIRRORED, mirror_head=OLD, mirror_updated=time(89))
AHEAD = replace(story.MIRRORED, mirror_head=B, upstream_head=B)
QUEUED = (
    replace(PLAN_JOB, status="queued", conclusion="", started_at=None, completed_at=None, runner=""),
    replace(DISPATCH_JOB, status="waiting", conclusion="", started_at=None, completed_at=None, runner=""),
)
QUEUED_AGAIN = replace(RUN, status="queued", conclusion="", jobs=QUEUED)
DISPATCH_AGAIN = replace(RUN, status="queued", conclusion="", jobs=(PLAN_JOB, QUEUED[1]))
ATTEMPT_2 = replace(
    RUN,
    status="in_progress",
    conclusion="",
    jobs=(
        replace(PLAN_JOB, attempt=2, status="in_progress", conclusion="", started_at=time(86), completed_at=None),
        QUEUED[1],
    ),
)
COUNTED_2 = replace(
    RUN,
    attempt=2,
    status="in_progress",
    conclusion="",
    jobs=tuple(replace(job, attempt=2, created_at=time(85)) for job in QUEUED),
)
PUSHED_AGAIN = replace(
    RUN,
    id="43",
    number=4129,
    status="in_progress",
    conclusion="",
    jobs=(replace(PLAN_JOB, id="95", created_at=time(85), started_at=time(87), completed_at=time(89)),),
)
NO_RUN_YET = TektonReport((), event_listener_ready=True)

MIRRORS = (
    race(
        "the mirror synced a second ago, and holds the commit before",
        MIRROR,
        mirror(commit_in_mirror=False, snapshot=None, repositories=(BEHIND,), history=(story.OLD_COMMIT,)),
    ),
    race(
        "the mirror is behind, its snapshot ref is there already",
        MIRROR,
        mirror(commit_in_mirror=False, repositories=(BEHIND,), history=(story.OLD_COMMIT,)),
    ),
    race("the mirror holds the commit, nobody made the snapshot ref", MIRROR, mirror(snapshot=None)),
    race(
        "the snapshot ref is there, of the commit before", MIRROR, mirror(snapshot=Snapshot(story.REF, OLD, "prefix"))
    ),
    race("the plan names a snapshot ref that is not there", MIRROR, mirror(snapshot=Snapshot(story.REF, None, "plan"))),
    race("upstream has the commit, the mirror does not say", MIRROR, mirror(commit_in_mirror=None)),
    race(
        "mirror and upstream agree, on a newer commit than this",
        MIRROR,
        mirror(commit_in_mirror=False, repositories=(AHEAD,), history=(story.B_COMMIT,)),
    ),
)

RUNS = (
    race(
        "the newest green run is of the commit before",
        ACTIONS,
        {
            ACTIONS: replace(
                story.ACTIONS_REPORT, runs=(), newer_runs=(replace(RUN, id="40", head_sha=OLD),), dispatch=None
            )
        },
    ),
    race(
        "the run says completed, its jobs are queued",
        ACTIONS,
        {**of_run(replace(RUN, jobs=QUEUED)), TEKTON: NO_RUN_YET},
    ),
    race("the run is there, it has no job", ACTIONS, of_run(replace(RUN, jobs=(), status="running"))),
    race(
        "the run waits for somebody's approval",
        ACTIONS,
        {**of_run(replace(RUN, status="waiting", conclusion="", jobs=(QUEUED[1],))), TEKTON: NO_RUN_YET},
    ),
    race(
        "run id, artifacts and PipelineRun are those of attempt 1, attempt 2 waits for a runner",
        (ACTIONS, PLAN, PROVENANCE, TEKTON, GITOPS),
        of_run(QUEUED_AGAIN),
        against=AUTHORITIES,
    ),
    race(
        "only the dispatch job was asked for again, and waits",
        (ACTIONS, PROVENANCE, TEKTON, GITOPS),
        of_run(DISPATCH_AGAIN),
        before=((60.0, ACTIONS, story.ACTIONS_REPORT),),
        against=AUTHORITIES,
    ),
    race(
        "attempt 2 makes its plan, everything that is green is of attempt 1",
        (PLAN, PROVENANCE, TEKTON, GITOPS),
        of_run(ATTEMPT_2),
        against=AUTHORITIES,
    ),
    race(
        "attempt 2 as Gitea 1.27 counts it has jobs of its own, none was taken",
        (ACTIONS, PROVENANCE, TEKTON, GITOPS),
        of_run(COUNTED_2),
        against=AUTHORITIES,
    ),
    race(
        "the commit was pushed again and has a second run, everything green is of the first",
        (PROVENANCE, TEKTON, GITOPS),
        of_run(PUSHED_AGAIN, RUN),
        against=AUTHORITIES,
    ),
    race(
        "dispatch.json of this commit's run sent another commit on",
        ACTIONS,
        {
            ACTIONS: replace(
                story.ACTIONS_REPORT,
                dispatch=replace(story.ACTIONS_REPORT.dispatch, payload={"sourceCommit": B}),  # type: ignore[type-var]
            )
        },
    ),
    race(
        "the run was read for the commit before",
        ACTIONS,
        {ACTIONS: replace(story.ACTIONS_REPORT, server_time=time(89))},
        subjects={ACTIONS: Correlation(commit=OLD)},
    ),
)

PLANS = (
    race("the plan is there, for the commit before", PLAN, plan(plan=replace(story.PLAN_DOCUMENT, source_commit=OLD))),
    race("the plan read another reuse file than the snapshot holds", PLAN, plan(source_digest="sha256:" + "b" * 64)),
    race("the artifact is uploaded, it is no plan", PLAN, plan(plan=None, invalid="no JSON")),
    race("the plan job ended well and left no plan", PLAN, {PLAN: PlanReport(None, "", None)}),
    race(
        "a plan was read, of the run before",
        PLAN,
        plan(ref="actions-run/40/reuse-plan"),
        subjects={PLAN: Correlation(commit=A, run_id="40", run_attempt="1")},
    ),
    race(
        "the dispatch job runs in attempt 2, the plan artifact is of attempt 1",
        PLAN,
        of_run(
            replace(
                RUN,
                jobs=(
                    replace(PLAN_JOB, attempt=2, started_at=time(26), completed_at=time(34)),
                    replace(DISPATCH_JOB, attempt=2, started_at=time(36), completed_at=time(38)),
                ),
            )
        ),
    ),
)

SOURCE_RACES = (*MIRRORS, *RUNS, *PLANS)
