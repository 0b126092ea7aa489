"""What the app asks of every screen that shows one lane, so that it need not load a screen that nobody has opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.screen import Screen

from lanewatch.rollout.facts import Handle
from tui.showing import Showing

if TYPE_CHECKING:
    from tui.screens.panes import Pane


class LaneScreen(Screen[None], inherit_bindings=False):
    """Draws the Rollout that is given to `show`; one of its stages is the person's."""

    @property
    def stage_id(self) -> str:
        """The stage that the person looks at; "" where there is none."""
        raise NotImplementedError

    @property
    def pane(self) -> Pane | None:
        """Which pane of that stage's drill-down, if one is open."""
        return None

    def show(self, showing: Showing) -> None:
        """Draw this; what did not change costs nothing on the terminal."""
        raise NotImplementedError

    def values(self) -> Sequence[tuple[str, str]]:
        """What can be copied from here, each with its name."""
        raise NotImplementedError

    def grown(self, handle: Handle) -> None:
        """A followed log has more lines; only a screen that shows it has something to do."""
