"""The Kubernetes client's requests, read-only by construction: no method but GET and HEAD, and no redirect."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from lanewatch.clients.read_only import refuse_mutation

if TYPE_CHECKING:
    import aiohttp


@lru_cache(maxsize=1)
def redirect_refused() -> type[Exception]:
    import aiohttp

    class RedirectRefused(aiohttp.ClientError):
        """aiohttp would follow ten hops and take the Authorization header to the same host's other paths."""

    return RedirectRefused


def read_only_trace() -> aiohttp.TraceConfig:
    """Refuses other methods before a socket opens, and every redirect; the library offers no switch for either."""
    import aiohttp

    async def refuse_other_methods(_: object, __: object, start: aiohttp.TraceRequestStartParams) -> None:
        refuse_mutation(start.method)

    async def refuse_redirect(_: object, __: object, ___: object) -> None:
        raise redirect_refused()("redirect")

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(refuse_other_methods)
    trace.on_request_redirect.append(refuse_redirect)
    return trace
