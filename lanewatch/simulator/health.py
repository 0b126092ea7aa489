"""The workload's health endpoint: what the running service says of itself on one path."""

from __future__ import annotations

from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.dated import Dated
from lanewatch.simulator.http import (
    ConnectionDropped,
    Handler,
    Request,
    Response,
    method_not_allowed,
    text_response,
)
from lanewatch.simulator.http_messages import READS
from lanewatch.simulator.world import World


def handler(world: World, clock: WorldClock, *, path: str = "/health") -> Handler:
    """Answers `path` (the spec's `runtimePlane.healthPath`) from `world.health`.

    A service that is not up (status 0, or nothing said yet) drops the connection: the listener is ours and
    always there, so a cut is the nearest to "refused" that a client can see.
    """
    changes = Dated((change.at, path, change) for change in world.health)

    async def answer(request: Request) -> Response:
        if request.method not in READS:
            return method_not_allowed()
        if request.path != path:
            return text_response("404 page not found\n", 404)
        said = changes.get(path, clock.at())
        if said is None or said.status == 0:
            raise ConnectionDropped
        return Response(said.status, said.body, (("Content-Type", said.content_type),))

    return answer
