"""Deadlines lie under the sweep's: whatever hangs, each row has told so when the 35 s of a sweep are over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lanewatch.rollout.facts import NEEDS, OPERATOR, Outcome
from lanewatch.simulator.faults import known_faults
from tests.faults.lane import SERVERS, faulty_lane
from tests.jumping_loop import run_jumping

SWEEP_SECONDS = 35


@pytest.mark.parametrize("fault", ["N09", "N06"])
def test_where_all_servers_hang_every_row_says_so_within_a_sweep(fault: str, tmp_path: Path) -> None:
    async def story() -> None:
        async with faulty_lane(tmp_path) as one:
            for server in SERVERS:
                wide = {"id": server, "server": server, "path": "", "watch": None}
                one.layer.arm(replace(known_faults()[fault], **wide))  # type: ignore[arg-type]
            await one.watch(SWEEP_SECONDS)
            asked = {read.authority: read.outcome for read in one.session.rollout.reads if read.outcome is not None}
            assert OPERATOR not in asked
            assert set(asked.values()) == {Outcome.TIMEOUT}, asked
            waiting = {read.authority for read in one.session.rollout.reads} - set(asked)
            assert all(NEEDS[name] for name in waiting), "who could be asked still hangs"

    run_jumping(story())
