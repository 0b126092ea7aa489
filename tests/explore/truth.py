"""What truly happened, by the ledger of a world: which states a stage, or the lane, was in during a span of seconds."""

from __future__ import annotations

from collections.abc import Mapping

from lanewatch.simulator.world import World

LANE = "lane"
# What the ledger leaves unsaid: a second attempt begins with nothing, a later gitops commit is rolled out like R, and a
# builder Job has failed a second before its TaskRun, of which the ledger tells.
_AFTER_THE_PLAN = ("build-or-reuse", "tekton-pipelinerun", "gitops-publish", "argo-closeout", "runtime-provenance")
UNSAID: Mapping[str, tuple[tuple[float, str, str], ...]] = {
    "rerun": tuple((52.0, stage, "pending") for stage in ("reuse-plan", *_AFTER_THE_PLAN)),
    "build-fails": (
        (47.6, "build-or-reuse", "failed"),
        (47.6, LANE, "failed"),
        *((47.6, stage, "skipped") for stage in _AFTER_THE_PLAN[2:]),
    ),
    "rolled-back": (
        (136.8, "argo-closeout", "running"),
        (136.8, "runtime-provenance", "pending"),
        (136.9, "runtime-provenance", "running"),
        (136.8, LANE, "running"),
        (162.4, "argo-closeout", "succeeded"),
    ),
}
ORDER = {"pending": 0, "running": 1}  # everything else ends a stage


class Truth:
    """`stages` that the ledger does not name yet are pending."""

    def __init__(self, world: World) -> None:
        self._told: dict[str, list[tuple[float, str]]] = {}
        told = [(entry.at, entry.stage, entry.state) for entry in world.ledger]
        for at, stage, state in sorted([*told, *UNSAID.get(world.scenario, ())], key=lambda one: one[0]):
            self._told.setdefault(stage, []).append((at, state))

    def states(self, stage: str, since: float, until: float) -> frozenset[str]:
        """Every state that was in force at some moment of the span."""
        state, found = "pending", set()
        for at, entered in self._told.get(stage, []):
            if at > until:
                break
            if at > since:
                found.add(state)
            state = entered
        return frozenset({*found, state})

    def at_end(self) -> Mapping[str, str]:
        """The last state of everything that the ledger names."""
        return {stage: told[-1][1] for stage, told in self._told.items()}


def between(shown: str, states: frozenset[str]) -> bool:
    """Whether `shown` is one of the states, or lies on the way from one to another."""
    ranks = [ORDER.get(state, 2) for state in states]
    return shown in states or (shown in ORDER and min(ranks) <= ORDER[shown] <= max(ranks))


def commit_of(world: World) -> str:
    """The commit that the scenario is about, also where connections would not say it."""
    return world.commit or next(str(entry.facts["sourceCommit"]) for entry in world.ledger if entry.stage == LANE)
