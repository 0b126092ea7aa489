"""A fabricated picture in a real terminal: python -m tests.tui.demo PICTURE [breaking]."""

from __future__ import annotations

import sys

from tests.tui import pictures
from tests.tui.sessions import BreakingSession, TickingSession
from tui.app import run

if __name__ == "__main__":
    kind = BreakingSession if "breaking" in sys.argv[2:] else TickingSession
    sys.exit(run(kind(getattr(pictures, sys.argv[1])())))
