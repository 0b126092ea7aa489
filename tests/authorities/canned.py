"""A cluster that answers from a table: what a list or an object is, or why it cannot be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.native import Listing, Resource
from lanewatch.clients.shared_lists import SharedLists
from lanewatch.rollout.facts import Moment, Outcome
from tests.clients.conftest import StillClock

Canned = Mapping[str, Sequence[Mapping[str, Any]] | Outcome]


class CannedLists(SharedLists):
    """Lists by "plural" or "plural.version"; what is not in the table is an empty list. `asked` keeps the order."""

    def __init__(self, table: Canned) -> None:
        super().__init__(StillClock())
        self.table = dict(table)
        self.asked: list[str] = []

    async def read(
        self, cluster: Cluster, resource: Resource, namespace: str, *, labels: str = "", fields: str = ""
    ) -> Listing:
        self.asked.append(f"{resource.plural}.{resource.version}")
        answer = self.table.get(self.asked[-1], self.table.get(resource.plural, ()))
        if isinstance(answer, Outcome):
            raise ReadFailure(answer, f"{resource.name} {resource.version}: {answer}")
        moment: Moment = StillClock().now()
        return Listing(tuple(dict(item) for item in answer), "1", moment, "cluster.example.org", "")


def no_cluster() -> Cluster:
    """For readers whose lists are canned: whatever asks it directly finds no kubeconfig."""
    from pathlib import Path

    return Cluster(Path("nowhere"), None, clock=StillClock(), key="kubernetes.ci")
