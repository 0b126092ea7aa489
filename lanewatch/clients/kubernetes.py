"""The Kubernetes API as raw JSON, read-only; the client library under it is loaded late.

`kubernetes.aio` gives configuration, certificates and the connection; its generated models are not used (they drop
unknown fields and cost 13 times the parsing). Traps: python-libraries reference 3, Argo reference 3.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from lanewatch.clients.answers import Answer, ReadFailure, refuse_cached
from lanewatch.clients.api_client import api_client
from lanewatch.clients.body import CappedBody
from lanewatch.clients.certificate import certificate_ends
from lanewatch.clients.clock import Clock
from lanewatch.clients.credentials import Credential
from lanewatch.clients.failures import broken_off, closed_unanswered, connection_failure, timed_out
from lanewatch.clients.ground import Ground
from lanewatch.clients.kubeconfig import Access, read_access
from lanewatch.clients.limits import GRACE_SECONDS, JSON_CAP, Limits
from lanewatch.clients.meter import Exchange, record
from lanewatch.clients.overhearing import heard
from lanewatch.clients.patience import Patience, resource_of
from lanewatch.clients.read_only_trace import redirect_refused
from lanewatch.clients.stream import Stream, whole_lines
from lanewatch.rollout.facts import Moment, Outcome

if TYPE_CHECKING:
    import aiohttp


@dataclass(frozen=True, slots=True)
class _Ask:
    """One request as it will leave."""

    path: str
    query: tuple[tuple[str, str], ...]
    accept: str
    cap: int
    total: float


class Cluster:
    """One kubeconfig context, opened at the first request. `key` is its connections key ("kubernetes.ci").

    `access`: another way to it than its kubeconfig alone (in-cluster, with credential plugins).

    Planes that name the same kubeconfig and context share one Cluster: see `Clusters`.
    """

    def __init__(
        self,
        kubeconfig: Path | None,
        context: str | None,
        *,
        clock: Clock,
        key: str,
        access: Callable[[], Access] | None = None,
        limits: Limits | None = None,
        learn: Callable[[tuple[str, ...]], None] = lambda _: None,
    ) -> None:
        self.key = key
        self.host = ""  # known once opened, as are the next two
        self.context = context or ""
        self.server = ""
        self._access = access or partial(read_access, kubeconfig, context)
        self._learn = learn  # hears the tokens that are used, for the redactor
        self._clock = clock
        self._limits = limits or Limits()
        self._turn = asyncio.Semaphore(self._limits.concurrent)
        self._patience = Patience(clock)
        self._opening = asyncio.Lock()
        self._api: Any = None
        self._credential: Credential | None = None
        self._certificate_ends: datetime | None = None  # of the API server's

    @property
    def credential(self) -> Credential | None:
        """The token in use, for the redactor; None before the first request or with a client certificate."""
        return self._credential

    @property
    def credential_key(self) -> str:
        """Which credential a refusal is about: the connections key and where the token lies."""
        where = "no token in its kubeconfig" if self._credential is None else self._credential.source.name()
        return f"{self.key}, {where}"

    async def open(self) -> None:
        """Read the kubeconfig and load the client library, which takes a second: in a thread, once.

        Raises ReadFailure `unconfigured`, saying what the kubeconfig lacks.
        """
        async with self._opening:
            if self._api is not None:
                return
            access = await asyncio.to_thread(self._access)
            if access.credential is not None:
                access.credential.told = self._learn
                await asyncio.to_thread(access.credential.secret)  # a plugin takes up to 10 s
            self._credential = access.credential
            self.context, self.server = access.context, str(access.cluster["server"])
            self.host = urlsplit(self.server).netloc
            self._api = await api_client(access)

    async def get(
        self,
        path: str,
        query: Sequence[tuple[str, str]] = (),
        *,
        accept: str = "application/json",
        cap: int = JSON_CAP,
        total: float | None = None,
    ) -> Answer:
        """GET an API path; any status is an Answer. A 401 re-reads the token once and asks again if it changed.

        Raises ReadFailure for all that is no complete HTTP answer within `cap` decoded bytes and `total` seconds.
        """
        await self.open()
        ask = _Ask(path, tuple(query), accept, cap, total or self._limits.total)
        answer = await self._send(ask)
        if answer.status == 401 and self._credential is not None and await asyncio.to_thread(self._credential.reload):
            answer = await self._send(ask)
        refuse_cached(answer.headers, self.host)
        return answer

    @asynccontextmanager
    async def stream(
        self, path: str, query: Sequence[tuple[str, str]], *, idle: float, accept: str = "application/json"
    ) -> AsyncIterator[Stream]:
        """GET an answer that goes on. It takes no turn of the others and has no deadline but `idle` seconds of silence.

        A 401 re-reads the token once. Raises ReadFailure for what is no HTTP answer, also while the lines are read.
        """
        await self.open()
        response = await self._streaming(path, query, idle, accept)
        try:
            if (
                response.status == 401
                and self._credential is not None
                and await asyncio.to_thread(self._credential.reload)
            ):
                response.close()
                response = await self._streaming(path, query, idle, accept)
            headers = {name.lower(): value for name, value in response.headers.items()}
            chunks = self._chunks(response, idle)
            yield Stream(response.status, headers, whole_lines(chunks, self.host), chunks)
        finally:
            response.close()

    async def ground(self) -> Ground:
        """What a websocket starts from; the session refuses what `get` refuses, and is closed with this cluster."""
        await self.open()
        rest = self._api.rest_client
        rest.pool_manager = rest.pool_manager or rest._create_pool_manager()
        headers = {} if self._credential is None else {"Authorization": self._credential.header()}
        return Ground(rest.pool_manager, self._api.configuration.host, headers, rest.proxy)

    async def close(self) -> None:
        """Close the connections."""
        if self._api is not None:
            await self._api.close()
            self._api = None

    async def _send(self, ask: _Ask) -> Answer:
        """The request within its deadline, waiting for a turn included."""
        deadline = asyncio.get_running_loop().time() + ask.total
        try:
            async with asyncio.timeout_at(deadline + GRACE_SECONDS):
                if "/proxy/" in ask.path:  # the workload speaks, not the API server: its 503 is what is asked for
                    return await self._attempt(ask, deadline)
                flow, once = resource_of(ask.path), partial(self._attempt, ask, deadline)
                return await self._patience.ask(once, self.host, deadline, flow)
        except TimeoutError:
            raise timed_out(self.host, "complete answer", ask.total) from None

    async def _attempt(self, ask: _Ask, deadline: float) -> Answer:
        import aiohttp

        started = self._clock.now()
        answer: Answer | None = None
        try:
            async with self._turn:
                answer = await self._exchange(ask, deadline, started)
                return heard(f"{self.server}{ask.path}?{urlencode(ask.query)}", answer)
        except aiohttp.ClientError as error:
            raise self._failure(error) from None
        finally:
            self._record(ask.path, started, answer)

    async def _exchange(self, ask: _Ask, deadline: float, started: Moment) -> Answer:
        import aiohttp

        left = max(0.01, deadline - asyncio.get_running_loop().time())
        limit = aiohttp.ClientTimeout(total=left, sock_connect=self._limits.connect, sock_read=self._limits.read)
        response = await self._call(ask, limit)
        self._certificate_ends = _certificate_ends(response) or self._certificate_ends
        try:
            body = await self._body(response, ask, deadline)
        finally:
            response.release()  # a connection with an unread rest is closed, not kept
        return self._answer(response, ask.path, body, started)

    async def _call(self, ask: _Ask, limit: aiohttp.ClientTimeout) -> aiohttp.ClientResponse:
        headers = {"Accept": ask.accept, "Accept-Encoding": "identity"}
        if self._credential is not None:
            headers["Authorization"] = self._credential.header()
        request = await self._api.param_serialize(
            "GET", ask.path, query_params=list(ask.query), header_params=headers, auth_settings=[]
        )
        response: aiohttp.ClientResponse = (await self._api.call_api(*request, _request_timeout=limit)).response
        return response

    async def _streaming(
        self, path: str, query: Sequence[tuple[str, str]], idle: float, accept: str
    ) -> aiohttp.ClientResponse:
        import aiohttp

        limit = aiohttp.ClientTimeout(total=None, sock_connect=self._limits.connect, sock_read=idle)
        ask = _Ask(path, tuple(query), accept, 0, 0.0)
        try:
            return await self._call(ask, limit)
        except TimeoutError:
            raise timed_out(self.host, "answer to a stream", idle) from None
        except aiohttp.ClientError as error:
            raise self._failure(error) from None

    async def _chunks(self, response: aiohttp.ClientResponse, idle: float) -> AsyncIterator[bytes]:
        import aiohttp

        try:
            async for data in response.content.iter_any():
                yield data
        except TimeoutError:
            raise timed_out(self.host, "word on a stream", idle) from None
        except aiohttp.ClientError as error:
            raise self._failure(error) from None

    async def _body(self, response: aiohttp.ClientResponse, ask: _Ask, deadline: float) -> bytes:
        import aiohttp

        body = CappedBody(self.host, response.headers, ask.cap, deadline, ask.total)
        try:
            return await body.read(response.content.iter_any())
        except (aiohttp.ClientPayloadError, aiohttp.ClientOSError):
            raise broken_off(self.host, body.size, body.told) from None

    def _answer(self, response: aiohttp.ClientResponse, path: str, body: bytes, started: Moment) -> Answer:
        status, headers, now = response.status, response.headers.items(), self._clock.now()
        return Answer.of(status, headers, body, host=self.host, path=path, asked=started, read_at=now)

    def _record(self, path: str, started: Moment, answer: Answer | None) -> None:
        record(
            Exchange(
                method="GET",
                host=self.host,
                path=path,
                started=started.steady,
                finished=self._clock.now().steady,
                status=None if answer is None else answer.status,
                bytes=0 if answer is None else len(answer.body),
                skew=None if answer is None else answer.skew,
                certificate_ends=None if answer is None else self._certificate_ends,
            )
        )

    def _failure(self, error: aiohttp.ClientError) -> ReadFailure:
        """aiohttp's exceptions in our words; their own text may carry the URL and is not repeated."""
        import aiohttp

        if isinstance(error, aiohttp.ConnectionTimeoutError):
            return timed_out(self.host, "connection", self._limits.connect)
        if isinstance(error, aiohttp.ServerTimeoutError):
            return timed_out(self.host, "answer", self._limits.read)
        if isinstance(error, aiohttp.ServerDisconnectedError):
            return closed_unanswered(urlsplit(self.server).scheme, self.host)
        if isinstance(error, aiohttp.ClientHttpProxyError):
            return ReadFailure(Outcome.UNREACHABLE, f"{error.status}: the proxy does not connect to it: {self.host}")
        if isinstance(error, aiohttp.ClientConnectionError):
            proxy = self._api.configuration.proxy if isinstance(error, aiohttp.ClientProxyConnectionError) else None
            return connection_failure(error, self.host, f"certificate-authority in the kubeconfig of {self.key}", proxy)
        if isinstance(error, redirect_refused()):
            return ReadFailure(Outcome.ERROR, f"redirect refused: {self.host}")
        return ReadFailure(Outcome.INVALID, f"not understood as HTTP: {self.host}")


def _certificate_ends(response: aiohttp.ClientResponse) -> datetime | None:
    """`response.connection` is gone once a short body is here; its protocol has the transport for longer."""
    transport = getattr(response._protocol, "transport", None)
    return None if transport is None else certificate_ends(transport.get_extra_info("ssl_object"))
