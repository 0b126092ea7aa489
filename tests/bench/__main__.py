"""`python -m tests.bench`: prints every claim with both its sides; exits 1 if one does not hold."""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from tests.bench.board import board_claim
from tests.bench.evidence import evidence_claims
from tests.bench.flood import flood_claims
from tests.bench.gigabyte import gigabyte_claims
from tests.bench.logs import log_claims
from tests.bench.measuring import ROUNDS, Claim, lanewatch, python, seconds_until, side_by_side
from tests.bench.screen import screen_claims
from tests.bench.sweep import sweep_claim

REFUSING = """
gitea: {url: "http://127.0.0.1:9"}
upstream: {url: "http://127.0.0.1:9"}
registry: {url: "http://127.0.0.1:9"}
"""
LOAD_THREE_FILES = """
from pydantic import BaseModel  # the package alone loads itself lazily, that is nothing
from ruamel.yaml import YAML
for name in ("cicd-gitea-actions-poc", "agentrun", "cicd-branch-followers"):
    YAML().load(open(f"config/{name}.yaml"))
"""


def claims() -> list[Claim]:
    """In the order in which a person meets them."""
    help_seconds, pass_seconds = side_by_side(lanewatch("--help"), python(["-c", "pass"]))
    plan, load = side_by_side(lanewatch("plan"), python(["-c", LOAD_THREE_FILES]))
    return [
        Claim("lanewatch --help / python -c pass", help_seconds, pass_seconds, 3.0, "s cpu"),
        Claim("lanewatch plan / loading the same files", plan, load, 2.0, "s cpu"),
        *first_paint_claims(),
        sweep_claim(),
        *screen_claims(),
        board_claim(),
        *evidence_claims(),
        *log_claims(),
        *flood_claims(),
        *gigabyte_claims(),
    ]


def first_paint_claims() -> list[Claim]:
    """From exec to the first stage's name on the terminal, over importing textual and printing a word, plus 0.3 s.

    The systems named here refuse: what is painted first waits for no answer. Each round starts twice: on files that
    were never seen, so that YAML and models are loaded before the screen, then on the same files again.
    """
    rounds = []
    floor = python(["-c", "import textual.app; print('imp' + 'orted')"])
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as cache:
            connections = Path(cache) / "connections.yaml"
            connections.write_text(REFUSING)
            watch = lanewatch("--connections", str(connections), "watch")
            first, again = (seconds_until(watch, b"mirror-sync", XDG_CACHE_HOME=cache) for _ in range(2))
            rounds.append((first, again, seconds_until(floor, b"imported") + 0.3))
    first, again, allowed = (statistics.median(column) for column in zip(*rounds, strict=True))
    return [
        Claim("first paint / (import textual + 0.3 s)", again, allowed, 1.0),
        Claim("first paint of files never seen / the same", first, allowed, 1.25),
    ]


if __name__ == "__main__":
    results = claims()
    print()
    for claim in results:
        print(claim)
    sys.exit(any(claim.ratio > claim.most for claim in results))
