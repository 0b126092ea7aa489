"""The texts behind a stage's handles: read once or followed, and the form in which the person wants to see them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from lanewatch.rollout.facts import Handle
from lanewatch.watch.session import Opened
from tui.screens.object_lines import FOLDED
from tui.screens.text_lines import STAMPS, Stamps, text_lines
from widgets.finding import Lines
from widgets.lines_view import TextLines

if TYPE_CHECKING:
    from lanewatch.logs.log import Log


class StageTexts:
    """`stamps`: how the times of a log are shown; `folds`: whether managedFields are hidden."""

    def __init__(self) -> None:
        self._read: dict[Handle, Opened] = {}
        self._followed: dict[Handle, Log] = {}
        self._asked: set[Handle] = set()
        self.stamps: Stamps = STAMPS[0]
        self.folds = True

    def __contains__(self, handle: object) -> bool:
        """Whether there is anything of it to show."""
        return handle in self._read or handle in self._followed

    def log(self, handle: Handle | None) -> Log | None:
        """The log behind a handle, where it is followed."""
        return None if handle is None else self._followed.get(handle)

    def ask(self, handle: Handle) -> bool:
        """Whether it must be asked for: not while an answer is on its way."""
        if handle in self._asked:
            return False
        self._asked.add(handle)
        return True

    def given(self, handle: Handle, opened: Opened) -> None:
        self._asked.discard(handle)
        self._read[handle] = opened

    def follow(self, handle: Handle, log: Log) -> None:
        self._asked.discard(handle)
        self._followed[handle] = log

    def has_folds(self, handle: Handle | None) -> bool:
        """Whether there is something in it that may be hidden."""
        return handle in self._read and any(line.strip() == FOLDED for line in self._read[handle].lines)

    def next_stamps(self) -> None:
        self.stamps = STAMPS[(STAMPS.index(self.stamps) + 1) % len(STAMPS)]

    def lines(self, handle: Handle, zero: datetime | None) -> Lines:
        """The lines of a text that was read; `zero` is where the time axis begins."""
        opened = self._read[handle]
        if not opened.lines and opened.note:
            return TextLines((f" nothing to show: {opened.note}", " r reads it again"))
        return text_lines(handle.kind, opened.lines, stamps=self.stamps, zero=zero, folds=self.folds)

    def title(self, handle: Handle | None) -> str:
        """Where the text comes from."""
        if handle is None:
            return ""
        return self._read[handle].locator if handle in self._read else handle.locator

    def note(self, handle: Handle | None, *, past: bool) -> str:
        """What a reader must know of the text. `past`: the screen shows the past, which texts that are read do not."""
        note = self._read[handle].note if handle in self._read else ""
        if handle is None or not past:
            return note
        return f"read now, not then{f'; {note}' if note else ''}"
