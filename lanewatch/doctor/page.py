"""A diagnosis as a page for people, as JSON, and as an exit code (CONTRACTS 8)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from textwrap import wrap
from typing import Any, Final

from lanewatch.doctor.check import Check, Diagnosis, Examined, Verdict, worst
from lanewatch.doctor.remedies import ALL_RIGHTS
from lanewatch.output.exit_codes import DONE, FAILED, INTERNAL, UNAUTHORISED, UNKNOWN
from lanewatch.rollout.facts import AUTHORITIES, Outcome

SCHEMA: Final = "lanewatch.doctor/v1"
GLYPH: Final[Mapping[Verdict, str]] = {
    Verdict.OK: "succeeded",
    Verdict.NOTE: "warning",
    Verdict.UNTOLD: "unknown",
    Verdict.FAILED: "failed",
}
_UNHEARD: Final = frozenset({Outcome.UNREACHABLE, Outcome.TIMEOUT, Outcome.UNCONFIGURED})


def doctor_text(diagnosis: Diagnosis, glyphs: Mapping[str, str], width: int = 100, *, everything: bool = False) -> str:
    """One row per authority, one per system, every check that is not plainly well, and the fixes. Ends in a newline.

    everything: also the checks that are well. Sentences are folded to `width` columns; what is to be copied stands on
    lines of its own, uncut.
    """
    return "\n".join(_lines(diagnosis, glyphs, width, everything)) + "\n"


def doctor_json(diagnosis: Diagnosis) -> str:
    """Everything that was asked and answered."""
    told: dict[str, Any] = {
        "schema": SCHEMA,
        "target": diagnosis.target,
        "verdict": _overall(diagnosis),
        "authorities": [_authority(diagnosis, one) for one in AUTHORITIES],
        "systems": [_system(system) for system in diagnosis.systems],
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def exit_code(diagnosis: Diagnosis) -> int:
    """4 when every system refuses, 1 when none could be read, 5 when a check failed, 7 when one is not configured."""
    outcomes = [_outcome(system) for system in diagnosis.systems if system.named]
    if outcomes and all(outcome is Outcome.DENIED for outcome in outcomes):
        return UNAUTHORISED
    if all(outcome in _UNHEARD for outcome in outcomes):
        return INTERNAL
    if _overall(diagnosis) is Verdict.FAILED:
        return FAILED
    return UNKNOWN if diagnosis.unconfigured else DONE


def _overall(diagnosis: Diagnosis) -> Verdict:
    return worst(system.verdict for system in diagnosis.systems)


def _outcome(system: Examined) -> Outcome:
    """How asking this system ended as a whole: OK as soon as one check was answered well."""
    failures = [check.outcome for check in system.checks if check.verdict is Verdict.FAILED]
    answered = any(check.verdict is not Verdict.FAILED and check.name not in _BARE for check in system.checks)
    return Outcome.OK if answered or not failures else failures[0]


_BARE: Final = frozenset({"reachable", "version", "clock"})  # told to anyone, so no proof of a right


def _lines(diagnosis: Diagnosis, glyphs: Mapping[str, str], width: int, everything: bool) -> Iterator[str]:
    yield f"lanewatch doctor   {diagnosis.target}"
    yield ""
    yield from (_cut(line, width) for line in _authorities(diagnosis, glyphs))
    yield ""
    told: dict[tuple[Check, ...], str] = {}
    wide = max((len(system.system) for system in diagnosis.systems), default=0)
    for system in diagnosis.systems:
        yield _cut(f" {glyphs[GLYPH[system.verdict]]} {system.system:<{wide}}  {_facts(system)}", width)
        if everything:
            for check in system.checks:
                if check.verdict is Verdict.OK:
                    yield from _told(check, glyphs[GLYPH[check.verdict]], width)
        odd = _merged(check for check in system.checks if check.verdict is not Verdict.OK)
        if odd and odd in told:
            yield f"     the same as {told[odd]}"
            continue
        told[odd] = system.system
        for check in odd:
            yield from _told(check, glyphs[GLYPH[check.verdict]], width)
    yield ""
    sentence, *lines = _closing(diagnosis)
    yield from _folded(sentence, width, "  ")
    yield from lines


def _authorities(diagnosis: Diagnosis, glyphs: Mapping[str, str]) -> Iterator[str]:
    wide = max(map(len, AUTHORITIES))
    unconfigured = dict(diagnosis.unconfigured)
    for authority in AUTHORITIES:
        verdict, because = diagnosis.of(authority)
        says = unconfigured.get(authority) or "; ".join(dict.fromkeys(_because(*one) for one in because[:2]))
        more = f" (+{len(because) - 2} more)" if len(because) > 2 else ""
        yield f" {glyphs[GLYPH[verdict]]} {authority:<{wide}}  {says or 'ready'}{more}"


def _merged(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Rights that lack in the same way become one check, and one grant."""
    kept: list[Check] = []
    for check in (replace(check, authorities=()) for check in checks):
        for place, before in enumerate(kept):
            if check.grant is None or before.grant is None or check.says != before.says:
                continue
            both = before.grant.joined(check.grant)
            if both is not None and before.verdict is check.verdict:
                name = f"{before.name.partition(' in ')[0]}, {check.name}"
                kept[place] = replace(before, name=name, fix=both.fix(), grant=both)
                break
        else:
            kept.append(check)
    return tuple(kept)


