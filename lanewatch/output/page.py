"""How wide a page of plain text is: as its terminal, and always the same where it goes into a pipe or a file."""

from __future__ import annotations

import shutil
from typing import Final, TextIO

COLUMNS: Final = 100  # of a page that nobody looks at in a terminal
LEAST: Final = 60  # narrower, the terminal wraps


def columns(out: TextIO) -> int:
    """For what is written to `out`."""
    return max(LEAST, shutil.get_terminal_size((COLUMNS, 24)).columns) if out.isatty() else COLUMNS
