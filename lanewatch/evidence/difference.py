"""Two rollouts side by side: how long each stage took, and what differs in fields, evidence and findings. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lanewatch.output import words
from lanewatch.rollout.rollout import Cell, Rollout, Stage

COLUMNS = 100
_VALUE = 34


def difference(first: Rollout, second: Rollout) -> str:
    """The page, ending in a newline; `first` is left."""
    lines = [*_head(first, second), "", *_stages(first, second), *_fields(first, second), *_findings(first, second)]
    return "".join(words.cut(line.rstrip(), COLUMNS) + "\n" for line in lines)


def _head(first: Rollout, second: Rollout) -> Iterator[str]:
    yield _row("", "A", "B")
    for label, one, other in (
        ("target", first.target, second.target),
        ("commit", (first.commit or "?")[:12], (second.commit or "?")[:12]),
        ("seen", _day(first), _day(second)),
        ("state", first.state, second.state),
    ):
        yield _row(label, one, other)


def _day(rollout: Rollout) -> str:
    return rollout.now.wall.strftime("%Y-%m-%d %H:%M:%SZ")


def _stages(first: Rollout, second: Rollout) -> Iterator[str]:
    """Every stage of either, in the order of B, then those that only A has."""
    yield _seconds("end to end", first.elapsed_seconds, second.elapsed_seconds, _word(first.state, second.state))
    ids = dict.fromkeys([*(stage.id for stage in second.stages), *(stage.id for stage in first.stages)])
    for stage_id in ids:
        one, other = first.stage(stage_id), second.stage(stage_id)
        yield _seconds(stage_id, _used(one), _used(other), _states(one, other))


def _states(one: Stage | None, other: Stage | None) -> str:
    return _word(one.state if one else "none", other.state if other else "none")


def _word(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"


def _used(stage: Stage | None) -> float | None:
    return stage.elapsed_seconds if stage else None


def _seconds(label: str, one: float | None, other: float | None, states: str) -> str:
    """A row of durations and by how much B's is longer."""
    cells = [f"{words.seconds(value)} s" if value is not None else "–" for value in (one, other)]
    delta = f"{other - one:+.1f} s" if one is not None and other is not None else ""
    return f"  {words.cut(label, 26):<26}  {cells[0]:>10}  {cells[1]:>10}  {delta:>10}   {states}"


def _fields(first: Rollout, second: Rollout) -> Iterator[str]:
    """Fields and evidence whose value differs."""
    rows = [*_changed(first.fields, second.fields), *_evidence(first, second)]
    if rows:
        yield from ("", "changed")
        yield from rows


def _changed(one: Mapping[str, Cell], other: Mapping[str, Cell]) -> Iterator[str]:
    for name in dict.fromkeys([*other, *one]):
        before, after = (words.cell(cells[name]) if name in cells else "none" for cells in (one, other))
        if before != after and name != "elapsedSeconds":
            yield _row(name, *_apart(words.short(before), words.short(after)))


def _apart(one: str, other: str) -> tuple[str, str]:
    """Two values by their ends, where their beginnings would look the same."""
    if one[: _VALUE - 1] != other[: _VALUE - 1]:
        return one, other
    return f"…{one[1 - _VALUE :]}", f"…{other[1 - _VALUE :]}"


def _evidence(first: Rollout, second: Rollout) -> Iterator[str]:
    before, after = (_standings(rollout) for rollout in (first, second))
    for name in dict.fromkeys([*after, *before]):
        if before.get(name) != after.get(name):
            yield _row(f"evidence {name}", before.get(name, "none"), after.get(name, "none"))


def _standings(rollout: Rollout) -> dict[str, str]:
    evidence = rollout.evidence
    lists = {"present": evidence.present, "pending": evidence.pending, "not applicable": evidence.not_applicable,
             "unreadable": evidence.unreadable, "missing": evidence.missing}  # fmt: skip
    return {item.name: standing for standing, items in lists.items() for item in items}


def _findings(first: Rollout, second: Rollout) -> Iterator[str]:
    """Findings of one side only; the same kind at the same stage is the same finding."""
    before = {(finding.id, finding.stage): finding for finding in first.findings}
    after = {(finding.id, finding.stage): finding for finding in second.findings}
    for side, mine, other in (("A", before, after), ("B", after, before)):
        only = [finding for key, finding in mine.items() if key not in other]
        if only:
            yield from ("", f"only in {side}")
            yield from (f"  {finding.severity}: {words.short(finding.message)}" for finding in only)


def _row(label: str, one: str, other: str) -> str:
    return f"  {words.cut(label, 26):<26}  {words.cut(one, _VALUE):<{_VALUE}} {words.cut(other, _VALUE)}"
