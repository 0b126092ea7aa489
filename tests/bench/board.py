"""What a board of two hundred lanes costs, worked out from what one sweep and one look at a branch cost."""

from __future__ import annotations

import asyncio
import tempfile
import time
from argparse import Namespace
from pathlib import Path

from lanewatch.command_line import command_line
from lanewatch.commands.lane import open_lane
from lanewatch.watch.board import ENDED_SECONDS, GLANCE_SECONDS, REST_SECONDS, SHARE, Board
from lanewatch.watch.live import LiveSession
from lanewatch.watch.waiting import settle
from tests.bench.measuring import Claim
from tests.e2e.lanes import serving

RUNNING, ENDED = 5, 195
ROUNDS = 20


def board_claim() -> Claim:
    """Processor seconds in a second, over a tenth of a core; drawing the board is a claim of its own.

    The sweeps take their share and no more (tests/watch/test_board.py): how often a running lane is swept follows.
    """
    with tempfile.TemporaryDirectory() as folder, serving("build", Path(folder)) as lane:
        sweep, glance = asyncio.run(_costs(lane.connections))
    print(f"a sweep of the board: {1000 * sweep:.0f} ms of a processor, a look at a branch: {1000 * glance:.1f} ms")
    often = (RUNNING + ENDED * REST_SECONDS / ENDED_SECONDS) * sweep / SHARE
    print(f"5 running lanes of 200 are swept every {often:.0f} s")
    return Claim("board of 200 lanes, 5 run / a tenth of a core", SHARE + ENDED * glance / GLANCE_SECONDS, 0.1, 1.0)


async def _costs(connections: Path) -> tuple[float, float]:
    arguments = command_line().parse_args(["--connections", str(connections), "watch"])

    def session(target: str = "", commit: str | None = None) -> LiveSession:
        return open_lane(Namespace(**{**vars(arguments), "commit": commit}))

    now = 0.0
    async with session() as watched:
        await settle(watched, watched.lane.status_seconds)
        board = Board(["one"], session, lambda target: watched.head(watched.lane), lambda: now)
        sweeps = []
        for _ in range(ROUNDS):
            began = time.process_time()
            await board._step()
            sweeps.append(time.process_time() - began)
            now += ENDED_SECONDS
        began = time.process_time()
        for _ in range(ROUNDS):
            await board.glance()
        return sorted(sweeps)[ROUNDS // 2], (time.process_time() - began) / ROUNDS
