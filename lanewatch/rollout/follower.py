"""The deprecated branch follower: what its native object says (CONTRACTS 6), and what the spec still allows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FollowerStatus:
    """`{observedCommit, phase, lastRunSeconds, updatedAt}` as told; "" or None where the object lacks one."""

    observed_commit: str
    phase: str
    last_run_seconds: float | None
    updated_at: datetime | None
    source: str  # the object's locator
    host: str = ""  # whose clock updated_at is on
