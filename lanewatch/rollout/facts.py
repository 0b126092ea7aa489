"""What was read and how surely: the words that every other room speaks.

Facts, observations and the correlation between them are plain frozen values. Nothing here judges; nothing here knows a
network, a clock or an event loop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from lanewatch.spec.tables import ACTIONS as ACTIONS
from lanewatch.spec.tables import ARGO as ARGO
from lanewatch.spec.tables import AUTHORITIES as AUTHORITIES
from lanewatch.spec.tables import GITOPS as GITOPS
from lanewatch.spec.tables import MIRROR as MIRROR
from lanewatch.spec.tables import PLAN as PLAN
from lanewatch.spec.tables import PROVENANCE as PROVENANCE
from lanewatch.spec.tables import RUNTIME as RUNTIME
from lanewatch.spec.tables import TEKTON as TEKTON

if TYPE_CHECKING:
    from lanewatch.rollout.reports import Report

Scalar = str | int | float | bool | None

CERTIFICATE_ENDS = "certificateEnds"  # a fact of any read: which servers' certificates end within a week, and when
TOLD_ASIDE = "toldAside"  # a fact of a failed read: in a sentence, what the system told in another place
OPERATOR = "operator"  # what the person at the keyboard said; enters the journal like any other observation


class Quality(StrEnum):
    """How far a value can be trusted (reliability reference 2.2). AGEING and STALE are judged from now, not stored."""

    GOOD = "good"
    ESTIMATED = "estimated"  # inferred, not told
    AGEING = "ageing"
    STALE = "stale"
    UNKNOWN = "unknown"  # never obtained
    ABSENT = "absent"  # the authority answered: it does not exist (yet)
    GONE = "gone"  # it existed and no longer does
    DENIED = "denied"
    INVALID = "invalid"  # answered, but not understood
    ERROR = "error"  # could not be asked
    CONFLICT = "conflict"
    UNCONFIGURED = "unconfigured"


UNREADABLE = frozenset({Quality.DENIED, Quality.INVALID, Quality.ERROR})  # of a fact that was asked for in vain


class Outcome(StrEnum):
    """How one read of one authority ended."""

    OK = "ok"
    ABSENT = "absent"
    DENIED = "denied"
    INVALID = "invalid"
    ERROR = "error"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    THROTTLED = "throttled"
    UNSUPPORTED = "unsupported"  # the system is too old, or lacks the API that is asked
    UNCONFIGURED = "unconfigured"


ANSWERED = frozenset({Outcome.OK, Outcome.ABSENT})  # it said how things are; "it does not exist" is an answer


QUALITY_OF_OUTCOME: Mapping[Outcome, Quality] = {
    Outcome.OK: Quality.GOOD,
    Outcome.ABSENT: Quality.ABSENT,
    Outcome.DENIED: Quality.DENIED,
    Outcome.INVALID: Quality.INVALID,
    Outcome.ERROR: Quality.ERROR,
    Outcome.TIMEOUT: Quality.ERROR,
    Outcome.UNREACHABLE: Quality.ERROR,
    Outcome.THROTTLED: Quality.ERROR,
    Outcome.UNSUPPORTED: Quality.ERROR,
    Outcome.UNCONFIGURED: Quality.UNCONFIGURED,
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One reading of both our clocks."""

    wall: datetime  # UTC; compared with the authorities' stamps
    steady: float  # seconds; ages, deadlines, periods; counts suspend


@dataclass(frozen=True, slots=True)
class Fact:
    """One value as one authority said it."""

    name: str  # one of the 18 field names, or a free name shown in the Facts pane
    value: Scalar | tuple[str, ...]
    quality: Quality
    authority: str
    source: str  # locator a person can follow: "GET /api/v1/repos/o/r/actions/runs/41", "pipelineruns/ns/name .status"
    source_time: datetime | None = None  # the authority's clock, UTC
    reason: str = ""  # why the quality is not good
    final: bool = False  # pinned by uid, sha or digest: does not age


@dataclass(frozen=True, slots=True)
class Handle:
    """Where a drill-down leads; the authority returns it, `logs` or `get` opens it."""

    kind: Literal["log", "object"]
    drilldown: str  # the spec's name (cicd-pipelinerun …), or "" where the spec names none
    locator: str  # see lanewatch/logs/opening.py and lanewatch/watch/objects.py for the forms
    title: str


