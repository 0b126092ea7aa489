"""What goes wrong beside the faults of the wire: in our files, in the repository, with the clocks of servers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

from lanewatch.simulator import handover
from lanewatch.simulator.faults import Fault
from lanewatch.simulator.faults_wire import refused
from lanewatch.simulator.http import Exchange
from lanewatch.simulator.serving import Served
from lanewatch.simulator.world import RefChange, World

# Of our time: Go's zero time is the year 1 on every clock.
_STAMP = re.compile(rb'(?<=")2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d(?=(?:\.\d+)?Z")')


@dataclass(frozen=True, slots=True)
class Rotated(Fault):
    """The token of before is no longer accepted by Gitea."""

    token: str = ""

    def matches(self, server: str, exchange: Exchange) -> bool:
        return server == "gitea" and self.token in exchange.arrival.request.headers.get("authorization", "")


def rotated(name: str, folder: Path, served: Served) -> Rotated:
    """Another token stands in the file, and the former one is refused."""
    handover.write_whole(folder / "gitea.token", served.tokens.reader + "\n", 0o600)
    return Rotated(name, "the token was rotated", refused(401), token=served.tokens.gitea)


def edited(file: Path, whole: str, number: int, broken: bool) -> None:
    """Somebody edits the connections: half of them are there, then all with one more line."""
    handover.write_whole(file, whole[: len(whole) // 2] + "\n  - ]" if broken else f"{whole}# edit {number}\n")


def forced(world: World, branch: str, second: float) -> RefChange | None:
    """The branch is pushed back to the commit before; None where the mirror has no such commit.

    Nor where a newer commit overtook: once that is part of nothing, nobody can tell for whom the run was cancelled.
    """
    if world.scenario == "superseded":
        return None
    moves = [one for one in world.refs if one.repository.startswith("gitea/") and one.ref == branch and one.at < second]
    own = [one for one in moves if one.repository == moves[-1].repository]
    return replace(own[-2], at=second) if len(own) > 1 else None


def skewed(exchange: Exchange, seconds: float) -> Exchange:
    """As a server answers whose clock is off by so much: its Date, and every time in its JSON."""
    response, body = exchange.response, exchange.response.body
    date = format_datetime(parsedate_to_datetime(exchange.date) + timedelta(seconds=seconds), usegmt=True)
    if ("Content-Type", "application/json") in [(name, kind.split(";")[0]) for name, kind in response.headers]:
        moved = _moved(body, seconds) if isinstance(body, bytes) else _moving(body, seconds)
        response = replace(response, body=moved)
    return replace(exchange, response=response, date=date)


def _moved(body: bytes, seconds: float) -> bytes:
    def later(found: re.Match[bytes]) -> bytes:
        return (datetime.fromisoformat(found[0].decode()) + timedelta(seconds=seconds)).isoformat().encode()

    return _STAMP.sub(later, body)


async def _moving(lines: AsyncIterator[bytes], seconds: float) -> AsyncIterator[bytes]:
    async for line in lines:
        yield _moved(line, seconds)
