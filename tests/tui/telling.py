"""What a whole watch of each scenario read, kept as files: python -m tests.tui.telling [SCENARIO...]

The product watches the embedded lane under a virtual clock from the push to six seconds after the scenario's end; kept
are its journal and the bytes of every log and object behind a handle. Frames made from these files are the same on any
machine. Ports of loopback are written as :0, so that telling anew changes only what the product reads otherwise.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import re
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from lanewatch.clients.answers import ReadFailure
from lanewatch.logs.sources import Asked
from lanewatch.rollout.codec import decode, encode
from lanewatch.rollout.facts import Confirmation, Entry, Handle, Moment, Observation
from lanewatch.simulator.scenarios import SCENARIOS, build_world
from lanewatch.watch.live import LiveSession
from lanewatch.watch.session import RecentCommit
from tests.explore.running import watched
from tests.jumping_loop import run_jumping
from tests.simulator.stories import START

FOLDER = Path(__file__).parent / "told"
AFTER = 6.0  # seconds after the last event: by then every authority has told of it
PORT = re.compile(r"(127\.0\.0\.1|localhost):\d+")
MOST_BYTES = 40_000  # of one log: more is never on a screen of these frames


@dataclass(frozen=True, slots=True)
class Told:
    """`end`: the instant at which the watch ended; `texts` by handle locator, of logs and objects alike."""

    entries: tuple[Entry, ...]
    end: Moment
    texts: dict[str, str]
    notes: dict[str, str]
    commits: tuple[RecentCommit, ...]  # what there is to choose


@cache
def told(scenario: str) -> Told:
    """Read one file."""
    document = json.loads(gzip.decompress((FOLDER / f"{scenario}.json.gz").read_bytes()))
    entries = tuple(decode(KINDS[kind], body) for kind, body in document["entries"])
    commits = tuple(_commit(*one) for one in document["commits"])
    return Told(entries, decode(Moment, document["end"]), document["texts"], document["notes"], commits)


def _commit(sha: str, subject: str, author: str, at: str, run: str, state: str, seconds: float | None) -> RecentCommit:
    return RecentCommit(sha, subject, author, datetime.fromisoformat(at) if at else None, run, state, seconds)


KINDS: dict[str, type[Observation | Confirmation]] = {"observation": Observation, "confirmation": Confirmation}


def write(scenario: str) -> None:
    random.seed(1)  # the jitter of periods
    with tempfile.TemporaryDirectory(prefix="lanewatch-telling-") as folder:
        document = run_jumping(_watch(scenario, Path(folder)))
    text = PORT.sub(r"\1:0", json.dumps(document, ensure_ascii=False, separators=(",", ":")))
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{scenario}.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


async def _watch(scenario: str, folder: Path) -> dict[str, Any]:
    world = build_world(scenario, seed=1, start=START, repositories=folder / "repositories")
    async with watched(world, folder, at=0.0) as running:
        await asyncio.sleep(SCENARIOS[scenario].end + AFTER)
        session = running.session
        entries, end = list(session.entries), session.rollout.now
        texts: dict[str, str] = {}
        notes: dict[str, str] = {}
        for stage in session.rollout.stages:
            for handle in stage.handles:
                texts[handle.locator], notes[handle.locator] = await _text(session, handle)
        named = [["observation" if isinstance(one, Observation) else "confirmation", encode(one)] for one in entries]
        commits = [(one.sha, one.subject, one.author, one.committed_at.isoformat() if one.committed_at else "", one.run,
                    one.state, one.seconds) for one in (await session.recent()).commits]  # fmt: skip
        return {"end": encode(end), "entries": named, "texts": texts, "notes": notes, "commits": commits}


async def _text(session: LiveSession, handle: Handle) -> tuple[str, str]:
    """The bytes as the system gave them of a log, the shown lines of an object."""
    if handle.kind != "log":
        opened = await session.open(handle)
        return "\n".join(opened.lines), opened.note
    try:
        log = session.log(handle)
        await log.run(Asked())
    except ReadFailure as failure:
        return "", failure.reason
    return b"".join(log.plain()).decode()[:MOST_BYTES], log.reason


if __name__ == "__main__":
    for name in sys.argv[1:] or SCENARIOS:
        write(name)
        print(name, (FOLDER / f"{name}.json.gz").stat().st_size)
