"""Every rule has a lane where it fires, one where it must not, and one where facts are missing, by the tables.

A rule that is added to a table and not to the lanes of this folder fails here, by its name.
"""

from __future__ import annotations

import pytest

from lanewatch.output.words import short
from lanewatch.rollout.contradictions import TABLE as CONTRADICTIONS
from lanewatch.rollout.contradictions import compare_all
from lanewatch.rollout.contradictions.comparing import Scene
from lanewatch.rollout.facts import AUTHORITIES, Knowledge
from lanewatch.rollout.gate import CHECKS, examine
from lanewatch.rollout.picture import picture
from lanewatch.rollout.policy import TABLE as POLICY
from lanewatch.rollout.policy import audit
from lanewatch.rollout.policy.report import PolicyReport
from tests.docs.findings_page import documented
from tests.judgement.endings import Ending, endings, kept_out, lane, policy_broken, record_before, twisted
from tests.judgement.telling import TELLS
from tests.recordings.test_sentences import RECORDINGS, at_end
from tests.rollout import story

# A lane that is closed while git still runs in it kills git, which asyncio then complains about.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def checks(ending: Ending, *without: str) -> dict[str, str]:
    verdicts = examine(ending.case(*without), lane(), (record_before(),), ending.built)
    return {one.check: one.state for one in verdicts}


def contradictions(ending: Ending, *without: str) -> dict[str, str]:
    scene = Scene(ending.case(*without), lane(), None if without else ending.follower)
    return {one.rule.id: one.comparison.standing for one in compare_all(scene)}


def policies(ending: Ending, *without: str) -> dict[str, str]:
    report = PolicyReport() if without else ending.policy
    return {one.rule.id: one.finding.state for one in audit(ending.case(*without), lane(), report)}


GOOD = {"runtime-reuse-hit-skips-rollout": "reuse", "env-unchanged-skips-env-image-build": "env-reuse"}
"""Where a check passes, if not in `build`."""


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_fails_passes_and_is_unknown(check: str) -> None:
    good = endings()[GOOD.get(check, "build")]
    assert checks(twisted()[check])[check] == "fail"
    assert checks(good)[check] == "pass"
    assert checks(good, *AUTHORITIES)[check] == "unknown"


@pytest.mark.parametrize("rule", [rule.id for rule in CONTRADICTIONS])
def test_a_contradiction_is_found_is_none_and_is_not_comparable(rule: str) -> None:
    assert contradictions(twisted()[rule])[rule] == "contradicts"
    agrees = contradictions(endings()["build"])[rule]
    assert agrees == ("unknown" if rule == "follower" else "agrees")  # it has not looked since: told by hand elsewhere
    assert contradictions(endings()["build"], *AUTHORITIES)[rule] == "unknown"


@pytest.mark.parametrize("rule", [rule.id for rule in POLICY])
def test_a_policy_is_broken_kept_and_not_readable(rule: str) -> None:
    assert policies(policy_broken())[rule] == "breach"
    assert policies(endings()["build"])[rule] == "ok"
    assert policies(endings()["build"], *AUTHORITIES)[rule] == "not readable"


def test_every_finding_is_made_somewhere_and_nowhere_else() -> None:
    """By a scenario, a twisted one, a recording of a real cluster, or a lane that is told for it alone."""
    lanes = [*endings().values(), *twisted().values(), kept_out()]
    made = {one.id for ending in lanes for one in picture(lane(), ending.known(), ending.at).findings}
    made |= {one.id for name in RECORDINGS for one in at_end(name).findings}
    by_hand = {id: {one.id for one in tell().findings} for id, tell in TELLS.items()}
    assert {id for id, told in by_hand.items() if id not in told} == set()
    assert {one.id for one in documented()} - made - set(TELLS) == set()
    assert set(TELLS) - {one.id for one in documented()} == set()


def test_no_finding_is_made_of_a_good_lane_or_of_nothing_at_all() -> None:
    good = endings()["build"]
    assert picture(lane(), good.known(), good.at).findings == ()
    assert {one.id for one in picture(lane(), Knowledge(), story.moment(0)).findings} == set()


def test_every_sentence_of_a_scenario_fits_what_status_prints_of_it() -> None:
    """Whole in the JSON, but for the list of what is left unproven at its end, which the evidence has too."""
    for ending in (*endings().values(), *twisted().values()):
        for one in picture(lane(), ending.known(), ending.at).findings:
            assert len(short(one.message).partition(" Never proven")[0]) <= 240, one.message
