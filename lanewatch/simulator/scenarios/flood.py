"""flood: a delivery that goes well while its builder prints a million lines, half of them at 100 MB a second."""

from __future__ import annotations

from collections.abc import Iterator

from lanewatch.simulator.recorder import Recorder
from lanewatch.simulator.scenarios import argo, story
from lanewatch.simulator.scenarios.delivery import Delivery
from lanewatch.simulator.scenarios.lane import Lane
from lanewatch.simulator.world import World

TITLE = "fix: lease renewal"
LINES = 1_000_000
EACH = 5_000  # lines that are printed at once
STEADY = (2.5, 14.5)  # seconds from the builder Job: the first half of the lines
BURST = (15.0, 15.5)  # the second half: 50 MB in half a second
_TEXT = b"#7 2.104 line %07d: bundled services/agentrun-mgr/lease/renewal.ts in 1.4 ms, 187 modules so far, ok.\n"


def write(recorder: Recorder) -> World:
    """The world of this story."""
    lane, _ = story.standing_lane(recorder)
    delivery = story.begin(lane, "current", 0.0, TITLE, story.CHANGE)
    story.deliver(lane, delivery)
    _print_much(lane, delivery)
    recorder.tell(delivery.times.healthy, "lane", "succeeded", "delivered", sourceCommit=delivery.commit)
    argo.keep_polling(lane)
    return recorder.world(delivery.commit)


def seconds() -> Iterator[float]:
    """When each portion of EACH lines is printed, from the builder Job on."""
    half = LINES // EACH // 2
    for begin, end in (STEADY, BURST):
        yield from (begin + (end - begin) * n / half for n in range(half))


def _print_much(lane: Lane, delivery: Delivery) -> None:
    name = next(place[3] for place in lane.recorder.live if place[1] == "Pod" and delivery.job_name in place[3])
    stream = ("container", lane.names.ci_namespace, name, "buildkit")
    for portion, second in enumerate(seconds()):
        first = portion * EACH
        lines = b"".join(_TEXT % number for number in range(first, first + EACH))
        lane.recorder.log(delivery.times.build + second, stream, lines)
