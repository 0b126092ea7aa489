"""Asks the CI cluster for one PipelineRun's build: lists shared with the Tekton authority, Jobs, the builder's log."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from lanewatch.authorities.build_progress import build_progress
from lanewatch.authorities.builder_job import builder_container, job_report
from lanewatch.authorities.builder_task import Build, build_of, builder_task
from lanewatch.authorities.native import name, text
from lanewatch.authorities.reading import attempt
from lanewatch.authorities.tekton_history import History
from lanewatch.authorities.tekton_lists import TektonReader, follow
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.native import JOBS, Listing, pod_log
from lanewatch.clients.shared_lists import SharedLists
from lanewatch.rollout.reports import BuilderJob, TaskRunState
from lanewatch.text import decode

PROGRESS_LINES = 60  # of the builder's log: one step's output between two headers is rarely longer


@dataclass(frozen=True, slots=True)
class CiAnswer:
    """What the cluster said. `failure`: runs or their TaskRuns could not be listed; `jobs_failure`: Jobs could not."""

    build: Build
    job: BuilderJob | None = None
    task: TaskRunState | None = None
    jobs_failure: ReadFailure | None = None
    failure: ReadFailure | None = None


class CiBuilds:
    """One namespace of the CI cluster. What a TaskRun said is remembered after its deletion, commit by commit."""

    def __init__(self, cluster: Cluster, lists: SharedLists, namespace: str) -> None:
        self.namespace = namespace
        self._cluster = cluster
        self.lists = lists
        self._reader = TektonReader(cluster, lists, namespace)
        self._commit = ""
        self._history = History()

    @property
    def host(self) -> str:
        return self._cluster.host

    async def read(self, commit: str, pipeline_run_uid: str | None) -> CiAnswer:
        """Never raises: each part that could not be read is a failure of its own."""
        tekton, jobs = await asyncio.gather(
            attempt(self._reader.read), attempt(self.lists.read, self._cluster, JOBS, self.namespace)
        )
        if commit != self._commit:
            self._commit, self._history = commit, History()
        failure = tekton if isinstance(tekton, ReadFailure) else tekton.failure("TaskRun")
        pods = None
        if not isinstance(tekton, ReadFailure):
            self._history = follow(self._history, commit, tekton)
            pods = tekton.items("Pod")
        listed = jobs.items if isinstance(jobs, Listing) else ()
        build = build_of(self._history, pipeline_run_uid, commit, listed, pods or ())
        return CiAnswer(
            build=build,
            job=await self._job(build),
            task=builder_task(self._history, build, pods_readable=pods is not None),
            jobs_failure=jobs if isinstance(jobs, ReadFailure) else None,
            failure=failure,
        )

    async def _job(self, build: Build) -> BuilderJob | None:
        if build.job is None:
            return None
        told = job_report(build.job, build.correlated_by, build.pods, "")
        if told.state != "running":
            return told
        return job_report(build.job, build.correlated_by, build.pods, await self._progress(build))

    async def _progress(self, build: Build) -> str:
        """Out of the newest running Pod's log; "" where there is none, or it cannot be read."""
        running = [pod for pod in build.pods if text(pod, "status", "phase") == "Running"]
        if not running:
            return ""
        pod, container = running[-1], builder_container(running[-1])
        log = await attempt(
            pod_log, self._cluster, self.namespace, name(pod), container, tail=PROGRESS_LINES, timestamps=False
        )
        return "" if isinstance(log, ReadFailure) else build_progress(decode(log))
