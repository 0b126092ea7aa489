"""What could not be proven: missing evidence, authorities that cannot be read, clocks that cannot be believed."""

from __future__ import annotations

from collections.abc import Iterator

from lanewatch.rollout.clocks import is_inconsistent
from lanewatch.rollout.evidence import CONTRADICTED
from lanewatch.rollout.facts import CERTIFICATE_ENDS, UNREADABLE, Fact
from lanewatch.rollout.findings.view import View
from lanewatch.rollout.rollout import Finding


def missing_evidence(view: View) -> Iterator[Finding]:
    """Items whose stage has ended without them; what failed or is contradicted is told in the finding of that."""
    missing = [item for item in view.evidence.missing if not item.reason.startswith(CONTRADICTED)]
    if view.state in ("failed", "superseded") or not missing:
        return
    items = "; ".join(f"{item.name} ({item.reason})" for item in missing)
    yield view.finding("missing-evidence", "error", f"missing evidence: {items}. Nothing else proves this rollout.")


def unreadable(view: View) -> Iterator[Finding]:
    """Every authority of the lane that cannot be read, or that says that what it is asked about does not exist."""
    case = view.case
    unconfigured = dict(case.operator.unconfigured) if case.operator else {}
    for stage in view.stages:
        reason = case.unreadable(stage.authority)
        if stage.authority in unconfigured:
            message = f"{stage.id}: {stage.authority} is not configured: {reason}."
            yield view.finding("unconfigured", "warning", message, stage.authority)
        elif reason:
            message = f"{stage.id}: {stage.authority} cannot be read: {reason}."
            yield view.finding("unreadable", "warning", message, stage.authority)
        elif case.absent(stage.authority):
            message = f"{stage.id}: {stage.authority} found nothing: {case.absent(stage.authority)}."
            yield view.finding("absent", "warning", message, stage.authority)


def partly_unreadable(view: View) -> Iterator[Finding]:
    """Fields that an authority which answers could not give: the right that lacks, or the leaf that drifted."""
    reasons: dict[tuple[str, str], list[Fact]] = {}
    for name in view.fields:
        fact = view.fields[name].fact
        if fact.quality in UNREADABLE and fact.reason and not view.case.unreadable(fact.authority):
            reasons.setdefault((fact.authority, fact.reason), []).append(fact)
    for (authority, reason), facts in reasons.items():
        if view.has(authority):
            names = ", ".join(fact.name for fact in facts)
            message = f"{view.name(authority)}: {names} cannot be read: {reason}."
            yield view.finding("partly-unreadable", "warning", message, authority, tuple(facts))


def certificates(view: View) -> Iterator[Finding]:
    """Servers whose certificate ends within a week: all is good yet, and then nothing is."""
    told: set[object] = set()
    for stage in view.stages:
        answer = view.case.answer(stage.authority)
        fact = answer.fact(CERTIFICATE_ENDS) if answer else None
        for server in fact.value if fact is not None and isinstance(fact.value, tuple) else ():
            if server not in told:
                told.add(server)
                message = f"a certificate ends within a week: {server}. Renew it."
                yield view.finding("certificate-ends", "warning", message, stage.authority)


def clocks(view: View) -> Iterator[Finding]:
    """Hosts whose Date ran away, or for which several clocks answer."""
    for host, clock in sorted(view.case.known.clocks.items()):
        if is_inconsistent(clock, view.case.now):
            message = f"clock inconsistent: {host} told two times. Durations across clocks are blank. Run NTP there."
            yield view.finding("clock-inconsistent", "warning", message)
