"""A diagnosis as a page for people, as JSON, and as an exit code (CONTRACTS 8)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from lanewatch.doctor.check import Check, Diagnosis, Examined, Verdict, worst
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


def doctor_text(diagnosis: Diagnosis, glyphs: Mapping[str, str]) -> str:
    """One row per authority, one per system, every check that is not plainly well, and the fixes. Ends in a newline."""
    return "\n".join(_lines(diagnosis, glyphs)) + "\n"


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
    outcomes = [_outcome(system) for system in diagnosis.systems]
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


def _lines(diagnosis: Diagnosis, glyphs: Mapping[str, str]) -> Iterator[str]:
    width = max(map(len, AUTHORITIES))
    yield f"lanewatch doctor   {diagnosis.target}"
    yield ""
    unconfigured = dict(diagnosis.unconfigured)
    for authority in AUTHORITIES:
        verdict, because = diagnosis.of(authority)
        says = unconfigured.get(authority) or "; ".join(dict.fromkeys(_because(*one) for one in because[:2]))
        more = f" (+{len(because) - 2} more)" if len(because) > 2 else ""
        yield _cut(f" {glyphs[GLYPH[verdict]]} {authority:<{width}}  {says or 'ready'}{more}")
    yield ""
    wide = max((len(system.system) for system in diagnosis.systems), default=0)
    for system in diagnosis.systems:
        yield _cut(f" {glyphs[GLYPH[system.verdict]]} {system.system:<{wide}}  {_facts(system)}")
        for check in system.checks:
            if check.verdict is not Verdict.OK:
                yield f"     {glyphs[GLYPH[check.verdict]]} {check.name}: {check.says}"
                if check.fix:
                    yield f"       fix: {check.fix}"
    yield ""
    yield _closing(diagnosis)


def _because(system: Examined, check: Check) -> str:
    return f"{system.system}: {check.name}: {check.says}"


def _facts(system: Examined) -> str:
    passed = sum(1 for check in system.checks if check.verdict is Verdict.OK)
    parts = [system.address, system.version, f"{passed}/{len(system.checks)} ok"]
    if system.latency is not None:
        parts.append(f"{system.latency * 1000:.0f} ms")
    if system.skew is not None:
        low, high = system.skew
        parts.append(f"clock {(low + high) / 2:+.1f} ± {(high - low) / 2:.1f} s")
    return "   ".join(part for part in parts if part)


def _closing(diagnosis: Diagnosis) -> str:
    counted = [check.verdict for system in diagnosis.systems for check in system.checks]
    failed, odd = counted.count(Verdict.FAILED), counted.count(Verdict.NOTE)
    unknown = counted.count(Verdict.UNTOLD)
    summary = f"{counted.count(Verdict.OK)} ok, {odd} to know, {unknown} not told, {failed} failed"
    if failed:
        return f"{summary}: fix what failed, then run lanewatch doctor again"
    return f"{summary}: try lanewatch status, then lanewatch watch"


def _cut(line: str) -> str:
    return line if len(line) <= 110 else line[:109] + "…"


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
