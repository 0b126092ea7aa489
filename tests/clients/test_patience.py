"""What a host is asked, and when: waits that are obeyed, second tries on a budget, answers that are known by ETag."""

from __future__ import annotations

import contextlib

import pytest

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.http import Origin
from lanewatch.rollout.facts import Outcome
from tests.clients.conftest import MakeOrigin, StillClock
from tests.clients.scripted import Scripted, close_after, http, reset_after

GOOD = http(200, {"a": 1})


async def failure(origin: Origin, path: str = "/x") -> ReadFailure:
    with pytest.raises(ReadFailure) as caught:
        await origin.get(path)
    return caught.value


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (http(429, "no", "text/plain", Retry_After="7"), 7),
        (http(503, "no", "text/plain", Retry_After="7"), 7),
        (http(429, "no", "text/plain", Retry_After="Sun, 05 Jul 2026 14:00:09 GMT"), 9),
        (http(429, "no", "text/plain", Retry_After="86400"), 120),
        (http(429, "no", "text/plain", Retry_After="soon"), 1),
        (http(429, "no", "text/plain"), 1),
    ],
)
async def test_a_host_that_asks_to_wait_is_left_alone_for_so_long(
    server: Scripted, origin: MakeOrigin, clock: StillClock, said: bytes, seconds: int
) -> None:
    server.answers["/x"] = [said, GOOD]
    one = origin(server.url)
    assert (await one.get("/x")).status in (429, 503)
    clock.steady += seconds - 0.2  # longer than a read may sit out
    told = await failure(one, "/y")
    assert (told.outcome, len(server.asked)) == (Outcome.THROTTLED, 1)
    assert "throttled, next try at 14:" in told.reason
    clock.steady += 0.21 * seconds + 1.7
    assert (await one.get("/x")).status == 200


async def test_waits_grow_while_a_host_goes_on_refusing(
    server: Scripted, origin: MakeOrigin, clock: StillClock
) -> None:
    server.answers["/x"] = http(429, "no", "text/plain")
    one = origin(server.url)
    for asked in range(1, 300):
        await one.get("/x") if asked == 1 else await _tried(one)
        clock.steady += 1
    assert 10 <= len(server.asked) <= 26


async def _tried(origin: Origin) -> None:
    with contextlib.suppress(ReadFailure):
        await origin.get("/x")


@pytest.mark.parametrize(
    "said",
    [http(502, "bad gateway"), http(503, ""), http(504, ""), close_after(b""), reset_after(b"HTTP/1.1 200 OK\r\n")],
)
async def test_a_blip_is_met_with_a_second_try(server: Scripted, origin: MakeOrigin, said: bytes) -> None:
    server.answers["/x"] = [said, GOOD]
    assert (await origin(server.url).get("/x")).status == 200
    assert len(server.asked) == 2


@pytest.mark.parametrize("said", [http(500, "bug"), http(404, "no"), http(403, "no"), http(200, "<html>", "text/html")])
async def test_what_would_only_be_said_again_is_not_asked_again(
    server: Scripted, origin: MakeOrigin, said: bytes
) -> None:
    server.answers["/x"] = said
    await origin(server.url).get("/x")
    assert len(server.asked) == 1


async def test_in_an_outage_one_try_in_ten_is_a_second_one(server: Scripted, origin: MakeOrigin) -> None:
    server.answers["/good"], server.answers["/x"] = GOOD, http(502, "bad gateway")
    one = origin(server.url)
    for _ in range(100):
        await one.get("/good")
    del server.asked[:]
    for _ in range(100):
        assert (await one.get("/x")).status == 502
    assert 100 < len(server.asked) <= 112


async def test_an_answer_with_an_etag_is_asked_for_only_if_it_changed(
    server: Scripted, origin: MakeOrigin, clock: StillClock
) -> None:
    server.answers["/x"] = [http(200, {"a": 1}, Etag='"v1"'), http(304), http(200, {"a": 2}, Etag='"v2"'), http(304)]
    one = origin(server.url)
    told = []
    for _ in range(4):
        clock.steady += 1
        answer = await one.get("/x")
        told.append((answer.status, await answer.json(), answer.read_at.steady))
    assert [status for status, _, _ in told] == [200] * 4
    assert [value for _, value, _ in told] == [{"a": 1}, {"a": 1}, {"a": 2}, {"a": 2}]
    assert [at for _, _, at in told] == [1001.0, 1002.0, 1003.0, 1004.0]
    assert [asked.headers.get("if-none-match") for asked in server.asked] == [None, '"v1"', '"v1"', '"v2"']


async def test_a_304_to_a_first_question_confirms_nothing(server: Scripted, origin: MakeOrigin) -> None:
    server.answers["/x"] = http(304)
    told = await failure(origin(server.url))
    assert (told.outcome, told.reason) == (Outcome.INVALID, f"304 to a first question: {server.host}")
