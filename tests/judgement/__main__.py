"""Every text that judgement says of every scenario, to be read aloud: `python -m tests.judgement`."""

from __future__ import annotations

from collections.abc import Iterator

from lanewatch.output.words import short
from lanewatch.rollout.contradictions import compare_all
from lanewatch.rollout.contradictions.comparing import Scene
from lanewatch.rollout.gate import gate_of
from lanewatch.rollout.picture import picture
from lanewatch.rollout.policy import audit
from tests.judgement.endings import Ending, endings, lane, policy_broken, record_before


def texts(ending: Ending) -> Iterator[str]:
    """Findings, then what the gate, the contradictions and the audit say."""
    case, rollout = ending.case(), picture(lane(), ending.known(), ending.at)
    yield f"{rollout.state}"
    yield from (f"  {one.severity:<13} {one.id}: {one.message}" for one in rollout.findings)
    gate = gate_of(case, lane(), (record_before(),), ending.built)
    yield f"  gate          {gate.sentence}"
    for verdict in gate.verdicts:
        settled = f" [settled by: {verdict.settles}]" if verdict.settles else ""
        yield f"  {verdict.state:<13} {verdict.check}: {verdict.sentence}{settled}"
    for one in compare_all(Scene(case, lane())):
        if one.comparison.standing in ("contradicts", "settling"):
            yield f"  {one.comparison.standing:<13} {one.rule.id}: {one.comparison.sentence}"
    for held in audit(case, lane(), ending.policy):
        if held.finding.state != "ok":
            yield f"  {held.finding.state:<13} {held.rule.id}: {held.finding.says}"


if __name__ == "__main__":
    for ending in (*endings().values(), policy_broken()):
        print(f"\n{ending.scenario}: " + "\n".join(map(short, texts(ending))))
