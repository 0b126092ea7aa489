"""A log that was handed out and forgotten holds no disk space once its reader is closed."""

from __future__ import annotations

import asyncio
from pathlib import Path

from lanewatch.logs.query import Query
from lanewatch.logs.reading import LogReader
from lanewatch.logs.sources import Asked
from lanewatch.rollout.facts import Handle
from lanewatch.text import PATTERNS_ONLY
from tests.logs.test_observed import fact, seen

HANDLE = Handle("log", "", "observed:mirror-sync", "what was observed")


def open_files(folder: Path) -> int:
    """Files of this process below `folder`, also those without a name."""
    return sum(
        str(link.readlink()).startswith(str(folder)) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()
    )


async def test_closing_the_reader_closes_every_log_that_is_still_open(tmp_path: Path) -> None:
    reader = LogReader(None, {}, PATTERNS_ONLY, lambda: [seen(0, fact("head", "a1"))], spools=tmp_path)
    logs = [reader.open(HANDLE) for _ in range(3)]
    for log in logs:
        await log.run(Asked())
    search = logs[0].search(Query("a1"))
    assert search is not None
    logs[2].close()
    assert open_files(tmp_path) == 2
    reader.close()
    assert open_files(tmp_path) == 0
    assert await asyncio.to_thread(lambda: list(tmp_path.iterdir())) == []
    assert all(log.is_closed and log.page(0, 9) == [] for log in logs)
    await search.catch_up()  # one that has not noticed yet finds nothing
    assert search.hits == 0
    reader.close()
