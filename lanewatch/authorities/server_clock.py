"""The asked server's clock, as far as its Date headers bound it."""

from __future__ import annotations

from datetime import datetime, timedelta

from lanewatch.clients.clock import Clock
from lanewatch.clients.meter import Meter


def server_time(clock: Clock, meter: Meter, host: str) -> datetime | None:
    """The server's time now, at the earliest that its Date headers under `meter` allow; None without any."""
    skew = meter.skew(host)
    return None if skew is None else clock.now().wall + timedelta(seconds=skew.low)
