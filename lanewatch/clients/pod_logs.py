"""One container's log as a stream of bytes: how it is asked for, and how the API server refuses it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.native import PODS
from lanewatch.clients.stream import Stream
from lanewatch.clients.strict_json import JsonError, parse_json
from lanewatch.rollout.facts import Outcome
from lanewatch.text import clean

_REFUSAL_BYTES = 16 << 10  # a Status is some hundred bytes


@asynccontextmanager
async def log_stream(
    cluster: Cluster,
    namespace: str,
    pod: str,
    container: str,
    *,
    follow: bool,
    idle: float,
    since: str | None = None,
    tail: int | None = None,
    previous: bool = False,
) -> AsyncIterator[Stream]:
    """GET pods/NAME/log with time stamps, from `since` (RFC 3339, whole seconds, inclusive) on, as chunks of a stream.

    `idle`: seconds of silence after which the stream counts as dead. Raises ReadFailure: `absent` while the container
    has not started (in the server's words), also while the chunks are read.
    """
    query = [("container", container), ("timestamps", "true"), ("follow", str(follow).lower())]
    query += [("previous", "true")] if previous else []
    query += [("sinceTime", since)] if since is not None else []
    query += [("tailLines", str(tail))] if tail is not None else []
    async with cluster.stream(f"{PODS.path(namespace, pod)}/log", query, idle=idle, accept="*/*") as stream:
        if stream.status != 200:
            raise await _refusal(cluster, stream, namespace, pod)
        yield stream


async def _refusal(cluster: Cluster, stream: Stream, namespace: str, pod: str) -> ReadFailure:
    status, told = stream.status, await _message(stream)
    if status == 400:
        return ReadFailure(Outcome.ABSENT, f"no log yet: {told}", status=status)
    if status == 401:
        return ReadFailure(Outcome.DENIED, f"401: token not accepted ({cluster.credential_key})", status=status)
    if status == 403:
        return ReadFailure(Outcome.DENIED, f"403: may not get pods/log in namespace {namespace}", status=status)
    if status == 404:
        return ReadFailure(Outcome.ABSENT, f"404: no pod {namespace}/{pod}: {cluster.host}", status=status)
    outcome = Outcome.THROTTLED if status == 429 else Outcome.ERROR
    return ReadFailure(outcome, f"{status}: {told}: {cluster.host}", status=status)


async def _message(stream: Stream) -> str:
    body = b""
    async for chunk in stream.chunks:
        body += chunk
        if len(body) > _REFUSAL_BYTES:
            break
    try:
        value = parse_json(body)
    except JsonError:
        value = None
    message = value.get("message") if isinstance(value, dict) else None
    return clean(str(message or "refused"), limit=160)
