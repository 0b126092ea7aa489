"""Keys of a person's own: a file that says which key stands for which action, one `action: key` a line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

# Every action that has a key, by its id; docs/screen.md lists them.
ACTIONS: Final = frozenset(
    """
    row.up row.down row.top row.bottom row.open stage.1 stage.2 stage.3 stage.4 stage.5 stage.6 stage.7 stage.8
    scroll.up scroll.down scroll.left scroll.right scroll.page-up scroll.page-down scroll.top scroll.bottom
    open.facts open.object open.log open.history maximise pane.next pane.previous pane.timeline back again
    search search.next search.previous view.wrap view.stamps view.fold
    log.error log.matches log.fold log.fold-all log.section-next log.section-previous log.time log.whole log.mark
    log.to-mark log.beside log.asides
    rewind.back rewind.forward rewind.start rewind.live problems acknowledge verdict board choose note command export
    copy copy.command addresses costs sweep time help help.close help.page palette quit interrupt
    chooser.leave prompt.leave prompt.complete text.close text.copy
    """.split()  # noqa: SIM905 - as a list it would be a page
)


class KeymapError(Exception):
    """What is wrong with the file, with its line."""


def keymap(path: Path) -> Mapping[str, str]:
    """The keys by action; {} where there is no such file. Raises KeymapError with the line that is wrong.

    Several keys of one action are separated by commas: `scroll.down: j,down`.
    """
    if not path.exists():
        return {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KeymapError(f"{path}: {error}") from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if text := line.partition("#")[0].strip():
            action, colon, keys = (part.strip() for part in text.partition(":"))
            if not colon or not keys:
                raise KeymapError(f"{path}:{number}: `action: key` is wanted")
            if action not in ACTIONS:
                raise KeymapError(f"{path}:{number}: no action is called {action}; docs/screen.md has them all")
            found[action] = keys.replace(" ", "")
    return found
