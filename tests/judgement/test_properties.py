"""What judgement must hold for any journal: total, and never greener for knowing less."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from lanewatch.rollout.contradictions import compare_all
from lanewatch.rollout.contradictions.comparing import Scene
from lanewatch.rollout.facts import AUTHORITIES, Knowledge, Observation
from lanewatch.rollout.gate import examine, gate_of
from lanewatch.rollout.gate.build_log import BuildLog
from lanewatch.rollout.kept import gone_of
from lanewatch.rollout.picture import picture
from lanewatch.rollout.policy import audit
from lanewatch.rollout.policy.report import PolicyReport
from lanewatch.rollout.remembering import record_of
from lanewatch.rollout.stages import judged
from tests.judgement.reusing import BEFORE, BUILT, ENV_BUILT, env_reused, reused
from tests.rollout.story import delivered, lane, learned, moment, operator
from tests.rollout.test_properties import JOURNALS, QUICK

BUILDS = st.sampled_from((BuildLog(), BUILT, ENV_BUILT))
GOOD = st.sampled_from((delivered(), env_reused(), reused()))


@QUICK
@given(JOURNALS, st.integers(0, 400), BUILDS)
def test_any_knowledge_is_judged(entries: list[Observation], second: int, built: BuildLog) -> None:
    known, now = learned(operator(), *entries), moment(second)
    case = judged(known, now)
    gate = gate_of(case, lane(), (BEFORE,), built)
    rollout = picture(lane(), known, now, (BEFORE,) * 6)
    assert len(gate.verdicts) == len(lane().no_regression_checks)
    assert all((verdict.state == "unknown") == bool(verdict.settles) for verdict in gate.verdicts)
    assert all(
        one.comparison.sentence for one in compare_all(Scene(case, lane())) if one.comparison.standing != "agrees"
    )
    assert all(one.finding.says for one in audit(case, lane(), PolicyReport()))
    gone_of(case)
    record = record_of(case, lane(), rollout, gate.verdicts)
    assert record is None or all(seconds >= 0 for seconds in (*record.started.values(), *record.finished.values()))


@QUICK
@given(GOOD, JOURNALS, st.sets(st.sampled_from(AUTHORITIES), min_size=1, max_size=3), BUILDS)
def test_knowing_less_is_never_greener(
    start: Knowledge, entries: list[Observation], missing: set[str], built: BuildLog
) -> None:
    """Whatever was told, taking all that some authorities said away turns nothing unknown or failed into a pass."""
    known = learned(*entries, known=start)
    less = replace(known, seen={name: seen for name, seen in known.seen.items() if name not in missing})
    now = moment(200)
    whole = {one.check: one.state for one in examine(judged(known, now), lane(), (BEFORE,), built)}
    for verdict in examine(judged(less, now), lane(), (BEFORE,), built):
        assert verdict.state != "pass" or whole[verdict.check] == "pass", verdict
