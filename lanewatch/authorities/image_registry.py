"""What the registry knows of the lane's image under one digest: answers that never change, which the client keeps."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from lanewatch.authorities.native import one_line
from lanewatch.authorities.reading import attempt
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.registry import Registry
from lanewatch.rollout.reports import Attestation, DigestSet
from lanewatch.spec.lane import Lane


@dataclass(frozen=True, slots=True)
class Registered:
    """A part that could not be read is a failure of its own; None where it was not asked or is not there."""

    digests: DigestSet | ReadFailure | None = None
    attestation: Attestation | ReadFailure | None = None


class ImageRegistry:
    """The registry of the lane, asked for one repository."""

    def __init__(self, registry: Registry, repository: str) -> None:
        self._registry = registry
        self.repository = repository

    def locator(self, digest: str) -> str:
        return f"GET /v2/{self.repository}/manifests/{digest}"

    async def read(self, digest: str) -> Registered:
        """All digests of the image, and what its attestation claims. Never raises."""
        digests, attestation = await asyncio.gather(attempt(self._digests, digest), attempt(self._attestation, digest))
        return Registered(digests, attestation)

    async def _digests(self, digest: str) -> DigestSet:
        found = await self._registry.resolve(self.repository, digest)
        configs = tuple(one_line(config) for config in found.configs)  # as the manifests name them, not fetched
        return DigestSet(digest, found.index, found.manifests, configs)

    async def _attestation(self, digest: str) -> Attestation | None:
        found = await self._registry.attestation(self.repository, digest)
        if found is None:
            return None
        return Attestation(
            subject=one_line(next(iter(found.subjects), "")),
            source_commit=one_line(found.source_commit or ""),
            builder_id=one_line(found.builder_id or ""),
            base_image_digest=one_line(found.base_image_digest or ""),
        )


def image_repository(lane: Lane) -> str:
    """The workload's repository as the registry's API names it: registryPrefix without its host, and the workload."""
    _, _, path = lane.registry_prefix.partition("/")
    return f"{path}/{lane.workload}" if path else lane.workload
