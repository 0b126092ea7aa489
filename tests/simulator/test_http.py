"""The HTTP core: framing, caps, keep-alive, streams that end with their client, the log, the seam for faults."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from lanewatch.simulator.content import content_response
from lanewatch.simulator.dated import Dated
from lanewatch.simulator.http import (
    ConnectionDropped,
    Exchange,
    Logged,
    Request,
    RequestLog,
    Response,
    send,
    text_response,
)
from lanewatch.simulator.http_wire import BODY_BYTES, HEAD_BYTES
from tests.simulator.small_world import Steady, raw_exchange, serving


async def echo(request: Request) -> Response:
    """Says what it understood."""
    said = f"{request.method} {request.path} {request.raw_path} {list(request.query)} {request.body!r}"
    return text_response(said, 200)


async def test_a_request_is_decoded_and_answered_with_length_and_world_date() -> None:
    async with serving(echo, Steady(65.0)) as server, httpx.AsyncClient() as client:
        answer = await client.get(server.url + "/a%20b%2Fc?x=1&x=&y=%C3%A9")
    assert answer.text == "GET /a b/c /a%20b%2Fc [('x', '1'), ('x', ''), ('y', 'é')] b''"
    assert answer.headers["date"] == "Sun, 05 Jul 2026 14:01:05 GMT"
    assert int(answer.headers["content-length"]) == len(answer.content)


async def test_one_connection_carries_many_requests_and_pipelined_ones() -> None:
    async with serving(echo) as server:
        one = b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
        two = b"POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
        last = b"GET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        answer = await raw_exchange(server, one + two + last)
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert b"POST /2 /2 [] b'abc'" in answer
    assert answer.count(b"Connection: close") == 1


async def test_a_chunked_body_with_extension_and_trailer_is_read_whole() -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    async with serving(echo) as server:
        answer = await raw_exchange(server, head + b"3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: t\r\n\r\n")
    assert answer.endswith(b"b'abcde'")


async def test_head_has_the_length_and_no_body() -> None:
    async with serving(echo) as server:
        answer = await raw_exchange(server, b"HEAD /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b"Content-Length: 17" in answer
    assert answer.endswith(b"\r\n\r\n")


async def test_http_1_0_closes_by_default() -> None:
    async with serving(echo) as server:
        answer = await raw_exchange(server, b"GET /x HTTP/1.0\r\n\r\nGET /y HTTP/1.0\r\n\r\n")
    assert answer.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET x HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nBad Name: y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (BODY_BYTES + 1), 413),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * (HEAD_BYTES + 1), 431),
    ],
)
async def test_what_is_no_request_is_refused_and_logged(sent: bytes, status: int) -> None:
    record = RequestLog()
    async with serving(echo, record=record, name="lane") as server:
        answer = await raw_exchange(server, sent)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert [(one.server, one.method, one.status) for one in record.entries] == [("lane", "-", status)]


async def test_a_tls_hello_is_refused_while_its_client_waits() -> None:
    async with serving(echo) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"\x16\x03\x01\x02\x00\x01")
        assert (await asyncio.wait_for(reader.read(), 30)).startswith(b"HTTP/1.1 400 ")
        writer.close()
        await writer.wait_closed()


async def test_a_connection_without_a_request_is_no_request() -> None:
    record = RequestLog()
    async with serving(echo, record=record) as server:
        assert await raw_exchange(server, b"") == b""
    assert record.entries == ()


async def test_the_log_numbers_requests_by_arrival_and_keeps_what_they_got() -> None:
    async def answer(request: Request) -> Response:
        return text_response("", 404 if request.path == "/no" else 200)

    record = RequestLog()
    async with serving(answer, record=record, name="gitea") as server, httpx.AsyncClient() as client:
        await client.get(server.url + "/yes?page=2")
        await client.delete(server.url + "/no")
    assert record.entries == (
        Logged(0, "gitea", "GET", "/yes", (("page", "2"),), 200),
        Logged(1, "gitea", "DELETE", "/no", (), 404),
    )


async def test_a_failing_handler_is_a_500_and_the_connection_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    async def answer(request: Request) -> Response:
        raise RuntimeError("broken world")

    async with serving(answer) as server, httpx.AsyncClient() as client:
        assert [(await client.get(server.url)).status_code for _ in range(2)] == [500, 500]
    assert "broken world" in caplog.text


async def test_a_dropped_connection_has_no_byte_and_is_logged_unanswered() -> None:
    async def answer(request: Request) -> Response:
        raise ConnectionDropped

    record = RequestLog()
    async with serving(answer, record=record) as server, httpx.AsyncClient() as client:
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            await client.get(server.url)
    assert [one.status for one in record.entries] == [0]


async def test_a_header_that_would_break_out_of_its_line_never_leaves(caplog: pytest.LogCaptureFixture) -> None:
    async def answer(request: Request) -> Response:
        return Response(200, b"", (("X", "a\r\nSet-Cookie: b"),))

    async with serving(answer) as server:
        assert await raw_exchange(server, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") == b""
    assert "control character" in caplog.text


class Stream:
    """A body that goes on until it is closed, and says so."""

    def __init__(self) -> None:
        self.more = asyncio.Event()
        self.closed = asyncio.Event()

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            yield b"first"
            await self.more.wait()
            yield b"last"
        finally:
            self.closed.set()

    async def answer(self, request: Request) -> Response:
        return Response(200, self.chunks())


async def test_a_stream_is_chunked_arrives_as_it_is_made_and_the_connection_goes_on() -> None:
    stream = Stream()
    async with serving(stream.answer) as server, httpx.AsyncClient() as client:
        for _ in range(2):
            stream.more.clear()
            async with client.stream("GET", server.url) as answer:
                assert answer.headers["transfer-encoding"] == "chunked"
                parts = answer.aiter_raw()
                assert await anext(parts) == b"first"
                stream.more.set()
                assert await anext(parts) == b"last"
                assert [part async for part in parts] == []


async def test_a_stream_ends_when_its_client_goes() -> None:
    stream = Stream()
    async with serving(stream.answer) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"first\r\n")
        writer.transport.abort()
        await asyncio.wait_for(stream.closed.wait(), 5)


async def test_a_request_pipelined_behind_a_stream_is_answered_after_it() -> None:
    stream = Stream()
    stream.more.set()
    async with serving(stream.answer) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
        for _ in range(2):
            await reader.readuntil(b"4\r\nlast\r\n0\r\n\r\n")
        writer.close()
        await writer.wait_closed()


async def test_a_stream_to_http_1_0_ends_with_the_connection() -> None:
    stream = Stream()
    stream.more.set()
    async with serving(stream.answer) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    assert b"Transfer-Encoding" not in answer
    assert answer.endswith(b"\r\n\r\nfirstlast")


async def test_close_ends_streams_and_waiting_handlers_and_leaves_no_task() -> None:
    before = asyncio.all_tasks()
    stream, entered = Stream(), asyncio.Event()

    async def answer(request: Request) -> Response:
        if request.path == "/stream":
            return await stream.answer(request)
        entered.set()
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    async with serving(answer) as server:
        port = server.port
        connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        for path, (_, writer) in zip((b"/stream", b"/hang"), connections, strict=True):
            writer.write(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % path)
        await connections[0][0].readuntil(b"first")
        await entered.wait()
    assert stream.closed.is_set()
    assert asyncio.all_tasks() == before
    for _, writer in connections:
        writer.transport.abort()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
    await server.close()  # twice is fine
    with pytest.raises(RuntimeError):
        _ = server.port


async def test_the_delay_comes_before_every_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with serving(echo, delay=0.1) as server:
        monkeypatch.setattr("lanewatch.simulator.http.asyncio.sleep", sleep)
        await raw_exchange(server, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
        monkeypatch.undo()
    assert slept == [0.1, 0.1]


async def test_a_fault_can_be_laid_over_the_true_answer() -> None:
    async def cut(exchange: Exchange) -> None:
        if exchange.arrival.request.path == "/cut":
            exchange.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsix by")
            exchange.writer.close()
        else:
            await send(exchange)

    async with serving(echo, transmit=cut) as server, httpx.AsyncClient() as client:
        assert (await client.get(server.url + "/whole")).status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(server.url + "/cut")


@pytest.mark.parametrize(
    ("asked", "status", "body", "told"),
    [
        (None, 200, b"0123456789", None),
        ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
        ("bytes=4-5", 206, b"45", "bytes 4-5/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=10-", 416, b"invalid range: failed to overlap\n", "bytes */10"),
        ("bytes=5-4", 416, b"invalid range\n", "bytes */10"),
        ("bytes=x", 416, b"invalid range\n", "bytes */10"),
        ("bytes=0-1,3-4", 200, b"0123456789", None),
    ],
)
def test_ranges_are_cut_as_go_cuts_them(asked: str | None, status: int, body: bytes, told: str | None) -> None:
    headers = {} if asked is None else {"range": asked}
    answer = content_response(Request("GET", "/", "/", (), headers, b""), b"0123456789", ())
    assert (answer.status, answer.body, dict(answer.headers).get("Content-Range")) == (status, body, told)


def test_dated_values_hold_from_their_second_on() -> None:
    values = Dated([(5.0, "a", "late"), (1.0, "a", "early"), (5.0, "a", "later"), (9.0, "b", "b")])
    assert [values.get("a", at) for at in (0.9, 1.0, 4.9, 5.0)] == [None, "early", "early", "later"]
    assert values.past("a", 5.0) == ((1.0, "early"), (5.0, "late"), (5.0, "later"))
    assert list(values) == ["a", "b"]
    assert values.get("absent", 9.0) is None
