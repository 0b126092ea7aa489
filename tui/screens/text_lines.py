"""A text that was read, in the form in which the person wants to see it: stamps of a log, folds of an object."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

from textual.content import Content

from tui.screens.object_lines import folded
from tui.screens.panes import OBJECT
from widgets.finding import Lines
from widgets.lines_view import TextLines

Stamps = Literal["clock", "since the push", "as written", "none"]
STAMPS: Final[tuple[Stamps, ...]] = ("clock", "since the push", "as written", "none")
YAML_KEY: Final = re.compile(r" *(?:- )*([\w./-]+:)(?= |$)")
STAMP: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?Z ?")


class StampedLines:
    """Lines of a log whose time stamps, as the systems wrote them before each line, are shown in one of three ways."""

    def __init__(self, texts: Sequence[str], stamps: Stamps, zero: datetime | None) -> None:
        self._texts, self._stamps, self._zero = texts, stamps, zero

    def __len__(self) -> int:
        return len(self._texts)

    def line(self, index: int) -> Content:
        text = self._texts[index].expandtabs(8)
        matched = STAMP.match(text)
        if matched is None:
            return Content(text)
        rest = text[matched.end() :]
        if self._stamps == "none":
            return Content(rest)
        try:
            at = datetime.fromisoformat(f"{matched[1]}{(matched[2] or '')[:7]}+00:00")
        except ValueError:  # digits that are no time, such as month 13
            at = None
        shown = stamp_text(matched.group().rstrip(), at, self._stamps, self._zero)
        return Content.assemble((f"{shown} ", "$text-muted"), rest)


class YamlLines(TextLines):
    """Lines of YAML whose keys stand out."""

    def line(self, index: int) -> Content:
        content = super().line(index)
        key = YAML_KEY.match(content.plain)
        return content if key is None else content.stylize("$primary", *key.span(1))


def stamp_text(written: str, at: datetime | None, stamps: Stamps, zero: datetime | None) -> str:
    """A stamp in the wanted form: the UTC clock to the millisecond, seconds after the push, or as it was written."""
    if at is not None and stamps == "clock":
        return f"{at:%H:%M:%S}.{at.microsecond // 1000:03}"
    if at is not None and stamps == "since the push" and zero is not None:
        return f"{(at - zero).total_seconds():+9.2f} s"
    return written


def text_lines(kind: str, texts: Sequence[str], *, stamps: Stamps, zero: datetime | None, folds: bool) -> Lines:
    """The lines to view. `zero` is where the time axis begins."""
    if not texts:
        return TextLines((" (empty)",))
    if kind == OBJECT:
        return YamlLines(folded(texts) if folds else tuple(texts))
    return StampedLines(texts, stamps, zero)
