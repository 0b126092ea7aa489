"""The two lists under the timeline: the fields of the status, and the findings."""

from __future__ import annotations

from lanewatch.rollout.facts import Quality
from lanewatch.rollout.rollout import Cell, Rollout
from tui import wording
from tui.look import QUALITY, SEVERITY, VALUE
from widgets.field_list import FieldRow
from widgets.note_list import Note

PLAIN = frozenset({Quality.GOOD, Quality.UNKNOWN, Quality.ABSENT})  # their value alone tells them: x, "?", "–"


def fields(rollout: Rollout) -> tuple[FieldRow, ...]:
    return tuple(field_row(name, cell) for name, cell in rollout.fields.items())


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


def findings(rollout: Rollout) -> tuple[Note, ...]:
    return tuple(
        Note(SEVERITY[finding.severity].glyph, SEVERITY[finding.severity].style, finding.message)
        for finding in rollout.findings
    )
