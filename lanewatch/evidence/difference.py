"""Two rollouts side by side: how long each stage took, and what differs in fields, evidence and findings. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lanewatch.output import words
from lanewatch.rollout.rollout import Cell, Rollout, Stage

COLUMNS = 100
_VALUE = 36


def difference(first: Rollout, second: Rollout) -> str:
    """The page, ending in a newline; `first` is left."""
    lines = [*_head(first, second), "", *_stages(first, second), *_fields(first, second), *_findings(first, second)]
    return "".join(words.cut(line.rstrip(), COLUMNS) + "\n" for line in lines)


def _head(first: Rollout, second: Rollout) -> Iterator[str]:
    yield _row("", "A", "B", "")
    for label, one, other in (
        ("target", first.target, second.target),
        ("commit", (first.commit or "?")[:12], (second.commit or "?")[:12]),
        ("seen", words.stamp(first.now.wall) or "", words.stamp(second.now.wall) or ""),
        ("state", first.state, second.state),
    ):
        yield _row(label, one, other, "")
    yield _seconds("end to end", first.elapsed_seconds, second.elapsed_seconds)


def _stages(first: Rollout, second: Rollout) -> Iterator[str]:
    """Every stage of either, in the order of B, then those that only A has."""
    ids = dict.fromkeys([*(stage.id for stage in second.stages), *(stage.id for stage in first.stages)])
    for stage_id in ids:
        one, other = first.stage(stage_id), second.stage(stage_id)
        yield _seconds(stage_id, _used(one), _used(other), _states(one, other))


def _states(one: Stage | None, other: Stage | None) -> str:
    before, after = one.state if one else "none", other.state if other else "none"
    return before if before == after else f"{before} → {after}"


def _used(stage: Stage | None) -> float | None:
    return stage.elapsed_seconds if stage else None


def _seconds(label: str, one: float | None, other: float | None, more: str = "") -> str:
    delta = f"{other - one:+.1f} s" if one is not None and other is not None else ""
    return _row(label, f"{words.seconds(one)} s", f"{words.seconds(other)} s", f"{delta:>9}  {more}")


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
            yield _row(name, words.short(before), words.short(after), "")


def _evidence(first: Rollout, second: Rollout) -> Iterator[str]:
    before, after = (_standings(rollout) for rollout in (first, second))
    for name in dict.fromkeys([*after, *before]):
        if before.get(name) != after.get(name):
            yield _row(f"evidence {name}", before.get(name, "none"), after.get(name, "none"), "")


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


def _row(label: str, one: str, other: str, more: str) -> str:
    width = 22 if len(one) < 23 and len(other) < 23 else _VALUE
    cells = (words.cut(label, 26), words.cut(one, width), words.cut(other, width))
    return f"  {cells[0]:<26}  {cells[1]:<{width}}  {cells[2]:<{width}}  {more}"
