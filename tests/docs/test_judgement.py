"""The page about judgement names every check and rule as the code has it."""

from __future__ import annotations

from lanewatch.rollout.contradictions import TABLE
from lanewatch.rollout.gate import CHECKS, WANTED
from lanewatch.rollout.policy import TABLE as POLICY
from tests.e2e.lanes import REPOSITORY

PAGE = (REPOSITORY / "docs" / "judgement.md").read_text()


def test_every_check_and_rule_is_on_the_page() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == [*CHECKS, *(rule.id for rule in TABLE)]
    assert all(f"| {rule.question} |" in PAGE for rule in TABLE)


def test_the_numbers_are_those_of_the_code() -> None:
    assert len(POLICY) == 16
    assert "Sixteen rules" in PAGE
    assert WANTED == 5
    assert "last five rollouts" in PAGE
