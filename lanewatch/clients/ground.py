"""What a websocket to a cluster starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Ground:
    """An open session. `headers` hold the cluster's token: never shown."""

    session: Any  # aiohttp.ClientSession
    base: str
    headers: Mapping[str, str] = field(repr=False)
    proxy: str | None
