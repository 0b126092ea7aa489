"""Files of ours that outlive the process: which of them go, the old ones and the oldest of too many.

Logs and journals are kept by this one rule; what a kept file holds, and who may delete it, is told where it is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

KEPT_SECONDS = 7 * 86400.0


def outlived(paths: Iterable[Path], now: float, most: int) -> Iterator[Path]:
    """Of these files those older than KEPT_SECONDS, and the oldest of what is more than `most` bytes together."""
    total = 0
    for path in sorted(paths, key=modified, reverse=True):
        size = size_of(path)
        if total + size > most or now - modified(path) > KEPT_SECONDS:
            yield path
        else:
            total += size


def modified(path: Path) -> float:
    """When it was last written, in seconds of the wall clock; 0 where it is gone."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def size_of(path: Path) -> int:
    """Bytes; 0 where it is gone."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
