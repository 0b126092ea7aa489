"""From a handle to its log. The one place that knows the forms of log locators.

Locators (Handle.locator, kind "log"):
  gitea-job-log:OWNER/NAME/JOB            the job's log, by byte range
  gitea-diff:OWNER/NAME/SHA               a commit with its diff
  gitea-plan:OWNER/NAME/ARTIFACT          the JSON file in an artifact
  k8s-log:PLANE/NAMESPACE/POD/CONTAINER   a container's log; CONTAINER,CONTAINER: several, one after another
  k8s-previous-log:PLANE/NAMESPACE/POD/CONTAINER   that of the instance before the present one
  k8s-events:PLANE/NAMESPACE/NAME         the events about an object
  k8s-listener-log:PLANE/NAMESPACE/LISTENER/EVENT  an EventListener's lines about one event
  observed:AUTHORITY                      what this run observed
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.gitea import Gitea
from lanewatch.clients.kubernetes import Cluster
from lanewatch.logs.documents import ArtifactText, CommitDiff
from lanewatch.logs.events import ListenerLines, ObjectEvents
from lanewatch.logs.job_log import JobLog
from lanewatch.logs.keeping import KeptLogs
from lanewatch.logs.log import Log
from lanewatch.logs.observed import Entries, ObservedLog
from lanewatch.logs.pod_log import PodLog
from lanewatch.logs.pod_steps import PodSteps
from lanewatch.logs.sources import Source
from lanewatch.logs.spool import SpoolFolder
from lanewatch.rollout.facts import Handle, Outcome
from lanewatch.text import Redactor


@dataclass(frozen=True, slots=True)
class LogOpener:
    """Opens logs of one lane. `clusters` by plane: ci, argo, runtime; `entries`: the journal's.

    `kept`: where logs stay beyond this process; None: nowhere.
    """

    gitea: Gitea | None
    clusters: Mapping[str, Cluster]
    redactor: Redactor
    folder: SpoolFolder
    entries: Entries
    kept: KeptLogs | None = None

    def open(self, handle: Handle) -> Log:
        """The log behind a handle, not yet read: see Log.run. Raises ReadFailure `unconfigured` or `invalid`."""
        kept = None if self.kept is None else self.kept.of(handle.locator)
        return Log(handle.title, self._source(handle.locator), self.folder, self.redactor, kept)

    def _source(self, locator: str) -> Source:
        form, _, rest = locator.partition(":")
        if form == "observed":
            return ObservedLog(rest, self.entries)
        parts = rest.split("/")
        if form.startswith("gitea-") and len(parts) == 3:
            return self._gitea_source(form, f"{parts[0]}/{parts[1]}", parts[2])
        if form.startswith("k8s-") and len(parts) >= 3:
            return self._native_source(form, self._cluster(parts[0]), parts[1:])
        raise ReadFailure(Outcome.INVALID, f"no log source of the form {form}")

    def _gitea_source(self, form: str, repository: str, key: str) -> Source:
        if self.gitea is None:
            raise ReadFailure(Outcome.UNCONFIGURED, "connections name no gitea")
        match form:
            case "gitea-job-log":
                return JobLog(self.gitea, repository, int(key))
            case "gitea-diff":
                return CommitDiff(self.gitea, repository, key)
            case "gitea-plan":
                return ArtifactText(self.gitea, repository, int(key))
            case _:
                raise ReadFailure(Outcome.INVALID, f"no log source of the form {form}")

    def _native_source(self, form: str, cluster: Cluster, parts: list[str]) -> Source:
        match form, parts:
            case "k8s-log", [namespace, pod, containers] if "," in containers:
                return PodSteps(cluster, namespace, pod, tuple(containers.split(",")))
            case "k8s-log", [namespace, pod, container]:
                return PodLog(cluster, namespace, pod, container)
            case "k8s-previous-log", [namespace, pod, container]:
                return PodLog(cluster, namespace, pod, container, previous=True)
            case "k8s-events", [namespace, name]:
                return ObjectEvents(cluster, namespace, name)
            case "k8s-listener-log", [namespace, listener, event]:
                return ListenerLines(cluster, namespace, listener, event)
            case _:
                raise ReadFailure(Outcome.INVALID, f"no log source of the form {form}")

    def _cluster(self, plane: str) -> Cluster:
        if plane not in self.clusters:
            raise ReadFailure(Outcome.UNCONFIGURED, f"connections name no kubernetes for plane {plane}")
        return self.clusters[plane]
