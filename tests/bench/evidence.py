"""Evidence: exporting and verifying 1 GB of logs against what a shell would do with it, and a small bundle outright."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from lanewatch.evidence.verify import verify
from lanewatch.evidence.writing import LogStream
from lanewatch.logs.plain import plain
from lanewatch.logs.spool import Spool, SpoolFolder
from tests.bench.measuring import Claim, lanewatch, seconds_until
from tests.evidence.made import entries, material, written
from tests.rollout import story

ROUNDS = 5
GIGABYTE = 1 << 30
PIECE = (b"2026-07-05T14:02:31.123456Z #7 12.31 pulling layer 5f70bf18a086 of the environment image\n" * 12_000)[
    : 1 << 20
]
READS = 150  # observations of a lane of 120 s, one of eight authorities changing about once in a second


def evidence_claims() -> list[Claim]:
    """Export and verify of a large and of a small bundle; replay against the first picture of a live start."""
    folder = Path(tempfile.mkdtemp(prefix="lanewatch-bench-"))
    try:
        return [*_large(folder / "large"), *_small(folder / "small")]
    finally:
        shutil.rmtree(folder)


def _large(folder: Path) -> Iterator[Claim]:
    spool = SpoolFolder(folder.parent / "spools").spool()
    for _ in range(GIGABYTE // len(PIECE)):
        spool.append(PIECE)
    exports, tars = _in_turn(lambda: _export_log(folder, spool), lambda: _tar(folder))
    spool.close()
    yield Claim("evidence export, 1 GB of logs / tar c | sha256sum", exports, tars, 2.0)
    bundle = next(folder.glob("[!.]*"))
    checks, sums = _in_turn(lambda: verify(bundle), lambda: _shell("sha256sum --quiet -c manifest-sha256.txt", bundle))
    yield Claim("evidence verify, 1 GB / sha256sum -c", checks, sums, 1.5)


def _small(folder: Path) -> Iterator[Claim]:
    bundle = _export_small(folder)
    size = sum(path.stat().st_size for path in bundle.rglob("*") if path.is_file())
    yield Claim("evidence export, a lane of 120 s: size / 2 MB", size / 1e6, 2.0, 1.0, "MB")
    yield Claim("evidence export, a lane of 120 s / 1 s", _median(lambda: _export_small(folder)), 1.0, 1.0)
    yield Claim("evidence verify, below 5 MB / 1 s", _median(lambda: verify(bundle)), 1.0, 1.0)
    yield _replay_claim(folder, bundle)


def _replay_claim(folder: Path, bundle: Path) -> Claim:
    """From exec to the first stage's name on the terminal: a bundle against a live lane whose systems refuse."""
    connections = folder / "connections.yaml"
    connections.write_text('gitea: {url: "http://127.0.0.1:9"}\n')
    live = lanewatch("--connections", str(connections), "watch")
    replay = lanewatch("evidence", "replay", str(bundle))
    turns = [(seconds_until(replay, b"mirror-sync"), seconds_until(live, b"mirror-sync")) for _ in range(ROUNDS + 2)]
    played, watched = (statistics.median(times) for times in zip(*turns, strict=True))
    return Claim("evidence replay, first paint / live, first paint", played, watched, 1.0)


def _export_log(folder: Path, spool: Spool) -> None:
    """One log of 1 GB, from the spool in which it was read: its colours taken out, written, hashed and synced."""
    shutil.rmtree(folder, ignore_errors=True)
    written(folder, logs=[LogStream("build-or-reuse", "bench", "bench", "", plain(spool))])


def _tar(folder: Path) -> None:
    """The floor: the same files through tar into a hash, which writes nothing."""
    _shell("tar c . | sha256sum", folder)


def _shell(command: str, folder: Path) -> None:
    subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=folder, stdout=subprocess.DEVNULL, check=True)


def _export_small(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    told = [entry for entry in entries() if hasattr(entry, "report")]
    reads = tuple(
        replace(told[number % len(told)], read_at=story.moment(number), reason=f"read {number}")
        for number in range(READS)
    )
    return written(folder, material(entries=reads, at=story.moment(READS)))


def _in_turn(value: Callable[[], object], floor: Callable[[], object]) -> tuple[float, float]:
    """Medians of wall seconds, in turn, after one of each that warms the page cache."""
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(ROUNDS + 1):
        for action, kept in zip((value, floor), times, strict=True):
            seconds = _seconds(action)
            if turn:
                kept.append(seconds)
    return statistics.median(times[0]), statistics.median(times[1])


def _median(action: Callable[[], object]) -> float:
    return statistics.median(_seconds(action) for _ in range(ROUNDS))


def _seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


if __name__ == "__main__":
    for claim in evidence_claims():
        print(claim)
