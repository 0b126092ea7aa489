"""What Textual leaves open about the life of a terminal: signals, crashes, and bytes that must never reach it.

All that touches Textual's private parts is here (Textual is pinned for it), each with its test in a real terminal.
"""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import RenderableType
from rich.segment import Segment
from textual.app import App
from textual.color import Color
from textual.filter import LineFilter, NoColor
from textual.screen import Screen

from tui.driver import LivingDriver
from tui.exact import exact
from tui.look import ASCII

SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)

# C0 and C1 controls, bidirectional controls, zero-width characters and the line separators.
ACTIVE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


class ControlFilter(LineFilter):
    """The last net: whatever was missed before it, no control character leaves in the text of a widget."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            Segment(ACTIVE.sub("", text), style, control) if control is None and ACTIVE.search(text) else segment
            for segment in segments
            for text, style, control in (segment,)
        ]


class AsciiFilter(LineFilter):
    """For terminals without Unicode: our glyphs become their ASCII likeness, any other character `?` for each cell."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            Segment(_ascii(segment.text), segment.style, segment.control) if not segment.text.isascii() else segment
            for segment in segments
        ]


class LivingApp(App[int]):
    """An App that gives the terminal back whatever ends it, and prints nothing of what made it crash.

    Exit codes: 128 + n for a signal n. `environ` decides colour and glyphs.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.colourless = bool(environ.get("NO_COLOR"))
        super().__init__(driver_class=LivingDriver, ansi_color=True if self.colourless else None)
        self.animation_level = "none"  # a scroll is one frame: over ssh every frame counts
        self._nets: tuple[LineFilter, ...] = (
            ControlFilter(),
            *([AsciiFilter()] if is_ascii_only(environ) else []),
            *([NoColor()] if self.colourless else []),
        )

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), *self._nets]

    def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self.exit, None, 128 + number)
        # The alternate screen is empty when a stopped process goes on; Textual draws only what has changed since.
        self.app_resume_signal.subscribe(self, lambda _: self.refresh())

    async def on_unmount(self) -> None:
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.remove_signal_handler(number)

    def send(self, sequence: str) -> None:
        """Write a sequence of ours to the terminal, in order with all that is drawn; "" is nothing."""
        if sequence and self._driver is not None:
            self._driver.write(sequence)
            self._driver.flush()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        super()._display(screen, exact(renderable))

    @property
    def crash(self) -> Exception | None:
        """What ended the app, for whoever ran it to raise."""
        return self._exception

    def _handle_exception(self, error: Exception) -> None:
        """Textual would let an error with `__rich__` print itself, whatever it holds; ours all end alike."""
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._fatal_error()

    def _fatal_error(self) -> None:
        """Nothing is printed: Textual's traceback shows local variables, and a local may be a token."""
        self._close_messages_no_wait()


def is_ascii_only(environ: Mapping[str, str]) -> bool:
    """Whether the terminal shows only ASCII: the locale names another encoding, or it is the bare Linux console."""
    locale = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    return environ.get("TERM") in {"linux", "dumb"} or bool(locale and "utf" not in locale.lower())


def _ascii(text: str) -> str:
    from rich.cells import cell_len

    return "".join(
        character if character.isascii() else ASCII.get(character, "?" * cell_len(character)) for character in text
    )
