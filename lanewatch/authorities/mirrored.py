"""One repository of the mirror against its upstream: two heads, and when a sync was last tried (Gitea reference 1)."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from lanewatch.authorities.leaves import instant_at, text_at, truth_at
from lanewatch.authorities.reading import Witness, attempt
from lanewatch.authorities.upstream import Upstream
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.gitea import Gitea, Ref
from lanewatch.clients.shape import JsonObject
from lanewatch.rollout.facts import Fact, Outcome
from lanewatch.rollout.reports import MirroredRepository
from lanewatch.spec.lane import LaneRepository

_GO_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What was read of one repository. `failure`: why its mirror head is not known; `unreadable`: why nothing is."""

    report: MirroredRepository
    facts: tuple[Fact, ...]
    failure: ReadFailure | None
    unreadable: ReadFailure | None


async def read_mirrored(
    gitea: Gitea, upstream: Upstream, repository: LaneRepository, witness: Witness, suffix: str = ""
) -> Mirrored:
    """Ask mirror and upstream at once; never raises. `suffix` tells the facts of the other repositories apart."""
    branch = repository.upstream_branch
    native, ref, upstream_head = await asyncio.gather(
        attempt(gitea.repository, repository.repository),
        attempt(gitea.ref, repository.repository, f"refs/heads/{branch}"),
        attempt(upstream.head, repository.repository, branch),
    )
    failure = _failure(native, ref, repository)
    head = ref.sha if isinstance(ref, Ref) else None
    known: JsonObject = {} if isinstance(native, ReadFailure) else native
    is_mirror = truth_at(known, "mirror") is True
    report = MirroredRepository(
        key=repository.key,
        repository=repository.repository,
        branch=branch,
        mirror_head=head,
        upstream_head=upstream_head if isinstance(upstream_head, str) else None,
        mirror_updated=instant_at(known, "mirror_updated") if is_mirror else None,
        reason="" if failure is None else failure.reason,
        upstream_reason=upstream_head.reason if isinstance(upstream_head, ReadFailure) else "",
        mirror_interval_seconds=go_seconds(text_at(known, "mirror_interval")) if is_mirror else None,
    )
    facts = _facts(
        report, native, failure, upstream_head, witness, suffix, upstream.locator(repository.repository, branch)
    )
    return Mirrored(report, facts, failure, native if isinstance(native, ReadFailure) else None)


def go_seconds(text: str) -> float | None:
    """A Go duration of whole hours, minutes and seconds ("8h0m0s") in seconds; 0 = never; None for anything else."""
    match = _GO_DURATION.fullmatch(text)
    if not text or match is None:
        return None
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def _failure(
    native: JsonObject | ReadFailure, ref: Ref | ReadFailure | None, repository: LaneRepository
) -> ReadFailure | None:
    """Why there is no mirror head: the server's refusal of the repository says it best."""
    if isinstance(ref, Ref):
        return None
    if isinstance(native, ReadFailure):
        return native
    if isinstance(ref, ReadFailure):
        return ref
    reason = f"the mirror has no branch {repository.upstream_branch} in {repository.repository}"
    return ReadFailure(Outcome.ABSENT, reason)


def _facts(
    report: MirroredRepository,
    native: JsonObject | ReadFailure,
    failure: ReadFailure | None,
    upstream_head: str | ReadFailure,
    witness: Witness,
    suffix: str,
    upstream_source: str,
) -> tuple[Fact, ...]:
    root = f"GET /api/v1/repos/{report.repository}"
    head_source = f"{root}/git/refs/heads/{report.branch}"
    facts = [
        witness.says(f"mirrorHead{suffix}", report.mirror_head, head_source)
        if failure is None
        else witness.could_not(f"mirrorHead{suffix}", head_source, failure),
        witness.could_not(f"upstreamHead{suffix}", upstream_source, upstream_head)
        if isinstance(upstream_head, ReadFailure)
        else witness.says(f"upstreamHead{suffix}", upstream_head, upstream_source),
    ]
    name = f"mirrorUpdated{suffix}"
    if isinstance(native, ReadFailure):
        facts.append(witness.could_not(name, root, native))
    elif report.mirror_updated is None:
        facts.append(witness.lacks(name, root, "no pull mirror, or never synced"))
    else:
        facts.append(witness.says(name, report.mirror_updated.isoformat(), root, at=report.mirror_updated))
    if report.mirror_interval_seconds is not None:
        facts.append(witness.says(f"mirrorInterval{suffix}", report.mirror_interval_seconds, root))
    return tuple(facts)
