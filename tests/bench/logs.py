"""The log engine on 1 GB of ten million lines, beside ripgrep, wc, lnav, less and a plain copy of the same bytes.

Everything of ours runs in one child process, so that its memory can be told. What is not installed is said.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.bench.measuring import Claim, python, seconds_until

MEGABYTES = int(os.environ.get("LANEWATCH_BENCH_MB", "1000"))
ROUNDS = 5
CHUNK = 1 << 20
LAST = "the very last line of all"
WORDS = ("lease", "renewal", "gateway", "agent", "builder", "snapshot", "digest", "layer", "fetch", "commit", "event")
SEARCHES: tuple[tuple[str, str, bool, list[str], float], ...] = (  # name, text, regular, arguments of rg, most
    ("literal", "Builder Snapshot", False, ["-F"], 2.0),
    ("literal with hits", "INFO lease renewal gateway", False, ["-F"], 2.0),
    ("literal in every line", "INFO", False, ["-F"], 2.0),
    ("regex", "Lease [a-z]+ worker=[0-9]{3}x", True, [], 4.0),
    ("regex without a literal", "[0-9]{4}[A-Z]{3}", True, [], 4.0),
    ("smart case", "snapshot-digest", False, ["-F", "-i"], 8.0),
)


def log_claims() -> list[Claim]:
    """Prints what is missing; every figure of both sides is taken in this run."""
    with tempfile.TemporaryDirectory(prefix="lanewatch-bench-") as folder:
        path = Path(folder) / "big.log"
        write_log(path)
        ours = json.loads(
            subprocess.run(python(["-m", "tests.bench.logs", str(path)]), check=True, capture_output=True).stdout
        )
        claims = [
            Claim("log: first screen / 100 ms", ours["first_screen"], 0.1, 1.0),
            Claim("log: page at the end / 20 ms", ours["end"], 0.02, 1.0),
            Claim("log: page at a line, p95 / 20 ms", ours["page"], 0.02, 1.0),
            Claim("log: memory while read and searched / 50 MB", ours["memory"], 50.0, 1.0, "MB"),
            Claim("log: ingress / plain copy", ours["ingress"], ours["copy"], 10.0),
            Claim("log: 100 MB through ingress / 1 s", ours["ingress"] / MEGABYTES * 100, 1.0, 1.0),
            *_beside("wc", lambda: [Claim("log: index / wc -l", ours["index"], _best(["wc", "-l", str(path)]), 3.0)]),
            *_beside("rg", lambda: [_search_claim(path, ours, *search) for search in SEARCHES]),
            *_beside("less", lambda: _less_claims(path, ours)),
            *_beside("lnav", lambda: _lnav_claims(path, ours)),
        ]
    return claims


def _search_claim(
    path: Path, ours: dict[str, float], name: str, text: str, _: bool, options: list[str], most: float
) -> Claim:
    return Claim(f"log: search, {name} / rg", ours[name], ours[f"rg {name}"], most)


def _less_claims(path: Path, ours: dict[str, float]) -> list[Claim]:
    """less finds the end of a file at once and counts its lines only when asked; a search reads from the beginning."""
    end = seconds_until(["less", "-n", "+G", str(path)], LAST.encode())
    found = seconds_until(["less", "-n", f"+/{LAST}", str(path)], LAST.encode())
    return [
        Claim("log: page at the end / less +G", ours["end"], end, 1.0),
        Claim("log: search to the last line / less", ours["last"], found, 1.0),
    ]


def _lnav_claims(path: Path, ours: dict[str, float]) -> list[Claim]:
    opened = _best(["lnav", "-n", "-q", str(path)], rounds=1)
    found = _best(["lnav", "-n", "-q", "-c", f":filter-in {LAST}", str(path)], rounds=1)
    return [
        Claim("log: read, cleaned and redacted / lnav opening", ours["ingress"], opened, 1.0),
        Claim("log: search to the last line / lnav filter", ours["last"], found, 1.0),
    ]


def _beside(program: str, claims: Callable[[], list[Claim]]) -> list[Claim]:
    if shutil.which(program) is None:
        print(f"  {program} is not installed: nothing is measured beside it")
        return []
    return claims()


def _best(command: list[str], rounds: int = ROUNDS) -> float:
    return min(_seconds(lambda: _run(command)) for _ in range(rounds))


def _run(command: list[str]) -> None:
    """What is not installed takes no time, and no claim rests on it."""
    if shutil.which(command[0]):
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def write_log(path: Path) -> None:
    """Stamped lines of 100 bytes on average; the same million over and over would be as good, random is not needed."""
    dice = random.Random(7)
    lines = []
    for number in range(200_000):
        stamp = f"2026-07-16T23:{number // 6000 % 60:02d}:{number // 100 % 60:02d}.{number % 100:02d}1234567Z"
        lines.append(f"{stamp} INFO {' '.join(dice.choices(WORDS, k=8))} id={dice.randrange(1 << 32):08x}\n")
    block = "".join(lines).encode()
    with path.open("wb") as file:
        for _ in range(max(1, MEGABYTES * 1_000_000 // len(block))):
            file.write(block)
        file.write(f"2026-07-16T23:59:59.000000000Z {LAST}\n".encode())


def _measure(path: Path) -> dict[str, float]:
    from lanewatch.logs.ingress import Ingress
    from lanewatch.logs.lines import page
    from lanewatch.logs.query import Query
    from lanewatch.logs.search import Search
    from lanewatch.logs.spool import SpoolFolder
    from lanewatch.text import Redactor

    folder = SpoolFolder(path.parent / "spools")
    way, spool = Ingress(Redactor(["a-value-that-" + "was-given"])), folder.spool()
    before = _resident()
    told: dict[str, float] = {}
    copies = [_seconds(lambda: _copy(path)) for _ in range(2)]

    def read(source: Path) -> None:
        with source.open("rb", buffering=0) as file:
            began = time.perf_counter()
            while data := file.read(CHUNK):
                spool.append(way.feed(data))
                if "first_screen" not in told:
                    page(spool, 0, 50)
                    told["first_screen"] = time.perf_counter() - began
        spool.append(way.finish())

    told["ingress"] = _seconds(lambda: read(path))
    told["copy"] = statistics.median([*copies, _seconds(lambda: _copy(path))])
    told["end"] = _seconds(lambda: page(spool, spool.lines - 50, 50))
    pages = [_seconds(partial(page, spool, spool.lines * n // 97, 50)) for n in range(97)]
    told["page"] = statistics.quantiles(pages, n=20)[-1]  # the slowest ones are those in which others had the processor
    peak = _resident()

    def search(query: Query) -> Search:
        nonlocal peak
        found = Search(spool, query)
        while not found.is_current:
            found.advance()
        peak = max(peak, _resident())
        return found

    for name, text, regular, options, _ in SEARCHES:  # in turn, so that both meet the same machine
        pairs = [
            (_seconds(partial(search, Query(text, regular))), _best(["rg", "-c", *options, text, str(path)], rounds=1))
            for _ in range(ROUNDS)
        ]
        told[name], told[f"rg {name}"] = min(own for own, _ in pairs), min(its for _, its in pairs)
    told["last"] = _seconds(lambda: search(Query(LAST)).following(0))
    told["memory"] = (peak - before) / 1e6
    told["index"] = min(_seconds(lambda: _index(path)) for _ in range(ROUNDS))
    return told


def _index(path: Path) -> None:
    """The line index of bytes that are already there: a spool that writes nothing."""
    from lanewatch.logs.spool import SpoolFolder

    spool = SpoolFolder(path.parent / "spools", cap=1 << 40, write=lambda _, data: len(data)).spool()
    with path.open("rb", buffering=0) as file:
        while data := file.read(CHUNK):
            spool.append(data)
    spool.close()


def _copy(path: Path) -> None:
    target = path.with_suffix(".copy")
    with path.open("rb", buffering=0) as source, target.open("wb", buffering=0) as file:
        while data := source.read(CHUNK):
            file.write(data)
    target.unlink()


def _resident() -> int:
    """Bytes of this process in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(_measure(Path(sys.argv[1]))))
    else:
        for claim in log_claims():
            print(claim)
