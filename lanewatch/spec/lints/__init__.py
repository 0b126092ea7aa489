"""What is odd about a spec that is nevertheless usable: told by `plan`, never an error (CONTRACTS 1, "Lints").

One small function a lint, each a generator of what it found. A lint says what a person should know or do.
"""

from __future__ import annotations

from lanewatch.spec.lane import Lane
from lanewatch.spec.lints import naming, policy, timing
from lanewatch.spec.lints.subject import Lint, Subject
from lanewatch.spec.loading import LoadedSpec

__all__ = ["Lint", "lints"]


def lints(loaded: LoadedSpec, lane: Lane) -> tuple[Lint, ...]:
    """Everything odd about the spec as it concerns `lane`: warnings first, then in the order of the rules."""
    subject = Subject(loaded, lane)
    rules = (*timing.RULES, *naming.RULES, *policy.RULES)
    found = [lint for rule in rules for lint in rule(subject)]
    return tuple(sorted(found, key=lambda lint: lint.severity != "warning"))
