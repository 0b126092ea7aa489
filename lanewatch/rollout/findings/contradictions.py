"""Contradictions that no other finding names, out of the declared table."""

from __future__ import annotations

from collections.abc import Iterator

from lanewatch.rollout.contradictions import TABLE
from lanewatch.rollout.contradictions.comparing import Scene, Side
from lanewatch.rollout.facts import Fact, Quality
from lanewatch.rollout.findings.view import View
from lanewatch.rollout.rollout import Finding

SPOKEN = tuple(rule for rule in TABLE if not (rule.is_conflict or rule.is_told))


def contradicted(view: View) -> Iterator[Finding]:
    """One finding a rule that is surely broken, with both sides as its facts."""
    scene = Scene(view.case, view.lane)
    for rule in SPOKEN:
        found = rule.compare(scene)
        if found.standing == "contradicts" and _is_new(view, rule.id):
            facts = tuple(_fact(side) for side in found.sides)
            yield view.finding("disagreement", "warning", found.sentence, rule.authority, facts)


def _is_new(view: View, rule: str) -> bool:
    """Argo's lag is told as `argo-unnoticed` while its stage runs."""
    return rule != "gitops-argo" or view.state != "running"


def _fact(side: Side) -> Fact:
    return Fact("says", side.says, Quality.GOOD, side.authority, side.source)
