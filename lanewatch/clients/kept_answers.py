"""Answers that a server names by ETag: asked for again with If-None-Match, a 304 says that they still hold."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

from lanewatch.clients.answers import Answer, ReadFailure
from lanewatch.rollout.facts import Outcome

KEPT_ANSWERS = 64
KEPT_BYTES = 256 << 10  # of one body: manifests and small files; 64 of them are 16 MiB

Header = tuple[str, str]


class KeptAnswers:
    """The newest answers with an ETag of one origin, by URL and media type."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Answer] = OrderedDict()

    def condition(self, method: str, url: str, accept: str) -> tuple[Header, ...]:
        """The header that makes a request conditional; none where nothing is known."""
        known = self._kept.get((url, accept)) if method == "GET" else None
        return () if known is None else (("If-None-Match", known.headers["etag"]),)

    def resolve(self, method: str, url: str, accept: str, answer: Answer) -> Answer:
        """The answer itself, or for a 304 the kept one as if it had been sent now.

        Raises ReadFailure `invalid` for a 304 to an unconditional request (fault H10): it confirms nothing.
        """
        key = (url, accept)
        if answer.status == 304:
            known = self._kept.get(key)
            if known is None:
                raise ReadFailure(Outcome.INVALID, f"304 to a first question: {answer.host}", status=304)
            return replace(known, read_at=answer.read_at, seconds=answer.seconds, skew=answer.skew)
        self._kept.pop(key, None)
        if method == "GET" and answer.status == 200 and "etag" in answer.headers and len(answer.body) <= KEPT_BYTES:
            self._kept[key] = answer
            while len(self._kept) > KEPT_ANSWERS:
                self._kept.popitem(last=False)
        return answer
