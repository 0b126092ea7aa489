"""Reads what the builder logged, and what its Jobs carry, for the checks that rest on it. On demand, never in a poll.

A rollout may have one Job per image: all that carry its commit and PipelineRun count as one build.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from lanewatch.authorities.builder_job import COMMIT_LABEL, PIPELINE_RUN_LABEL, SHORT_SHA, builder_container, pods_of
from lanewatch.authorities.native import Native, annotation, label, name, one_line
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.native import JOBS, PODS, read_list, read_object
from lanewatch.logs.reading import LogReader
from lanewatch.rollout.case import Case
from lanewatch.rollout.facts import Handle
from lanewatch.rollout.gate.build_log import BuildLog, parse_build_log

PLAN_REF = "agentrun.lane/reuse-plan-ref"  # annotations of a Job that carries its plan itself
PLAN_DIGEST = "agentrun.lane/reuse-plan-digest"


async def read_build(case: Case, cluster: Cluster | None, namespace: str, logs: LogReader) -> BuildLog:
    """Every Pod's log of every builder Job of this rollout, as one build; `reason` where one was not read whole."""
    known = case.provenance_report.job if case.provenance_report else None
    if cluster is None:
        return BuildLog(reason="connections name no kubernetes: the builder's log was not read")
    if known is None:
        return BuildLog(reason="there is no builder Job whose log could be read")
    try:
        jobs = await _jobs(case, cluster, namespace, known.name)
        pods = (await read_list(cluster, PODS, namespace, labels="batch.kubernetes.io/job-name")).items
    except ReadFailure as failure:
        return BuildLog(reason=f"the builder's log was not read: {failure.reason}")
    own = [pods_of(job, pods) for job in jobs]
    if not all(own):
        return BuildLog(reason="a builder Job's Pods are gone, and their logs with them")
    handles = [_handle(namespace, pod) for some in own for pod in some]
    read = await asyncio.gather(*(_read(logs, handle) for handle in handles))
    return BuildLog(
        vertices=tuple(vertex for one in read for vertex in one.vertices),
        pushed=tuple(image for one in read for image in one.pushed),
        plan_ref=_carried(jobs, PLAN_REF),
        plan_digest=_carried(jobs, PLAN_DIGEST),
        source=handles[-1].locator,
        reason=next((one.reason for one in read if one.reason), ""),
    )


async def _jobs(case: Case, cluster: Cluster, namespace: str, known: str) -> Sequence[Native]:
    """The Jobs that are labelled with this commit and PipelineRun, and the one that is known."""
    run = case.pipeline_run.name if case.pipeline_run else ""
    short = (case.commit or "")[:SHORT_SHA]
    listed = (await read_list(cluster, JOBS, namespace, labels=f"{COMMIT_LABEL}={short}")).items
    own = [job for job in listed if label(job, PIPELINE_RUN_LABEL) in ("", run)]
    if any(name(job) == known for job in own):
        return own
    return [*own, await read_object(cluster, JOBS, namespace, known)]


def _handle(namespace: str, pod: Native) -> Handle:
    called, container = one_line(name(pod)), one_line(builder_container(pod))
    return Handle("log", "", f"k8s-log:ci/{namespace}/{called}/{container}", f"{called} / {container}")


async def _read(logs: LogReader, handle: Handle) -> BuildLog:
    try:
        text = await logs.read(handle, timestamps=False)
    except ReadFailure as failure:
        return BuildLog(reason=f"the builder's log was not read: {failure.reason}")
    if text.note:
        return BuildLog(reason=f"the builder's log is not whole: {text.note}")
    return parse_build_log(text.lines, handle.locator)


def _carried(jobs: Sequence[Native], key: str) -> str:
    """What the Jobs carry under this annotation; where they differ, the one that is not the others'."""
    told = [one_line(value) for job in jobs if (value := annotation(job, key))]
    return min(told, key=told.count, default="")
