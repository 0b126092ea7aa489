"""Faults of connections, HTTP, JSON and shapes, laid over the true answers of a served lane."""

from __future__ import annotations

from collections.abc import Collection
from itertools import groupby
from pathlib import Path
from typing import Any

from lanewatch.rollout.facts import ACTIONS, ARGO, PLAN, RUNTIME
from lanewatch.simulator.faults import known_faults
from tests.faults.lane import faulty_lane
from tests.faults.playing import on_the_wire, played, settled
from tests.faults.table import QUIET, Observed, row

REACH = "see whether that server is up; the row comes back by itself"
PROXY = "ask what stands between here and that server"
OWNER = "tell the owner of that server; its answer is not used"
ROLE = "grant it: the shipped Role names every right"


def wire(id: str, sees: str = QUIET, do: str = "nothing", hurts: Collection[str] = (ACTIONS, PLAN), **how: Any) -> None:
    """One row that needs no more than the layer."""
    allowed = () if sees == QUIET else hurts

    def play(folder: Path) -> Observed:
        return on_the_wire(folder, id, sees, hurts=allowed, **how)

    row(id, known_faults()[id].what, sees=sees, do=do)(play)


ON_ARGO = (ARGO,)

wire("N05", "connection lost after 6 of", REACH)
wire("N06", "no complete body within 10 s", REACH)
wire("N07", "no complete answer within 10 s", REACH)
wire("N08", do="nothing; lists are read where a stream is silent, and the stream is opened anew")
wire("N09", "no answer within 4 s", REACH, ON_ARGO)
wire("N11", do="nothing; the request is sent once more on a new connection")
wire("A02", "401: token not accepted (gitea.token", "put a valid token where the line says")
wire("A03", "403: may not list pods in namespace agentrun-v02", ROLE, (RUNTIME,))
wire("H03", do="nothing; the list is read anew")
wire(
    "H04",
    "429: throttled, asks to wait 7 s",
    "wait; it is asked again when it said, and the rest meanwhile as ever",
    ON_ARGO,
)
wire("H05", "429: throttled", "wait; it is asked ever less often", ON_ARGO)
wire("H06", "502: server failed", REACH)
wire("H07", "HTML where JSON expected (login page?)", "see whether the URL in connections leads past a login")
wire("H08", do="nothing; it is read as the JSON that it is")
wire("H09", "broken JSON at byte", OWNER)
wire("H10", "304 to a first question", PROXY)
wire("H11", "ambiguous framing", PROXY)
wire("H12", "not understood as HTTP", PROXY)
wire("H13", "redirect refused", "name the right URL in the kubeconfig", ON_ARGO)
wire("H14", "302: unexpected redirect", "name the right URL in connections")
wire("H15", "body over 8 MiB", OWNER)
wire("H16", "a cache answered, 600 s old", PROXY)
wire("J01", "body over 8 MiB", OWNER)
wire("J02", "JSON nested over 64 deep", OWNER)
wire("J03", 'duplicate key "workflow_runs"', OWNER)
wire("J04", "NaN is not a JSON number", OWNER)
wire("J05", do="nothing; what is no text is replaced and shown as such")
wire("J06", "JSON number with too many digits", OWNER)
wire("S01", "$.status: expected text, got null", OWNER)
wire("S02", "health Zorped", "read the Application: lanewatch get argo-application", ON_ARGO, converges=True)
wire("S03", "$.id: expected a whole number, got text", OWNER)
wire("S04", do="nothing; what nobody knows is left alone")
wire("V01", "actions-dispatch succeeded – / 20", "set that host's clock; this duration is unknown until then")
wire("V02", do="nothing; an object is known by its uid, not by its name", seconds=100)
wire("V03", do="nothing; after a restore all is listed anew")
wire("V05", do="nothing; a list now and then confirms what the stream told", seconds=200)
wire("V06", do="nothing; a list that moves faster than its pages is read in one piece")
wire("V07", do="nothing; the stream is opened anew, ever less often")


@row("V04", known_faults()["V04"].what, do="nothing; what was told before changes nothing")
def told_twice(folder: Path) -> Observed:
    """A lane that is under way, whose streams tell much, comes to the same; and no stage ever goes back."""

    async def story() -> Observed:
        async with faulty_lane(folder, at=40.0) as one:
            one.layer.arm(known_faults()["V04"])
            assert await one.until(lambda rollout: rollout.state == "succeeded", 120), one.lines()
            await one.watch(20)
            assert one.standing() == await delivered(folder)
            for stages in zip(*(picture.stages for picture in one.pictures), strict=True):
                states = [state for state, _ in groupby(stage.state for stage in stages)]
                assert len(states) == len(set(states)), states
            return Observed(one.layer.fired["V04"], QUIET)

    return played(story)


async def delivered(folder: Path) -> list[str]:
    """How the same lane stands without any fault."""
    async with faulty_lane(folder) as one:
        await settled(one)
        return one.standing()
