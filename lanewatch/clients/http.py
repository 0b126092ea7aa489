"""HTTP to one origin, read-only by construction. Only this module and `pool` import httpx.

httpx has no total deadline (python-libraries reference 2.1): bodies are streamed with the deadline checked between
chunks. A deadline or cancellation that cuts a request off retires its client, and the next request gets a new one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx

from lanewatch.clients.answers import Answer, ReadFailure, refuse_cached
from lanewatch.clients.body import CappedBody
from lanewatch.clients.certificate import certificate_ends
from lanewatch.clients.clock import Clock
from lanewatch.clients.credentials import Authorization, is_replaced
from lanewatch.clients.failures import broken_off, closed_unanswered, connection_failure, timed_out
from lanewatch.clients.kept_answers import KeptAnswers
from lanewatch.clients.limits import GRACE_SECONDS, JSON_CAP, Limits
from lanewatch.clients.locations import checked_base, redirect_target
from lanewatch.clients.meter import Exchange, record
from lanewatch.clients.overhearing import heard
from lanewatch.clients.patience import Patience
from lanewatch.clients.pool import Client, Lifecycle
from lanewatch.clients.read_only import USER_AGENT, refuse_mutation
from lanewatch.clients.trust import OwnCertificate, trust
from lanewatch.clients.way import Way
from lanewatch.rollout.facts import Moment, Outcome


@dataclass(frozen=True, slots=True)
class _Ask:
    """One request as it will leave."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    cap: int
    total: float


