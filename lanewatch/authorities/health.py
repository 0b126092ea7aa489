"""The workload's own answer on its health path: what came back, not whether it is good."""

from __future__ import annotations

from typing import Final, Protocol

from lanewatch.authorities.native import one_line, said
from lanewatch.clients.answers import Answer, ReadFailure
from lanewatch.clients.http import Origin
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.native import service_get
from lanewatch.clients.strict_json import JsonError, parse_json
from lanewatch.rollout.reports import Health
from lanewatch.text import decode

SHOWN: Final = 200  # characters of the body: other bodies than the agreed JSON are shown, not judged
HEALTH_SECONDS: Final = 5.0


class HealthProbe(Protocol):
    """One way to the health path."""

    locator: str

    async def ask(self) -> Answer:
        """Any status is an Answer; redirects are not followed. Raises ReadFailure when nothing answered."""
        ...


class AddressProbe:
    """By address: connections `health.url` and the spec's healthPath. `origin` stands at that URL."""

    def __init__(self, origin: Origin, path: str) -> None:
        self._origin = origin
        self._path = path
        self.locator = f"GET {origin.base.scheme}://{origin.host}{origin.base.path}{path}"

    async def ask(self) -> Answer:
        return await self._origin.get(self._path, accept="*/*", total=HEALTH_SECONDS)


class ServiceProbe:
    """Through the API server's proxy of a Service: connections `health.service`, `port`, `scheme`."""

    def __init__(self, cluster: Cluster, namespace: str, service: str, port: int, scheme: str, path: str) -> None:
        self._cluster = cluster
        self._target = (namespace, service, str(port), path, scheme)
        self.locator = f"services/{namespace}/{service}:{port}/proxy{path}"

    async def ask(self) -> Answer:
        return await service_get(self._cluster, *self._target)


async def read_health(probe: HealthProbe) -> Health:
    """What was answered; status 0 with the reason when nothing was."""
    try:
        answer = await probe.ask()
    except ReadFailure as failure:
        return Health(status=0, word="", source_commit="", reason=failure.reason, locator=probe.locator)
    body = answer.body[: SHOWN * 4 + 4096]
    told = _object(answer.body)
    return Health(
        status=answer.status,
        word=said(told, "status", limit=80),
        source_commit=said(told, "sourceCommit", limit=80).lower(),
        reason="",
        locator=probe.locator,
        body=one_line(decode(body), limit=SHOWN),
    )


def _object(body: bytes) -> object:
    """The JSON, whatever content type it came with; None for any other body."""
    try:
        return parse_json(body)
    except JsonError:
        return None
