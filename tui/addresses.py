"""Where a stage can be looked at in a browser: the pages that its authorities told of, and Gitea's beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from lanewatch.rollout.facts import ACTIONS, Knowledge
from lanewatch.rollout.reports import ActionsReport
from lanewatch.rollout.rollout import Rollout, Stage

PLAIN: Final = re.compile(r"[!#-;=?-\[\]_a-z~]+")  # what may stand in a URI (RFC 3986): it becomes part of a sequence
Address = tuple[str, str]  # what it shows, and where


def addresses(stage: Stage, known: Knowledge, rollout: Rollout) -> tuple[Address, ...]:
    """The pages of a stage, its own first, each once. Only http and https: nothing else is opened by a click."""
    found = [*_facts(stage), *_gitea(known, rollout)]
    return tuple({url: (name, url) for name, url in reversed(found) if _is_web(url)}.values())[::-1]


def _facts(stage: Stage) -> Iterator[Address]:
    for cell in stage.cells:
        if isinstance(cell.fact.value, str) and "://" in cell.fact.value:
            yield cell.fact.name, cell.fact.value


def _gitea(known: Knowledge, rollout: Rollout) -> Iterator[Address]:
    """The run's page as Gitea names it; commits stand beside it."""
    seen = known.seen.get(ACTIONS)
    report = seen.last_ok.report if seen and seen.last_ok else None
    run = report.run if isinstance(report, ActionsReport) else None
    if run is None or not run.url:
        return
    yield f"Actions run {run.id}", run.url
    repository, found, _ = run.url.partition("/actions/runs/")
    if found and rollout.commit:
        yield "commit", f"{repository}/commit/{rollout.commit}"
    if found and rollout.correlation.gitops_revision:
        yield "gitops commit", f"{repository}/commit/{rollout.correlation.gitops_revision}"


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and PLAIN.fullmatch(url) is not None
