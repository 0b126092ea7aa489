"""What the CI cluster is asked about one lane's runs, all at once, and which of it belongs to one commit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from lanewatch.authorities.native import Native, leaf, owner_uids, rows, text, uid
from lanewatch.authorities.reading import attempt
from lanewatch.authorities.tekton_history import RUN_KINDS, History, differences, fold
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.native import EVENTS, PIPELINE_RUNS, PODS, TASK_RUNS, Listing, Resource
from lanewatch.clients.shared_lists import SharedLists
from lanewatch.rollout.facts import Outcome

CUSTOM_RUNS: Final = Resource("tekton.dev", "v1beta1", "customruns", "Tekton")
VERSIONS: Final = ("v1", "v1beta1")  # the latter is deprecated and still served (reference 1): read, never preferred


@dataclass(frozen=True, slots=True)
class TektonLists:
    """The answers of one read by kind; a kind that could not be listed is a failure of its own."""

    version: str  # of PipelineRun and TaskRun
    runs: Listing
    others: Mapping[str, Listing | ReadFailure] = field(default_factory=dict)  # TaskRun, Pod, Event, CustomRun

    def failure(self, kind: str) -> ReadFailure | None:
        answer = self.others.get(kind)
        return answer if isinstance(answer, ReadFailure) else None

    def items(self, kind: str) -> tuple[Native, ...] | None:
        """None when this kind was not listed: nothing is then known of what is gone."""
        answer = self.runs if kind == "PipelineRun" else self.others.get(kind)
        return answer.items if isinstance(answer, Listing) else None


class TektonReader:
    """Lists the Tekton objects of one namespace; remembers which API version this cluster serves."""

    def __init__(self, cluster: Cluster, lists: SharedLists, namespace: str) -> None:
        self._cluster = cluster
        self.lists = lists
        self._namespace = namespace
        self._version = VERSIONS[0]

    async def read(self) -> TektonLists:
        """Raises ReadFailure when PipelineRuns cannot be listed; `unsupported` where no version of them is served."""
        for version in dict.fromkeys((self._version, *VERSIONS)):
            runs, tasks, pods, events = await asyncio.gather(
                self._list(replace(PIPELINE_RUNS, version=version)),
                self._list(replace(TASK_RUNS, version=version)),
                self._list(PODS),
                self._list(EVENTS),
            )
            if isinstance(runs, Listing):
                self._version = version
                others = {"TaskRun": tasks, "Pod": pods, "Event": events, **await self._custom_runs(runs)}
                return TektonLists(version, runs, others)
            if runs.outcome is not Outcome.UNSUPPORTED:
                raise runs
        reason = f"no Tekton CRDs (tekton.dev/v1) in this cluster: {self._cluster.host}"
        raise ReadFailure(Outcome.UNSUPPORTED, reason, status=404)

    async def _custom_runs(self, runs: Listing) -> dict[str, Listing | ReadFailure]:
        """Asked only where a run has such a child: most lanes have none, and many Roles do not grant them."""
        references = (row for run in runs.items for row in rows(run, "status", "childReferences"))
        if any(text(row, "kind") == "CustomRun" for row in references):
            return {"CustomRun": await self._list(CUSTOM_RUNS)}
        return {}

    async def _list(self, resource: Resource) -> Listing | ReadFailure:
        return await attempt(self.lists.read, self._cluster, resource, self._namespace)


def follow(history: History, commit: str, lists: TektonLists) -> History:
    """The history of this commit's runs after one more read: its runs, their children, Pods and Events, no others."""
    at = lists.runs.read_at.steady
    runs = list(_runs_of(commit, lists.runs.items, history.objects))
    history = fold(history, differences(history, "PipelineRun", runs, at))
    for kind in (*RUN_KINDS[1:], "Pod"):
        if (items := lists.items(kind)) is not None:
            owners = set(history.objects)
            owned = [item for item in items if not owners.isdisjoint(owner_uids(item))]
            history = fold(history, differences(history, kind, owned, at))
    return _with_events(history, lists, at)


def source_commit(run: Native) -> str:
    """The value of the run's parameter sourceCommit, raw."""
    return next((text(row, "value") for row in rows(run, "spec", "params") if text(row, "name") == "sourceCommit"), "")


def _runs_of(commit: str, runs: Iterable[Native], known: Iterable[str]) -> Iterator[Native]:
    """Runs with this sourceCommit and, at any depth, the runs nested in them or in known ones (reference 7)."""
    waiting, taken = list(runs), set(known)
    while found := [run for run in waiting if source_commit(run) == commit or _is_inside(run, taken)]:
        yield from found
        taken |= {uid(run) for run in found}
        waiting = [run for run in waiting if uid(run) not in taken]


def _is_inside(run: Native, parents: set[str]) -> bool:
    return not parents.isdisjoint(owner_uids(run, "PipelineRun"))


def _with_events(history: History, lists: TektonLists, at: float) -> History:
    items = lists.items("Event")
    if items is None:
        return history
    about = [item for item in items if text(leaf(item, "involvedObject"), "uid") in history.objects]
    return fold(history, differences(history, "Event", about, at))
