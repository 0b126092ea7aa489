"""Everything that a person must know, each kind by one small function (CONTRACTS 3, 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lanewatch.rollout.findings.view import View
from lanewatch.rollout.rollout import Finding

FindingRule = Callable[[View], Iterable[Finding]]

RULES: tuple[FindingRule, ...] = ()

_ORDER = {"error": 0, "warning": 1, "info": 2}


def find(view: View) -> tuple[Finding, ...]:
    """All findings, most severe first, in the order of the lane within one severity."""
    found = [finding for rule in RULES for finding in rule(view)]
    return tuple(sorted(found, key=lambda finding: _ORDER[finding.severity]))
