"""How Argo CD learns of a gitops commit: told by a webhook or refresh, or found by polling every 120 s.

The Secret that holds webhook settings is never read; what can be told is how soon earlier commits were noticed.
"""

from __future__ import annotations

import re
from datetime import datetime
from statistics import median
from typing import Final

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.gitea import Gitea
from lanewatch.clients.shape import JsonObject, objects, optional
from lanewatch.doctor.check import Sheet
from lanewatch.rollout.facts import Outcome
from lanewatch.spec.lane import Lane

PROMPT_SECONDS: Final = 25.0  # a poll of 120 s notices half of all commits later than a minute
SAMPLES: Final = 3
NAME: Final = "Argo webhook or polling"
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


async def say_how_argo_learns(application: JsonObject, gitea: Gitea | None, lane: Lane, sheet: Sheet) -> None:
    """From the last deployments: the time between a gitops commit and the start of its sync."""
    budget = lane.budgets.get("gitopsArgoCloseoutSeconds", 50.0)
    lags = [] if gitea is None else await _lags(application, gitea, lane.repository)
    hooks = f"in Gitea, {lane.repository} → Settings → Webhooks"
    fix = f"{hooks}, push events of branch {lane.gitops_branch} to\nhttps://ARGO/api/webhook"
    if not lags:
        sheet.untold(NAME, f"no earlier sync tells; polling every 120 s would break the budget of {budget:g} s", fix)
    elif median(lags) <= PROMPT_SECONDS:
        sheet.ok(NAME, f"told: syncs began {_listed(lags)} s after their gitops commits")
    else:
        sheet.note(NAME, f"polling: syncs began {_listed(lags)} s after their gitops commits, of {budget:g} s", fix)


def _listed(lags: list[float]) -> str:
    return ", ".join(f"{lag:.0f}" for lag in lags)


async def _lags(application: JsonObject, gitea: Gitea, repository: str) -> list[float]:
    """Seconds from commit to sync, newest first; a rollback to an older commit tells nothing and is left out."""
    lags: list[float] = []
    for row in objects(application, "status.history")[: -SAMPLES - 1 : -1]:
        revision = optional(row, "revision", str) or ""
        started = optional(row, "deployStartedAt", str)
        if not _SHA.fullmatch(revision) or started is None:
            continue
        try:
            commit = await gitea.commit(repository, revision)
            committed = optional(commit, "commit.committer.date", str) or optional(commit, "created", str) or ""
            lag = (datetime.fromisoformat(started) - datetime.fromisoformat(committed)).total_seconds()
        except ReadFailure as failure:
            if failure.outcome is Outcome.ABSENT:
                continue
            return lags
        except (ValueError, TypeError):
            continue
        if -5 <= lag <= 3600:
            lags.append(max(0.0, lag))
    return lags
