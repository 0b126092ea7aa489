"""Fabricated Rollouts: what a session would publish, made by hand, so that screens are tested without a lane."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from lanewatch.rollout import facts
from lanewatch.rollout.facts import Correlation, Cost, Fact, Handle, Moment, Outcome, Quality
from lanewatch.rollout.rollout import Burn, Cell, Evidence, Finding, Read, Rollout, Stage, StageState

NOW = datetime(2026, 7, 5, 14, 2, 31, tzinfo=UTC)
COMMIT = "3f9c2e1b7a5d4c3e2f1a0b9c8d7e6f5a4b3c2d1e"
DIGEST = "sha256:9b1c3d5e7f902143658709abcdef0123456789abcdef0123456789abcdef0123"

STAGES = (
    ("mirror-sync", facts.MIRROR, "gitea-mirror", "sourceSyncSeconds", 20.0),
    ("actions-dispatch", facts.ACTIONS, "gitea-actions", "actionsDispatchSeconds", 20.0),
    ("reuse-plan", facts.PLAN, "unidesk-cli", "reusePlanSeconds", 20.0),
    ("build-or-reuse", facts.PROVENANCE, "controlled-builder-plane", "buildOrReuseSeconds", 70.0),
    ("tekton-pipelinerun", facts.TEKTON, "tekton", None, None),
    ("gitops-publish", facts.GITOPS, "unidesk-cli-or-tekton", "gitopsArgoCloseoutSeconds", 50.0),
    ("argo-closeout", facts.ARGO, "argo-cd", "gitopsArgoCloseoutSeconds", 50.0),
    ("runtime-provenance", facts.RUNTIME, "unidesk-status", None, None),
)

FIELDS: tuple[tuple[str, facts.Scalar | tuple[str, ...], str], ...] = (
    ("target", "agentrun-jd01-v02", facts.OPERATOR),
    ("sourceCommit", COMMIT, facts.MIRROR),
    ("snapshotRef", f"refs/unidesk/snapshots/gitea-actions/agentrun-v0.2/{COMMIT}", facts.MIRROR),
    ("giteaMirrorLag", 0, facts.MIRROR),
    ("actionsRunId", "4127", facts.ACTIONS),
    ("pipelineRunName", "agentrun-v02-x7k2", facts.TEKTON),
    ("builderJobName", "build-3f9c2e1b7a5d", facts.PROVENANCE),
    ("buildServices", ("agentrun-mgr",), facts.PLAN),
    ("reusedServices", ("api", "web", "worker", "cron"), facts.PLAN),
    ("skipImageBuild", False, facts.PLAN),
    ("reuseEnvImage", True, facts.PLAN),
    ("imageDigest", None, facts.PROVENANCE),
    ("gitopsRevision", None, facts.GITOPS),
    ("argoSync", "Synced", facts.ARGO),
    ("argoHealth", "Healthy", facts.ARGO),
    ("runtimeTargetSha", "77e0f1a2b3c4d5e6f708192a3b4c5d6e7f809102", facts.RUNTIME),
    ("health", "ok", facts.RUNTIME),
    ("elapsedSeconds", 71.4, facts.MIRROR),
)


def fact(name: str, value: facts.Scalar | tuple[str, ...], authority: str, **more: object) -> Fact:
    quality = more.pop("quality", Quality.GOOD if value is not None else Quality.ABSENT)
    return Fact(name, value, quality, authority, f"GET /{authority}/{name}", **more)  # type: ignore[arg-type]


def at(offset: float) -> datetime:
    """The wall time `offset` seconds after t0, which is 71.4 s before NOW."""
    return NOW - timedelta(seconds=71.4) + timedelta(seconds=offset)


def stage(
    number: int, state: StageState, says: str = "", *, span: tuple[float, float | None] | None = None, **more: object
) -> Stage:
    """One stage of the lane; span: (start, end) in seconds after t0, end None while it runs."""
    name, authority, owner, budget_id, budget = STAGES[number]
    start, end = span if span else (None, None)
    started, finished = (None if at_ is None else at(at_) for at_ in (start, end))
    elapsed = None if started is None else ((finished or NOW) - started).total_seconds()
    burn = "none" if budget is None else "unknown" if elapsed is None else "over" if elapsed > budget else "within"
    made = Stage(
        id=name,
        authority=authority,
        owner=owner,
        state=state,
        says=says,
        reason="",
        started_at=started,
        finished_at=finished,
        uncertainty_seconds=1.0,
        elapsed_seconds=elapsed,
        budget=Burn(budget_id, budget, elapsed if budget else None, burn),  # type: ignore[arg-type]
        age_seconds=1.4 + number % 2,
        quality=Quality.GOOD,
        cells=(),
        handles=(),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def running() -> Rollout:
    """The picture of the design: the build runs, step 3 of 7."""
    log = Handle("log", "", "pods/agentrun-ci/build-3f9c2e1b7a5d-pod/logs/build", "build container")
    job = Handle("object", "cicd-builder-job", "jobs/agentrun-ci/build-3f9c2e1b7a5d", "Job build-3f9c2e1b7a5d")
    build_cells = (
        Cell(fact("builderJobName", "build-3f9c2e1b7a5d", facts.PROVENANCE), Quality.GOOD, 1.2),
        Cell(fact("imageDigest", None, facts.PROVENANCE, reason="the builder has not finished"), Quality.ABSENT, 1.2),
    )
    stages = (
        stage(0, "succeeded", "snapshot 3f9c2e1", span=(0, 8.2)),
        stage(1, "succeeded", "run 4127", span=(8.2, 13.1)),
        stage(2, "succeeded", "build 1, reuse 4", span=(13.1, 22.2)),
        stage(3, "running", "env-image step 3/7", span=(40.4, None), cells=build_cells, handles=(log, job)),
        stage(4, "running", "agentrun-v02-x7k2", span=(37.2, None)),
        stage(5, "pending"),
        stage(6, "pending", "synced at 91ab3cd", quality=Quality.STALE, age_seconds=31.0),
        stage(7, "pending", "serving 77e0f1a"),
    )
    return _rollout(stages)


def _rollout(stages: tuple[Stage, ...]) -> Rollout:
    cells = {name: Cell(_field(name, value, authority), _quality(value), 2.0) for name, value, authority in FIELDS}
    cells["argoSync"] = replace(cells["argoSync"], quality=Quality.STALE, age_seconds=31.0)
    return Rollout(
        target="agentrun-jd01-v02",
        repository="pikasTech/agentrun",
        branch="v0.2",
        node="JD01",
        mode="diagnostic-only",
        commit=COMMIT,
        commit_subject="fix: lease renewal",
        commit_author="Ada",
        commit_time=at(-5),
        newer_commit=None,
        state="running",
        partial=False,
        now=Moment(NOW, 1000.0),
        t0=Cell(fact("t0", at(0).isoformat(), facts.MIRROR, source_time=at(0)), Quality.ESTIMATED, 71.4),
        elapsed_seconds=71.4,
        budget=Burn("endToEndSeconds", 120.0, 71.4, "within"),
        baseline_seconds=105.7,
        forecast_seconds=108.0,
        forecast_reason="",
        stages=stages,
        fields=cells,
        findings=(
            Finding(
                "not-noticed",
                "warning",
                "argo has not noticed the commit yet: it polls every 120 s; refresh it by webhook to close out in time",
            ),
        ),
        evidence=Evidence((), (), (), (), (), ()),
        reads=tuple(Read(authority, Outcome.OK, "", 0.1, 2.0, Cost(1, 0, 800)) for authority in facts.AUTHORITIES),
        correlation=Correlation(commit=COMMIT),
    )


def _quality(value: facts.Scalar | tuple[str, ...]) -> Quality:
    return Quality.GOOD if value is not None else Quality.ABSENT


def _field(name: str, value: facts.Scalar | tuple[str, ...], authority: str) -> Fact:
    return fact(name, value, authority, final=name in {"sourceCommit", "snapshotRef", "actionsRunId"})
