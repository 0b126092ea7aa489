"""What can be typed after `:`, and the command line that says the same as a screen."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from tui.screens.panes import LOG, OBJECT, Pane

# What is typed, and the action of the app that it stands for.
WORDS: Mapping[str, str] = {
    "quit": "leave",
    "q": "leave",
    "help": "help",
    "sweep": "sweep",
    "board": "board",
    "commit": "choose",
    "note": "note",
    "export": "export",
    "gate": "verdict",
    "problems": "problems",
    "costs": "costs",
    "time": "local_time",
    "start": "start_of_journal",
    "live": "live",
    "theme": "change_theme",
    "acknowledge": "acknowledge",
}


def matched(typed: str, words: Sequence[str]) -> str | None:
    """The word that was typed, or the only one that begins so."""
    if typed in words:
        return typed
    found = [word for word in words if word.startswith(typed)]
    return found[0] if len(found) == 1 else None


def equivalent(
    command: Sequence[str], target: str, commit: str | None, stage_id: str = "", pane: Pane | None = None
) -> str:
    """The command line that gives what the screen shows: a log, a native object, or the summary."""
    words = [*command, "--target", target, *(["--commit", commit] if commit else [])]
    if pane is not None and pane.kind == LOG:
        return shlex.join([*words, "logs", stage_id])
    if pane is not None and pane.kind == OBJECT and pane.handle is not None and pane.handle.drilldown:
        return shlex.join([*words, "get", pane.handle.drilldown])
    return shlex.join([*words, "status"])
