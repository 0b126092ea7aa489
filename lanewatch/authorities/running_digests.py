"""All names of the digests that a workload runs or should run, as the registry knows them.

A Pod may tell the index, the platform's manifest or the config of one and the same image (argo-k8s-oci 2.4), so each
manifest digest is resolved once; what a digest names never changes.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from lanewatch.authorities.reading import attempt
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.registry import Registry
from lanewatch.rollout.facts import Outcome
from lanewatch.rollout.reports import DigestSet

KEPT: Final = 64  # digests of a few dozen rollouts


class RunningDigests:
    """`registry` None: connections name none."""

    def __init__(self, registry: Registry | None) -> None:
        self._registry = registry
        self._kept: OrderedDict[str, DigestSet] = OrderedDict()

    async def read(self, repository: str, digests: Iterable[str]) -> tuple[tuple[DigestSet, ...], ReadFailure | None]:
        """The sets in the order of the digests, without those that could not be resolved, and the first failure."""
        wanted = list(dict.fromkeys(digests))
        found = await asyncio.gather(*(attempt(self._resolved, repository, digest) for digest in wanted))
        sets = tuple(answer for answer in found if isinstance(answer, DigestSet))
        return sets, next((answer for answer in found if isinstance(answer, ReadFailure)), None)

    async def _resolved(self, repository: str, digest: str) -> DigestSet:
        if digest in self._kept:
            return self._kept[digest]
        if self._registry is None:
            raise ReadFailure(Outcome.UNCONFIGURED, "connections name no registry")
        if not repository:
            raise ReadFailure(Outcome.INVALID, "the image names no registry")
        answer = await self._registry.resolve(repository, digest)
        self._kept[digest] = DigestSet(digest, answer.index, answer.manifests, answer.configs)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return self._kept[digest]
