"""`python -m lanewatch.simulator SCENARIO`: the embedded lane, for `lanewatch demo` and for tests."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from lanewatch.simulator.faults import known_faults
from lanewatch.simulator.lacking import WITHOUT, is_lack
from lanewatch.simulator.process import Options, run
from lanewatch.simulator.scenarios import TOLD


def options(arguments: list[str]) -> Options:
    """The command line; exits with 2 and the valid names when it is wrong."""
    parser = argparse.ArgumentParser(prog="python -m lanewatch.simulator", description=__doc__)
    parser.add_argument("scenario", choices=sorted(TOLD), metavar="SCENARIO", help=", ".join(sorted(TOLD)))
    parser.add_argument("--at", default="0", type=_second, metavar="SECONDS|end", help="start the lane so long ago")
    parser.add_argument("--speed", default=1.0, type=_positive, help="world seconds per real second")
    parser.add_argument("--fault", action="append", default=[], choices=sorted(known_faults()), metavar="ID")
    parser.add_argument("--without", action="append", default=[], type=_lack, metavar="WHAT", help=", ".join(WITHOUT))
    parser.add_argument("--gitea-version", default="1.26.3", metavar="VERSION", help="also 16.0.0+gitea-1.22.0")
    parser.add_argument("--seed", default=1, type=int, help="what identifiers are derived from")
    parser.add_argument("--delay", default=0.0, type=float, metavar="MS", help="milliseconds before every answer")
    parser.add_argument("--write-connections", type=Path, metavar="FILE", help="connections.yaml for the product")
    parser.add_argument("--ledger", type=Path, metavar="FILE", help="what truly happens, as JSON")
    parser.add_argument("--repositories", type=Path, metavar="DIR", help="keep the git repositories here")
    parser.add_argument("--port-file", type=Path, metavar="FILE", help="the URLs, as JSON")
    given = parser.parse_args(arguments)
    return Options(
        scenario=given.scenario,
        at=given.at,
        speed=given.speed,
        seed=given.seed,
        gitea_version=given.gitea_version,
        faults=tuple(given.fault),
        without=tuple(given.without),
        delay=max(0.0, given.delay) / 1000,
        connections=given.write_connections,
        ledger=given.ledger,
        repositories=given.repositories,
        port_file=given.port_file,
    )


def main() -> int:
    """Run until told to stop; the exit code."""
    chosen = options(sys.argv[1:])
    try:
        asyncio.run(run(chosen, sys.stdout))
    except OSError as problem:
        print(f"lanewatch.simulator: {problem}", file=sys.stderr)
        return 1
    return 0


def _second(text: str) -> float | None:
    return None if text == "end" else float(text)


def _lack(text: str) -> str:
    if not is_lack(text):
        raise argparse.ArgumentTypeError(f"none of {', '.join(WITHOUT)}")
    return text


def _positive(text: str) -> float:
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError("must be greater than 0")
    return value


if __name__ == "__main__":
    sys.exit(main())
