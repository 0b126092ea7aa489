"""`plan`: what would be watched, where every value comes from, and what is odd about it. No network, no clock.

`plan_json` is the one projection; the text is laid out from it, so that the two never tell different things.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from lanewatch.output.plan_page import page
from lanewatch.spec.errors import dotted
from lanewatch.spec.lane import Lane, LaneStage
from lanewatch.spec.lints import lints
from lanewatch.spec.loading import LoadedSpec
from lanewatch.spec.tables import (
    DRILLDOWN_AUTHORITY,
    EVIDENCE_AUTHORITY,
    FIELD_AUTHORITY,
    NEXT_COMMANDS,
    RUNTIME_WORD_FACTS,
)
from lanewatch.text import safe

SCHEMA: Final = "lanewatch.plan/v1"

_TOLD_APART: Final = frozenset({"migration", "componentSurvey", "next", "stages", "budgets"})


def plan_text(loaded: LoadedSpec, lane: Lane) -> str:
    """The plan for people: aligned, at most 100 columns, ending in a newline."""
    return page(plan_json(loaded, lane))


def plan_json(loaded: LoadedSpec, lane: Lane) -> dict[str, Any]:
    """The plan for programs: every key of the file is in it, so that none can go unnoticed (`spec` has the rest)."""
    spec = loaded.spec.model_dump(by_alias=True, mode="json", exclude_none=True)
    shown: dict[str, Any] = _safe(
        {
            "schema": SCHEMA,
            "target": _target(lane),
            "targets": list(loaded.lanes),
            "files": [{"path": file.label, "sha256": file.sha256} for file in loaded.files],
            "stages": [_stage(lane, stage) for stage in lane.stages],
            "resolved": _resolved(loaded, lane),
            "budgets": _budgets(lane),
            "requiredFields": [_answered(lane, name, FIELD_AUTHORITY.get(name)) for name in lane.required_fields],
            "requiredEvidence": [
                _answered(lane, name, EVIDENCE_AUTHORITY.get(name)) for name in lane.required_evidence
            ],
            "runtimeStatus": [
                {"word": word, "facts": RUNTIME_WORD_FACTS.get(word, ())} for word in lane.runtime_status_words
            ],
            "drillDowns": [_drilldown(lane, name, key) for name, key in lane.drilldowns.items()],
            "migration": spec["spec"]["migration"],
            "components": spec["spec"]["componentSurvey"],
            "next": [
                {"key": key, "command": command, "lanewatch": NEXT_COMMANDS.get(key, "")}
                for key, command in spec["spec"]["next"].items()
            ],
            "lints": [
                {"id": lint.id, "severity": lint.severity, "message": lint.message, "where": lint.where}
                for lint in lints(loaded, lane)
            ],
            "spec": spec | {"spec": {key: part for key, part in spec["spec"].items() if key not in _TOLD_APART}},
        }
    )
    return shown


def _target(lane: Lane) -> dict[str, Any]:
    return {
        "id": lane.target,
        "enabled": lane.enabled,
        "repository": lane.repository,
        "branch": lane.branch,
        "node": lane.node,
        "lane": lane.lane_id,
        "mode": lane.mode,
        "baselineSeconds": lane.baseline_seconds,
        "healthPath": lane.health_path,
        "workload": f"{lane.workload_kind}/{lane.workload}",
    }


def _stage(lane: Lane, stage: LaneStage) -> dict[str, Any]:
    shared = [other.id for other in lane.stages if stage.budget_id and other.budget_id == stage.budget_id]
    return {
        "id": stage.id,
        "owner": stage.owner,
        "authority": stage.authority,
        "output": stage.output,
        "budget": {
            "id": stage.budget_id,
            "seconds": stage.budget_seconds,
            "sharedWith": [other for other in shared if other != stage.id],
        },
        "evidence": [name for name in lane.required_evidence if EVIDENCE_AUTHORITY.get(name) == stage.authority],
        "drillDowns": [
            name for name, key in lane.drilldowns.items() if DRILLDOWN_AUTHORITY.get(key) == stage.authority
        ],
    }


def _resolved(loaded: LoadedSpec, lane: Lane) -> list[dict[str, Any]]:
    """Every reference of the spec that concerns this target, in the file's order."""
    own = list(loaded.lanes).index(lane.target)
    return [
        {"key": dotted(path), "ref": str(found.chain[0]), "value": found.value, "file": found.file, "line": found.line}
        for path, found in loaded.resolved.items()
        if path[:2] != ("spec", "targets") or path[2] == own
    ]


def _budgets(lane: Lane) -> list[dict[str, Any]]:
    return [
        {"id": key, "seconds": seconds, "stages": [stage.id for stage in lane.stages if stage.budget_id == key]}
        for key, seconds in lane.budgets.items()
    ]


def _answered(lane: Lane, name: str, authority: str | None) -> dict[str, Any]:
    stage = lane.stage_of(authority) if authority else None
    return {"name": name, "authority": authority, "stage": stage.id if stage else None}


def _drilldown(lane: Lane, name: str, key: str) -> dict[str, Any]:
    stage = lane.stage_of(DRILLDOWN_AUTHORITY[key])
    return {"key": key, "name": name, "stage": stage.id if stage else None, "command": f"lanewatch get {name}"}


def _safe(value: Any) -> Any:
    """The same JSON value with every text of it fit to be shown."""
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, dict):
        return {safe(str(key)): _safe(item) for key, item in value.items()}
    return [_safe(item) for item in value] if isinstance(value, Iterable) else value
