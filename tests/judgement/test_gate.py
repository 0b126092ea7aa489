"""The gate: each check where it passes, fails, is not exercised and is unknown; and no false green anywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from lanewatch.output.gate_text import gate_json, gate_text
from lanewatch.rollout.contradictions import compare_all
from lanewatch.rollout.contradictions.comparing import Scene
from lanewatch.rollout.facts import AUTHORITIES, Knowledge
from lanewatch.rollout.gate import CHECKS, examine, gate_of
from lanewatch.rollout.gate.build_log import BuildLog, parse_build_log
from lanewatch.rollout.gate.decision import Gate
from lanewatch.rollout.gate.verdict import Verdict
from lanewatch.rollout.record import CheckState, Record
from lanewatch.rollout.stages import judged
from tests.judgement.endings import endings, record_before
from tests.judgement.reusing import (
    ALSO_WEB,
    BEFORE,
    BUILT,
    ENV_BUILT,
    ENV_PLAN,
    LOG,
    env_reused,
    reused,
)
from tests.rollout import story
from tests.rollout.story import IMAGE, OLD_IMAGE, delivered, moment, seen_at, time

# A lane that is closed while git still runs in it kills git, which asyncio then complains about.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

ROLLOUT, ENVIRONMENT, PLAN, LINKS = CHECKS


def verdict(check: str, known: Knowledge, built: BuildLog = BUILT, records: Sequence[Record] = (BEFORE,)) -> Verdict:
    found = examine(judged(known, moment(story.END)), story.lane(), records, built)
    return next(one for one in found if one.check == check)


def _no_op(tree: str) -> object:
    below = replace(story.OLD_PUBLISHED, tree="t1")
    made = replace(story.PUBLISHED, tree=tree)
    return replace(story.GITOPS_REPORT, revision=made, history=(made, below))


PASSES: dict[str, Callable[[], Verdict]] = {
    ROLLOUT: lambda: verdict(ROLLOUT, reused()),
    ENVIRONMENT: lambda: verdict(ENVIRONMENT, env_reused()),
    PLAN: lambda: verdict(PLAN, env_reused()),
    LINKS: lambda: verdict(LINKS, delivered()),
}
FAILS: dict[str, list[Callable[[], Verdict]]] = {
    ROLLOUT: [
        lambda: verdict(
            ROLLOUT,
            reused(
                runtime=replace(story.OLD_WORKLOAD, replica_set=replace(story.OLD_REPLICA_SET, created_at=time(70)))
            ),
        ),
        lambda: verdict(
            ROLLOUT,
            reused(
                runtime=replace(
                    story.OLD_WORKLOAD,
                    pods=(replace(story.OLD_WORKLOAD.pods[0], started_at=time(75)),),
                )
            ),
        ),
        lambda: verdict(ROLLOUT, reused(gitops=_no_op("t2"))),
        lambda: verdict(ROLLOUT, reused(), records=(replace(BEFORE, template_hash="h0"),)),
    ],
    ENVIRONMENT: [
        lambda: verdict(ENVIRONMENT, env_reused(plan=replace(story.PLAN_REPORT, plan=story.PLAN_DOCUMENT))),
        lambda: verdict(ENVIRONMENT, env_reused(), ENV_BUILT),
        lambda: verdict(ENVIRONMENT, env_reused(), records=(replace(BEFORE, env_digest=IMAGE),)),
        lambda: verdict(
            ENVIRONMENT,
            reused(
                provenance=replace(
                    story.PROVENANCE_REPORT,
                    provenance=replace(
                        story.PROVENANCE_DOCUMENT, image_digest=OLD_IMAGE, reuse_decision="reused-image"
                    ),
                )
            ),
        ),
    ],
    PLAN: [
        lambda: verdict(PLAN, env_reused(), ALSO_WEB),
        lambda: verdict(PLAN, env_reused(), replace(BUILT, pushed=())),
        lambda: verdict(PLAN, env_reused(), replace(BUILT, plan_ref="actions-run/40/reuse-plan")),
        lambda: verdict(PLAN, env_reused(tekton=story.TEKTON_REPORT)),
        lambda: verdict(
            PLAN,
            env_reused(plan=replace(story.PLAN_REPORT, plan=ENV_PLAN, digest="sha256:" + "1" * 64)),
            replace(BUILT, plan_digest="sha256:" + "2" * 64),
        ),
        lambda: verdict(PLAN, env_reused(provenance=story.PROVENANCE_REPORT)),
    ],
    LINKS: [
        lambda: verdict(
            LINKS,
            delivered(
                provenance=replace(
                    story.PROVENANCE_REPORT, provenance=replace(story.PROVENANCE_DOCUMENT, recipe_hash="")
                )
            ),
        ),
    ],
}
NOT_EXERCISED: dict[str, Callable[[], Verdict]] = {
    ROLLOUT: lambda: verdict(ROLLOUT, env_reused()),
    ENVIRONMENT: lambda: verdict(ENVIRONMENT, env_reused(), records=(replace(BEFORE, env_identity="env-0"),)),
    PLAN: lambda: next(one for one in _ending("build-fails") if one.check == PLAN),
    LINKS: lambda: next(one for one in _ending("rolled-back") if one.check == LINKS),
}
UNKNOWN: dict[str, list[Callable[[], Verdict]]] = {
    ROLLOUT: [
        lambda: verdict(ROLLOUT, reused(gitops=_no_op(""))),
        lambda: verdict(ROLLOUT, Knowledge()),
    ],
    ENVIRONMENT: [
        lambda: verdict(ENVIRONMENT, env_reused(), BuildLog()),
        lambda: verdict(ENVIRONMENT, env_reused(), records=()),
        lambda: verdict(ENVIRONMENT, env_reused(), records=(replace(BEFORE, env_digest=""),)),
    ],
    PLAN: [
        lambda: verdict(PLAN, env_reused(), BuildLog()),
        lambda: verdict(
            PLAN,
            env_reused(
                plan=replace(
                    story.PLAN_REPORT,
                    plan=ENV_PLAN,
                    artifact=replace(story.PLAN_REPORT.artifact, updated_at=time(40)),  # type: ignore[type-var]
                )
            ),
        ),
    ],
    LINKS: [lambda: verdict(LINKS, Knowledge())],
}


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_passes_on_facts_with_their_sources(check: str) -> None:
    found = PASSES[check]()
    assert found.state == "pass", found
    assert not found.settles
    assert len(found.grounds) >= 3
    assert all(ground.source and ground.says for ground in found.grounds)


@pytest.mark.parametrize(("check", "number"), [(check, n) for check, all_ in FAILS.items() for n in range(len(all_))])
def test_a_broken_link_fails_the_check(check: str, number: int) -> None:
    found = FAILS[check][number]()
    assert found.state == "fail", found
    assert found.grounds


@pytest.mark.parametrize("check", CHECKS)
def test_what_is_not_put_to_the_test_is_no_pass(check: str) -> None:
    found = NOT_EXERCISED[check]()
    assert found.state == "not-exercised", found
    assert found.sentence


@pytest.mark.parametrize(("check", "number"), [(check, n) for check, all_ in UNKNOWN.items() for n in range(len(all_))])
def test_what_is_unknown_says_what_would_settle_it(check: str, number: int) -> None:
    found = UNKNOWN[check][number]()
    assert found.state == "unknown", found
    assert found.settles


def test_a_no_op_gitops_commit_is_no_rollout() -> None:
    """A commit that changes no file leaves the tree as it was: then only the Pods tell whether anything moved."""
    found = verdict(ROLLOUT, reused(gitops=_no_op("t1")))
    assert "changes the tree" not in found.sentence
    assert found.state != "fail" or "ReplicaSet" in found.sentence or "runtime" in found.sentence


def _ending(scenario: str, *without: str) -> tuple[Verdict, ...]:
    ending = endings()[scenario]
    return examine(ending.case(*without), story.lane(), (record_before(),), ending.built)


@pytest.mark.parametrize("missing", AUTHORITIES)
def test_taking_an_authority_away_opens_no_gate(missing: str) -> None:
    """Nothing unknown or failed becomes a pass, for a check or for the decision."""
    others = [
        replace(BEFORE, commit=f"{n}" * 40, ended_at=time(-9000) - timedelta(days=n)) for n in range(2, 6)
    ]  # four more, all passed
    for scenario, ending in endings().items():
        whole = gate_of(ending.case(), story.lane(), [record_before(), *others], ending.built)
        less = gate_of(ending.case(missing), story.lane(), [record_before(), *others], ending.built)
        for before, after in zip(whole.verdicts, less.verdicts, strict=True):
            assert after.state != "pass" or before.state == "pass", (scenario, before, after)
        assert less.decision != "pass" or whole.decision == "pass", scenario


def _gate(states: Sequence[CheckState], wanted: int = 5) -> Gate:
    """A gate over a rollout that passes all, and older ones that passed every check but the second."""
    records = [
        replace(
            BEFORE,
            commit=f"{n:x}" * 40,
            ended_at=time(-9000) - timedelta(days=n),
            checks={**dict.fromkeys(CHECKS, "pass"), ENVIRONMENT: state},
        )
        for n, state in enumerate(states, 2)
    ]
    known = [replace(BEFORE, checks=dict.fromkeys(CHECKS, "pass")), *records]
    return gate_of(judged(reused(), moment(story.END)), story.lane(), known, BUILT, wanted)


def test_the_gate_opens_only_over_enough_passes() -> None:
    assert _gate(["pass"] * 3).decision == "pass"
    assert _gate(["pass"] * 2).decision == "unknown"
    assert _gate(["pass", "pass", "unknown"]).decision == "unknown"
    assert _gate(["pass", "fail", "pass"]).decision == "fail"
    assert _gate(["not-exercised"] * 3).decision == "unknown"
    assert _gate(["not-exercised", "pass", "not-exercised", "pass", "pass"]).decision == "pass"
    assert _gate(["pass", "pass", "pass", "fail"]).decision == "pass"  # the sixth from now is no longer counted


def test_a_rollout_under_way_is_not_counted_yet() -> None:
    gate = gate_of(endings()["crash-loop"].case(), story.lane(), (), endings()["crash-loop"].built)
    assert all(tally.state == "not-exercised" for tally in gate.tallies)


def test_a_check_that_nobody_knows_is_unknown() -> None:
    lane = replace(story.lane(), no_regression_checks=("moon-is-full",))
    gate = gate_of(judged(delivered(), moment(story.END)), lane)
    assert gate.decision == "unknown"
    assert "moon" in gate.verdicts[0].check


def test_a_log_that_is_no_build_is_not_read() -> None:
    assert not parse_build_log(["hello"], "log").is_read
    assert parse_build_log(LOG.splitlines(), "log").services() == {"mgr"}


def test_the_page_fits_and_says_the_same_as_its_json() -> None:
    known = env_reused()
    case, rollout = judged(known, moment(story.END)), seen_at(known)
    gate, compared = gate_of(case, story.lane(), (BEFORE,), BUILT), compare_all(Scene(case, story.lane()))
    text = gate_text(rollout, gate, compared)
    assert all(len(line) <= 100 for line in text.splitlines())
    assert text.count("settled by:") == sum(bool(one.settles) for one in gate.verdicts)
    document = gate_json(rollout, gate, compared)
    for check in CHECKS:
        assert f"{check}: " in text
        assert f'"check": "{check}"' in document
