"""Every recorded lane asked again: it concludes what its owner expects, or what lanewatch said when it was recorded.

A lane whose conclusion was wrong gets an `expected.json` beside it, `{"state", "stages"}`, and is mended against that.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.recordings.replaying import replayed

LANES = sorted(path.parent for path in (Path(__file__).parent / "lanes").glob("*/lane.json"))


@pytest.mark.parametrize("folder", LANES, ids=lambda folder: folder.name)
async def test_it_concludes_what_is_expected(folder: Path, tmp_path: Path) -> None:
    wanted = json.loads((folder / "lane.json").read_text())["concluded"]
    expected = folder / "expected.json"
    if expected.exists():
        wanted |= json.loads(expected.read_text())
    rollout = await replayed(folder, tmp_path)
    assert {stage.id: stage.state for stage in rollout.stages} == wanted["stages"]
    assert rollout.state == wanted["state"]
