"""Fabricated Rollouts: what a session would publish, made by hand, so that screens are tested without a lane."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from lanewatch.rollout import facts
from lanewatch.rollout.facts import Correlation, Cost, Fact, Handle, Moment, Outcome, Quality
from lanewatch.rollout.rollout import Burn, Cell, Evidence, Finding, LaneState, Read, Rollout, Stage, StageState

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


def failed() -> Rollout:
    """The builder Job failed; the rest is skipped, and the build was over its budget."""
    reason = "build-or-reuse failed"
    stages = (
        stage(0, "succeeded", "snapshot 3f9c2e1", span=(0, 8.2)),
        stage(1, "succeeded", "run 4127", span=(8.2, 31.0), budget=Burn("actionsDispatchSeconds", 20.0, 22.8, "over")),
        stage(2, "succeeded", "build 1, reuse 4", span=(31.0, 40.0)),
        stage(
            3,
            "failed",
            "exit 1 in pod build-3f9c2e1b7a5d-x2",
            span=(40.0, 114.5),
            reason="Job build-3f9c2e1b7a5d: BackoffLimitExceeded",
        ),
        stage(4, "failed", "TaskRun build failed", span=(40.0, 116.0), reason="TaskRun build failed"),
        stage(5, "skipped", reason=reason),
        stage(6, "skipped", "synced at 91ab3cd", reason=reason),
        stage(7, "skipped", "serving 77e0f1a", reason=reason),
    )
    made = _rollout(stages, state="failed", elapsed_seconds=116.0, forecast_seconds=None, now=116.0)
    message = "build-or-reuse failed: Job build-3f9c2e1b7a5d BackoffLimitExceeded; open its log with l"
    findings = (
        Finding("stage-failed", "error", message, stage="build-or-reuse"),
        Finding("over-budget", "warning", "actions-dispatch took 22.8 s of 20 s", stage="actions-dispatch"),
    )
    return replace(made, findings=findings)


def drift() -> Rollout:
    """All green up to argo-closeout, but the Pods run another digest."""
    conflict = Cell(fact("imageDigest", DIGEST, facts.RUNTIME, quality=Quality.CONFLICT), Quality.CONFLICT, 1.0)
    stages = (
        *_delivered()[:7],
        stage(
            7,
            "unknown",
            "two digests",
            span=(96.0, None),
            reason="image drift: two digests",
            cells=(conflict,),
            elapsed_seconds=14.0,
        ),
    )
    made = _rollout(stages, state="unknown", elapsed_seconds=104.0, forecast_seconds=None, now=110.0)
    message = (
        f"image drift: provenance says {DIGEST[:19]}…, the Pods run sha256:77aa01bc45de…; both after a complete rollout"
    )
    fields = {**made.fields, "imageDigest": conflict}
    return replace(
        made, fields=fields, findings=(Finding("image-drift", "error", message, stage="runtime-provenance"),)
    )


def done() -> Rollout:
    """Everything delivered and proven."""
    stages = (*_delivered(), stage(7, "succeeded", "serving 3f9c2e1", span=(96.0, 104.0)))
    made = _rollout(stages, state="succeeded", elapsed_seconds=104.0, forecast_seconds=None, now=130.0)
    good = {name: replace(cell, quality=Quality.GOOD) for name, cell in made.fields.items()}
    good["imageDigest"] = Cell(fact("imageDigest", DIGEST, facts.PROVENANCE, final=True), Quality.GOOD, 3.0)
    good["gitopsRevision"] = Cell(fact("gitopsRevision", "5be19cd0" * 5, facts.GITOPS, final=True), Quality.GOOD, 3.0)
    return replace(made, findings=(), fields=good)


def nothing() -> Rollout:
    """No authority has answered yet."""
    stages = tuple(stage(n, "pending", quality=Quality.UNKNOWN, age_seconds=None) for n in range(len(STAGES)))
    made = _rollout(stages, state="pending", elapsed_seconds=None, forecast_seconds=None, now=0.0)
    unknown = {
        name: Cell(fact(name, None, authority, quality=Quality.UNKNOWN), Quality.UNKNOWN, None)
        for name, _, authority in FIELDS
    }
    reads = tuple(replace(read, outcome=None, reason="waits for commit") for read in made.reads)
    return replace(made, commit=None, commit_subject="", t0=None, findings=(), fields=unknown, reads=reads)


def silent() -> Rollout:
    """Authorities that cannot be asked, each in its own way."""
    made = running()
    trouble = (
        ("error", Outcome.UNREACHABLE, "127.0.0.1:6443 refused the connection, 12 s ago"),
        ("denied", Outcome.DENIED, "403: may not list applications in argocd"),
        ("unconfigured", Outcome.UNCONFIGURED, "no kubeconfig names the runtime cluster"),
    )
    stages, reads = list(made.stages), list(made.reads)
    for index, (quality, outcome, reason) in zip((4, 6, 7), trouble, strict=True):
        stages[index] = replace(stages[index], quality=Quality(quality), age_seconds=12.0)
        reads[index] = replace(reads[index], outcome=outcome, reason=reason)
    return replace(made, stages=tuple(stages), reads=tuple(reads), partial=True)


def hostile() -> Rollout:
    """What no authority should say, as if cleaning had failed: markup, escapes, bidi, wide and endless text."""
    made = running()
    evil = "[/x] [@click=app.quit]quit[/] \x1b]52;c;ZWNobw==\x07 \x9b2J \u202egnp.exe\u202c \x00\r"
    stages = tuple(replace(one, says=evil, reason=evil, owner=evil) for one in made.stages)
    cells = {name: replace(cell, fact=replace(cell.fact, value=evil)) for name, cell in made.fields.items()}
    wide = "構築失敗 🚀 " * 20
    findings = (Finding("x", "error", evil * 3), Finding("y", "warning", wide), Finding("z", "info", "a" * 300))
    handle = Handle("log", evil, evil, evil)
    stages = tuple(replace(one, handles=(handle,), cells=tuple(cells.values())) for one in stages)
    return replace(
        made,
        target=evil,
        repository=evil,
        commit_subject=wide,
        mode=evil,
        stages=stages,
        fields=cells,
        findings=findings,
    )


def _delivered() -> tuple[Stage, ...]:
    late = replace(stage(6, "succeeded", "synced at 5be19cd, Healthy", span=(80.0, 96.0)))
    return (
        stage(0, "succeeded", "snapshot 3f9c2e1", span=(0, 8.2)),
        stage(1, "succeeded", "run 4127", span=(8.2, 13.1)),
        stage(2, "succeeded", "build 1, reuse 4", span=(13.1, 22.2)),
        stage(3, "reused", "image reused from 77e0f1a", span=(22.2, 74.0)),
        stage(4, "succeeded", "agentrun-v02-x7k2", span=(22.2, 78.0)),
        stage(5, "succeeded", "5be19cd", span=(74.0, 80.0)),
        replace(late, budget=replace(late.budget, used_seconds=22.0)),
    )


def _rollout(
    stages: tuple[Stage, ...],
    *,
    state: LaneState = "running",
    elapsed_seconds: float | None = 71.4,
    forecast_seconds: float | None = 108.0,
    now: float = 71.4,
) -> Rollout:
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
        state=state,
        partial=False,
        now=Moment(at(now), 1000.0),
        t0=Cell(fact("t0", at(0).isoformat(), facts.MIRROR, source_time=at(0)), Quality.ESTIMATED, 71.4),
        elapsed_seconds=elapsed_seconds,
        budget=Burn("endToEndSeconds", 120.0, elapsed_seconds, "within"),
        baseline_seconds=105.7,
        forecast_seconds=forecast_seconds,
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
