"""How old is too old: 16, 25 and 35 seconds while a stage runs (CONTRACTS 5)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lanewatch.rollout.facts import (
    ACTIONS,
    ARGO,
    AUTHORITIES,
    MIRROR,
    PLAN,
    RUNTIME,
    TEKTON,
    Confirmation,
    Correlation,
    Fact,
    Knowledge,
    Outcome,
    Quality,
)
from lanewatch.rollout.freshness import Rest, quality_at, thresholds, thresholds_of
from lanewatch.rollout.rollout import Rollout
from tests.rollout import story
from tests.rollout.story import (
    APPLICATION,
    OLD_APPLICATION,
    OLD_WORKLOAD,
    A,
    delivered,
    learned,
    moment,
    operator,
    says,
    seen_at,
)
from tests.rollout.test_build_or_reuse import NONE, RUNNING, pipeline


def test_a_fact_asked_every_10_s_ages_at_16_is_stale_at_25_and_its_stage_unknown_at_35() -> None:
    limits = thresholds(10)
    assert (limits.ageing, limits.stale, limits.unknown) == (16, 25, 35)


def test_slower_polls_derive_their_thresholds_from_their_period() -> None:
    assert thresholds_of(MIRROR, Rest.NONE).unknown == 35
    assert thresholds_of(MIRROR, Rest.STAGE).unknown == 95
    assert thresholds_of(MIRROR, Rest.LANE).unknown > 95


GOOD = Fact("n", "v", Quality.GOOD, MIRROR, "s")


@pytest.mark.parametrize(
    ("fact", "age", "quality"),
    [
        (GOOD, 16.0, Quality.GOOD),
        (GOOD, 16.1, Quality.AGEING),
        (GOOD, 25.0, Quality.AGEING),
        (GOOD, 25.1, Quality.STALE),
        (replace(GOOD, final=True), 9999.0, Quality.GOOD),
        (replace(GOOD, quality=Quality.ABSENT), 30.0, Quality.STALE),
        (replace(GOOD, quality=Quality.ESTIMATED), 20.0, Quality.AGEING),
        (replace(GOOD, quality=Quality.DENIED), 99.0, Quality.DENIED),
        (replace(GOOD, quality=Quality.CONFLICT), 99.0, Quality.CONFLICT),
        (GOOD, None, Quality.GOOD),
    ],
)
def test_a_fact_is_judged_by_its_age(fact: Fact, age: float | None, quality: Quality) -> None:
    assert quality_at(fact, age, thresholds(10)) is quality


def building() -> Knowledge:
    nothing = replace(story.GITOPS_REPORT, revision=None, history=(story.OLD_PUBLISHED,))
    return delivered(
        40,
        provenance=NONE,
        tekton=pipeline(RUNNING),
        gitops=nothing,
        argo=OLD_APPLICATION,
        runtime=OLD_WORKLOAD,
    )


def tekton(rollout: Rollout) -> tuple[str, Quality, Quality]:
    stage = rollout.stage("tekton-pipelinerun")
    assert stage is not None
    return stage.state, stage.quality, rollout.fields["pipelineRunName"].quality


@pytest.mark.parametrize(
    ("second", "state", "quality"),
    [
        (56, "running", Quality.GOOD),
        (57, "running", Quality.AGEING),
        (66, "running", Quality.STALE),
        (75, "running", Quality.STALE),
        (75.5, "unknown", Quality.STALE),
    ],
)
def test_a_running_stage_is_marked_and_then_unknown(second: float, state: str, quality: Quality) -> None:
    assert tekton(seen_at(building(), second)) == (state, quality, quality)


def test_a_confirmation_makes_it_fresh_again() -> None:
    known = learned(Confirmation(TEKTON, moment(70), 0.1), known=building())
    assert tekton(seen_at(known, 76)) == ("running", Quality.GOOD, Quality.GOOD)


def test_an_unreachable_read_confirms_nothing_and_the_old_value_says_how_old_it_is() -> None:
    subject = building().seen[TEKTON].last.subject
    known = building()
    for second in range(42, 76, 2):
        known = learned(says(TEKTON, None, second, subject, Outcome.TIMEOUT), known=known)
    rollout = seen_at(known, 75.5)
    assert tekton(rollout) == ("unknown", Quality.STALE, Quality.STALE)
    cell = rollout.fields["pipelineRunName"]
    assert cell.fact.value == "agentrun-v02-x7k2"
    assert "it was timeout" in cell.fact.reason
    assert cell.age_seconds == 35.5
    assert rollout.partial
    assert "unreadable" in {finding.id for finding in rollout.findings}


def test_a_failed_read_confirmed_again_confirms_nothing() -> None:
    known = building()
    subject = known.seen[TEKTON].last.subject
    known = learned(
        says(TEKTON, None, 50, subject, Outcome.TIMEOUT), Confirmation(TEKTON, moment(74), 0.1), known=known
    )
    assert tekton(seen_at(known, 76))[0] == "unknown"


def test_while_work_visibly_proceeds_an_unreadable_authority_makes_no_unknown_lane() -> None:
    known = building()
    for authority in AUTHORITIES:
        if authority != TEKTON:
            known = learned(Confirmation(authority, moment(76), 0.1), known=known)
    rollout = seen_at(known, 76)
    assert tekton(rollout)[0] == "unknown"
    assert rollout.state == "running"


def test_stages_that_ended_on_final_facts_do_not_age() -> None:
    rollout = seen_at(delivered(), 900)
    assert [stage.state for stage in rollout.stages] == ["succeeded"] * 6 + ["unknown", "unknown"]
    assert rollout.state == "unknown"
    assert rollout.stage("mirror-sync").quality is Quality.GOOD  # type: ignore[union-attr]


def test_a_delivered_lane_whose_cluster_is_lost_is_not_green_for_ever() -> None:
    limits = thresholds_of(ARGO, Rest.LANE)
    assert seen_at(delivered(), 90 + limits.stale).state == "succeeded"
    stale = seen_at(delivered(), 91 + limits.stale)
    assert (stale.stages[6].state, stale.state) == ("succeeded", "unknown")
    assert {item.name for item in stale.evidence.unreadable} == {"argoHealth", "runtimeTargetSha", "imageDigest"}
    assert not [finding for finding in stale.findings if finding.severity == "error"]
    assert seen_at(delivered(), 91 + limits.unknown).stages[6].state == "unknown"


def test_a_stage_cannot_newly_succeed_on_an_answer_that_has_aged() -> None:
    """Argo was last read at 40; R becomes known at 64: by then the answer is too old to prove anything."""
    known = building()
    synced = replace(APPLICATION, operation=None, health_since=None)
    known = learned(says(ARGO, synced, 40), known=known)
    subject = Correlation(commit=A)
    known = learned(says("gitops-commit", story.GITOPS_REPORT, 64, subject), known=known)
    found = seen_at(known, 64).stage("argo-closeout")
    assert found is not None
    assert found.state == "running"
    known = learned(Confirmation(ARGO, moment(66), 0.1), known=known)
    found = seen_at(known, 66).stage("argo-closeout")
    assert found is not None
    assert found.state == "succeeded"


def test_within_one_sweep_nothing_is_ageing_or_stale() -> None:
    rollout = seen_at(delivered(), 91)
    assert not [cell for cell in rollout.fields.values() if cell.quality in (Quality.AGEING, Quality.STALE)]


@pytest.mark.parametrize("outcome", [o for o in Outcome if o not in (Outcome.OK, Outcome.ABSENT)])
def test_an_authority_that_never_answered_makes_its_stage_unknown_and_says_why(outcome: Outcome) -> None:
    known = learned(
        operator(),
        says(MIRROR, story.MIRROR_REPORT, 20, Correlation(commit=A)),
        says(ACTIONS, None, 20, Correlation(commit=A), outcome),
    )
    rollout = seen_at(known, 20)
    found = rollout.stage("actions-dispatch")
    assert found is not None
    assert (found.state, found.reason) == ("unknown", f"it was {outcome.value}")
    assert rollout.fields["actionsRunId"].fact.value is None
    assert rollout.fields["actionsRunId"].quality not in (Quality.GOOD, Quality.ABSENT)


def test_what_cannot_be_asked_for_want_of_another_is_unknown_too() -> None:
    known = learned(
        operator(),
        says(MIRROR, story.MIRROR_REPORT, 20, Correlation(commit=A)),
        says(ACTIONS, None, 20, Correlation(commit=A), Outcome.DENIED),
    )
    found = seen_at(known, 20).stage("reuse-plan")
    assert found is not None
    assert (found.state, found.reason) == ("unknown", "needs the run id: it was denied")


def test_an_unconfigured_authority_is_said_as_such() -> None:
    known = learned(
        operator(unconfigured=((PLAN, "no gitea in connections"),)),
        says(MIRROR, story.MIRROR_REPORT, 20, Correlation(commit=A)),
    )
    rollout = seen_at(known, 20)
    found = rollout.stage("reuse-plan")
    assert found is not None
    assert (found.state, found.quality) == ("unknown", Quality.UNCONFIGURED)
    assert rollout.fields["buildServices"].quality is Quality.UNCONFIGURED


def test_a_hung_authority_costs_only_its_own_row() -> None:
    known = delivered()
    subject = known.seen[RUNTIME].last.subject
    hung = learned(says(RUNTIME, None, 91, subject, Outcome.TIMEOUT), known=known)
    before, after = seen_at(known, 91), seen_at(hung, 91)
    assert [s.state for s in before.stages[:7]] == [s.state for s in after.stages[:7]]


def test_an_authority_that_gave_no_word_since_it_could_be_asked_is_unknown_after_35_s() -> None:
    """Its question may hang, or the machine have slept: nothing was read, so nothing failed."""
    known = learned(operator(0), says(MIRROR, story.MIRROR_REPORT, 40, Correlation(commit=A)))

    def argo(second: float) -> tuple[str, str]:
        stage = seen_at(known, second).stage("argo-closeout")
        assert stage is not None
        return stage.state, stage.reason

    assert argo(35)[0] == "pending"
    assert argo(36) == ("unknown", "no answer for 36 s")
    assert story.states(seen_at(known, 60))["actions-dispatch"] == "pending", "asked when the mirror had told"
    assert story.states(seen_at(known, 76))["actions-dispatch"] == "unknown"
    assert story.states(seen_at(known, 76))["reuse-plan"] == "pending", "without a run it cannot be asked"


def test_an_ended_stage_of_a_lane_that_goes_on_is_unknown_after_95_s_and_of_one_that_has_ended_later() -> None:
    """The PipelineRun's finally tasks still run: the runtime is asked every half minute, no longer now and then."""
    ended, going_on = delivered(90), delivered(90, tekton=pipeline(RUNNING))
    assert story.states(seen_at(ended, 250))["runtime-provenance"] == "succeeded"
    assert story.states(seen_at(going_on, 184))["runtime-provenance"] == "succeeded"
    assert story.states(seen_at(going_on, 186))["runtime-provenance"] == "unknown"
    health = seen_at(going_on, 130).fields["health"]
    assert health.quality is Quality.AGEING
    assert seen_at(ended, 130).fields["health"].quality is Quality.GOOD
