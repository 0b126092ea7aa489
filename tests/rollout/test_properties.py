"""What must hold for any knowledge: total, deaf to order and repetition, and never greener for knowing less."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lanewatch.rollout.facts import (
    ACTIONS,
    ARGO,
    AUTHORITIES,
    GITOPS,
    MIRROR,
    PLAN,
    PROVENANCE,
    RUNTIME,
    TEKTON,
    Confirmation,
    Correlation,
    Knowledge,
    Observation,
    Outcome,
)
from lanewatch.rollout.knowledge import learn
from lanewatch.rollout.picture import picture, unsettled
from lanewatch.rollout.reports import DeletedRun
from lanewatch.rollout.rollout import Rollout
from tests.rollout import story
from tests.rollout.story import A, delivered, lane, learned, moment, operator, says, seen_at
from tests.rollout.test_argo_closeout import LATER, NEWER
from tests.rollout.test_build_or_reuse import FAILED_JOB, FALSE, NONE, RUNNING, STOPPED, pipeline
from tests.rollout.test_gitops_publish import NOTHING, REUSE_PLAN, REUSED
from tests.rollout.test_runtime_provenance import DRIFTED, REVERTED, deployed

VARIANTS: dict[str, tuple[Any, ...]] = {
    MIRROR: (
        story.MIRROR_REPORT,
        replace(story.MIRROR_REPORT, snapshot=None, commit_in_mirror=False),
        replace(story.MIRROR_REPORT, commit=None, repositories=(), history=()),
        None,
    ),
    ACTIONS: (
        story.ACTIONS_REPORT,
        replace(story.ACTIONS_REPORT, runs=()),
        replace(story.ACTIONS_REPORT, runs=(replace(story.RUN, jobs=()),)),
        replace(story.ACTIONS_REPORT, runs=(replace(story.RUN, jobs=(replace(story.PLAN_JOB, attempt=2),)),)),
        None,
    ),
    PLAN: (story.PLAN_REPORT, REUSE_PLAN, replace(story.PLAN_REPORT, invalid="bad", plan=None), None),
    PROVENANCE: (story.PROVENANCE_REPORT, REUSED, NONE, replace(NONE, job=FAILED_JOB), None),
    TEKTON: (
        story.TEKTON_REPORT,
        pipeline(RUNNING),
        pipeline(FALSE),
        pipeline(STOPPED),
        replace(story.TEKTON_REPORT, runs=(), deleted=(DeletedRun("x", "uid-x", None, story.TRUE),)),
        None,
    ),
    GITOPS: (
        story.GITOPS_REPORT,
        NOTHING,
        replace(story.GITOPS_REPORT, history=(LATER, story.PUBLISHED)),
        replace(story.GITOPS_REPORT, history=(NEWER, story.PUBLISHED)),
        replace(story.GITOPS_REPORT, revision=replace(story.PUBLISHED, committed_at=None), history=()),
        None,
    ),
    ARGO: (
        story.APPLICATION,
        story.OLD_APPLICATION,
        REVERTED["argo"],
        replace(story.APPLICATION, operation=None, health_since=None, reconciled_at=None, history=()),
        None,
    ),
    RUNTIME: (
        story.WORKLOAD,
        story.OLD_WORKLOAD,
        DRIFTED,
        deployed(available=0),
        replace(story.WORKLOAD, deployment=None, replica_set=None, pods=(), health=None),
        None,
    ),
}
SUBJECTS = (
    Correlation(),
    Correlation(commit=A),
    Correlation(commit=story.B),
    Correlation(commit=A, run_id="41", run_attempt="1"),
    Correlation(image_digest=story.IMAGE),
)


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    authority = draw(st.sampled_from(AUTHORITIES))
    report = draw(st.sampled_from(VARIANTS[authority]))
    outcome = draw(st.sampled_from(tuple(Outcome))) if report is None else Outcome.OK
    second = draw(st.integers(0, 200))
    return says(authority, report, float(second), draw(st.sampled_from(SUBJECTS)), outcome)


JOURNALS = st.lists(observations(), max_size=24)
QUICK = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(JOURNALS, st.booleans(), st.integers(0, 400))
def test_any_knowledge_gives_a_picture(entries: list[Observation], told: bool, second: int) -> None:
    known = learned(*([operator()] if told else []), *entries)
    rollout = picture(lane(), known, moment(second))
    unsettled(known, moment(second))
    assert len(rollout.stages) == 8
    assert len(rollout.fields) == 18
    assert (rollout.state == "succeeded") <= (not rollout.evidence.missing and not rollout.evidence.unreadable)


@QUICK
@given(st.permutations(AUTHORITIES))
def test_the_order_between_authorities_does_not_matter(order: list[str]) -> None:
    known = delivered()
    entries = {authority: known.seen[authority].last for authority in AUTHORITIES}
    mixed = learned(operator(90), *(entries[authority] for authority in order))
    plain = learned(operator(90), *(entries[authority] for authority in AUTHORITIES))
    assert seen_at(mixed) == seen_at(plain)


def ageless(rollout: Rollout) -> object:
    """The picture without ages and what reading cost."""
    stages = tuple(replace(stage, age_seconds=None, cells=()) for stage in rollout.stages)
    fields = {name: (cell.fact.value, cell.quality) for name, cell in rollout.fields.items()}
    return rollout.state, stages, fields, rollout.findings, rollout.evidence


@QUICK
@given(JOURNALS, st.data())
def test_repetition_changes_nothing_but_ages(entries: list[Observation], data: st.DataObject) -> None:
    known = learned(operator(), *(replace(entry, read_at=moment(90)) for entry in entries))
    authority = data.draw(st.sampled_from(AUTHORITIES))
    again = learn(known, Confirmation(authority, moment(90), 0.0))
    seen = known.seen.get(authority)
    if seen is not None:
        assert ageless(seen_at(learn(known, seen.last))) == ageless(seen_at(known))
    assert ageless(seen_at(again)) == ageless(seen_at(known))


GREEN = frozenset({"succeeded", "reused"})


@QUICK
@given(JOURNALS, st.sampled_from(AUTHORITIES))
def test_knowing_less_of_one_authority_never_makes_it_green(entries: list[Observation], authority: str) -> None:
    whole = [operator(), *(replace(entry, read_at=moment(90)) for entry in entries)]
    less = [entry for entry in whole if entry.authority != authority]
    before = seen_at(reduce(learn, whole, Knowledge()))
    after = seen_at(reduce(learn, less, Knowledge()))
    assert after.state != "succeeded"
    for one, other in zip(before.stages, after.stages, strict=True):
        if one.authority == authority:
            assert other.state not in GREEN


@QUICK
@given(st.sampled_from(AUTHORITIES))
def test_a_delivered_lane_without_one_authority_is_not_delivered(authority: str) -> None:
    known = delivered()
    less = replace(known, seen={key: seen for key, seen in known.seen.items() if key != authority})
    assert seen_at(less).state != "succeeded"


@QUICK
@given(st.integers(90, 2000))
def test_age_alone_never_makes_a_lane_greener_nor_failed(second: int) -> None:
    rank = {"succeeded": 1, "unknown": 0}
    states = [seen_at(delivered(), now).state for now in (90, second, second + 60)]
    assert [rank[state] for state in states] == sorted((rank[state] for state in states), reverse=True)
