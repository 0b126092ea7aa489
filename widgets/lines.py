"""Single rows with something at each end, rules with words in them, the key line and the line of tabs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message

from widgets.canvas import Canvas
from widgets.painting import shortened, shortened_middle


class EndsLine(Canvas):
    """One row: the left parts from the left, the right parts from the right.

    When there is no room, the part that may shrink is cut, then goes; then right parts go, first one first, then left
    parts, last one first. The first left part and the last right part always stay.
    """

    DEFAULT_CSS = """
    EndsLine { height: 1; overflow-y: hidden; }
    """
    GAP = 3
    SHORTEST = 6  # cells; a part cut to less tells nothing

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._left: tuple[Content, ...] = ()
        self._right: tuple[Content, ...] = ()
        self._shrinks: int | None = None

    def show(self, left: Sequence[Content], right: Sequence[Content] = (), *, shrinks: int | None = None) -> None:
        """`shrinks`: the index of the left part that may be cut to make room for the others."""
        self._left, self._right, self._shrinks = tuple(left), tuple(right), shrinks
        self.repaint()

    def rows(self, width: int) -> Sequence[Content]:
        left, right = list(self._left), list(self._right)
        while (excess := self._needed(left, right) - width) > 0:
            if self._shrinks is not None and self._shrinks < len(left) and left[self._shrinks]:
                left[self._shrinks] = self._shrunk(left[self._shrinks], excess)
            elif len(right) > 1:
                right.pop(0)
            elif len(left) > 1:
                left.pop()
            else:
                break
        start, end = self._joined(left), self._joined(right)
        room = max(width - 2 - end.cell_length - bool(end), 0)
        if start.cell_length > room:
            start = start.truncate(room, ellipsis=True)
        return [Content.assemble(" ", start.pad_right(room - start.cell_length), " " * bool(end), end, " ")]

    def _shrunk(self, part: Content, excess: int) -> Content:
        rest = part.cell_length - excess
        return part.truncate(rest, ellipsis=True) if rest >= self.SHORTEST else Content("")

    def _needed(self, left: Sequence[Content], right: Sequence[Content]) -> int:
        return self._joined(left).cell_length + self._joined(right).cell_length + 2 + (self.GAP if right else 0)

    def _joined(self, parts: Sequence[Content]) -> Content:
        return Content(" " * self.GAP).join(part for part in parts if part)


WHERE_FROM_WIDTH = 40  # narrower: the tabs themselves need the room
SHORTEST_TITLE = 12  # cells; a title is not cut to less for the words at the end


class Rule(Canvas):
    """A horizontal line with a title near its left end, and words that end it at the right."""

    DEFAULT_CSS = """
    Rule { height: 1; overflow-y: hidden; color: $text-muted; }
    """

    def __init__(self, title: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title, self._ending = title, ""

    def show(self, title: str, ending: str = "") -> None:
        self._title, self._ending = title, ending
        self.repaint()

    def rows(self, width: int) -> Sequence[Content]:
        """The words at the end are news, the title stands there all the time: it gives way, but for its shortest."""
        kept = min(cell_len(self._title), SHORTEST_TITLE)
        space = width - 8 - kept
        fits = space >= min(cell_len(self._ending), SHORTEST_TITLE)
        ending = f" {shortened(self._ending, space)} ──" if self._ending and fits else ""
        room = width - cell_len(ending) - 4
        cut = shortened if " " in self._title else shortened_middle  # the beginning of a sentence, both ends of a name
        title = f"── {cut(self._title, room)} " if self._title and room > 0 else ""
        return [Content(title + "─" * (width - cell_len(title) - cell_len(ending)) + ending)]


class Divider(Canvas):
    """A vertical line one cell wide, hanging from a rule."""

    DEFAULT_CSS = """
    Divider { width: 1; height: 1fr; overflow-y: hidden; color: $text-muted; }
    """

    def rows(self, width: int) -> Sequence[Content]:
        return [Content("┬"), *[Content("│")] * (self.size.height - 1)]


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to press in a line: its key, its word, and the id told when it is pressed."""

    id: str
    key: str
    word: str
    active: bool = False


class ChoiceLine(Canvas):
    """Keys with their words, or tabs. What has no room is left out at the right, except `kept` at the end; the active
    one is always there, and what is before it may be left out for it. Then it is said which of how many it is.
    """

    DEFAULT_CSS = """
    ChoiceLine { height: 1; overflow-y: hidden; }
    """

    class Pressed(Message):
        def __init__(self, line: ChoiceLine, choice_id: str) -> None:
            super().__init__()
            self.line = line
            self.choice_id = choice_id

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._choices: tuple[Choice, ...] = ()
        self._kept: tuple[Choice, ...] = ()

    def show(self, choices: Sequence[Choice], kept: Sequence[Choice] = ()) -> None:
        self._choices, self._kept = tuple(choices), tuple(kept)
        self.repaint()

    def rows(self, width: int) -> Sequence[Content]:
        parts = self._parts(width)
        line = Content.assemble(" ", *(part for _, part in parts))
        where = self._where(width)
        return [line.pad_right(width - 1 - len(where) - line.cell_length) + Content(where).stylize("$text-muted")]

    def on_click(self, event: events.Click) -> None:
        at = 1
        for choice, part in self._parts(self.size.width):
            if at <= event.x < at + part.cell_length - 2:
                self.post_message(self.Pressed(self, choice.id))
                return
            at += part.cell_length

    def _where(self, width: int) -> str:
        """Which tab of how many it is, where some have no room."""
        active = next((number for number, choice in enumerate(self._choices, 1) if choice.active), 0)
        needed = 1 + sum(_drawn(choice).cell_length for choice in (*self._choices, *self._kept))
        return f"{active} of {len(self._choices)}" if active and needed > width >= WHERE_FROM_WIDTH else ""

    def _parts(self, width: int) -> list[tuple[Choice, Content]]:
        kept = [(choice, _drawn(choice)) for choice in self._kept]
        room = width - 1 - sum(part.cell_length for _, part in kept)
        parts = [(choice, _drawn(choice)) for choice in self._choices]
        room -= len(self._where(width))
        while any(choice.active for choice, _ in parts[1:]) and not _reaches_active(parts, room):
            parts.pop(0)
        while parts and sum(part.cell_length for _, part in parts) > room:
            parts.pop()
        return parts + kept


def _reaches_active(parts: Sequence[tuple[Choice, Content]], room: int) -> bool:
    active = next(index for index, (choice, _) in enumerate(parts) if choice.active)
    return sum(part.cell_length for _, part in parts[: active + 1]) <= room


def _drawn(choice: Choice) -> Content:
    style = "reverse" if choice.active else "$text-muted"
    key = (f"{choice.key} ", "bold reverse" if choice.active else "bold $accent") if choice.key else ""
    return Content.assemble(key, (choice.word, style), "  ")