def _told(check: Check, glyph: str, width: int) -> Iterator[str]:
    yield from _folded(f"     {glyph} {check.name}: {check.says}", width, " " * 7)
    sentence, *lines = check.fix.splitlines() or [""]
    if sentence:
        yield from _folded(f"       fix: {sentence}", width, " " * 12)
    yield from (f"              {line}" for line in lines)


def _folded(text: str, width: int, indent: str) -> list[str]:
    return wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _because(system: Examined, check: Check) -> str:
    return f"{system.system}: {check.name}: {check.says}"


def _facts(system: Examined) -> str:
    passed = sum(1 for check in system.checks if check.verdict is Verdict.OK)
    if not system.named:
        return "not in connections"
    parts = [system.address, system.version, f"{passed}/{len(system.checks)} ok"]
    if system.latency is not None:
        parts.append(f"{system.latency * 1000:.0f} ms")
    if system.skew is not None:
        low, high = system.skew
        parts.append(f"clock {(low + high) / 2:+.1f} ± {(high - low) / 2:.1f} s")
    return "   ".join(part for part in parts if part)


def _closing(diagnosis: Diagnosis) -> Iterator[str]:
    checks = [check for system in diagnosis.systems for check in system.checks]
    counted = Counter(check.verdict for check in checks)
    summary = f"{counted[Verdict.OK]} ok, {counted[Verdict.NOTE]} to know, {counted[Verdict.UNTOLD]} not told"
    if not counted[Verdict.FAILED]:
        yield f"{summary}: try lanewatch status, then lanewatch watch (--all shows what is well)"
        return
    yield f"{summary}, {counted[Verdict.FAILED]} failed: fix what failed, then run lanewatch doctor again"
    if sum(check.grant is not None for check in checks) > 1:
        yield "all rights that lanewatch needs in the cluster, at once:"
        yield f"{' ' * 14}{ALL_RIGHTS}"


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else line[: width - 1] + "…"


def _authority(diagnosis: Diagnosis, authority: str) -> dict[str, Any]:
    verdict, because = diagnosis.of(authority)
    says = dict(diagnosis.unconfigured).get(authority)
    reasons = [says] if says else [_because(*one) for one in because]
    return {"authority": authority, "verdict": verdict, "configured": says is None, "because": reasons}


def _system(system: Examined) -> dict[str, Any]:
    skew = None if system.skew is None else {"low": round(system.skew[0], 3), "high": round(system.skew[1], 3)}
    return {
        "system": system.system,
        "address": system.address,
        "verdict": system.verdict,
        "version": system.version,
        "latencySeconds": None if system.latency is None else round(system.latency, 4),
        "skewSeconds": skew,
        "requests": system.requests,
        "checks": [
            {"name": one.name, "verdict": one.verdict, "says": one.says, "fix": one.fix, "outcome": one.outcome}
            for one in system.checks
        ],
    }
