"""Native Events as lines for a person, newest last. A timeline aid only: their absence proves nothing, and healthy
runs have Warnings too (tekton.md 8, argo-k8s-oci.md 2.5), so no verdict may rest on them."""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime
from typing import Final

from lanewatch.authorities.native import LONG_AGO, Native, created, moment, number, said, text

SHOWN: Final = 20
MESSAGE_LIMIT: Final = 300  # characters: one or two rows of a wide terminal
TELLING: Final = ("Killing", "Preempted", "Evicted", "NodeNotReady")  # Normal words of the kubelet that explain an end
QUIET: Final = ("kubelet", "default-scheduler")


def event_lines(events: Iterable[Native], about: Container[str]) -> tuple[str, ...]:
    """Lines such as "Warning FailedScheduling: 0/3 nodes are available (x4)", at most 20.

    `about`: uids; only Events whose involved object is one of them are told.
    """
    of_these = (event for event in events if text(event, "involvedObject", "uid") in about)
    telling = sorted((event for event in of_these if _tells(event)), key=_order)
    return tuple(_line(event) for event in telling[-SHOWN:])


def event_time(event: Native) -> datetime:
    """When it last happened; the two Event APIs fill different fields."""
    return (
        moment(event, "series", "lastObservedTime")
        or moment(event, "lastTimestamp")
        or moment(event, "eventTime")
        or created(event)
        or LONG_AGO
    )


def _order(event: Native) -> tuple[datetime, str]:
    """Within one second by the hex nanoseconds that a recorder puts at the end of the name."""
    return event_time(event), text(event, "metadata", "name").rpartition(".")[2]


def _tells(event: Native) -> bool:
    """Normal words of kubelet and scheduler (Pulled, Created, Started) would push everything else out."""
    source = text(event, "source", "component") or text(event, "reportingComponent")
    return text(event, "type") == "Warning" or source not in QUIET or text(event, "reason") in TELLING


def _line(event: Native) -> str:
    count = number(event, "series", "count") or number(event, "count") or 1
    repeated = f" (x{count})" if count > 1 else ""
    message = said(event, "message", limit=MESSAGE_LIMIT)
    return f"{said(event, 'type', limit=20)} {said(event, 'reason', limit=80)}: {message}{repeated}"
