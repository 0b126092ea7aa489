"""A person's own keys: from a file, by action id; what is wrong with it is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui import pictures
from tests.tui.screen_text import frame
from tests.tui.sessions import ManualSession
from tests.tui.test_bursts import typed
from tests.tui.test_every_key import ELSEWHERE, ROWS
from tui.app import LanewatchApp
from tui.keymap import ACTIONS, KeymapError, keymap
from tui.settings import Settings

SCREEN_PAGE = Path(__file__).parents[2] / "docs" / "screen.md"


def written(folder: Path, text: str) -> Path:
    path = folder / "keys.yaml"
    path.write_text(text)
    return path


def test_a_file_names_actions_and_their_keys(tmp_path: Path) -> None:
    assert keymap(tmp_path / "none.yaml") == {}
    text = "# mine\nsweep: f5\n\nopen.log: L, ctrl+l  # both\n"
    assert keymap(written(tmp_path, text)) == {"sweep": "f5", "open.log": "L,ctrl+l"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sweep\n", ":1: `action: key` is wanted"),
        ("\nsweep:\n", ":2: `action: key` is wanted"),
        ("swep: f5\n", "no action is called swep"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(KeymapError, match=expected):
        keymap(written(tmp_path, text))


def test_every_action_can_be_mapped_and_is_documented() -> None:
    assert {one for row in ROWS for one in row.ids.split()} | ELSEWHERE == ACTIONS
    page = SCREEN_PAGE.read_text()
    documented = page.replace("`stage.1` to `stage.8`", " ".join(f"`stage.{n}`" for n in range(1, 9)))
    assert [one for one in sorted(ACTIONS) if f"`{one}`" not in documented] == []


async def test_own_keys_work_and_stand_in_the_key_line() -> None:
    session = ManualSession(pictures.running())
    settings = Settings(smooth=False, keys={"sweep": "f5", "open.log": "L"})
    app = LanewatchApp(session, {"LANG": "en_US.UTF-8"}, settings)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        assert " L log" in frame(app)
        await typed(app, ["f5", "r", "4", "L"])
        assert session.sweeps == 1
        assert "build container line 0" in frame(app)
