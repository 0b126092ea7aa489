"""What an answer says that it must not: JSON that is none, leaves that drifted, times that cannot be, versions that go
back. Every fault changes the true answer in one place.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lanewatch.simulator.faults import APPLICATION, PIPELINE_RUNS, PODS, Fault, Lay, Untouched
from lanewatch.simulator.faults_wire import body_of
from lanewatch.simulator.http import Exchange, send

Change = Callable[[Any], None]


def said(body: Callable[[bytes], bytes]) -> Lay:
    """The true answer with its body changed as bytes; a refusal has none to change."""

    async def lay(exchange: Exchange) -> None:
        before = body_of(exchange)
        if exchange.response.status != 200 or (after := body(before)) == before:
            raise Untouched
        await send(replace(exchange, response=replace(exchange.response, body=after)))

    return lay


def drifted(change: Change) -> Lay:
    """The true answer with its JSON changed in place."""

    def rewritten(body: bytes) -> bytes:
        value = json.loads(body)
        change(value)
        return body if value == json.loads(body) else json.dumps(value).encode()

    return said(rewritten)


def each(key: str, change: Change) -> Change:
    """`change` for every element of a list."""

    def every(value: Any) -> None:
        for item in value[key]:
            change(item)

    return every


def leaf(path: str, new: Any) -> Change:
    """Sets one leaf; `...` deletes it."""

    def change(item: Any) -> None:
        *parents, last = path.split(".")
        for step in parents:
            item = item.setdefault(step, {})
        if new is ...:
            item.pop(last, None)
        else:
            item[last] = new

    return change


def first_twice(body: bytes) -> bytes:
    """The whole object once more in front of itself: every top-level key appears twice."""
    return b"{" + body[1:-1] + b"," + body[1:]


def huge(body: bytes) -> bytes:
    """Over 50 MB of small items."""
    item = b'{"id":1,"name":"' + b"x" * 100 + b'"},'
    return b'{"workflow_runs":[' + item * (50_000_000 // len(item)) + b"{}]}"


def bare_surrogate(body: bytes) -> bytes:
    return b"\xef\xbb\xbf" + body.replace(b'"display_title":"', b'"display_title":"\\ud800 \xff', 1)


def recreated(value: Any) -> None:
    """Every object is another one under its old name."""
    for item in value["items"]:
        item["metadata"]["uid"] = "0" + item["metadata"]["uid"][1:]


def restored(value: Any) -> None:
    """As after a restore from backup: all versions are those of long ago."""
    value["metadata"]["resourceVersion"] = "17"
    for number, item in enumerate(value["items"]):
        item["metadata"]["resourceVersion"] = str(number % 17)


def zorped(value: Any) -> None:
    for item in value["items"]:
        item["status"]["health"]["status"] = "Zorped"


async def never_paged(exchange: Exchange) -> None:
    """A first page that promises another one, whose token has expired; a list in one piece has none."""
    asked = dict(exchange.arrival.request.query)
    if "limit" not in asked or "continue" in asked:
        raise Untouched
    token = base64.urlsafe_b64encode(json.dumps([100_001, -1e6, "", ""]).encode()).decode()
    await drifted(leaf("metadata.continue", token))(exchange)


FAULTS: tuple[Fault, ...] = (
    Fault("J01", "50 MB of JSON", said(huge)),
    Fault("J02", "JSON nested a hundred thousand deep", said(lambda _: b"[" * 100_000)),
    Fault("J03", "duplicate keys", said(first_twice)),
    Fault("J04", "NaN where a number belongs", said(lambda body: b'{"total_count":NaN,' + body[1:])),
    Fault("J05", "a byte order mark, invalid UTF-8 and a lone surrogate", said(bare_surrogate)),
    Fault("J06", "a number of 5,000 digits", said(lambda body: b'{"id":' + b"9" * 5000 + b"," + body[1:])),
    Fault("S01", "a leaf is null", drifted(each("workflow_runs", leaf("status", None)))),
    Fault("S02", "a health word that nobody knows", drifted(zorped), "kubernetes", APPLICATION),
    Fault("S03", "a number sent as text", drifted(each("workflow_runs", leaf("id", "17")))),
    Fault(
        "S04",
        "fields that nobody knows",
        drifted(each("items", leaf("status.quantum.spin", 0.5))),
        "kubernetes",
        APPLICATION,
    ),
    Fault(
        "V01",
        "started in five years, long after it finished",
        drifted(each("jobs", leaf("started_at", "2031-01-01T00:00:00Z"))),
        "gitea",
        r"/jobs$",
    ),
    Fault("V02", "objects are made again under their names", drifted(recreated), "kubernetes", PIPELINE_RUNS),
    Fault("V03", "versions go back, as after a restore", drifted(restored), "kubernetes", APPLICATION),
    Fault("V06", "a page's continue token expires, every time", never_paged, "kubernetes", PODS),
)
