"""The deprecated branch follower as the files describe it, and the survey of the components that replace it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lanewatch.spec.loading import LoadedSpec
from lanewatch.spec.models import SurveyedComponent

FIELDS = ("apiVersion", "kind", "namespace", "name", "path")


@dataclass(frozen=True, slots=True)
class FollowerObject:
    """The native object that holds the follower's status (CONTRACTS 6), and where that is written."""

    api_version: str
    kind: str
    namespace: str
    name: str
    path: str  # to the JSON inside the object: data.status
    where: str  # file:line


@dataclass(frozen=True, slots=True)
class Follower:
    """What the spec says of it. `object` None: `reason` says which key is missing."""

    status: str
    mode: str
    reason_deprecated: str
    allowed: tuple[str, ...]
    frozen: tuple[str, ...]
    final_disposition: str
    issue: str
    object: FollowerObject | None
    reason: str
    components: tuple[SurveyedComponent, ...]


def follower_of(loaded: LoadedSpec, target: str) -> Follower:
    """The follower of a target; its object is looked for in the file that existingMirrorRef points into."""
    body = loaded.spec.spec
    told, found = body.migration.branch_follower, _object(loaded, target)
    return Follower(
        told.status,
        told.mode,
        told.reason,
        told.allowed_during_migration,
        told.frozen_capabilities,
        told.final_disposition,
        body.migration.issue,
        found if isinstance(found, FollowerObject) else None,
        "" if isinstance(found, FollowerObject) else found,
        body.component_survey,
    )


def _object(loaded: LoadedSpec, target: str) -> FollowerObject | str:
    """followers.ID.nativeStatus.object, or the first key on the way that is not there."""
    resolved = loaded.resolved[("spec", "sourceAuthority", "existingMirrorRef")]
    document = resolved.document
    path = ("followers", target, "nativeStatus", "object")
    value: Any = document.data
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
        if value is None:
            return f"{document.label} has no {'.'.join(path[: path.index(key) + 1])}"
    lacking = [field for field in FIELDS if not isinstance(value.get(field), str) or not value[field]]
    if lacking:
        return f"{document.where(path)}: {'.'.join(path)} lacks {', '.join(lacking)}"
    version, kind, namespace, name, place = (str(value[field]) for field in FIELDS)
    return FollowerObject(version, kind, namespace, name, place, document.where(path))
