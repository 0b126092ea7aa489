"""The gate: each check where it passes, fails, is not exercised and is unknown; and no false green anywhere."""

from __future__ import annotations

from collections import Counter
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
from tests.judgement.endings import endings, later, record_before
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


def _workload(**changes: object):  # type: ignore[no-untyped-def]
    return replace(story.WORKLOAD, **changes)


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


GREEN: dict[str, frozenset[str]] = {
    ROLLOUT: frozenset({"reuse"}),
    ENVIRONMENT: frozenset({"reuse", "env-reuse"}),
    PLAN: frozenset({
        "build", "reuse", "env-reuse", "rerun", "slow", "hostile", "fallback", "argo-degraded", "rolled-back",
        "image-drift", "argo-unnoticed", "crash-loop",
    }),
    LINKS: frozenset({"build", "reuse", "env-reuse", "rerun", "slow", "hostile", "fallback"}),
}  # fmt: skip
"""Where each check truly holds, from the scenarios' stories; nowhere else may it be green."""
RED = {LINKS: frozenset({"image-drift"})}


SILENCE = "everybody, for five minutes"


def _faulty(scenario: str, fault: str | None) -> tuple[Verdict, ...]:
    """The verdicts without one authority, or after five minutes in which none of them answered."""
    if fault != SILENCE:
        return _ending(scenario, *([fault] if fault else []))
    ending = endings()[scenario]
    case = judged(ending.known(), later(ending, 300.0))
    return examine(case, story.lane(), (record_before(),), ending.built)


def test_after_silence_what_runs_is_not_green() -> None:
    found = {one.check: one.state for one in _faulty("reuse", SILENCE)}
    assert found[LINKS] == found[ROLLOUT] == "unknown"
    assert found[PLAN] == "pass"  # rests on what is pinned by uid and digest, and does not age


def test_no_false_green_in_any_scenario_with_any_authority_missing(capsys: pytest.CaptureFixture[str]) -> None:
    """The confusion matrix: what is true of every scenario against what is said, whole and without each authority."""
    matrix: Counter[tuple[str, str]] = Counter()
    false_greens, false_alarms = [], []
    for scenario in endings():
        for missing in (None, *AUTHORITIES, SILENCE):
            for found in _faulty(scenario, missing):
                truth = "holds" if scenario in GREEN[found.check] else "broken" if _is_red(found, scenario) else "open"
                matrix[truth, found.state] += 1
                if found.state == "pass" and truth != "holds":
                    false_greens.append((scenario, missing, found.check))
                if found.state == "fail" and truth != "broken":
                    false_alarms.append((scenario, missing, found.check, found.sentence))
    states = ("pass", "fail", "unknown", "not-exercised")
    with capsys.disabled():
        print("\n  truth    " + "".join(f"{state:>15}" for state in states))
        for truth in ("holds", "broken", "open"):
            print(f"  {truth:<9}" + "".join(f"{matrix[truth, state]:>15}" for state in states))
        print(f"  false greens: {len(false_greens)}; false alarms: {false_alarms or 0}")
    assert not false_greens
    assert not false_alarms


def _is_red(found: Verdict, scenario: str) -> bool:
    return scenario in RED.get(found.check, frozenset())


def test_every_true_green_is_seen() -> None:
    for scenario in endings():
        for found in _ending(scenario):
            assert (found.state == "pass") == (scenario in GREEN[found.check]) or (
                (scenario, found.check) == ("hostile", ENVIRONMENT)
            ), (scenario, found)


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
