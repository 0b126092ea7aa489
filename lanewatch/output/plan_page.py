"""Lays a plan out as text: sections of aligned rows, at most 100 columns wide."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

WIDTH: Final = 100
Json = Mapping[str, Any]

# Sections whose keys the page shows elsewhere; the switches and modes of the others are listed under "policies".
_SHOWN_ELSEWHERE: Final = frozenset({"targets", "stages", "componentSurvey", "next", "budgets", "migration"})
_TARGET_KEY: Final = re.compile(r"^targets\[\d+\]")
_POLICY_KEY: Final = re.compile(r"(?:mode|phase|scope|gate|boundary|redaction|status|engineforpoc)$", re.IGNORECASE)


def page(plan: Json) -> str:
    """The whole plan as text, ending in a newline."""
    sections = (
        ("", _head(plan)),
        ("stages", _stages(plan)),
        ("budgets", _budgets(plan)),
        ("resolved values", _resolved(plan)),
        ("evidence and fields", _answers(plan)),
        ("policies", _policies(plan)),
        ("migration", _migration(plan)),
        ("components", _components(plan)),
        ("next", _next(plan)),
        (f"lints ({len(plan['lints'])})", _lints(plan)),
    )
    lines: list[str] = []
    for title, rows in sections:
        lines += [*([""] if lines else []), *([title] if title else []), *rows]
    return "\n".join(line[: WIDTH - 1] + "…" if len(line) > WIDTH else line.rstrip() for line in lines) + "\n"


def _head(plan: Json) -> Iterator[str]:
    target, metadata = plan["target"], plan["spec"]["metadata"]
    yield f"plan       {target['id']}   {target['repository']} {target['branch']} → {target['node']}   {target['mode']}"
    yield f"spec       {metadata['specRef']} {metadata['id']} ({metadata['owner']})"
    yield f"version    {metadata['version']}"
    yield f"issue      {metadata['issue']}"
    for index, file in enumerate(plan["files"]):
        yield f"{'files' if not index else '':9}  {file['path']}  sha256 {file['sha256'][:12]}"
    yield f"workload   {target['workload']}, health {target['healthPath']}, lane {target['lane']}"
    others = [name for name in plan["targets"] if name != target["id"]]
    if others:
        yield f"targets    also {', '.join(others)}"


def _stages(plan: Json) -> Iterator[str]:
    for number, stage in enumerate(plan["stages"], 1):
        budget = stage["budget"]
        seconds = f"{budget['seconds']:g} s" if budget["id"] else "–"
        yield f" {number:2} {stage['id']:20} {seconds:>6}  {stage['authority']}"
        yield f"    {stage['owner']} → {stage['output']}"
        details = [
            f"{word} {', '.join(stage[key])}"
            for word, key in (("proves", "evidence"), ("opens", "drillDowns"))
            if stage[key]
        ]
        if details:
            yield f"    {' · '.join(details)}"


def _budgets(plan: Json) -> Iterator[str]:
    whole = {budget["id"]: budget for budget in plan["budgets"]}
    for budget in whole.values():
        stages = budget["stages"]
        use = " + ".join(stages) + (" as one clock" if len(stages) > 1 else "")
        if budget["id"] == "endToEndSeconds":
            use = f"the whole lane; the predecessor needs {plan['target']['baselineSeconds']:g} s"
        elif budget["id"] == "statusSeconds":
            use = "one status"
        yield f"  {budget['id']:28} {budget['seconds']:>5g} s  {use}"
    without = [stage["id"] for stage in plan["stages"] if not stage["budget"]["id"]]
    if without:
        yield f"  {'none':28} {'–':>5}    {', '.join(without)}"


def _resolved(plan: Json) -> Iterator[str]:
    for row in plan["resolved"]:
        key = _TARGET_KEY.sub("target", row["key"].removeprefix("spec."))
        yield from _row(key, _inline(row["value"]), f"{row['file'].rsplit('/', 1)[-1]}:{row['line']}")


def _row(key: str, value: str, place: str) -> Iterator[str]:
    """Key, value and place on one line where they fit, else the value on a line of its own."""
    if len(key) <= 38 and len(value) <= 26:
        yield f"  {key:38} {value:26} {place}"
        return
    yield f"  {key:65} {place}"
    yield f"      {value}"


def _answers(plan: Json) -> Iterator[str]:
    evidence = {row["name"] for row in plan["requiredEvidence"]}
    by_stage: dict[str, list[str]] = {stage["id"]: [] for stage in plan["stages"]}
    for row in (*plan["requiredEvidence"], *plan["requiredFields"]):
        names = by_stage.setdefault(row["stage"] or row["authority"] or "nobody", [])
        name = f"{row['name']}*" if row["name"] in evidence else row["name"]
        if name not in names:
            names.append(name)
    for stage, names in by_stage.items():
        if names:
            yield from _wrapped(stage, ", ".join(names))
    words = (f"{row['word']} ({', '.join(row['facts']) or 'unknown'})" for row in plan["runtimeStatus"])
    yield from _wrapped("runtime status", ", ".join(words))
    yield f"  {'':21} * required evidence"


def _policies(plan: Json) -> Iterator[str]:
    for section, value in plan["spec"]["spec"].items():
        if section not in _SHOWN_ELSEWHERE:
            yield from _wrapped(section, "; ".join(_policy_leaves(value, "")))
    yield "  (every key in full: lanewatch plan -o json)"


def _migration(plan: Json) -> Iterator[str]:
    migration = plan["migration"]
    follower = migration["branchFollower"]
    yield from _wrapped("to", f"{migration['replacementTarget']} ({migration['issue']})")
    yield from _wrapped("from", migration["primaryEntrypoint"])
    yield from _wrapped("branch follower", f"{follower['status']}, {follower['mode']}: {follower['reason']}")
    yield from _wrapped("still allowed", ", ".join(follower["allowedDuringMigration"]))
    yield from _wrapped("frozen", ", ".join(follower["frozenCapabilities"]))
    yield from _wrapped("in the end", follower["finalDisposition"])


def _components(plan: Json) -> Iterator[str]:
    for component in plan["components"]:
        said = f"{component['role']}, {component['maturity']}, reuse {component['directReuse']}"
        yield from _wrapped(component["component"], said)
        yield from _wrapped("", f"risk {component['risk']}")
        yield from _wrapped("", component["docs"])


def _next(plan: Json) -> Iterator[str]:
    for row in plan["next"]:
        yield from _wrapped(row["lanewatch"] or row["key"], row["command"])


def _lints(plan: Json) -> Iterator[str]:
    if not plan["lints"]:
        yield "  none"
    for lint in plan["lints"]:
        glyph = "!" if lint["severity"] == "warning" else "·"
        text = f"{lint['message']} ({lint['where'].rsplit('/', 1)[-1]})"
        yield from textwrap.wrap(text, WIDTH, initial_indent=f"  {glyph} ", subsequent_indent="    ")


def _wrapped(label: str, text: str) -> Iterator[str]:
    """A label and its text, the text wrapped beside it."""
    indent = f"  {label:21} "
    lines = textwrap.wrap(text, WIDTH - len(indent), break_on_hyphens=False) or [""]
    for line in lines:
        yield indent + line
        indent = " " * len(indent)


def _policy_leaves(value: Json, prefix: str) -> Iterator[str]:
    """`key value` of the switches and modes of a section, keys by their last two words."""
    for key, item in value.items():
        if isinstance(item, Mapping):
            yield from _policy_leaves(item, f"{key}.")
        elif isinstance(item, bool) or (isinstance(item, str) and _POLICY_KEY.search(key)):
            yield f"{prefix}{key} {_inline(item)}"


def _inline(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_inline, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
