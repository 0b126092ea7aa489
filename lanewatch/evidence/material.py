"""What a bundle is made of: the journal, the lane, what was opened behind the stages, and the tools that looked.

Plain frozen values, no I/O. Whoever has a Material has everything: the picture is projected from it, never copied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Literal

from lanewatch.rollout.facts import Entry, Knowledge, Moment
from lanewatch.rollout.knowledge import learn
from lanewatch.rollout.picture import picture
from lanewatch.rollout.record import Record
from lanewatch.rollout.rollout import Rollout
from lanewatch.spec.lane import Lane


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One native object or log as it was read for the export; `digest` "" where it could not be read, see `note`."""

    kind: Literal["log", "object"]
    stage: str
    drilldown: str
    locator: str
    title: str
    digest: str  # sha256 of the text kept, hex
    size: int  # bytes kept
    note: str = ""
    omitted: int = 0  # bytes left out of the middle or the end
    whole_digest: str = ""  # sha256 of the whole text where something was left out


@dataclass(frozen=True, slots=True)
class FullLog:
    """One log kept whole, below data/logs/."""

    name: str  # of the file
    stage: str
    locator: str
    title: str
    digest: str
    size: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class SpecFile:
    """One file of the spec as it was used; `text` after redaction."""

    label: str  # how people name it: config/agentrun.yaml
    digest: str  # sha256 of the file's bytes as they were read
    text: str
    redacted: bool


@dataclass(frozen=True, slots=True)
class Tools:
    """What looked: versions, and the digest of the rules that judge (see rules.py)."""

    lanewatch: str
    rules: str
    python: str
    platform: str


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that a bundle holds in its primary form."""

    lane: Lane
    entries: tuple[Entry, ...]
    at: Moment  # the instant of the picture
    tools: Tools
    spec_files: tuple[SpecFile, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    texts: Mapping[str, bytes] = field(default_factory=dict)  # exhibits by digest
    logs: tuple[FullLog, ...] = ()
    screen: bytes | None = None  # the dashboard as SVG
    history: tuple[Record, ...] = ()  # own rollouts of the past, which the forecast rests on

    def rollout(self) -> Rollout:
        """The picture of it."""
        return picture(self.lane, reduce(learn, self.entries, Knowledge()), self.at, self.history)
