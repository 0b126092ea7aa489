"""`python -m tests.explore SEEDS [FIRST]`: run the plans of so many seeds; prints and shrinks what breaks, exits 1.

JOBS=N in the environment uses N processes.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.explore.plan import drawn
from tests.explore.running import Result, run
from tests.explore.shrinking import shrunk

TOLD_EVERY = 50  # seeds


def main(seeds: int, first: int, jobs: int) -> int:
    began, results = time.monotonic(), list[Result]()
    with _in_memory(), _each(range(first, first + seeds), jobs) as explored:
        for result, smallest in explored:
            results.append(result)
            if result.broken:
                print(told(result), flush=True)
                if smallest.plan != result.plan:
                    print(f"shrunk to:\n{told(smallest)}", flush=True)
            if len(results) % TOLD_EVERY == 0 or len(results) == seeds:
                print(summed(results, time.monotonic() - began), flush=True)
    return 1 if any(result.broken for result in results) else 0


@contextmanager
def _in_memory() -> Iterator[None]:
    """Files that are made and removed thousands of times; those of a process that ends otherwise go with them."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="lanewatch-explore-", dir=memory if memory.is_dir() else None) as folder:
        tempfile.tempdir = folder
        yield
        tempfile.tempdir = None


@contextmanager
def _each(seeds: Iterable[int], jobs: int) -> Iterator[Iterable[tuple[Result, Result]]]:
    """What came of each seed, and of its smallest plan, in their order."""
    if jobs == 1:
        yield map(explored, seeds)
    else:
        with multiprocessing.Pool(jobs) as pool:
            yield pool.imap(explored, seeds)


def explored(seed: int) -> tuple[Result, Result]:
    """What came of a seed, and of the smallest plan that breaks as it does; twice the same where nothing broke."""
    result = run(drawn(seed))
    return result, shrunk(result) if result.broken else result


def summed(results: list[Result], seconds: float) -> str:
    failed = [result.plan.seed for result in results if result.broken]
    return (
        f"{len(results)} seeds, {sum(one.pictures for one in results)} pictures, "
        f"{sum(one.checks for one in results)} invariant checks, {sum(one.fired for one in results)} faults fired, "
        f"{sum(one.seconds for one in results) / 3600:.1f} h of virtual time in {seconds:.0f} s, "
        f"{len(failed)} seeds failed {failed or ''}"
    )


def told(result: Result) -> str:
    """The plan, and what broke."""
    broken = [f"  BROKEN {name}: {what}" for name, what in result.broken.items()]
    return "\n".join([str(result.plan), *broken])


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    seeds, first = given + [100, 1][len(given) :]
    sys.exit(main(seeds, first, int(os.environ.get("JOBS", "1"))))
