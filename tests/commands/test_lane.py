"""From arguments to a lane, and what happens to its files while it is watched."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from pathlib import Path

import pytest

from lanewatch.commands.lane import open_lane
from lanewatch.watch.configuration import LOOK_SECONDS, REFUSED, Configured
from tests.jumping_loop import run_jumping


def test_connections_in_their_default_place_that_go_away_are_told_and_the_former_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    file = tmp_path / "lanewatch" / "connections.yaml"
    file.parent.mkdir()
    file.write_text('gitea: {url: "http://127.0.0.1:9"}\n')
    names = {"target": None, "commit": None, "pushed_at": None, "spec": None, "connections": None}
    session = open_lane(Namespace(command="watch", **names))
    file.unlink()

    async def apply(found: Configured) -> str:
        raise AssertionError(found)

    async def look() -> str:
        assert session._configuration is not None
        looking = asyncio.create_task(session._configuration.follow(apply))
        await asyncio.sleep(2 * LOOK_SECONDS)
        looking.cancel()
        return session._configuration.trouble

    told = run_jumping(look())
    assert told.startswith(REFUSED)
    assert "connections.yaml: cannot be read: No such file or directory" in told
