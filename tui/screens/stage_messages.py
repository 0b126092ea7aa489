"""What the drill-down of a stage asks of the app, which has the session: texts, logs, and to be left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.message import Message

from lanewatch.rollout.facts import Handle

if TYPE_CHECKING:
    from tui.screens.stage import StageScreen


class TextWanted(Message):
    """The text behind a handle is to be read, and brought to `given`."""

    def __init__(self, asking: StageScreen, handle: Handle) -> None:
        super().__init__()
        self.asking, self.handle = asking, handle


class LogWanted(TextWanted):
    """The log behind a handle is to be followed and brought to `followed`; where it cannot be, read."""


class AsidesWanted(Message):
    """The logs of init containers and sidecars beside those of these handles are wanted, brought to `beside`."""

    def __init__(self, asking: StageScreen, stage_id: str, handles: Sequence[Handle]) -> None:
        super().__init__()
        self.asking, self.stage_id, self.handles = asking, stage_id, handles


class StageLeft(Message):
    """The person goes back; the cursor belongs on this stage."""

    def __init__(self, stage_id: str) -> None:
        super().__init__()
        self.stage_id = stage_id
