"""What changed lately, whatever authority told of it, the newest first: for screens that have room for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from textual.content import Content

from lanewatch.rollout.facts import Entry, Observation
from tui import wording
from tui.screens.history_lines import changes
from tui.screens.timeline_rows import start_of
from tui.showing import Showing
from widgets.painting import fitted

LOOKED_AT = 300  # observations: some minutes of a busy lane, and a millisecond or two
MOST_ROWS = 200
STAGE_WIDTH = 19


def happenings(showing: Showing) -> list[Content]:
    """One row a change: when, how long after the push, at which stage, what."""
    stages = {stage.authority: stage.id for stage in showing.rollout.stages}
    return list(islice(_rows(showing, stages), MOST_ROWS))


def _rows(showing: Showing, stages: Mapping[str, str]) -> Iterator[Content]:
    zero = start_of(showing.rollout)
    for before, entry in _pairs(showing.entries):
        after = f"{(entry.read_at.wall - zero).total_seconds():+.1f} s" if zero is not None else ""
        head = f" {wording.clock(entry.read_at.wall, local=showing.local_time)} {after:>9}  "
        stage = fitted(stages.get(entry.authority, ""), STAGE_WIDTH)
        for change in changes(before, entry):
            yield Content.assemble((head, "$text-muted"), stage, "  ", change)


def _pairs(entries: Sequence[Entry]) -> Iterator[tuple[Observation, Observation]]:
    """Each observation with the one of its authority before it, the newest first."""
    later: dict[str, Observation] = {}
    found: list[tuple[Observation, Observation]] = []
    said = (entry for entry in reversed(entries) if isinstance(entry, Observation))
    for entry in islice(said, LOOKED_AT):
        if (after := later.get(entry.authority)) is not None:
            found.append((entry, after))
        later[entry.authority] = entry
    return iter(sorted(found, key=lambda pair: pair[1].read_at.steady, reverse=True))
