"""What a lint is and what it looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from lanewatch.spec.errors import KeyPath
from lanewatch.spec.lane import Lane
from lanewatch.spec.loading import LoadedSpec


@dataclass(frozen=True, slots=True)
class Lint:
    """One oddity. `where` is `file:line`."""

    id: str
    severity: Literal["info", "warning"]
    message: str
    where: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What a lint looks at: the spec as loaded, and the lane of the one target it is asked about."""

    loaded: LoadedSpec
    lane: Lane

    @property
    def target(self) -> KeyPath:
        """Where the target stands in the spec."""
        index = list(self.loaded.lanes).index(self.lane.target)
        return ("spec", "targets", index)

    def lint(self, id: str, severity: Literal["info", "warning"], message: str, *path: str | int) -> Lint:
        """A lint about the value at `path`."""
        return Lint(id, severity, message, self.loaded.document.where(path))


Rule = Callable[[Subject], Iterator[Lint]]
