"""The gate as text and JSON: each check with what it rests on, the tally, the decision; contradictions below."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lanewatch.output.glyphs import UNICODE
from lanewatch.output.page import COLUMNS
from lanewatch.output.words import cut, short
from lanewatch.rollout.contradictions import Compared
from lanewatch.rollout.contradictions.comparing import Side
from lanewatch.rollout.gate.decision import Gate
from lanewatch.rollout.gate.verdict import Verdict
from lanewatch.rollout.policy.report import Audited
from lanewatch.rollout.rollout import Rollout

SCHEMA = "lanewatch.gate/v1"
MARKS: Mapping[str, str] = {
    "pass": "succeeded", "fail": "failed", "unknown": "unknown", "not-exercised": "pending",
    "contradicts": "error", "settling": "running", "agrees": "succeeded",
}  # fmt: skip
GROUNDS_SHOWN = 3  # those of what is broken or open come first; JSON has all


def gate_text(
    rollout: Rollout,
    gate: Gate,
    compared: Iterable[Compared],
    audited: Sequence[Audited] = (),
    signs: Mapping[str, str] = UNICODE,
    columns: int = COLUMNS,
) -> str:
    """The whole page, ending in a newline."""
    lines = [
        *gate_lines(gate, rollout, signs, columns),
        *contradiction_lines(compared, signs, columns),
        *policy_lines(audited, signs, columns),
    ]
    return "".join(f"{cut(line.rstrip(), columns)}\n" for line in lines)


def gate_lines(
    gate: Gate, rollout: Rollout, signs: Mapping[str, str] = UNICODE, columns: int = COLUMNS
) -> Iterator[str]:
    """The decision first, then every check: its tally, this rollout's verdict, what it rests on, what settles it."""
    commit = rollout.commit[:12] if rollout.commit else "no commit known"
    yield f"{signs[MARKS[gate.decision]]} {gate.name}: {_WORDS[gate.decision]}"
    yield from _wrapped(columns, gate.sentence, "  ")
    yield f"  {rollout.target} {commit} {rollout.state}"
    for verdict, tally in zip(gate.verdicts, gate.tallies, strict=True):
        yield ""
        yield f"{signs[MARKS[verdict.state]]} {verdict.check}: {verdict.state}"
        yield from _wrapped(columns, verdict.sentence, "    ")
        well = verdict.state in ("pass", "not-exercised")
        for ground in verdict.grounds[:GROUNDS_SHOWN]:
            line = side_line(ground)
            yield from [cut(f"    · {line}", columns)] if well else _wrapped(columns, line, "    · ", "      ", 2)
        if verdict.settles:
            yield from _wrapped(columns, f"settled by: {verdict.settles}", "    ")
        yield f"    {tally.sentence}"


def contradiction_lines(
    compared: Iterable[Compared], signs: Mapping[str, str] = UNICODE, columns: int = COLUMNS
) -> Iterator[str]:
    """Those that fire or settle, both sides each; one line counts the rest."""
    every = tuple(compared)
    shown = [one for one in every if one.comparison.standing in ("contradicts", "settling")]
    agree = sum(one.comparison.standing == "agrees" for one in every)
    unknown = sum(one.comparison.standing == "unknown" for one in every)
    yield ""
    yield f"contradictions: {len(shown)} of {len(every)} rules; {agree} agree, {unknown} not comparable yet"
    for one in shown:
        yield f"{signs[MARKS[one.comparison.standing]]} {one.rule.id}: {one.comparison.standing}"
        yield from _wrapped(columns, one.comparison.sentence, "    ")
        for side in one.comparison.sides:
            yield from _wrapped(columns, side_line(side), "    · ", "      ")


def policy_lines(
    audited: Sequence[Audited], signs: Mapping[str, str] = UNICODE, columns: int = COLUMNS
) -> Iterator[str]:
    """Breaches with what the spec says; what could not be read in one line, what is kept only counted."""
    if not audited:
        return
    kept = sum(one.finding.state == "ok" for one in audited)
    unread = [one for one in audited if one.finding.state == "not readable"]
    yield f"policy: {kept} of {len(audited)} rules kept, {len(unread)} not readable"
    for one in audited:
        if one.finding.state == "breach":
            yield from _wrapped(
                columns, f"{signs['error']} {one.rule.id}: {one.finding.says} (spec.{one.rule.key})", "", "    "
            )
    if unread:
        yield from _wrapped(columns, f"not readable: {', '.join(one.rule.id for one in unread)}", "  ", "    ")


_WORDS: Mapping[str, str] = {"pass": "passed", "fail": "closed", "unknown": "not proven"}


def side_line(side: Side) -> str:
    age = "" if side.age_seconds is None else f", {side.age_seconds:.0f} s ago"
    return short(f"{side.says} ({side.authority}{age}; {side.source})")


def _wrapped(columns: int, text: str, indent: str, further: str = "", most: int = 3) -> list[str]:
    """At most so many lines: a locator may be long, and its beginning says where to look."""
    return textwrap.wrap(
        short(text),
        columns,
        initial_indent=indent,
        subsequent_indent=further or indent,
        max_lines=most,
        placeholder=" …",
        break_on_hyphens=False,
    )


def gate_json(rollout: Rollout, gate: Gate, compared: Iterable[Compared], audited: Sequence[Audited] = ()) -> str:
    """One object, schema lanewatch.gate/v1, ending in a newline."""
    told: dict[str, Any] = {
        "schema": SCHEMA,
        "target": rollout.target,
        "commit": rollout.commit,
        "state": rollout.state,
        "gate": gate.name,
        "decision": gate.decision,
        "sentence": gate.sentence,
        "checks": [
            {**_verdict(verdict), "lastRollouts": [
                {"commit": commit, "state": state} for commit, state in zip(tally.commits, tally.states, strict=True)
            ], "wanted": tally.wanted, "overall": tally.state}
            for verdict, tally in zip(gate.verdicts, gate.tallies, strict=True)
        ],
        "contradictions": [
            {"id": one.rule.id, "state": one.comparison.standing, "message": one.comparison.sentence,
             "sides": [_side(side) for side in one.comparison.sides]}
            for one in compared
        ],
        "policy": [
            {"id": one.rule.id, "key": f"spec.{one.rule.key}", "state": one.finding.state,
             "message": one.finding.says, "source": one.finding.source or None}
            for one in audited
        ],
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "check": verdict.check,
        "state": verdict.state,
        "message": verdict.sentence,
        "settledBy": verdict.settles or None,
        "grounds": [_side(ground) for ground in verdict.grounds],
    }


def _side(side: Side) -> dict[str, Any]:
    age = None if side.age_seconds is None else round(side.age_seconds, 1)
    return {"authority": side.authority, "says": side.says, "source": side.source, "ageSeconds": age}
