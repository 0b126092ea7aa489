"""Each way of not answering, as a ReadFailure: operating-system, TLS and HTTP-status causes of both clients.

The httpx and aiohttp modules name only their own exception classes; what lies underneath is the same and is told here.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from lanewatch.clients.answers import Answer, ReadFailure
from lanewatch.clients.skew import retry_after_seconds
from lanewatch.clients.sockets import LOOKUP_SECONDS
from lanewatch.clients.trust import certificate_reason
from lanewatch.rollout.facts import Outcome

_ERRNO_WORDS = {errno.ECONNREFUSED: "refused", errno.ECONNRESET: "connection reset", errno.EPIPE: "connection reset"}


def connection_failure(error: BaseException, host: str, ca_key: str, proxy: str | None = None) -> ReadFailure:
    """Why no connection to `host` came about, from the causes under a client library's exception.

    `proxy`: the address that was connected to in its place; its user and password are not repeated.
    """
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLError) and type(cause).__module__ == "ssl":  # aiohttp's own subclasses tell nothing
            return ReadFailure(Outcome.UNREACHABLE, f"{certificate_reason(cause, ca_key)}: {host}")
    if proxy:
        return ReadFailure(
            Outcome.UNREACHABLE, f"its proxy {urlsplit(proxy).netloc.rpartition('@')[2]} does not answer: {host}"
        )
    names = [cause.errno for cause in causes if isinstance(cause, socket.gaierror)]
    if socket.EAI_AGAIN in names:
        return ReadFailure(Outcome.UNREACHABLE, f"no DNS answer within {LOOKUP_SECONDS:g} s: {host}")
    if names:
        return ReadFailure(Outcome.UNREACHABLE, f"name not found: {host}")
    number = next((cause.errno for cause in causes if isinstance(cause, OSError) and cause.errno is not None), None)
    if number is None:
        return ReadFailure(Outcome.UNREACHABLE, f"cannot connect: {host}")
    words = _ERRNO_WORDS.get(number) or os.strerror(number).lower()
    return ReadFailure(Outcome.UNREACHABLE, f"{words}: {host}", again=number in _ERRNO_WORDS)


def closed_unanswered(scheme: str, host: str) -> ReadFailure:
    """Closed instead of a first line: often the other protocol, or a TLS 1.3 server that misses our certificate."""
    hint = "is this https?" if scheme == "http" else "is this http? does it ask for a client certificate?"
    return ReadFailure(Outcome.UNREACHABLE, f"server closed without an answer ({hint}): {host}", again=True)


def broken_off(host: str, have: int, wanted: str | None) -> ReadFailure:
    """The connection ended inside the body: what came is not used (fault N05)."""
    of = f" of {wanted}" if wanted is not None and wanted.isdigit() else ""
    return ReadFailure(Outcome.ERROR, f"connection lost after {have}{of} B: {host}", again=True)


def timed_out(host: str, phase: str, seconds: float) -> ReadFailure:
    """`phase` is "connect", "answer", "body", "free connection"."""
    return ReadFailure(Outcome.TIMEOUT, f"no {phase} within {seconds:g} s: {host}")


def refuse_status(answer: Answer, *, denied: str, absent: str, token_key: str) -> None:
    """Raise the ReadFailure that a status outside 2xx stands for; return on 2xx.

    `denied` and `absent` say what 403 and 404 mean at this path; `token_key` is the connections key of the
    credential ("gitea.token"). The server's own words are not repeated: they may quote the token's scope.
    """
    status = answer.status
    if 200 <= status < 300:
        return
    told = {
        401: (Outcome.DENIED, f"401: token not accepted ({token_key})"),
        403: (Outcome.DENIED, f"403: {denied}"),
        404: (Outcome.ABSENT, f"404: {absent}"),
        410: (Outcome.ABSENT, f"410: {absent}"),
    }
    if status in told:
        outcome, reason = told[status]
        raise ReadFailure(outcome, f"{reason}: {answer.host}", status=status)
    raise _server_failure(answer)


def _server_failure(answer: Answer) -> ReadFailure:
    status, host = answer.status, answer.host
    retry_after = retry_after_seconds(answer.headers.get("retry-after"), answer.read_at)
    if status == 429 or (status == 503 and retry_after is not None):
        again = "" if retry_after is None else f", asks to wait {min(retry_after, 120):.0f} s"
        return ReadFailure(
            Outcome.THROTTLED, f"{status}: throttled{again}: {host}", status=status, retry_after=retry_after
        )
    if status >= 500:
        return ReadFailure(Outcome.ERROR, f"{status}: server failed: {host}", status=status)
    if 300 <= status < 400:
        return ReadFailure(Outcome.INVALID, f"{status}: unexpected redirect: {host}", status=status)
    return ReadFailure(Outcome.ERROR, f"{status}: request refused: {host}", status=status)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and everything under it, deepest last; several addresses of one name fail as a group."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        cause = waiting.pop(0)
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += cause.exceptions if isinstance(cause, BaseExceptionGroup) else []
        waiting += [cause.__cause__, cause.__context__]
        waiting += [arg for arg in cause.args if isinstance(arg, BaseException)]