class Origin:
    """One base URL (scheme, host, port, leading path) and its credential.

    `ca_key` and `credential_key` are the connections keys named in reasons; what an `immutable` origin has, a cache may
    tell, for names are digests there. Raises ValueError for a base that is not http(s), has no host, or carries
    userinfo or a query.
    """

    def __init__(
        self,
        base: str,
        *,
        clock: Clock,
        authorization: Authorization | None = None,
        ca: Path | None = None,
        ca_key: str = "ca",
        credential_key: str = "token",
        trusted_hosts: frozenset[str] = frozenset(),
        immutable: bool = False,
        own: OwnCertificate | None = None,
        proxy: str | None = None,
        limits: Limits | None = None,
        way: Way | None = None,
    ) -> None:
        self.base = checked_base(base)
        self.host = self.base.netloc
        self.credential_key = credential_key
        self._clock = clock
        self._authorization = authorization
        self._ca = ca
        self._ca_key = ca_key
        self._own = own
        self._proxy = proxy
        self._way = way
        self._trusted_hosts = trusted_hosts
        self._immutable = immutable
        self._limits = limits or Limits()
        self._turn = asyncio.Semaphore(self._limits.concurrent)
        self._patience = Patience(clock)
        self._kept = KeptAnswers()
        self._client: Client | None = None

    async def get(
        self,
        path: str,
        query: Sequence[tuple[str, str]] = (),
        *,
        accept: str = "application/json",
        headers: Sequence[tuple[str, str]] = (),
        cap: int = JSON_CAP,
        total: float | None = None,
        method: str = "GET",
    ) -> Answer:
        """Ask for base + `path` (already percent-encoded) once; any status is an Answer, redirects included.

        A 401 re-reads the credential once and asks again if it changed. Raises ReadFailure for everything that is no
        complete HTTP answer within `cap` decoded bytes and `total` seconds.
        """
        url = f"{self.base.scheme}://{self.host}{self.base.path}{path}"
        if query:
            url += "?" + urlencode(query)
        known = self._kept.condition(method, url, accept)
        sent = None if self._authorization is None else self._authorization.header()
        answer = await self._authorized(url, accept, (*headers, *known), cap, total, method)
        if answer.status == 401 and self._authorization is not None and is_replaced(self._authorization, sent):
            answer = await self._authorized(url, accept, (*headers, *known), cap, total, method)
        if not self._immutable:
            refuse_cached(answer.headers, self.host)
        return self._kept.resolve(method, url, accept, answer)

    async def get_following(
        self,
        path: str,
        *,
        accept: str = "*/*",
        headers: Sequence[tuple[str, str]] = (),
        cap: int = JSON_CAP,
        total: float | None = None,
    ) -> Answer:
        """As `get`, and one redirect by hand: to this origin, or to a trusted host over https.

        The second hop carries no credential (a signed URL authorises itself). A Location on another host that
        continues the path asked for is the same server under a wrongly guessed name (Gitea reference 5): it is asked
        here. Raises ReadFailure `error` for any other target.
        """
        first = await self.get(path, accept=accept, headers=headers, cap=cap, total=total)
        if first.status not in (301, 302, 303, 307, 308):
            return first
        location = first.headers.get("location", "")
        target = redirect_target(self.base, path, location, self._trusted_hosts)
        return await self._send(self._ask("GET", target, (("Accept", accept),), cap, total))

    async def get_elsewhere(
        self, url: str, headers: Sequence[tuple[str, str]], *, cap: int = JSON_CAP, total: float | None = None
    ) -> Answer:
        """One GET of an absolute `url` with just these headers: for token realms, which the caller has judged."""
        return await self._send(self._ask("GET", url, tuple(headers), cap, total))

    async def close(self) -> None:
        """Close the connections. Requests under way fail."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _authorized(
        self,
        url: str,
        accept: str,
        extra: Sequence[tuple[str, str]],
        cap: int,
        total: float | None,
        method: str,
    ) -> Answer:
        headers = [("Accept", accept), *extra]
        value = None if self._authorization is None else self._authorization.header()
        if value is not None:
            headers.append(("Authorization", value))
        return await self._send(self._ask(method, url, tuple(headers), cap, total))

    def _ask(self, method: str, url: str, headers: tuple[tuple[str, str], ...], cap: int, total: float | None) -> _Ask:
        refuse_mutation(method)
        own = (("User-Agent", USER_AGENT), ("Accept-Encoding", "identity"))
        return _Ask(method, url, own + headers, cap, total or self._limits.total)

    async def _send(self, ask: _Ask) -> Answer:
        """The request within its deadline, waiting for a turn included."""
        deadline = asyncio.get_running_loop().time() + ask.total

        async def once() -> Answer:
            async with self._turn:
                return await self._attempts(ask, deadline)

        if self._way is not None:
            await self._way.open()
        try:
            async with asyncio.timeout_at(deadline + GRACE_SECONDS):
                return await self._patience.ask(once, self.host, deadline)
        except TimeoutError:
            raise timed_out(self.host, "complete answer", ask.total) from None
        except ReadFailure as failure:
            raise (failure if self._way is None else self._way.explained(failure)) from None

    async def _attempts(self, ask: _Ask, deadline: float) -> Answer:
        client = self._serving()
        reused = client.served > 0
        try:
            return await self._exchange(client, ask, deadline)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError) as error:
            if reused and _closed_before_answer(error):  # a kept connection died idle: once more (fault N11)
                return await self._translated(self._serving(), ask, deadline)
            raise self._failure(error, ask) from None
        except httpx.HTTPError as error:
            raise self._failure(error, ask) from None

    async def _translated(self, client: Client, ask: _Ask, deadline: float) -> Answer:
        try:
            return await self._exchange(client, ask, deadline)
        except httpx.HTTPError as error:
            failure = self._failure(error, ask)
            failure.again = False  # this was the second try
            raise failure from None

    async def _exchange(self, client: Client, ask: _Ask, deadline: float) -> Answer:
        started = self._clock.now()
        status: int | None = None
        answer: Answer | None = None
        ends: datetime | None = None
        try:
            async with client.use() as http, self._stream(http, ask, deadline) as response:
                status = response.status_code
                ends = certificate_ends(response.extensions["network_stream"].get_extra_info("ssl_object"))
                body = await self._body(response, ask, deadline)
                answer = heard(ask.url, self._answer(response, ask, body, started))
                return answer
        finally:
            self._record(ask, started, status, answer, ends)

    @asynccontextmanager
    async def _stream(self, http: httpx.AsyncClient, ask: _Ask, deadline: float) -> AsyncIterator[httpx.Response]:
        left = max(0.01, deadline - asyncio.get_running_loop().time())
        limits = httpx.Timeout(
            connect=min(self._limits.connect, left),
            read=min(self._limits.read, left),
            write=min(self._limits.connect, left),
            pool=min(2.0, left),
        )
        async with http.stream(
            ask.method, ask.url, headers=list(ask.headers), timeout=limits, auth=_NO_AUTH
        ) as response:
            yield response

    async def _body(self, response: httpx.Response, ask: _Ask, deadline: float) -> bytes:
        headers = response.headers
        if "content-length" in headers and "transfer-encoding" in headers:
            raise ReadFailure(Outcome.INVALID, f"ambiguous framing: {self.host}")
        body = CappedBody(self.host, {} if ask.method == "HEAD" else headers, ask.cap, deadline, ask.total)
        try:
            return await body.read(response.aiter_raw())
        except (httpx.ReadError, httpx.RemoteProtocolError):
            raise broken_off(self.host, body.size, body.told) from None

    def _answer(self, response: httpx.Response, ask: _Ask, body: bytes, started: Moment) -> Answer:
        status, headers = response.status_code, response.headers.multi_items()
        path, now = urlsplit(ask.url).path, self._clock.now()
        return Answer.of(status, headers, body, host=self.host, path=path, asked=started, read_at=now)

    def _record(
        self, ask: _Ask, started: Moment, status: int | None, answer: Answer | None, ends: datetime | None
    ) -> None:
        record(
            Exchange(
                method=ask.method,
                host=self.host,
                path=urlsplit(ask.url).path,
                started=started.steady,
                finished=self._clock.now().steady,
                status=status,
                bytes=0 if answer is None else len(answer.body),
                skew=None if answer is None else answer.skew,
                certificate_ends=ends,
            )
        )

    def _serving(self) -> Client:
        if self._client is None or self._client.life is not Lifecycle.SERVING:
            self._client = Client(trust(self._ca, self._own), self._limits, self._proxy)
        return self._client

    def _failure(self, error: httpx.HTTPError, ask: _Ask) -> ReadFailure:
        """httpx's exceptions in our words; their own text may carry the URL and is not repeated."""
        if isinstance(error, httpx.ConnectTimeout):
            return timed_out(self.host, "connection", min(self._limits.connect, ask.total))
        if isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout):
            return timed_out(self.host, "answer", min(self._limits.read, ask.total))
        if isinstance(error, httpx.PoolTimeout):
            return timed_out(self.host, "free connection", 2)
        if isinstance(error, httpx.ProxyError):
            return ReadFailure(Outcome.UNREACHABLE, f"the proxy does not connect to it: {self.host}")
        if isinstance(error, httpx.ConnectError):
            return connection_failure(error, self.host, self._ca_key, self._proxy)
        if _closed_before_answer(error):
            return closed_unanswered(self.base.scheme, self.host)
        if isinstance(error, httpx.NetworkError):
            return connection_failure(error, self.host, self._ca_key)
        return ReadFailure(Outcome.INVALID, f"not understood as HTTP: {self.host}")


class _NoAuth(httpx.Auth):
    """Without an explicit auth httpx would take userinfo from the URL or a .netrc."""


_NO_AUTH = _NoAuth()


def _closed_before_answer(error: httpx.HTTPError) -> bool:
    """httpcore says it only in words; a reset or end before the status line."""
    return isinstance(error, httpx.RemoteProtocolError) and "without sending a response" in str(error)
