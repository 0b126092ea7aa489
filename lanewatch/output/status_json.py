"""`status` as JSON, schema lanewatch.status/v1 (CONTRACTS §8): at most 32 KiB, lists cut at 20 with `omitted`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lanewatch.output.words import cut, stamp
from lanewatch.rollout.facts import Fact, Scalar
from lanewatch.rollout.forecast import Interval
from lanewatch.rollout.rollout import Burn, Cell, Evidence, EvidenceItem, Finding, LastGood, Read, Rollout, Stage

SCHEMA = "lanewatch.status/v1"
MOST = 20  # entries of any list
WIDTH = 80  # columns of any value
BYTES = 32 * 1024
_SENTENCE = 240  # columns of a finding's message, which must stay whole to be acted on


def status_json(rollout: Rollout) -> str:
    """The document, ending in a newline."""
    document = status_document(rollout)
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    if len(text.encode()) <= BYTES:
        return text
    # Facts under findings are the only part that grows with what goes wrong; the findings themselves stay.
    for finding in document["findings"]:
        finding["facts"] = {"omitted": len(finding["facts"])}
    return json.dumps(document, ensure_ascii=False) + "\n"


def status_document(rollout: Rollout) -> dict[str, Any]:
    """The document as plain values."""
    return {
        "schema": SCHEMA,
        "target": rollout.target,
        "commit": rollout.commit,
        "state": rollout.state,
        "partial": rollout.partial,
        "fields": {name: _cell(one) for name, one in rollout.fields.items()},
        "stages": [_stage(stage, rollout) for stage in rollout.stages],
        **_forecast(rollout),
        "findings": [_finding(finding) for finding in rollout.findings[:MOST]],
        **_omitted(len(rollout.findings), "findingsOmitted"),
        "evidence": _evidence(rollout.evidence),
        "lastGood": _last_good(rollout.last_good),
        "sweep": _sweep(rollout.reads),
    }


def _omitted(count: int, name: str = "omitted") -> dict[str, int]:
    return {name: count - MOST} if count > MOST else {}


def _value(value: Scalar | tuple[str, ...]) -> Any:
    if isinstance(value, str):
        return cut(value, WIDTH)
    if isinstance(value, float):
        return round(value, 3)
    if not isinstance(value, tuple):
        return value
    items = [cut(item, WIDTH) for item in value[:MOST]]
    return items if len(value) <= MOST else {"items": items, **_omitted(len(value))}


def _cell(one: Cell) -> dict[str, Any]:
    return {**_fact(one.fact), "quality": str(one.quality), "ageSeconds": _rounded(one.age_seconds)}


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "value": _value(fact.value),
        "quality": str(fact.quality),
        "authority": fact.authority,
        "source": cut(fact.source, WIDTH * 2),
        "sourceTime": stamp(fact.source_time),
        **({"reason": cut(fact.reason, _SENTENCE)} if fact.reason else {}),
    }


def _forecast(rollout: Rollout) -> dict[str, Any]:
    """Of a lane under way: when it will be done, or why nobody knows."""
    if rollout.state not in ("running", "pending"):
        return {}
    total = rollout.forecast.total if rollout.forecast else None
    return {"forecast": _interval(total) if total else {"reason": rollout.forecast_reason}}


def _interval(found: Interval) -> dict[str, Any]:
    return {
        "seconds": round(found.likely, 1),
        "low": round(found.low, 1),
        "high": round(found.high, 1),
        "samples": found.samples,
    }


def _expected(rollout: Rollout, stage_id: str) -> dict[str, Any]:
    """When a stage that has not ended will end; low and high are seconds from the start of the attempt."""
    end = rollout.expected_end(stage_id)
    return {} if end is None else {"expectedEnd": {"at": stamp(end[0]), **_interval(end[1])}}


def _stage(stage: Stage, rollout: Rollout) -> dict[str, Any]:
    return {
        "id": stage.id,
        "authority": stage.authority,
        "state": stage.state,
        "says": cut(stage.says, WIDTH),
        "reason": cut(stage.reason, _SENTENCE),
        **({"lastSaid": cut(stage.last_said, WIDTH)} if stage.last_said else {}),
        "startedAt": stamp(stage.started_at),
        "finishedAt": stamp(stage.finished_at),
        "elapsedSeconds": _rounded(stage.elapsed_seconds),
        "uncertaintySeconds": _rounded(stage.uncertainty_seconds),
        "quality": str(stage.quality),
        "ageSeconds": _rounded(stage.age_seconds),
        "budget": _budget(stage.budget),
        **_expected(rollout, stage.id),
    }


def _budget(burn: Burn) -> dict[str, Any]:
    return {
        "id": burn.id,
        "seconds": burn.seconds,
        "usedSeconds": _rounded(burn.used_seconds),
        "state": burn.state,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    facts = [{"name": fact.name, **_fact(fact)} for fact in finding.facts[:MOST]]
    return {
        "id": finding.id,
        "severity": finding.severity,
        "stage": finding.stage or None,
        "message": cut(finding.message, _SENTENCE),
        "facts": facts,
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    lists: Mapping[str, tuple[EvidenceItem, ...]] = {
        "present": evidence.present,
        "pending": evidence.pending,
        "notApplicable": evidence.not_applicable,
        "unreadable": evidence.unreadable,
        "missing": evidence.missing,
    }
    return {"required": list(evidence.required), **{name: [_item(i) for i in items] for name, items in lists.items()}}


def _item(item: EvidenceItem) -> dict[str, str]:
    row = {
        "name": item.name,
        "value": cut(item.value, WIDTH),
        "authority": item.authority,
        "source": cut(item.source, WIDTH * 2),
        "reason": cut(item.reason, _SENTENCE),
    }
    return {name: text for name, text in row.items() if text}


def _last_good(good: LastGood | None) -> dict[str, Any] | None:
    if good is None:
        return None
    return {
        "commit": good.commit,
        "imageDigest": good.image_digest,
        "gitopsRevision": good.gitops_revision,
        "at": stamp(good.at),
    }


def _sweep(reads: tuple[Read, ...]) -> dict[str, Any]:
    rows = {
        read.authority: {
            "outcome": None if read.outcome is None else str(read.outcome),
            "seconds": _rounded(read.seconds),
            "requests": read.cost.requests,
            **({"reason": cut(read.reason, _SENTENCE)} if read.reason else {}),
        }
        for read in reads
    }
    return {"elapsedSeconds": _rounded(max((read.seconds for read in reads), default=0.0)), "authorities": rows}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
