"""Which image this rollout must end in: what provenance says was built, else what the plan says is used again."""

from __future__ import annotations

from lanewatch.rollout.reports import Provenance, ReusePlan

NOT_BUILT = frozenset({"reused-image", "skipped"})  # reuseDecisions that leave the image as it is


def expected_digest(plan: ReusePlan | None, provenance: Provenance | None) -> str | None:
    """The digest that must run; None while nobody has told it, or where the plan names several."""
    if provenance is not None and provenance.image_digest:
        return provenance.image_digest
    if plan is None or plan.decision not in NOT_BUILT:
        return None
    named = {row.image_digest for row in plan.audit if row.image_digest}
    return named.pop() if len(named) == 1 else None


def changes_nothing(plan: ReusePlan | None, provenance: Provenance | None) -> bool:
    """Whether plan and provenance both say that image and manifests stay as they are."""
    return plan is not None and provenance is not None and {plan.decision, provenance.reuse_decision} <= NOT_BUILT
