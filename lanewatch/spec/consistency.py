"""What is well typed and yet impossible: names used twice, references to a wrong kind of value. Errors, not lints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import inf
from typing import Any

from pydantic import ValidationError

from lanewatch.spec.document import Document
from lanewatch.spec.errors import KeyPath, Problem, nearest
from lanewatch.spec.models import Spec
from lanewatch.spec.planes import WorkflowSource
from lanewatch.spec.refs import Resolved
from lanewatch.spec.tables import AUTHORITIES
from lanewatch.spec.validation import known_keys
from lanewatch.text import looks_like_credential


def inconsistencies(spec: Spec, document: Document) -> Iterator[Problem]:
    """Every impossibility of a well typed spec, with its place."""
    body = spec.spec
    targets = [target.id for target in body.targets]
    if body.scope.preferred_target not in targets:
        hint = nearest(body.scope.preferred_target, targets)
        message = f"names no target{hint} (targets: {', '.join(targets) or 'none'})"
        yield document.problem(("spec", "scope", "preferredTarget"), message)
    yield from _doubled(document, ("spec", "targets"), "id", targets)
    yield from _doubled(document, ("spec", "stages"), "id", (stage.id for stage in body.stages))
    authorities = [stage.status_authority for stage in body.stages]
    hint = f"; each of the eight speaks for one stage: {', '.join(AUTHORITIES)}"
    yield from _doubled(document, ("spec", "stages"), "statusAuthority", authorities, hint)
    repositories = body.source_authority.gitea_mirror.repositories
    mirror: KeyPath = ("spec", "sourceAuthority", "giteaMirror", "repositories")
    yield from _doubled(document, mirror, "key", (repository.key for repository in repositories))
    yield from _doubled(document, mirror, "repository", (repository.repository for repository in repositories))
    drilldowns = body.status_projection.drill_down.model_dump(by_alias=True)
    for index, (key, name) in enumerate(drilldowns.items()):
        if name in list(drilldowns.values())[:index]:
            path = ("spec", "statusProjection", "drillDown", key)
            yield document.problem(path, f'"{name}" is already the name of another drill-down')


def credentials(document: Document) -> Iterator[Problem]:
    """Every literal that looks like a credential, wherever it stands; the value is not shown."""
    for path, text in _texts(document.data):
        if looks_like_credential(text):
            message = "looks like a credential (not shown): name where it is kept, never the value"
            yield document.problem(path, message)


def _texts(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """Every text in a tree of values, with its place."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*path, key))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))


def misled(document: Document, resolved: Mapping[KeyPath, Resolved]) -> Iterator[Problem]:
    """Every reference that leads to another kind of value than its key promises."""
    for path, found in resolved.items():
        if wanted := _unmet(str(path[-1]), found.value):
            yield document.problem(path, f"{found.chain[0]} must lead to {wanted} ({found.where})")


def _unmet(key: str, value: Any) -> str:
    """What a reference under `key` should lead to, or nothing if it does."""
    if key == "policyRef":
        return "" if isinstance(value, dict) else "a mapping"
    if key == "workflowRef":
        try:
            WorkflowSource.model_validate(value)
        except ValidationError:
            return f"a mapping of {' and '.join(known_keys(WorkflowSource, ()))}"
        return ""
    if key == "budgetRef":
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < inf
        return "" if is_number else "a number of seconds"
    return "" if isinstance(value, str) and value else "text"


def _doubled(document: Document, path: KeyPath, key: str, words: Iterable[str], hint: str = "") -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, word in enumerate(words):
        first = seen.setdefault(word, index)
        if first != index:
            line = document.mark((*path, first, key)).line
            yield document.problem((*path, index, key), f'"{word}" stands already on line {line}{hint}')
