"""The simulated Kubernetes API server: GET, LIST and WATCH over a world's objects, Pod logs, the service proxy."""

from lanewatch.simulator.kubernetes.server import Rights, handler

__all__ = ["Rights", "handler"]
