"""The logs of a Pod's containers one after another, as Tekton's steps run: each a section of one log."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.kubernetes import Cluster
from lanewatch.logs.lines import SECTION
from lanewatch.logs.pod_log import PodLog
from lanewatch.logs.sources import Asked, Mark, Piece, Waiting


@dataclass(frozen=True, slots=True)
class PodSteps:
    """`containers` in the order in which they run; followed, each is read to its end before the next one."""

    cluster: Cluster
    namespace: str
    pod: str
    containers: tuple[str, ...]

    async def pieces(self, asked: Asked) -> AsyncGenerator[Piece, None]:
        """See Source. Raises ReadFailure where not even the first one has a log; a later one ends the log there."""
        for container in self.containers:
            begun = False
            try:
                async with aclosing(PodLog(self.cluster, self.namespace, self.pod, container).pieces(asked)) as pieces:
                    async for piece in pieces:
                        if not begun and not isinstance(piece, Waiting):
                            yield Mark(f"{SECTION}{container}")
                            begun = True
                        yield piece
            except ReadFailure as failure:
                if container == self.containers[0]:
                    raise
                yield Mark(f"{container}: {failure.reason}")
                return
