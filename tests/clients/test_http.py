"""HTTP over real sockets: every way of not answering has its outcome and reason, and no read can change anything."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
import zlib

import pytest

from lanewatch.clients import answers
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.http import Origin
from lanewatch.clients.limits import Limits
from lanewatch.clients.meter import metering
from lanewatch.clients.pool import Lifecycle, ReadOnlyTransport
from lanewatch.clients.read_only import MutationRefused
from lanewatch.clients.strict_json import Json, parse_json
from lanewatch.rollout.facts import Outcome
from tests.clients.conftest import MakeOrigin, StillClock
from tests.clients.scripted import Scripted, close_after, drip, http, reset_after, serving, silent


class Rotating:
    """An authorization whose source changes when it is read again."""

    def __init__(self, *values: str) -> None:
        self.values = list(values)

    def header(self) -> str:
        return f"token {self.values[0]}"

    def reload(self) -> bool:
        if len(self.values) == 1:
            return False
        del self.values[0]
        return True


async def failure(origin: Origin, path: str = "/x", **settings: int) -> ReadFailure:
    async def read() -> None:
        await (await origin.get(path, **settings)).json()

    with pytest.raises(ReadFailure) as caught:
        await read()
    assert "\n" not in caught.value.reason
    return caught.value


async def test_an_answer_holds_status_headers_body_and_skew(
    server: Scripted, origin: MakeOrigin, clock: StillClock
) -> None:
    server.answers["/base/x"] = http(200, {"a": 1}, Date="Sun, 05 Jul 2026 14:00:05 GMT")
    answer = await origin(f"{server.url}/base").get("/x", [("q", "a b")])
    assert (answer.status, await answer.json(), answer.path) == (200, {"a": 1}, "/base/x")
    assert answer.host == server.host
    assert answer.skew is not None
    assert (answer.skew.low, answer.skew.high) == (5.0, 6.0)
    assert server.asked[0].target == "/base/x?q=a+b"
    assert server.asked[0].headers["accept-encoding"] == "identity"


async def test_a_date_from_a_cache_is_no_skew(server: Scripted, origin: MakeOrigin) -> None:
    server.answers["/x"] = http(200, {}, Date="Sun, 05 Jul 2026 14:00:05 GMT", Age="3")
    assert (await origin(server.url).get("/x")).skew is None


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_no_other_method_opens_a_socket(server: Scripted, origin: MakeOrigin, method: str) -> None:
    with pytest.raises(MutationRefused):
        await origin(server.url).get("/x", method=method)
    assert server.connections == 0


async def test_the_transport_itself_refuses_to_mutate(server: Scripted, origin: MakeOrigin) -> None:
    server.answers["/x"] = http(200, {})
    one = origin(server.url)
    await one.get("/x")
    client = one._client
    assert client is not None
    with pytest.raises(MutationRefused):
        await client.http.post(f"{server.url}/x")
    assert [asked.method for asked in server.asked] == ["GET"]


@pytest.mark.parametrize(
    ("said", "outcome", "reason"),
    [
        (http(200, "<html>log in</html>", "text/html"), Outcome.INVALID, "HTML where JSON expected"),
        (http(200, "  <!doctype html>"), Outcome.INVALID, "HTML where JSON expected"),
        (http(200, ""), Outcome.INVALID, "empty body"),
        (http(200, '{"a": {"b": 1'), Outcome.INVALID, "cut off?"),
        (http(200, '{"phase":"Failed","phase":"Succeeded"}'), Outcome.INVALID, 'duplicate key "phase"'),
        (http(200, '{"a": NaN}'), Outcome.INVALID, "NaN"),
        (http(200, '{"a": 1e999}'), Outcome.INVALID, "out of range"),
        (http(200, "[" * 100_000), Outcome.INVALID, "nested"),
        (http(200, '{"a": ' + "1" * 5000 + "}"), Outcome.INVALID, "digits"),
        (close_after(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"a":1'), Outcome.ERROR, "6 of 1000 B"),
        (reset_after(b""), Outcome.UNREACHABLE, ""),
        (close_after(b""), Outcome.UNREACHABLE, "is this https?"),
        (b"\x15\x03\x01\x00\x02\x02\x46\r\n\r\n", Outcome.INVALID, "not understood as HTTP"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            Outcome.INVALID,
            "ambiguous framing",
        ),
        (http(200, b"xx", Content_Encoding="br"), Outcome.INVALID, "not asked for"),
        (http(200, b"xx", Content_Encoding="gzip"), Outcome.INVALID, "broken compressed"),
        (http(200, gzip.compress(b"{}" * 999)[:-9], Content_Encoding="gzip"), Outcome.INVALID, "cut off"),
    ],
)
async def test_bad_answers(server: Scripted, origin: MakeOrigin, said: bytes, outcome: Outcome, reason: str) -> None:
    server.answers["/x"] = said
    told = await failure(origin(server.url))
    assert told.outcome is outcome
    assert reason in told.reason
    assert server.host in told.reason


async def test_json_under_another_content_type_is_good(server: Scripted, origin: MakeOrigin) -> None:
    server.answers["/x"] = http(200, {"a": 1}, "text/plain")
    assert await (await origin(server.url).get("/x")).json() == {"a": 1}


@pytest.mark.parametrize(("count", "apart"), [(1, False), (12_000, True)])
async def test_json_over_a_megabyte_is_read_in_a_thread_with_the_same_rules(
    server: Scripted, origin: MakeOrigin, monkeypatch: pytest.MonkeyPatch, count: int, apart: bool
) -> None:
    body = json.dumps({"items": ["x" * 100] * count})[:-1] + ', "a": 1, "a": 2}'
    assert (len(body) > 1 << 20) is apart
    threads: list[int] = []

    def noting(data: bytes) -> Json:
        threads.append(threading.get_ident())
        return parse_json(data)

    monkeypatch.setattr(answers, "parse_json", noting)
    server.answers["/x"] = http(200, body)
    assert 'duplicate key "a"' in (await failure(origin(server.url, Limits(total=5.0)))).reason
    assert [thread != threading.get_ident() for thread in threads] == [apart]


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_over_its_cap_is_invalid(server: Scripted, origin: MakeOrigin, declared: bool) -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"400\r\n" + b"x" * 1024 + b"\r\n"
    server.answers["/x"] = http(200, "x" * 2000) if declared else chunked + b"400\r\n" + b"x" * 1024 + b"\r\n0\r\n\r\n"
    told = await failure(origin(server.url), cap=1500)
    assert (told.outcome, told.reason) == (Outcome.INVALID, f"body over 1500 B: {server.host}")


async def test_a_compressed_bomb_is_stopped_at_the_cap(server: Scripted, origin: MakeOrigin) -> None:
    packer = zlib.compressobj(wbits=31)
    bomb = b"".join([*(packer.compress(b"0" * (1 << 20)) for _ in range(64)), packer.flush()])
    server.answers["/x"] = http(200, bomb, Content_Encoding="gzip")
    told = await failure(origin(server.url, Limits(total=5.0)), cap=1 << 20)
    assert told.reason == f"body over 1 MiB: {server.host}"


async def test_a_proxy_that_compresses_is_understood(server: Scripted, origin: MakeOrigin) -> None:
    server.answers["/x"] = http(200, gzip.compress(b'{"a": 1}'), Content_Encoding="gzip")
    assert await (await origin(server.url).get("/x")).json() == {"a": 1}


async def test_refused(origin: MakeOrigin) -> None:
    async with serving() as gone:
        url, host = gone.url, gone.host
    told = await failure(origin(url))
    assert (told.outcome, told.reason) == (Outcome.UNREACHABLE, f"refused: {host}")


async def test_name_not_found(origin: MakeOrigin) -> None:
    told = await failure(origin("http://x.invalid:3000", Limits()))
    assert (told.outcome, told.reason) == (Outcome.UNREACHABLE, "name not found: x.invalid:3000")


async def test_silence_is_a_timeout_and_costs_no_client(server: Scripted, origin: MakeOrigin) -> None:
    server.answers["/x"] = silent(asyncio.Event())
    server.answers["/y"] = http(200, {})
    one = origin(server.url)
    told = await failure(one)
    assert told.outcome is Outcome.TIMEOUT
    assert "within 0.3 s" in told.reason
    assert (await one.get("/y")).status == 200


async def test_a_dripping_body_ends_at_the_deadline(server: Scripted, origin: MakeOrigin) -> None:
    server.answers["/x"] = drip(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + b" " * 400, 0.005)
    loop = asyncio.get_running_loop()
    started = loop.time()
    told = await failure(origin(server.url, Limits(read=0.2, total=0.4)))
    assert (told.outcome, told.reason) == (Outcome.TIMEOUT, f"no complete body within 0.4 s: {server.host}")
    assert loop.time() - started < 1.0


async def test_dripping_headers_end_too_and_retire_the_client(server: Scripted, origin: MakeOrigin) -> None:
    server.answers["/x"] = drip(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 500, 0.005)
    server.answers["/y"] = http(200, {})
    one = origin(server.url, Limits(read=0.2, total=0.1))
    told = await failure(one)
    assert (told.outcome, told.reason) == (Outcome.TIMEOUT, f"no complete answer within 0.1 s: {server.host}")
    cut = one._client
    assert cut is not None
    assert cut.life is Lifecycle.CLOSED
    assert (await one.get("/y", total=2.0)).status == 200
    assert one._client is not cut


async def test_after_many_cancellations_requests_still_succeed(server: Scripted, origin: MakeOrigin) -> None:
    """The pool of a client that lives on after cancellations fills with dead connections (python-libraries 2.1)."""
    server.answers["/slow"] = silent(asyncio.Event())
    server.answers["/y"] = http(200, {})
    one = origin(server.url, Limits(concurrent=2, total=5.0))
    for turns in range(60):  # cut off at every step of connecting and asking
        tasks = [asyncio.create_task(one.get("/slow")) for _ in range(6)]
        for _ in range(turns):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    answers = await asyncio.gather(*(one.get("/y") for _ in range(20)))
    assert {answer.status for answer in answers} == {200}
    assert one._client is not None
    transport = one._client.http._transport
    assert isinstance(transport, ReadOnlyTransport)
    assert len(transport._pool.connections) <= 2  # no dead ones are left behind


async def test_a_cancelled_request_retires_its_client(server: Scripted, origin: MakeOrigin) -> None:
    server.answers["/slow"] = silent(asyncio.Event())
    one = origin(server.url, Limits(total=5.0))
    task = asyncio.create_task(one.get("/slow"))
    await server.heard(1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert one._client is not None
    assert one._client.life is Lifecycle.CLOSED


async def test_at_most_half_the_pool_is_in_use(server: Scripted, origin: MakeOrigin) -> None:
    release = asyncio.Event()
    server.answers["/slow"] = silent(release)
    one = origin(server.url, Limits(concurrent=3, read=1.0, total=1.0))
    tasks = [asyncio.create_task(one.get("/slow")) for _ in range(9)]
    await server.heard(3)
    for _ in range(50):
        await asyncio.sleep(0)  # time enough for a fourth
    assert len(server.asked) == 3
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_kept_connection_that_died_is_tried_once_more(server: Scripted, origin: MakeOrigin) -> None:
    server.answers["/x"] = http(200, {})
    server.answers["/y"] = [close_after(b""), http(200, {"second": True})]
    one = origin(server.url)
    await one.get("/x")
    assert await (await one.get("/y")).json() == {"second": True}
    assert server.paths() == ["/x", "/y", "/y"]


async def test_401_reads_the_credential_again_once(server: Scripted, origin: MakeOrigin) -> None:
    server.answers["/x"] = [http(401, {}), http(200, {"ok": True})]
    answer = await origin(server.url, authorization=Rotating("old", "new")).get("/x")
    assert answer.status == 200
    assert [asked.headers["authorization"] for asked in server.asked] == ["token old", "token new"]


async def test_401_with_an_unchanged_credential_is_not_repeated(server: Scripted, origin: MakeOrigin) -> None:
    server.answers["/x"] = http(401, {})
    assert (await origin(server.url, authorization=Rotating("same")).get("/x")).status == 401
    assert len(server.asked) == 1


async def test_a_redirect_is_an_answer_and_not_followed(server: Scripted, origin: MakeOrigin) -> None:
    server.answers["/x"] = http(302, "", Location="/y")
    assert (await origin(server.url).get("/x")).status == 302
    assert server.paths() == ["/x"]


async def test_the_second_hop_carries_no_token(server: Scripted, origin: MakeOrigin) -> None:
    server.answers["/x/zip"] = http(302, "", Location="http://wrong.example:1/x/zip/raw?sig=s")
    server.answers["/x/zip/raw"] = http(200, b"PK", "application/zip")
    answer = await origin(server.url, authorization=Rotating("t")).get_following("/x/zip")
    assert answer.body == b"PK"
    assert server.asked[1].target == "/x/zip/raw?sig=s"
    assert "authorization" in server.asked[0].headers
    assert "authorization" not in server.asked[1].headers


@pytest.mark.parametrize(
    "location", ["http://other.example/stolen", "//other.example/y", "", "ftp://x/y", "https://o.example/y"]
)
async def test_a_redirect_to_another_origin_is_refused(server: Scripted, origin: MakeOrigin, location: str) -> None:
    server.answers["/x"] = http(302, "", Location=location)
    with pytest.raises(ReadFailure) as caught:
        await origin(server.url).get_following("/x")
    assert caught.value.outcome is Outcome.ERROR
    assert "redirect to other origin refused" in caught.value.reason


async def test_a_redirect_loop_ends_after_one_hop(server: Scripted, origin: MakeOrigin) -> None:
    server.answers["/x"] = http(302, "", Location="/x")
    assert (await origin(server.url).get_following("/x")).status == 302
    assert len(server.asked) == 2


async def test_every_exchange_is_counted_also_the_failed(server: Scripted, origin: MakeOrigin) -> None:
    server.answers["/x"] = http(200, {"a": 1})
    server.answers["/bad"] = close_after(b"")
    one = origin(server.url)
    with metering() as outer:
        with metering() as meter:
            await one.get("/x")
        assert (meter.cost().requests, meter.cost().bytes, meter.host()) == (1, 8, server.host)
        with metering() as failed:
            await failure(one, "/bad")
        assert failed.cost().requests == 2  # the kept connection could have died: asked once more
    assert [exchange.path for exchange in outer.exchanges] == ["/x", "/bad", "/bad"]


async def test_environment_proxies_are_not_used(
    server: Scripted, origin: MakeOrigin, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.answers["/x"] = http(200, {})
    assert (await origin(server.url).get("/x")).status == 200


@pytest.mark.parametrize(
    "base", ["ftp://host", "host:3000", "http://", "http://user:secret@host", "http://host/?token=secret"]
)
def test_a_base_that_is_no_base_is_refused_without_printing_it(base: str, clock: StillClock) -> None:
    with pytest.raises(ValueError, match="a base URL") as caught:
        Origin(base, clock=clock)
    assert "secret" not in str(caught.value)
