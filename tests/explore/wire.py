"""When each authority's server last truly told something of what the authority asks: silence as the wire knows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from lanewatch.rollout.facts import ACTIONS, ARGO, GITOPS, MIRROR, PLAN, RUNTIME, TEKTON
from lanewatch.simulator.faults import FaultLayer, ServerName
from lanewatch.simulator.http import Exchange, Transmit
from tests.explore.ours import skewed
from tests.explore.plan import SKEW

# Whom an authority asks, and by which paths: an authority that hears nothing on any of them hears nothing.
ASKED: Mapping[str, tuple[ServerName, re.Pattern[str]]] = {
    MIRROR: ("gitea", re.compile("")),
    ACTIONS: ("gitea", re.compile("/actions/")),
    PLAN: ("gitea", re.compile("")),
    GITOPS: ("gitea", re.compile("")),
    TEKTON: ("kubernetes", re.compile("/tekton.dev/")),
    ARGO: ("kubernetes", re.compile("/applications")),
    RUNTIME: ("kubernetes", re.compile("/(deployments|replicasets|pods)")),
}
# Faults under which the truth still comes through, late or with a leaf that is wrong. Under any other nothing is told.
TELLING = frozenset({"N06", "N07", "N11", "H08", "H16", "J05", "S01", "S02", "S03", "S04"})
TELLING |= {"V01", "V02", "V03", "V04", "V05"}


@dataclass(slots=True)
class Wire(FaultLayer):
    """Faults, and beside them what was told in spite of them."""

    now: Callable[[], float] = lambda: 0.0  # our steady second
    skews: dict[str, float] = field(default_factory=dict)  # by server: seconds by which its clock is off
    told: dict[str, float] = field(default_factory=dict)  # by authority: when it was last told something

    def over(self, server: str) -> Transmit:
        transmit = FaultLayer.over(self, server)

        async def listened(exchange: Exchange) -> None:
            if server in self.skews:
                exchange = skewed(exchange, self.skews[server])
                self.fired[SKEW] = self.fired.get(SKEW, 0) + 1
            asked = [one for one, (where, paths) in ASKED.items() if where == server and _asks(exchange, paths)]
            laid = next((fault.id for fault in self.armed.values() if fault.matches(server, exchange)), "")
            if not asked or (laid and laid.rpartition(":")[2] not in TELLING):
                return await transmit(exchange)

            def note() -> None:
                self.told.update(dict.fromkeys(asked, self.now()))

            if isinstance(exchange.response.body, bytes):
                await transmit(exchange)
                return note()
            return await transmit(replace(exchange, writer=cast(Any, _Stream(exchange.writer, note))))

        return listened


def _asks(exchange: Exchange, paths: re.Pattern[str]) -> bool:
    return paths.search(exchange.arrival.request.path) is not None


class _Stream:
    """A connection that notes what is written on it after the head: a stream's lines."""

    def __init__(self, writer: Any, note: Callable[[], None]) -> None:
        self._writer = writer
        self._note = note
        self._writes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)

    def write(self, data: bytes) -> None:
        self._writer.write(data)
        self._writes += 1
        if self._writes > 1:
            self._note()
