"""Faults laid over true answers, by the ids of the reliability reference's table: which, where, and whether it fired.

A fault is a way of putting one exchange on its connection (the seam `transmit` of `http.py`). It is laid over the
answers of one server whose path it matches; everything else goes out as it is. The bytes are in `faults_wire` (how an
answer arrives) and `faults_content` (what it says). A fault has fired when something went out that is not the truth: an
answer in which there was nothing to change does not count, nor a line of a stream that is as it was.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from lanewatch.simulator.http import Exchange, Transmit, send

ServerName = Literal["gitea", "upstream", "kubernetes", "registry", "health"]
Lay = Callable[[Exchange], Awaitable[None]]
Weave = Callable[[list[bytes]], list[bytes]]  # what is said in place of the last line, given all that were told

RUNS = r"/actions/runs$"  # one list that one authority alone asks for, every few seconds
APPLICATION = r"/applications$"
PIPELINE_RUNS = r"/pipelineruns$"
TASK_RUNS = r"/taskruns$"
PODS = r"/agentrun-v02/pods$"


class Untouched(Exception):
    """There is nothing in this answer that the fault could change: it has to go out as it is."""


@dataclass(frozen=True, slots=True)
class Rewoven:
    """The true stream, with its lines put in another order, repeated or left out."""

    weave: Weave


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of the table that lives on the wire. `watch`: over streams (True), over all else (False), over both."""

    id: str
    what: str  # one clause: what goes wrong
    lay: Lay | Rewoven
    server: ServerName = "gitea"
    path: str = RUNS
    watch: bool | None = False

    def matches(self, server: str, exchange: Exchange) -> bool:
        request = exchange.arrival.request
        streams = ("watch", "true") in request.query
        fits = server == self.server and re.search(self.path, request.path) is not None
        return fits and (self.watch is None or self.watch is streams)


@dataclass(slots=True)
class FaultLayer:
    """The faults in force, and how often each has fired."""

    armed: dict[str, Fault] = field(default_factory=dict)
    fired: dict[str, int] = field(default_factory=dict)

    def arm(self, fault: Fault) -> None:
        self.armed[fault.id] = fault
        self.fired.setdefault(fault.id, 0)

    def disarm(self) -> None:
        self.armed.clear()

    def over(self, server: str) -> Transmit:
        """The seam of one server."""

        async def transmit(exchange: Exchange) -> None:
            for fault in tuple(self.armed.values()):
                if fault.matches(server, exchange):
                    await self._lay(fault, exchange)
                    return
            await send(exchange)

        return transmit

    async def _lay(self, fault: Fault, exchange: Exchange) -> None:
        """Counted beforehand: some faults never end."""
        if isinstance(fault.lay, Rewoven):
            stream = exchange.response.body
            body = stream if isinstance(stream, bytes) else self._woven(fault.id, fault.lay.weave, stream)
            await send(replace(exchange, response=replace(exchange.response, body=body)))
            return
        self.fired[fault.id] += 1
        try:
            await fault.lay(exchange)
        except Untouched:
            self.fired[fault.id] -= 1
            await send(exchange)

    async def _woven(self, id: str, weave: Weave, stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        told: list[bytes] = []
        async for line in stream:
            told.append(line)
            said = weave(told)
            self.fired[id] += said != [line]
            for one in said:
                yield one


def known_faults() -> Mapping[str, Fault]:
    """Every fault that a served lane can have, by id."""
    from lanewatch.simulator import faults_content, faults_wire

    return {fault.id: fault for fault in (*faults_wire.FAULTS, *faults_content.FAULTS)}
