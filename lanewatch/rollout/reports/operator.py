"""What the person and the configuration said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class OperatorReport:
    """What the person and the configuration said; the first entry of every journal."""

    commit: str | None = None
    commit_by: Literal["operator", "connections"] = "operator"
    pushed_at: datetime | None = None
    unconfigured: tuple[tuple[str, str], ...] = ()  # (authority, why): what connections or the spec leave out
    upstream_configured: bool = False
    note: str = ""
