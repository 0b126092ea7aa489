"""Findings as a person reads them: stages that one cause makes unreadable are told in one line, not each in its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from lanewatch.rollout.rollout import Finding, Rollout

_SAID: Final[Mapping[str, str]] = {"unreadable": "cannot be read", "unconfigured": "are not configured"}


def joined(rollout: Rollout) -> tuple[Finding, ...]:
    """The findings in their order; of those with one cause the first, which names the stages of all."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for number, finding in enumerate(rollout.findings):
        groups.setdefault((finding.id, _cause(finding, rollout) or str(number)), []).append(finding)
    return tuple(_together(group, cause) if len(group) > 1 else group[0] for (_, cause), group in groups.items())


def _cause(finding: Finding, rollout: Rollout) -> str:
    """Why the finding's stage is not read; "" for findings of other kinds."""
    stage = rollout.stage(finding.stage) if finding.id in _SAID else None
    return next((read.reason for read in rollout.reads if stage and read.authority == stage.authority), "")


def _together(group: list[Finding], cause: str) -> Finding:
    names = ", ".join(finding.stage for finding in group)
    return replace(group[0], message=f"{names} {_SAID[group[0].id]}: {cause}.")
