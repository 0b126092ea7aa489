"""A websocket to a sub-resource of a cluster: a GET that is upgraded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias, cast
from urllib.parse import urlencode

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.failures import connection_failure, timed_out
from lanewatch.clients.kubernetes import Cluster
from lanewatch.rollout.facts import Outcome

if TYPE_CHECKING:
    import aiohttp

Socket: TypeAlias = "aiohttp.ClientWebSocketResponse"

OPENING_SECONDS = 5.0
HEARTBEAT_SECONDS = 15.0  # a peer that answers no ping for half of it is gone


@asynccontextmanager
async def websocket(
    cluster: Cluster, path: str, query: Sequence[tuple[str, str]], protocol: str
) -> AsyncIterator[Socket]:
    """A socket that speaks `protocol`. Raises ReadFailure where it is refused: `denied` names the right that lacks."""
    opened = await _opened(cluster, path, query, protocol)
    try:
        yield opened
    finally:
        await opened.close()


async def _opened(cluster: Cluster, path: str, query: Sequence[tuple[str, str]], protocol: str) -> Socket:
    import aiohttp

    ground = await cluster.ground()
    url = f"{ground.base}{path}?{urlencode(query)}"
    try:
        async with asyncio.timeout(OPENING_SECONDS):
            opened = await ground.session.ws_connect(
                url, protocols=(protocol,), headers=ground.headers, proxy=ground.proxy, heartbeat=HEARTBEAT_SECONDS
            )
            return cast("Socket", opened)
    except TimeoutError:
        raise timed_out(cluster.host, "websocket", OPENING_SECONDS) from None
    except aiohttp.WSServerHandshakeError as error:
        raise _refused(error.status, path, cluster) from None
    except aiohttp.ClientError as error:
        raise connection_failure(
            error, cluster.host, f"certificate-authority in the kubeconfig of {cluster.key}"
        ) from None


def _refused(status: int, path: str, cluster: Cluster) -> ReadFailure:
    if status in (401, 403):
        right = f"may not use {path} (a Role must grant pods/portforward: get, create)"
        return ReadFailure(Outcome.DENIED, f"{status}: {right}: {cluster.host}", status=status)
    return ReadFailure(Outcome.ERROR, f"{status} to a websocket at {path}: {cluster.host}", status=status)
