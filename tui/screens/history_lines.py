"""What one authority said over time: every reading that said something new, with what changed in it, and its events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from textual.content import Content

from lanewatch.rollout.facts import ANSWERED, QUALITY_OF_OUTCOME, Entry, Fact, Observation, Outcome
from lanewatch.rollout.rollout import Stage
from tui import wording
from tui.look import QUALITY
from tui.screens.fact_lines import ContentLines, hung

TIME_WIDTH = 21  # "14:02:31Z   +71.4 s"
VALUE_WIDTH = 120
MOST_SHOWN = 200  # readings: a lane has some dozens; one that flaps for hours must not hold the screen up


class History:
    """The lines as they were made last: a screen asks once a second, and seldom is there news."""

    def __init__(self) -> None:
        self._made_for: tuple[object, ...] = ()
        self._lines = ContentLines([])

    def lines(
        self, stage: Stage, entries: Sequence[Entry], zero: datetime | None, *, local: bool, width: int
    ) -> ContentLines:
        """See `history`."""
        own = (one for one in reversed(entries) if isinstance(one, Observation) and one.authority == stage.authority)
        wanted = (stage.authority, next(own, None), zero, local, width)
        if wanted != self._made_for:
            self._made_for, self._lines = wanted, history(stage, entries, zero, local=local, width=width)
        return self._lines


def history(stage: Stage, entries: Sequence[Entry], zero: datetime | None, *, local: bool, width: int) -> ContentLines:
    """The History pane of one stage, oldest first, wrapped to `width` cells. `zero`: where the time axis begins."""
    said_before, shown = _lately(stage.authority, entries)
    lines: list[Content] = []
    if said_before:
        lines.append(Content(f" {said_before:,} earlier readings are not shown here").stylize("$text-muted"))
    events: tuple[str, ...] = ()
    before: Observation | None = None
    for entry in shown:
        news = [event for event in _events(entry) if event not in events]
        events = _events(entry) or events
        said = [*changes(before, entry), *(Content(f"event: {event}") for event in news)]
        if said:
            lines += _told(entry, said, zero, local=local, width=width)
        before = entry
    return ContentLines(lines or [Content(" Its authority has said nothing yet.").stylize("$text-muted")])


def _lately(authority: str, entries: Sequence[Entry]) -> tuple[int, list[Observation]]:
    """The newest observations of one authority, oldest first, and how many there are before them."""
    own = [entry for entry in entries if isinstance(entry, Observation) and entry.authority == authority]
    return max(len(own) - MOST_SHOWN, 0), own[-MOST_SHOWN:]


def _told(
    entry: Observation, said: Sequence[Content], zero: datetime | None, *, local: bool, width: int
) -> Iterator[Content]:
    after = f"+{(entry.read_at.wall - zero).total_seconds():.1f} s" if zero is not None else ""
    stamp = f"{wording.clock(entry.read_at.wall, local=local)} {after:>9}"
    for index, line in enumerate(said):
        yield from hung(stamp if index == 0 else "", line, TIME_WIDTH, width)


def changes(before: Observation | None, entry: Observation) -> Iterator[Content]:
    """What this reading said that the one before had not."""
    was = Outcome.OK if before is None else before.outcome
    if (was, before.reason if before else "") != (entry.outcome, entry.reason):
        mark = QUALITY[QUALITY_OF_OUTCOME[entry.outcome]]
        reason = f": {entry.reason}" if entry.reason else ""
        yield Content.assemble((f"{mark.glyph} {entry.outcome}{reason}".strip(), mark.style))
    if entry.outcome not in ANSWERED:
        return
    old = {fact.name: fact for fact in before.facts} if before is not None else {}
    for fact in entry.facts:
        earlier = old.get(fact.name)
        if earlier is None or (earlier.value, earlier.quality) != (fact.value, fact.quality):
            yield _change(earlier, fact)


def _change(earlier: Fact | None, fact: Fact) -> Content:
    now = wording.cut(wording.value(fact, fact.quality), VALUE_WIDTH)
    if earlier is None:
        return Content.assemble((fact.name, "$text-muted"), "  ", (now, "bold"))
    was = wording.cut(wording.value(earlier, earlier.quality), VALUE_WIDTH)
    return Content.assemble((fact.name, "$text-muted"), "  ", (was, "dim"), " → ", (now, "bold"))


def _events(entry: Observation) -> tuple[str, ...]:
    """The Kubernetes events that the reading holds, as one text each."""
    report = entry.report
    run = getattr(report, "run", None)
    return tuple(getattr(report, "events", ())) or tuple(getattr(run, "events", ()))
