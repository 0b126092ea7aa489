"""What is on the screen, as text."""

from __future__ import annotations

from textual.app import App


def frame(app: App[int]) -> str:
    """Every row of the active screen, without trailing blanks."""
    strips = app.screen._compositor.render_strips()
    return "".join(strip.text.rstrip() + "\n" for strip in strips)
