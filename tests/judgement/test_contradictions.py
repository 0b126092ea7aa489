"""Every contradiction rule: where it fires, where it must not, and where a side is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from lanewatch.rollout.contradictions import TABLE, compare_all
from lanewatch.rollout.contradictions.comparing import Comparison, Scene
from lanewatch.rollout.facts import AUTHORITIES, Knowledge
from lanewatch.rollout.follower import FollowerStatus
from lanewatch.rollout.reports import Condition, Snapshot
from lanewatch.rollout.stages import judged
from tests.rollout import story
from tests.rollout.story import A, B, delivered, moment, seen_at, time

FOLLOWER = FollowerStatus(A, "Idle", 105.7, time(60), "configmaps/ns/follower .data.status")
CANCELLED = replace(story.RUN, jobs=(replace(story.PLAN_JOB, conclusion="cancelled", completed_at=time(24)),))
RUNNING = replace(story.PIPELINE_RUN, condition=Condition("Unknown", "Running", "", time(24)), completed_at=None)
CRASHING = replace(story.POD, ready=False, waiting_reason="CrashLoopBackOff", restarts=4, last_exit="exit 1 (Error)")
LATE_SYNC = replace(story.OPERATION, started_at=time(40), finished_at=time(42))


def scene(known: Knowledge, second: float = story.END, follower: FollowerStatus | None = FOLLOWER) -> Scene:
    return Scene(judged(known, moment(second)), story.lane(), follower)


def standing(rule: str, where: Scene) -> Comparison:
    return next(one.comparison for one in compare_all(where) if one.rule.id == rule)


def _other_digest() -> Knowledge:
    other = story.DigestSet(story.OTHER_IMAGE, story.OTHER_IMAGE, ("sha256:" + "a" * 64,), ())
    workload = replace(
        story.WORKLOAD, pods=(replace(story.POD, digest=story.OTHER_IMAGE),), digests=(story.DIGESTS, other)
    )
    return delivered(runtime=workload)


def _other_template() -> Knowledge:
    other = story.DigestSet(story.OTHER_IMAGE, story.OTHER_IMAGE, ("sha256:" + "a" * 64,), ())
    deployment = replace(story.DEPLOYMENT, image=f"registry/mgr@{story.OTHER_IMAGE}")
    return delivered(runtime=replace(story.WORKLOAD, deployment=deployment, digests=(story.DIGESTS, other)))


FIRES: dict[str, Callable[[], Scene]] = {
    "run-success": lambda: scene(
        delivered(
            tekton=replace(
                story.TEKTON_REPORT,
                runs=(replace(story.PIPELINE_RUN, condition=Condition("False", "Failed", "", time(66))),),
            )
        )
    ),
    "run-cancelled": lambda: scene(
        delivered(
            actions=replace(story.ACTIONS_REPORT, runs=(CANCELLED,)),
            tekton=replace(story.TEKTON_REPORT, runs=(RUNNING,)),
        )
    ),
    "built-running": lambda: scene(_other_digest()),
    "gitops-argo": lambda: scene(_other_template()),
    "skip-built": lambda: scene(delivered(plan=replace(story.PLAN_REPORT, plan=story.REUSE_PLAN))),
    "build-missing": lambda: scene(delivered(provenance=replace(story.PROVENANCE_REPORT, job=None)), 120.0),
    "source-commit": lambda: scene(
        delivered(tekton=replace(story.TEKTON_REPORT, runs=(replace(story.PIPELINE_RUN, params={"sourceCommit": B}),)))
    ),
    "snapshot-moved": lambda: scene(
        delivered(mirror=replace(story.MIRROR_REPORT, snapshot=Snapshot(story.REF, B, "plan")))
    ),
    "healthy-crashing": lambda: scene(delivered(runtime=replace(story.WORKLOAD, pods=(CRASHING,)))),
    "health-old": lambda: scene(_other_digest()),
    "provenance-ids": lambda: scene(
        delivered(
            provenance=replace(
                story.PROVENANCE_REPORT,
                provenance=replace(story.PROVENANCE_DOCUMENT, actions_run_id="40"),
            )
        )
    ),
    "causal-order": lambda: scene(delivered(argo=replace(story.APPLICATION, operation=LATE_SYNC))),
    "follower": lambda: scene(delivered(300.0), 300.0, replace(FOLLOWER, observed_commit=B)),
}


def test_every_rule_has_a_case_in_which_it_fires() -> None:
    assert set(FIRES) == {rule.id for rule in TABLE}


@pytest.mark.parametrize("rule", [rule.id for rule in TABLE])
def test_a_rule_fires_and_shows_both_sides(rule: str) -> None:
    found = standing(rule, FIRES[rule]())
    assert found.standing == "contradicts", found
    assert len(found.sides) >= 2
    assert all(side.says and side.source for side in found.sides)
    assert len(found.sentence) < 180


@pytest.mark.parametrize("rule", [rule.id for rule in TABLE])
def test_a_rule_is_silent_on_a_good_lane(rule: str) -> None:
    assert standing(rule, scene(delivered())).standing == "agrees"


@pytest.mark.parametrize("rule", [rule.id for rule in TABLE])
def test_a_rule_without_facts_knows_nothing(rule: str) -> None:
    found = standing(rule, scene(Knowledge(), follower=None))
    assert found.standing == "unknown"
    assert found.sentence


PAIRS = [rule.id for rule in TABLE if rule.id not in ("follower", "source-commit", "build-missing", "causal-order")]
"""Rules that compare two fixed sides. The others count witnesses: with one fewer, what is left may truly agree."""


@pytest.mark.parametrize("rule", PAIRS)
@pytest.mark.parametrize("authority", AUTHORITIES)
def test_a_missing_side_is_no_agreement(rule: str, authority: str) -> None:
    whole = FIRES[rule]()
    seen = {name: one for name, one in whole.case.known.seen.items() if name != authority}
    less = scene(replace(whole.case.known, seen=seen), (whole.now.wall - story.START).total_seconds())
    assert standing(rule, less).standing != "agrees"


def test_what_may_be_lag_is_settling() -> None:
    follower = scene(delivered(), 90.0, replace(FOLLOWER, observed_commit=B))
    assert standing("follower", follower).standing == "settling"
    just_now = delivered(
        actions=replace(
            story.ACTIONS_REPORT,
            runs=(replace(CANCELLED, jobs=(replace(CANCELLED.jobs[0], completed_at=time(80)),)),),
        ),
        tekton=replace(story.TEKTON_REPORT, runs=(RUNNING,)),
    )
    assert standing("run-cancelled", scene(just_now)).standing == "settling"
    once = replace(CRASHING, restarts=1)
    assert standing("healthy-crashing", scene(delivered(runtime=replace(story.WORKLOAD, pods=(once,))))).standing == (
        "settling"
    )


def test_a_follower_that_stopped_before_the_push_says_nothing_of_it() -> None:
    stopped = replace(FOLLOWER, observed_commit=B, updated_at=time(-9000))
    found = standing("follower", scene(delivered(), 300.0, stopped))
    assert found.standing == "unknown"
    assert "has not looked since 2026-07-06 09:30Z" in found.sentence


def test_what_no_other_finding_names_becomes_one() -> None:
    rollout = seen_at(delivered(runtime=replace(story.WORKLOAD, pods=(CRASHING,))))
    told = [one for one in rollout.findings if one.id == "disagreement"]
    assert any("Argo says Healthy" in one.message and len(one.facts) == 2 for one in told)
    assert not [one for one in seen_at(delivered()).findings if one.id == "disagreement"]


def test_time_in_which_a_side_was_not_heard_is_no_lag() -> None:
    """The same lane, last heard at 90: the follower may be there by now."""
    assert standing("follower", scene(delivered(), 300.0, replace(FOLLOWER, observed_commit=B))).standing == "settling"
