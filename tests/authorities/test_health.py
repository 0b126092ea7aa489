"""The health path: what came back, not whether it is good."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from lanewatch.authorities.health import read_health
from lanewatch.clients.answers import Answer, ReadFailure
from lanewatch.rollout.facts import Outcome
from tests.clients.conftest import StillClock


class CannedProbe:
    locator = "GET http://service/health"

    def __init__(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self._answer = Answer(status, headers or {}, body, "service", "/health", StillClock().now(), 0.0, None, True)

    async def ask(self) -> Answer:
        if self._answer.status == 0:
            raise ReadFailure(Outcome.UNREACHABLE, "refused: service")
        return self._answer


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (200, b'{"status": "ok", "sourceCommit": "ABC"}', ("ok", "abc")),
        (503, b'{"status": "starting"}', ("starting", "")),
        (200, b"fine", ("", "")),
        (200, b"", ("", "")),
        (200, b'{"status": 7, "sourceCommit": ["a"]}', ("", "")),
        (302, b'["ok"]', ("", "")),
    ],
)
async def test_what_is_said(status: int, body: bytes, told: tuple[str, str]) -> None:
    health = await read_health(CannedProbe(status, body))
    assert (health.status, health.word, health.source_commit) == (status, *told)
    assert health.body == body.decode()


async def test_no_answer_is_status_zero_with_the_reason() -> None:
    health = await read_health(CannedProbe(0))
    assert (health.status, health.reason) == (0, "refused: service")


async def test_a_body_is_clean_and_short() -> None:
    health = await read_health(CannedProbe(500, b"\x1b[2Jpassword=hunter2hunter2 \xff" + b"x" * 100_000))
    assert len(health.body) <= 200
    assert health.body.isprintable()
    assert "hunter2" not in health.body
