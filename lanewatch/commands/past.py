"""Rollouts of the past, for commands: remembered ones, those in bundles, and those the systems still hold."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lanewatch.clients.answers import ReadFailure
from lanewatch.commands.errors import UsageError
from lanewatch.commands.lane import loaded_spec, open_lane
from lanewatch.commands.remembered import key_of, records_file, remembered
from lanewatch.rollout.case import Case
from lanewatch.rollout.facts import Outcome
from lanewatch.rollout.follower import FollowerStatus
from lanewatch.rollout.gate import examine
from lanewatch.rollout.gate.build_log import BuildLog
from lanewatch.rollout.gate.verdict import Verdict
from lanewatch.rollout.kept import gone_of
from lanewatch.rollout.policy.report import Audited
from lanewatch.rollout.record import Record
from lanewatch.rollout.remembering import record_of
from lanewatch.rollout.rollout import Rollout
from lanewatch.rollout.stages import judged
from lanewatch.spec.follower import Follower
from lanewatch.watch.live import LiveSession
from lanewatch.watch.records import remember
from lanewatch.watch.waiting import has_ended, settle

AT_ONCE = 3  # past rollouts read side by side: each is a sweep of some thirty requests


@dataclass(frozen=True, slots=True)
class Past:
    """One rollout read from what the systems had kept, and what of it is gone."""

    record: Record
    gone: tuple[str, ...]


def case_of(session: LiveSession) -> Case:
    """The judged lane as of the session's picture."""
    return judged(session.knowledge, session.rollout.now)


def keep(arguments: Namespace, session: LiveSession, verdicts: Iterable[Verdict] | None = None) -> None:
    """Remember the session's rollout if it has ended; that it could not be written down is said and harms nothing.

    Without `verdicts`, which rest on the builder's log, an earlier record of the same end is kept as it is.
    """
    rollout, lane = session.rollout, session.lane
    if not has_ended(rollout):
        return
    known, case = remembered(arguments, lane.target), case_of(session)
    record = record_of(case, lane, rollout, examine(case, lane, known) if verdicts is None else verdicts)
    if record is None or (verdicts is None and _is_known(known, record)):
        return
    try:
        remember(records_file(arguments), key_of(arguments, lane.target), record)
    except OSError as error:
        reason = f"{error.filename or 'the record'}: {error.strerror}"
        told = f"this rollout was not written down ({reason}): set XDG_STATE_HOME to a folder of yours"
        print(f"lanewatch: {told}", file=sys.stderr)


def _is_known(records: Iterable[Record], record: Record) -> bool:
    return any((one.commit, one.attempt, one.state) == (record.commit, record.attempt, record.state) for one in records)


async def read_past(arguments: Namespace, session: LiveSession, count: int, known: Sequence[Record]) -> list[Past]:
    """The `count` commits before the watched one, as the systems still hold them; those remembered are not read."""
    case = case_of(session)
    history = [commit.sha for commit in case.mirror.history] if case.mirror else []
    if case.commit not in history:
        return []
    older = history[history.index(case.commit) + 1 :][:count]
    live = {record.commit for record in known}
    gate = asyncio.Semaphore(AT_ONCE)
    found = await asyncio.gather(*(_read_one(arguments, sha, gate) for sha in older if sha not in live))
    return [one for one in found if one is not None]


async def _read_one(arguments: Namespace, sha: str, gate: asyncio.Semaphore) -> Past | None:
    async with gate, open_lane(Namespace(**{**vars(arguments), "commit": sha, "pushed_at": None})) as session:
        await settle(session, session.lane.status_seconds)
        case = case_of(session)
        if case.run is None and not (case.tekton and case.tekton.runs) and not (case.gitops and case.gitops.revision):
            return None
        built = await session.build()
        return _past(case, session.rollout, session, built)


def _past(case: Case, rollout: Rollout, session: LiveSession, built: BuildLog) -> Past | None:
    record = record_of(case, session.lane, rollout, examine(case, session.lane, (), built), "history")
    return None if record is None else Past(record, gone_of(case))


async def audit_of(arguments: Namespace, session: LiveSession) -> tuple[Audited, ...]:
    """The policy audit of the session's lane, read now."""
    from lanewatch.rollout.policy import audit
    from lanewatch.spec.switches import permitted
    from lanewatch.watch.policy_reading import Sources, read_policy

    reader, case = session.connected.objects, case_of(session)
    sources = Sources(reader.clusters, reader.gitea, session.connected.logs, session.redactor)
    report = await read_policy(case, session.lane, sources)
    return audit(case, session.lane, report, permitted(loaded_spec(arguments).spec))


async def follower_status(session: LiveSession, follower: Follower) -> FollowerStatus | ReadFailure:
    """What the follower's own object says, or why it was not read."""
    from lanewatch.authorities.follower import read_follower

    cluster = session.connected.objects.clusters.get("ci")
    if follower.object is None:
        return ReadFailure(Outcome.UNCONFIGURED, follower.reason)
    if cluster is None:
        return ReadFailure(Outcome.UNCONFIGURED, "connections name no kubernetes")
    try:
        return await read_follower(cluster, follower.object, session.redactor)
    except ReadFailure as failure:
        return failure


def from_bundles(paths: Iterable[Path], target: str) -> list[Record]:
    """One record a bundle. Raises BundleError, UnreadableError, UsageError for one of another target."""
    from functools import reduce

    from lanewatch.evidence.bag import BundleError, UnreadableError
    from lanewatch.evidence.bundle import read_bundle
    from lanewatch.rollout.facts import Knowledge
    from lanewatch.rollout.knowledge import learn

    found = []
    for path in paths:
        try:
            material = read_bundle(path).material
        except (BundleError, UnreadableError) as error:
            raise type(error)(f"{path}: {error}") from None
        if material.lane.target != target:
            raise UsageError(f"{path.name} is a bundle of {material.lane.target}, not of {target}")
        case = judged(reduce(learn, material.entries, Knowledge()), material.at)
        record = record_of(case, material.lane, material.rollout(), examine(case, material.lane), "history")
        found += [] if record is None else [record]
    return found
