"""What reaches a person who does not look: the terminal's title, its bell, a notification of the desktop.

Only fixed sequences around a text without controls; a terminal that knows none of them (linux, dumb) gets none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from tui.life import ACTIVE

Alarm = Literal["none", "bell", "desktop"]
SILENT_TERMINALS = frozenset({"linux", "dumb", ""})
RXVT_FORM = ("rxvt", "foot")  # these know OSC 777; others that notify know OSC 9
LONGEST = 200


class Signals:
    """Texts for the terminal, "" where there is nothing to send."""

    def __init__(self, environ: Mapping[str, str], alarm: Alarm = "none") -> None:
        self._terminal = environ.get("TERM", "")
        self._alarm = alarm
        self._title = ""

    def title(self, text: str) -> str:
        """OSC 2, only when it is another title."""
        if self._terminal in SILENT_TERMINALS or text == self._title:
            return ""
        self._title = text
        return f"\x1b]2;{_plain(text)}\x07"

    def alarm(self, text: str) -> str:
        """The bell rings everywhere; a notification (OSC 9 or 777) rings it too where that is all there is."""
        if self._alarm == "none":
            return ""
        if self._alarm == "bell" or self._terminal in SILENT_TERMINALS:
            return "\x07"
        if self._terminal.startswith(RXVT_FORM):
            return f"\x1b]777;notify;lanewatch;{_plain(text)}\x07"
        return f"\x1b]9;{_plain(text)}\x07"


def _plain(text: str) -> str:
    return ACTIVE.sub("", text).replace(";", ",")[:LONGEST]
