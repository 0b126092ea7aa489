"""From a path to a LoadedSpec: read, validate, check, resolve, build every Lane; all problems are told at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from lanewatch.spec.building import build_lane
from lanewatch.spec.consistency import credentials, inconsistencies, misled
from lanewatch.spec.document import Document, read_document
from lanewatch.spec.errors import ConfigurationError, KeyPath, Problem, nearest
from lanewatch.spec.fields import Ref
from lanewatch.spec.lane import Lane
from lanewatch.spec.lookup import spec_path
from lanewatch.spec.models import Spec
from lanewatch.spec.refs import RefError, RefResolver, Resolved
from lanewatch.spec.validation import validated


@dataclass(frozen=True, slots=True)
class LoadedSpec:
    """The spec, typed, with all that its references lead to."""

    spec: Spec
    document: Document
    resolver: RefResolver
    resolved: Mapping[KeyPath, Resolved]  # every reference of the spec, under its place in the file
    lanes: Mapping[str, Lane]  # by target id, in the spec's order

    @property
    def files(self) -> tuple[Document, ...]:
        """Every file that was read, the spec first."""
        return (self.document, *self.resolver.documents.values())

    def lane(self, target_id: str | None = None) -> Lane:
        """The target of that id, by default `scope.preferredTarget`. ConfigurationError names the valid ones."""
        wanted = self.spec.spec.scope.preferred_target if target_id is None else target_id
        if wanted in self.lanes:
            return self.lanes[wanted]
        message = f'has no target "{wanted}"{nearest(wanted, self.lanes)} (targets: {", ".join(self.lanes)})'
        raise ConfigurationError([self.document.problem(("spec", "targets"), message)])


def load_spec(path: Path | None = None) -> LoadedSpec:
    """The spec at `path`, else where CONTRACTS 1 looks for it. Raises ConfigurationError with every problem."""
    return load_document(read_document(path if path is not None else spec_path()))


def load_document(document: Document) -> LoadedSpec:
    """The spec that a file already read holds. Raises ConfigurationError with every problem."""
    if document.data is None:
        raise ConfigurationError(document.problems or [document.problem((), "is empty")])
    spec, problems = validated(Spec, document)
    places = {problem.path for problem in problems}  # one word about a value is enough
    found = [*document.problems, *problems, *(each for each in credentials(document) if each.path not in places)]
    if spec is None:
        raise ConfigurationError(found)
    resolver = RefResolver(document)
    found += inconsistencies(spec, document)
    resolved = _resolve_all(spec, resolver, found)
    found += misled(document, resolved)
    if found:
        raise ConfigurationError(found)
    lanes = {target.id: build_lane(spec, index, resolved) for index, target in enumerate(spec.spec.targets)}
    return LoadedSpec(spec, document, resolver, MappingProxyType(resolved), MappingProxyType(lanes))


def _resolve_all(spec: Spec, resolver: RefResolver, problems: list[Problem]) -> dict[KeyPath, Resolved]:
    resolved: dict[KeyPath, Resolved] = {}
    for path, ref in references(spec):
        try:
            resolved[path] = resolver.resolve(ref)
        except RefError as error:
            problems.append(resolver.spec.problem(path, str(error)))
    for document in resolver.documents.values():
        problems += document.problems
    return resolved


def references(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Ref]]:
    """Every field typed as a reference, with its place in the file, in the file's order."""
    if isinstance(value, Ref):
        yield path, value
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield from references(getattr(value, name), (*path, field.alias or name))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from references(item, (*path, index))
