"""`python -m tests.bench`: prints every claim with both its sides; exits 1 if one does not hold."""

from __future__ import annotations

import sys

from tests.bench.measuring import Claim, python, seconds_until, side_by_side
from tests.bench.sweep import sweep_claim

LOAD_THREE_FILES = """
import pydantic
from ruamel.yaml import YAML
for name in ("cicd-gitea-actions-poc", "agentrun", "cicd-branch-followers"):
    YAML().load(open(f"config/{name}.yaml"))
"""


def claims() -> list[Claim]:
    """In the order in which a person meets them."""
    help_seconds, pass_seconds = side_by_side(python(["-m", "lanewatch.cli", "--help"]), python(["-c", "pass"]))
    plan, load = side_by_side(python(["-m", "lanewatch.cli", "plan"]), python(["-c", LOAD_THREE_FILES]))
    return [
        Claim("lanewatch --help / python -c pass", help_seconds, pass_seconds, 3.0, "s cpu"),
        Claim("lanewatch plan / loading the same files", plan, load, 2.0, "s cpu"),
        first_paint_claim(),
        sweep_claim(),
    ]


def first_paint_claim() -> Claim:
    """From exec to the first stage's name on the terminal, over importing textual and printing it, plus 0.3 s."""
    paint = sorted(_dashboard() for _ in range(5))[2]
    floor = sorted(
        seconds_until(python(["-c", "import textual.app; print('imp' + 'orted')"]), b"imported") for _ in range(5)
    )
    return Claim("first paint / (import textual + 0.3 s)", paint, floor[2] + 0.3, 1.0)


def _dashboard() -> float:
    return seconds_until(python(["-m", "tests.bench.painting"]), b"mirror-sync")


if __name__ == "__main__":
    results = claims()
    print()
    for claim in results:
        print(claim)
    sys.exit(any(claim.ratio > claim.most for claim in results))
