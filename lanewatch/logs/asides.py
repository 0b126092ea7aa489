"""Init containers and sidecars of the Pods whose logs a stage has: asked for only when somebody wants them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.native import PODS, read_object
from lanewatch.rollout.facts import Handle
from lanewatch.text import clean

FORM: Final = "k8s-log:"
_NAME: Final = 253  # characters of a Kubernetes name


async def aside_handles(clusters: Mapping[str, Cluster], handles: Sequence[Handle]) -> tuple[list[Handle], list[str]]:
    """The logs of the other containers of the same Pods, in the order of these; and why some could not be asked."""
    known: dict[tuple[str, str, str], set[str]] = {}
    for handle in handles:
        if handle.locator.startswith(FORM):
            plane, namespace, pod, containers = handle.locator.removeprefix(FORM).split("/")
            known.setdefault((plane, namespace, pod), set()).update(containers.split(","))
    found: list[Handle] = []
    reasons: list[str] = []
    for (plane, namespace, pod), named in known.items():
        try:
            native = await read_object(clusters[plane], PODS, namespace, pod)
        except ReadFailure as failure:
            reasons.append(failure.reason)
            continue
        for container, what in _containers(native):
            if container not in named:
                locator = f"{FORM}{plane}/{namespace}/{pod}/{container}"
                found.append(Handle("log", "", locator, f"{pod} / {container} ({what})"))
    return found, reasons


def _containers(pod: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Those of a Pod in the order in which they start, each with what it is beside the steps."""
    spec = pod.get("spec", {})
    for item in spec.get("initContainers", ()):
        yield (
            clean(str(item.get("name", "")), limit=_NAME),
            "sidecar" if item.get("restartPolicy") == "Always" else "init",
        )
    for item in spec.get("containers", ()):
        yield clean(str(item.get("name", "")), limit=_NAME), "sidecar"
