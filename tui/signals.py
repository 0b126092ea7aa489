"""What reaches a person who does not look: the terminal's title, its bell, a notification of the desktop.

Only fixed sequences around a text without controls; a terminal that knows none of them (linux, dumb) gets none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from tui.life import ACTIVE

Alarm = Literal["none", "bell", "desktop"]
SILENT_TERMINALS = frozenset({"linux", "dumb", ""})
RXVT_FORM = ("rxvt", "foot")  # these, and all that are made from VTE, know OSC 777; others that notify know OSC 9
INSIDE = ("screen", "tmux")  # tmux keeps such sequences to itself unless they are marked as for the terminal around it
LONGEST = 200


class Signals:
    """Texts for the terminal, "" where there is nothing to send."""

    def __init__(self, environ: Mapping[str, str], alarm: Alarm = "none") -> None:
        self._terminal = environ.get("TERM", "")
        self._has_777 = self._terminal.startswith(RXVT_FORM) or "VTE_VERSION" in environ
        self._is_inside = "TMUX" in environ or self._terminal.startswith(INSIDE)
        self._alarm = alarm
        self._title = ""

    def title(self, text: str) -> str:
        """OSC 2, only when it is another title."""
        if self._terminal in SILENT_TERMINALS or text == self._title:
            return ""
        self._title = text
        return f"\x1b]2;{_plain(text)}\x07"

    def alarm(self, text: str) -> str:
        """The bell, or a notification (OSC 9 or 777); where that may not come through, the bell too."""
        if self._alarm == "none":
            return ""
        if self._alarm == "bell" or self._terminal in SILENT_TERMINALS:
            return "\x07"
        form = "777;notify;lanewatch" if self._has_777 else "9"
        notification = f"\x1b]{form};{_plain(text)}\x07"
        if not self._is_inside:
            return notification
        escaped = notification.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{escaped}\x1b\\\x07"  # passed on with `allow-passthrough on`; the bell is heard in any case


def _plain(text: str) -> str:
    return ACTIVE.sub("", text).replace(";", ",")[:LONGEST]
