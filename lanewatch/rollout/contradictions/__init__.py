"""Where authorities contradict each other: a declared table of small pure rules (reliability reference 2.5).

Which of them are conflicts, and so make a stage unknown, is closed in CONTRACTS 3 and judged by the stages' own rules;
here they are only compared, so that both sides can be shown. The others are findings and change no state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lanewatch.rollout.contradictions import ids, images, order, runs
from lanewatch.rollout.contradictions.comparing import Comparison, Scene
from lanewatch.rollout.facts import ACTIONS, ARGO, MIRROR, PROVENANCE, RUNTIME

Compare = Callable[[Scene], Comparison]


@dataclass(frozen=True, slots=True)
class Rule:
    """One question to two or more authorities."""

    id: str
    question: str  # a plain sentence that is true where they agree
    authority: str  # whose stage a finding belongs to
    compare: Compare
    is_conflict: bool = False  # CONTRACTS 3: a stage's own rule makes it unknown, and a finding names it
    is_told: bool = False  # another finding names it already


TABLE: tuple[Rule, ...] = (
    Rule("run-success", "A run that succeeded has no failed PipelineRun.", ACTIONS, runs.success_of_a_failure),
    Rule("run-cancelled", "A cancelled run leaves no PipelineRun running.", ACTIONS, runs.cancelled_but_running),
    Rule("built-running", "What was built is what runs.", RUNTIME, images.built_registry_running, is_conflict=True),
    Rule("gitops-argo", "gitops, Argo and Deployment are at one revision.", ARGO, images.published_synced_deployed),
    Rule("skip-built", "What the plan skips is not built.", PROVENANCE, runs.skipped_but_built, is_told=True),
    Rule("build-missing", "What the plan orders is built.", PROVENANCE, runs.built_without_job),
    Rule("source-commit", "One chain has one source commit.", MIRROR, ids.one_source_commit, is_conflict=True),
    Rule("snapshot-moved", "A snapshot ref never moves.", MIRROR, ids.snapshot_stands, is_told=True),
    Rule("healthy-crashing", "What Argo calls Healthy does not crash.", ARGO, images.healthy_but_crashing),
    Rule("health-old", "What answers healthy is what was built.", RUNTIME, images.healthy_but_old, is_told=True),
    Rule("provenance-ids", "Provenance names the runs observed.", PROVENANCE, ids.provenance_ids, is_conflict=True),
    Rule("causal-order", "Causes come before effects.", "", order.causal_order),
    Rule("follower", "Follower and lane are at one commit.", "", order.same_commit_as_follower, is_told=True),
)


@dataclass(frozen=True, slots=True)
class Compared:
    """One rule and how it came out."""

    rule: Rule
    comparison: Comparison


def compare_all(scene: Scene) -> tuple[Compared, ...]:
    """Every rule of the table, in its order."""
    return tuple(Compared(rule, rule.compare(scene)) for rule in TABLE)
