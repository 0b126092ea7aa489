"""The clusters in use: planes that name the same one share its connections and lists."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lanewatch.clients.clock import Clock
from lanewatch.clients.kubeconfig import Access
from lanewatch.clients.kubernetes import Cluster


class Clusters:
    """Every Cluster in use, one per (kubeconfig, context), however many planes name it."""

    def __init__(self, clock: Clock, learn: Callable[[tuple[str, ...]], None] = lambda _: None) -> None:
        self._clock = clock
        self._learn = learn
        self._open: dict[tuple[Path | None, str | None], Cluster] = {}

    def cluster(
        self, kubeconfig: Path | None, context: str | None, key: str, access: Callable[[], Access] | None = None
    ) -> Cluster:
        """The Cluster of this kubeconfig and context; `key` names it in reasons if it is new."""
        identity = (None if kubeconfig is None else kubeconfig.resolve(), context)
        if identity not in self._open:
            self._open[identity] = Cluster(
                kubeconfig, context, clock=self._clock, key=key, access=access, learn=self._learn
            )
        return self._open[identity]

    def all(self) -> tuple[Cluster, ...]:
        return tuple(self._open.values())

    async def close(self) -> None:
        for cluster in self._open.values():
            await cluster.close()
