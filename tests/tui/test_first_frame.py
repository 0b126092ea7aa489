"""What is loaded before the first frame, counted in modules: no load of a machine moves that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
BEFORE_A_FRAME = "import sys, lanewatch.commands.watch, tui.app, tui.settings, tui.keymap; print(*sys.modules)"
LATER = (
    "pydantic", "ruamel.yaml", "statistics",  # YAML and models: see tests/commands/test_sources.py
    "httpx", "aiohttp", "kubernetes", "lanewatch.clients.http", "lanewatch.watch.assembly",
    "lanewatch.logs", "lanewatch.evidence", "lanewatch.simulator", "lanewatch.doctor",
    "tui.screens.stage", "tui.screens.board", "tui.screens.help", "tui.screens.chooser", "tui.screens.prompt",
    "tui.palette",
)  # fmt: skip


def test_only_the_dashboard_is_loaded_before_it_is_drawn() -> None:
    words = [sys.executable, "-c", BEFORE_A_FRAME]
    loaded = subprocess.run(words, capture_output=True, text=True, check=True, cwd=REPOSITORY).stdout.split()
    assert "tui.screens.dashboard" in loaded
    assert [name for name in LATER if name in loaded] == []


UNTOLD = """
import dataclasses, sys, lanewatch.commands.watch, tui.app
ours = [module for name, module in sys.modules.items() if name.split(".")[0] in ("lanewatch", "tui", "widgets")]
for kind in (one for module in ours for one in vars(module).values() if isinstance(one, type)):
    if dataclasses.is_dataclass(kind) and (kind.__doc__ or "").startswith(kind.__name__ + "("):
        print(kind.__qualname__)
"""


def test_every_record_loaded_before_says_what_it_is() -> None:
    """Else `dataclass` works a docstring out from its signature: thirty such took a twentieth of the time."""
    done = subprocess.run([sys.executable, "-c", UNTOLD], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert done.stdout == ""
