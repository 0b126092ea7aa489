"""The words of a check: how it came out, on which facts, and what would settle what is not known.

A check is a chain of links. One broken link fails it; without a broken one, one open link leaves it unknown; it passes
only if every link holds (reliability reference 2.2: any unknown is never a pass, a fail needs a good fact).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from lanewatch.rollout.contradictions.comparing import Scene, Side
from lanewatch.rollout.facts import ACTIONS, PLAN, PROVENANCE, RUNTIME
from lanewatch.rollout.freshness import Rest, age_of, thresholds_of
from lanewatch.rollout.gate.build_log import BuildLog
from lanewatch.rollout.record import CheckState, Record
from lanewatch.rollout.words_of_stages import reason_of, stage_name

OUTCOMES: tuple[tuple[str, CheckState], ...] = (("broken", "fail"), ("open", "unknown"))
WAIT = "lanewatch status --wait"
UNATTEMPTED = "Actions were not read: a later attempt may be under way."
MOST_SAID = 2  # links in one sentence: who mends the first two looks again


@dataclass(frozen=True, slots=True)
class Link:
    """One thing that must hold."""

    state: Literal["holds", "broken", "open"]
    says: str
    ground: Side | None = None  # what it rests on
    settles: str = ""  # an open link: what would settle it


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one check of the spec came out for one rollout."""

    check: str
    state: CheckState
    sentence: str
    settles: str = ""  # "" unless unknown
    grounds: tuple[Side, ...] = ()


@dataclass(frozen=True, slots=True)
class Exam:
    """What a check may look at: the lane as judged, what the builder logged, and the rollout before it."""

    scene: Scene
    built: BuildLog = field(default=BuildLog())
    previous: Record | None = None


def holds(says: str, ground: Side | None = None) -> Link:
    return Link("holds", says, ground)


def broken(says: str, ground: Side | None = None) -> Link:
    return Link("broken", says, ground)


def open_link(says: str, settles: str, ground: Side | None = None) -> Link:
    return Link("open", says, ground, settles)


def chained(check: str, links: Iterable[Link], passed: str) -> Verdict:
    """The verdict of a chain; `passed` is said where every link holds."""
    every = tuple(links)
    urgent = sorted(every, key=lambda link: ("broken", "open", "holds").index(link.state))
    grounds = tuple(dict.fromkeys(link.ground for link in urgent if link.ground is not None))
    for wrong, state in OUTCOMES:
        found = [link for link in every if link.state == wrong]
        if found:
            said = "; ".join(list(dict.fromkeys(link.says for link in found))[:MOST_SAID])
            return Verdict(check, state, f"{said[:1].upper()}{said[1:]}.", found[0].settles, grounds)
    return Verdict(check, "pass", passed, "", grounds)


def awaited(exam: Exam, authority: str) -> str:
    """What settles a link that waits for this authority: patience, or whatever keeps it from being read."""
    return "what keeps it from being read: lanewatch doctor" if exam.scene.case.unreadable(authority) else WAIT


def runtime_verified(exam: Exam) -> Link:
    """What runs was verified, and lately: an ageing word keeps a stage, but makes no pass."""
    case = exam.scene.case
    signal, age = case.signal(RUNTIME), age_of(case.seen(RUNTIME), case.now)
    ground = exam.scene.side(RUNTIME, signal.says or signal.state, "runtimeTargetSha")
    if not signal.is_done:
        said = f"the runtime is not verified: {signal.says or signal.state}"
        return open_link(said, awaited(exam, RUNTIME), ground)
    if age is None or age > thresholds_of(RUNTIME, Rest.LANE).ageing:
        return open_link("the runtime was not read lately", "lanewatch gate, which reads it now", ground)
    return holds("the runtime is verified", ground)


def unread_log(exam: Exam) -> Link:
    """The builder's log was not read whole: what it built is then not known."""
    report = exam.scene.case.provenance_report
    job = f"builder Job {report.job.name}" if report and report.job else "no builder Job"
    settles = f"lanewatch logs {stage_name(exam.scene.lane, PROVENANCE)}, while the Job's Pod is kept"
    return open_link(exam.built.reason, settles, exam.scene.side(PROVENANCE, job, "builderJobName"))


def not_exercised(check: str, why: str, *grounds: Side) -> Verdict:
    """A good fact says that this rollout puts nothing to the test. That is no pass."""
    return Verdict(check, "not-exercised", why, "", grounds)


def without_plan(check: str, exam: Exam) -> Verdict | None:
    """The verdict where there is no accepted plan: what it would have tested is then unknown, or never came up."""
    case = exam.scene.case
    if case.plan is not None:
        return None if case.actions is not None else Verdict(check, "unknown", UNATTEMPTED, awaited(exam, ACTIONS))
    signal = case.signal(PLAN)
    if signal.state == "skipped" and signal.reason:
        return not_exercised(check, f"The rollout ended before its plan: {reason_of(case, exam.scene.lane, signal)}.")
    why = case.unreadable(PLAN) or signal.reason or signal.says
    sentence = f"No accepted plan: {why}." if why else "There is no plan yet."
    return Verdict(check, "unknown", sentence, f"a readable plan: lanewatch logs {stage_name(exam.scene.lane, PLAN)}")


def worse(verdict: Verdict, reason: str) -> Verdict:
    """A rollout that failed before it could be examined further exercises nothing, unless a link is broken."""
    if verdict.state != "unknown" or not reason:
        return verdict
    return not_exercised(verdict.check, f"The rollout ended before: {reason}.", *verdict.grounds)


def ended_badly(exam: Exam, *authorities: str) -> str:
    """Why the first of these stages that failed of itself, or because of an earlier one, did; "" where none did."""
    scene = exam.scene
    for authority in authorities:
        signal = scene.case.signal(authority)
        if signal.state in ("failed", "cancelled"):
            return f"{stage_name(scene.lane, authority)} {'failed' if signal.state == 'failed' else 'was cancelled'}"
        if signal.state == "skipped" and signal.reason:
            return reason_of(scene.case, scene.lane, signal)
    return ""
