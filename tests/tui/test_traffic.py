"""What a tick of the clock costs on the wire."""

from __future__ import annotations

from rich.console import RenderableType
from textual._compositor import CompositorUpdate
from textual.screen import Screen

from tests.tui import pictures
from tests.tui.sessions import ManualSession, older
from tui.app import LanewatchApp
from tui.exact import exact
from tui.settings import Settings

BYTES_A_SECOND = 2048


class MeasuredApp(LanewatchApp):
    """Counts what would be sent to the terminal."""

    sent = 0

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        update = exact(renderable)
        if isinstance(update, CompositorUpdate):
            self.sent += len(update.render_segments(self.console).encode())
        super()._display(screen, renderable)


async def test_a_second_with_every_age_ticking_and_two_bars_running() -> None:
    session = ManualSession(pictures.running())
    app = MeasuredApp(session, {"LANG": "C.UTF-8"}, Settings(smooth=False))
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        whole, app.sent = app.sent, 0
        session.publish(older(session.rollout, 1.0))
        await pilot.pause()
        await pilot.pause()
        assert whole > BYTES_A_SECOND  # the first picture is the whole screen: the count counts
        assert 0 < app.sent <= BYTES_A_SECOND


async def test_the_same_picture_again_costs_nothing() -> None:
    session = ManualSession(pictures.running())
    app = MeasuredApp(session, {"LANG": "C.UTF-8"}, Settings(smooth=False))
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        app.sent = 0
        session.publish(pictures.running())
        await pilot.pause()
        await pilot.pause()
        assert app.sent == 0
