"""Reads what a builder logged, and what its Job carries, for the checks that rest on it. On demand, never in a poll."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from lanewatch.clients.answers import ReadFailure
from lanewatch.logs.reading import LogReader
from lanewatch.rollout.facts import PROVENANCE, Handle
from lanewatch.rollout.gate.build_log import BuildLog, parse_build_log
from lanewatch.rollout.rollout import Rollout
from lanewatch.watch.objects import ObjectReader

JOB_LOCATOR = "k8s:ci/batch/v1/jobs/"
PLAN_REF = "agentrun.lane/reuse-plan-ref"  # annotations of a Job that carries its plan itself
PLAN_DIGEST = "agentrun.lane/reuse-plan-digest"


async def read_build(rollout: Rollout, logs: LogReader, objects: ObjectReader) -> BuildLog:
    """The logs of every Pod of the builder Job, as one build; `reason` where one could not be read whole."""
    handles = [handle for stage in rollout.stages if stage.authority == PROVENANCE for handle in stage.handles]
    jobs = [handle for handle in handles if handle.kind == "object" and handle.locator.startswith(JOB_LOCATOR)]
    pods = [handle for handle in handles if handle.kind == "log" and handle.locator.startswith("k8s-log:ci/")]
    if not jobs:
        return BuildLog(reason="there is no builder Job whose log could be read")
    if not pods:
        return BuildLog(reason="the builder Job's Pods are gone, and their logs with them")
    carried = await _carried(objects, jobs[0])
    read = await asyncio.gather(*(_read(logs, handle) for handle in pods))
    reasons = [one.reason for one in read if one.reason]
    return BuildLog(
        vertices=tuple(vertex for one in read for vertex in one.vertices),
        pushed=tuple(image for one in read for image in one.pushed),
        plan_ref=carried.get(PLAN_REF, ""),
        plan_digest=carried.get(PLAN_DIGEST, ""),
        source=pods[-1].locator,
        reason=reasons[0] if reasons else "",
    )


async def _read(logs: LogReader, handle: Handle) -> BuildLog:
    try:
        text = await logs.read(handle, timestamps=False)
    except ReadFailure as failure:
        return BuildLog(reason=f"the builder's log was not read: {failure.reason}")
    if text.note:
        return BuildLog(reason=f"the builder's log is not whole: {text.note}")
    return parse_build_log(text.lines, handle.locator)


async def _carried(objects: ObjectReader, handle: Handle) -> Mapping[str, str]:
    """The Job's annotations; none where it cannot be read: then the PipelineRun's params count."""
    try:
        job: Any = await objects.read(handle.locator)
    except ReadFailure:
        return {}
    metadata = job.get("metadata") if isinstance(job, dict) else None
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    return {str(key): str(value) for key, value in (annotations or {}).items()}