@dataclass(frozen=True, slots=True)
class Correlation:
    """The identifiers known so far, derived from observations only; None = not known yet."""

    commit: str | None = None
    snapshot_ref: str | None = None
    run_id: str | None = None
    run_attempt: str | None = None
    event_id: str | None = None
    plan_ref: str | None = None
    pipeline_run_uid: str | None = None
    pipeline_run_name: str | None = None
    builder_job_uid: str | None = None
    image_digest: str | None = None
    reuse_decision: str | None = None
    gitops_revision: str | None = None
    published_at: datetime | None = None

    def only(self, names: frozenset[str]) -> Correlation:
        """The slice that holds just these fields: the subject of a question."""
        return Correlation(**{name: getattr(self, name) for name in names})

    def contradicts(self, other: Correlation) -> bool:
        """Whether a field set in both differs: an answer for `self` is then no answer for `other`."""
        for name in _CORRELATION_FIELDS:
            mine = getattr(self, name)
            if mine is not None and getattr(other, name) not in (None, mine):
                return True
        return False


_CORRELATION_FIELDS = tuple(entry.name for entry in fields(Correlation))

# The Correlation fields that change what an authority asks; the watcher wakes it when one of them changes.
SUBJECT_FIELDS: Mapping[str, frozenset[str]] = {
    MIRROR: frozenset({"commit", "snapshot_ref"}),
    ACTIONS: frozenset({"commit"}),
    PLAN: frozenset({"commit", "run_id", "run_attempt", "plan_ref", "snapshot_ref"}),
    PROVENANCE: frozenset({"commit", "run_id", "run_attempt", "pipeline_run_uid", "image_digest"}),
    TEKTON: frozenset({"commit", "snapshot_ref", "event_id"}),
    GITOPS: frozenset({"commit"}),
    ARGO: frozenset(),
    RUNTIME: frozenset({"image_digest"}),
}

# The Correlation fields without which an authority cannot ask at all.
NEEDS: Mapping[str, frozenset[str]] = {
    MIRROR: frozenset(),
    ACTIONS: frozenset({"commit"}),
    PLAN: frozenset({"commit", "run_id"}),
    PROVENANCE: frozenset({"commit"}),
    TEKTON: frozenset({"commit"}),
    GITOPS: frozenset({"commit"}),
    ARGO: frozenset(),
    RUNTIME: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """What one read took from the network."""

    requests: int = 0
    streams: int = 0
    bytes: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.requests + other.requests, self.streams + other.streams, self.bytes + other.bytes)


@dataclass(frozen=True, slots=True)
class Skew:
    """Bounds of (a host's clock - our wall clock), in seconds, from one or more Date headers."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class HostClock:
    """All that a host's Date headers told of its clock: bounds as they were at our steady second 0 (see clocks.py)."""

    low: float
    high: float
    inconsistent_at: float | None = None  # our steady second at which two samples last contradicted each other


@dataclass(frozen=True, slots=True)
class Observation:
    """What one read of one authority said at one instant."""

    authority: str
    subject: Correlation
    outcome: Outcome
    reason: str  # "" when ok; else one short sentence with what to do
    read_at: Moment  # when the answer was complete
    seconds: float  # how long the read took
    facts: tuple[Fact, ...] = ()
    report: Report | None = None
    handles: tuple[Handle, ...] = ()
    raw_digest: str = ""  # sha256 of the native object(s), for evidence
    host: str = ""  # whose clock the stamps are, e.g. "127.0.0.1:3000"
    skew: Skew | None = None
    cost: Cost = field(default=Cost())

    def fact(self, name: str) -> Fact | None:
        """The fact of that name, if this observation has one."""
        return next((fact for fact in self.facts if fact.name == name), None)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A read that repeated the last observation of its authority; the journal keeps it small."""

    authority: str
    read_at: Moment
    seconds: float
    cost: Cost = field(default=Cost())
    skew: Skew | None = None


Entry = Observation | Confirmation


@dataclass(frozen=True, slots=True)
class Seen:
    """The latest words of one authority."""

    last: Observation
    confirmed_at: Moment  # when last, or a confirmation of it, was read
    last_ok: Observation | None
    last_ok_at: Moment | None  # when last_ok was last read or confirmed
    previous_ok: Observation | None  # the read before last_ok, for "believed only after a second read"
    reads: int = 1  # how often the current last_ok was read or confirmed
    cost: Cost = field(default=Cost())  # of all reads so far
    asked_at: float | None = None  # our steady second at which the last answered read began


@dataclass(frozen=True, slots=True)
class Sight:
    """When a thing was first seen: not there at `before` (None: never looked before), there at `at`."""

    before: Moment | None
    at: Moment


@dataclass(frozen=True, slots=True)
class Pin:
    """The watched commit and who chose it."""

    commit: str
    by: Literal["operator", "connections", "upstream", "mirror"]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The journal folded."""

    seen: Mapping[str, Seen] = field(default_factory=dict)
    first_seen: Mapping[str, Sight] = field(default_factory=dict)  # by the keys of sights.py: "head:SHA", "run:ID", …
    gone: Mapping[str, Moment] = field(default_factory=dict)  # by the same keys
    clocks: Mapping[str, HostClock] = field(default_factory=dict)  # by host
    pin: Pin | None = None
    started_at: Moment | None = None  # the first entry
