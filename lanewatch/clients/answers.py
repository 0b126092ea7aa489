"""What one request gave: an Answer, or a ReadFailure with an outcome and a reason that a person can act on.

Both clients (httpx and aiohttp) end here, so that no authority ever sees a library's exception.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lanewatch.clients.skew import skew_of
from lanewatch.clients.strict_json import Json, JsonError, parse_json
from lanewatch.rollout.facts import Moment, Outcome, Skew
from lanewatch.text import clean

REASON_LIMIT = 240  # characters: one line of a wide terminal, more is a log
THREADED_PARSE_BYTES = 1 << 20  # 5 MB of JSON hold the loop 65-140 ms (fault J01)
RETRY_AFTER_LIMIT = 120.0  # seconds: a day-long Retry-After is not obeyed blindly (fault H04)

CACHED_SECONDS = 10  # an answer older than a poll is none about now


class ReadFailure(Exception):
    """One read did not give its answer.

    `outcome` is any of facts.Outcome but `ok`; `reason` is one clean line: host, what, what to do. It never carries a
    token, a query string or a URL. `status` is the HTTP status if there was one, `retry_after` seconds if told;
    `again`: a second try may not meet it (a connection that was refused or reset).
    """

    def __init__(
        self,
        outcome: Outcome,
        reason: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        again: bool = False,
    ) -> None:
        self.outcome = outcome
        self.reason = clean(reason)[:REASON_LIMIT]
        self.status = status
        self.again = again
        self.retry_after = None if retry_after is None else min(max(retry_after, 0.0), RETRY_AFTER_LIMIT)
        super().__init__(f"{outcome}: {self.reason}")


def refuse_cached(headers: Mapping[str, str], host: str) -> None:
    """Raise ReadFailure `error` for an answer that a cache has kept: it says how things were (fault H16)."""
    age = headers.get("age", "").strip()
    if age.isascii() and age.isdigit() and int(age[:9]) > CACHED_SECONDS:
        raise ReadFailure(Outcome.ERROR, f"a cache answered, {int(age[:9])} s old: {host}")


def is_proven_whole(headers: Mapping[str, str]) -> bool:
    """Whether a body's end proves that all of it came; without length or chunks an end proves nothing (fault N10)."""
    return "content-length" in headers or "transfer-encoding" in headers


@dataclass(frozen=True, slots=True)
class Answer:
    """One complete HTTP answer within its caps."""

    status: int
    headers: Mapping[str, str]  # lower-case names; of repeated headers the last
    body: bytes  # decoded
    host: str  # host:port, as configured
    path: str  # without query
    read_at: Moment  # when the last byte was here
    seconds: float  # from asking to the last byte
    skew: Skew | None  # None without a Date that can be believed
    proven_whole: bool  # False where neither length nor chunks proved that the body is complete (fault N10)

    @classmethod
    def of(
        cls,
        status: int,
        headers: Iterable[tuple[str, str]],
        body: bytes,
        *,
        host: str,
        path: str,
        asked: Moment,
        read_at: Moment,
    ) -> Answer:
        """What came of a request of `asked`, its last byte at `read_at`."""
        lower = {name.lower(): value for name, value in headers}
        return cls(
            status=status,
            headers=lower,
            body=body,
            host=host,
            path=path,
            read_at=read_at,
            seconds=read_at.steady - asked.steady,
            skew=skew_of(lower, asked, read_at),
            proven_whole=is_proven_whole(lower),
        )

    @property
    def is_web_page(self) -> bool:
        """Whether the body begins as one, whatever it is said to be: no JSON does, and no archive."""
        return self.body.lstrip()[:1] == b"<"

    async def json(self) -> Json:
        """The body as strict JSON. Raises ReadFailure `invalid`, naming what is wrong with it."""
        self._refuse_non_json()
        try:
            if len(self.body) > THREADED_PARSE_BYTES:
                return await asyncio.to_thread(parse_json, self.body)
            return parse_json(self.body)
        except JsonError as error:
            raise ReadFailure(Outcome.INVALID, f"{self.host}: {error}", status=self.status) from None

    async def json_object(self) -> dict[str, Json]:
        """The body as one JSON object. Raises ReadFailure `invalid`."""
        value = await self.json()
        if not isinstance(value, dict):
            reason = f"{self.host}: $: expected an object, got {type(value).__name__}"
            raise ReadFailure(Outcome.INVALID, reason, status=self.status)
        return value

    def _refuse_non_json(self) -> None:
        if not self.body.strip():
            raise ReadFailure(Outcome.INVALID, f"{self.host}: empty body where JSON expected", status=self.status)
        html = "html" in self.headers.get("content-type", "").lower()
        if html or self.is_web_page:
            raise ReadFailure(
                Outcome.INVALID, f"{self.host}: HTML where JSON expected (login page?)", status=self.status
            )
