"""The two lists under the timeline: the fields of the status, and the findings."""

from __future__ import annotations

from lanewatch.output.joined import joined
from lanewatch.rollout.facts import Quality
from lanewatch.rollout.rollout import Cell
from tui import wording
from tui.look import QUALITY, SEVERITY, VALUE
from tui.showing import Ended, Showing
from widgets.field_list import FieldRow
from widgets.note_list import Note

TROUBLE = frozenset(Quality) - {Quality.GOOD, Quality.ESTIMATED, Quality.UNKNOWN, Quality.ABSENT}
PLAIN = frozenset({Quality.GOOD, Quality.UNKNOWN, Quality.ABSENT})  # their value alone tells them: x, "?", "–"


def fields(showing: Showing) -> tuple[FieldRow, ...]:
    cells = showing.rollout.fields.items()
    return tuple(field_row(name, cell) for name, cell in cells if not showing.problems_only or is_problem(cell))


def is_problem(cell: Cell) -> bool:
    return cell.quality in TROUBLE


def field_row(name: str, cell: Cell) -> FieldRow:
    mark = QUALITY[cell.quality]
    return FieldRow(
        name=name,
        value=wording.value(cell.fact, cell.quality),
        style=VALUE.get(cell.quality, ""),
        word=f"{mark.glyph} {mark.word}",
        word_style=mark.style,
        age="" if cell.fact.final else wording.age(cell.age_seconds),
        source=cell.fact.authority,
        plain=cell.quality in PLAIN,
    )


def findings(showing: Showing) -> tuple[Note, ...]:
    """What a person must know, most severe first; after the errors those that are over but were not acknowledged."""
    found = [
        (finding.severity, Note(SEVERITY[finding.severity].glyph, SEVERITY[finding.severity].style, finding.message))
        for finding in joined(showing.rollout)
        if not showing.problems_only or finding.severity != "info"
    ]
    errors = [note for severity, note in found if severity == "error"]
    return (*errors, *(_over(one, showing) for one in showing.ended), *(n for sev, n in found if sev != "error"))


def _over(ended: Ended, showing: Showing) -> Note:
    at = wording.clock(ended.ended_at, local=showing.local_time)
    return Note("✓", "bold $doubt", f"over since {at}, not acknowledged (A): {ended.message}")
