"""The rollout as OTLP/JSON: a SERVER span for the lane, an INTERNAL one per stage (OpenTelemetry CI/CD conventions).

Ids follow from repository, commit and attempt, so that exporting twice gives the same trace. A stage without a known
start has no span; an attribute of the root names it, since a made-up time would be a lie that a tracing tool draws.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from lanewatch.rollout.facts import AUTHORITIES
from lanewatch.rollout.rollout import ENDED, Rollout, Stage

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SERVER, INTERNAL = 2, 1
OK, ERROR, UNSET = 1, 2, 0
# cicd.pipeline.result and cicd.pipeline.task.run.result; a state without an end has none.
RESULTS = {
    "succeeded": "success",
    "reused": "success",
    "failed": "failure",
    "cancelled": "cancellation",
    "skipped": "skip",
    "superseded": "cancellation",
}
# cicd.pipeline.task.type, where the conventions have a word for it.
TYPES = dict(zip(AUTHORITIES, ("", "", "", "build", "", "", "deploy", ""), strict=True))


def trace(rollout: Rollout) -> dict[str, Any]:
    """The document of an OTLP export request; no spans where even the start of the lane is unknown."""
    timed = [stage for stage in rollout.stages if stage.started_at is not None]
    spans = [] if not timed else [_root(rollout, timed), *(_span(rollout, stage) for stage in timed)]
    resource = {
        "service.name": rollout.target,
        "cicd.system.component": "lanewatch",
        "deployment.environment.name": rollout.node,
    }
    scope = {"name": "lanewatch"}
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes(resource)},
                "scopeSpans": [{"scope": scope, "spans": spans}],
            }
        ]
    }


def _root(rollout: Rollout, timed: list[Stage]) -> dict[str, Any]:
    starts = [stage.started_at for stage in timed if stage.started_at]
    ends = [end for stage in timed if (end := _end(rollout, stage))]
    finished = rollout.state in RESULTS
    attributes = {
        "cicd.pipeline.name": rollout.target,
        "cicd.pipeline.action.name": "RUN",
        "cicd.pipeline.run.id": rollout.correlation.run_id or "",
        "cicd.pipeline.run.state": "executing" if not finished else "",
        "cicd.pipeline.result": RESULTS.get(rollout.state, ""),
        "vcs.ref.head.name": rollout.branch,
        "vcs.ref.head.revision": rollout.commit or "",
        "vcs.repository.name": rollout.repository,
        "artifact.hash": rollout.correlation.image_digest or "",
        "lanewatch.state": rollout.state,
        "lanewatch.stages.without.span": " ".join(s.id for s in rollout.stages if s.started_at is None),
    }
    span = _base(rollout, "lane", f"deliver {rollout.target}", SERVER, min(starts), max(ends), attributes)
    return {**span, "status": _status(rollout.state), "events": _events(rollout)}


def _span(rollout: Rollout, stage: Stage) -> dict[str, Any]:
    assert stage.started_at is not None
    attributes = {
        "cicd.pipeline.task.name": stage.id,
        "cicd.pipeline.task.type": TYPES.get(stage.authority, ""),
        "cicd.pipeline.task.run.id": _id(rollout, stage.id),
        "cicd.pipeline.task.run.result": RESULTS.get(stage.state, ""),
        "lanewatch.state": stage.state,
        "lanewatch.authority": stage.authority,
        "lanewatch.says": stage.says,
        "lanewatch.reason": stage.reason,
        "lanewatch.budget.state": stage.budget.state,
        "lanewatch.budget.seconds": stage.budget.seconds,
        "lanewatch.budget.used.seconds": stage.budget.used_seconds,
        "lanewatch.uncertainty.seconds": stage.uncertainty_seconds,
    }
    end = _end(rollout, stage) or stage.started_at
    span = _base(rollout, stage.id, stage.id, INTERNAL, stage.started_at, max(end, stage.started_at), attributes)
    return {**span, "parentSpanId": _id(rollout, "lane"), "status": _status(stage.state)}


def _base(
    rollout: Rollout, key: str, name: str, kind: int, start: datetime, end: datetime, attributes: dict[str, Any]
) -> dict[str, Any]:
    return {
        "traceId": sha256(_identity(rollout).encode()).hexdigest()[:32],
        "spanId": _id(rollout, key),
        "name": name,
        "kind": kind,
        "startTimeUnixNano": _nanoseconds(start),
        "endTimeUnixNano": _nanoseconds(end),
        "attributes": _attributes(attributes),
    }


def _end(rollout: Rollout, stage: Stage) -> datetime | None:
    """When it ended; what still runs ends for now at the instant of the picture."""
    if stage.finished_at is not None:
        return stage.finished_at
    return None if stage.state in ENDED else rollout.now.wall


def _events(rollout: Rollout) -> list[dict[str, Any]]:
    """The findings, at the instant at which they were found."""
    return [
        {
            "timeUnixNano": _nanoseconds(rollout.now.wall),
            "name": f"lanewatch.finding.{finding.id}",
            "attributes": _attributes({"severity": finding.severity, "message": finding.message}),
        }
        for finding in rollout.findings
    ]


def _status(state: str) -> dict[str, Any]:
    return {"code": ERROR if state == "failed" else OK if RESULTS.get(state) == "success" else UNSET}


def _identity(rollout: Rollout) -> str:
    return f"{rollout.repository} {rollout.commit} {rollout.correlation.run_attempt or ''}"


def _id(rollout: Rollout, key: str) -> str:
    return sha256(f"{_identity(rollout)} {key}".encode()).hexdigest()[:16]


def _nanoseconds(time: datetime) -> str:
    """OTLP/JSON writes 64-bit numbers as texts; whole microseconds, because a float has no room for more."""
    return str((time - EPOCH) // timedelta(microseconds=1) * 1000)


def _attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    """Those that say something, as OTLP writes them."""
    return [
        {"key": key, "value": {"doubleValue": value} if isinstance(value, float) else {"stringValue": str(value)}}
        for key, value in values.items()
        if value not in (None, "")
    ]
