"""From a plan that breaks an invariant to the smallest one found that still breaks it: fewer, shorter disturbances."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.explore.plan import Plan
from tests.explore.running import Result, run

MOST_RUNS = 40


def shrunk(result: Result) -> Result:
    """The smallest result found within MOST_RUNS runs that breaks one of the same invariants."""
    wanted, runs, smaller = set(result.broken), 0, True
    while smaller:
        smaller = False
        for plan in _simpler(result.plan):
            runs += 1
            if runs > MOST_RUNS:
                return result
            tried = run(plan)
            if wanted & set(tried.broken):
                result, smaller = tried, True
                break
    return result


def _simpler(plan: Plan) -> Iterator[Plan]:
    """Plans with one thing less: a disturbance, half of its length, the delay."""
    all_of = plan.disturbances
    for number in range(len(all_of)):
        yield replace(plan, disturbances=(*all_of[:number], *all_of[number + 1 :]))
    if plan.delay:
        yield replace(plan, delay=0.0)
    for number, one in enumerate(all_of):
        if one.seconds > 2.0:
            half = replace(one, seconds=round(one.seconds / 2, 1))
            yield replace(plan, disturbances=(*all_of[:number], half, *all_of[number + 1 :]))
