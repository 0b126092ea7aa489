"""Where Pods run: the scheduler's choice, and the addresses that a Pod has there."""

from __future__ import annotations

from lanewatch.simulator.objects import pods
from lanewatch.simulator.objects.meta import Object
from lanewatch.simulator.scenarios.lane import Lane

CI_NODES = ("jd01-ci-1", "jd01-ci-2", "jd01-ci-3")
RUNTIME_NODES = ("jd01-run-1", "jd01-run-2", "jd01-run-3", "jd01-run-4")


def schedule(lane: Lane, pod: Object, at: float, nodes: tuple[str, ...]) -> None:
    """The scheduler assigns the Pod to one of `nodes` at `at`."""
    recorder, meta = lane.recorder, pod["metadata"]
    node = nodes[_place(lane, pod, len(nodes))]
    recorder.patch(at, pod, {"spec": {"nodeName": node}, "status": pods.scheduled(recorder.stamp(at))})
    assigned = f"Successfully assigned {meta['namespace']}/{meta['name']} to {node}"
    lane.event(at + 0.01, pod, "default-scheduler", "Scheduled", assigned)


def addresses(lane: Lane, pod: Object) -> Object:
    """hostIP and podIP, as status has them once the Pod's sandbox is there."""
    host, own = _place(lane, pod, 4), lane.recorder.number(250, "ip", pod["metadata"]["name"])
    return {"hostIP": f"10.0.0.{11 + host}", "podIP": f"10.42.{host}.{2 + own}"}


def _place(lane: Lane, pod: Object, count: int) -> int:
    return lane.recorder.number(count, "node", pod["metadata"]["name"])
