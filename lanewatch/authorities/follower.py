"""Reads the branch follower's own status object. On demand, once; the follower is no authority of the lane."""

from __future__ import annotations

import json
from typing import Any

from lanewatch.authorities.instants import instant
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.native import Resource, read_object
from lanewatch.clients.strict_json import JsonError, parse_json
from lanewatch.rollout.facts import Outcome
from lanewatch.rollout.follower import FollowerStatus
from lanewatch.spec.follower import FollowerObject
from lanewatch.text import Redactor, safe

PHASE_LIMIT = 80


async def read_follower(cluster: Cluster, about: FollowerObject, redactor: Redactor) -> FollowerStatus:
    """`{observedCommit, phase, lastRunSeconds, updatedAt}` at the object's path. Raises ReadFailure."""
    group, _, version = about.api_version.rpartition("/")
    found = await read_object(cluster, Resource(group, version, _plural(about.kind)), about.namespace, about.name)
    source = f"{_plural(about.kind)}/{about.namespace}/{about.name} .{about.path}"
    told = _status(found, about.path, source)
    return FollowerStatus(
        observed_commit=_text(told, "observedCommit", redactor).lower(),
        phase=_text(told, "phase", redactor),
        last_run_seconds=_seconds(told.get("lastRunSeconds")),
        updated_at=instant(told.get("updatedAt")),
        source=safe(source, redactor),
        host=cluster.host,
    )


def _plural(kind: str) -> str:
    """The API's plural of a kind: ConfigMap → configmaps, Policy → policies."""
    word = kind.lower()
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}es" if word.endswith(("s", "x")) else f"{word}s"


def _status(found: Any, path: str, source: str) -> dict[str, Any]:
    """What stands at the path: a mapping, or a text that holds one as JSON."""
    value = found
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    if value is None:
        raise ReadFailure(Outcome.ABSENT, f"{source} does not exist")
    if isinstance(value, str):
        try:
            value = parse_json(value.encode())
        except JsonError as error:
            raise ReadFailure(Outcome.INVALID, f"{source} is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise ReadFailure(Outcome.INVALID, f"{source} is no mapping, but {json.dumps(value)[:40]}")
    return value


def _text(told: dict[str, Any], name: str, redactor: Redactor) -> str:
    value = told.get(name)
    return safe(value, redactor, limit=PHASE_LIMIT) if isinstance(value, str) else ""


def _seconds(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 else None
