"""`python -m tests.explore SEEDS [FIRST]`: run the plans of so many seeds; prints and shrinks what breaks, exits 1."""

from __future__ import annotations

import sys
import time

from tests.explore.plan import drawn
from tests.explore.running import Result, run
from tests.explore.shrinking import shrunk


def main(seeds: int, first: int) -> int:
    began, results = time.monotonic(), []
    for seed in range(first, first + seeds):
        results.append(run(drawn(seed)))
        if results[-1].broken:
            print(told(results[-1]), flush=True)
            smallest = shrunk(results[-1])
            if smallest.plan != results[-1].plan:
                print(f"shrunk to:\n{told(smallest)}", flush=True)
    failed = [result.plan.seed for result in results if result.broken]
    print(
        f"{len(results)} seeds, {sum(one.pictures for one in results)} pictures, "
        f"{sum(one.checks for one in results)} invariant checks, {sum(one.fired for one in results)} faults fired, "
        f"{sum(one.seconds for one in results) / 3600:.1f} h of virtual time in {time.monotonic() - began:.0f} s, "
        f"{len(failed)} seeds failed {failed or ''}"
    )
    return 1 if failed else 0


def told(result: Result) -> str:
    """The plan, and what broke."""
    broken = [f"  BROKEN {name}: {what}" for name, what in result.broken.items()]
    return "\n".join([str(result.plan), *broken])


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(given + [100, 1][len(given) :])))
