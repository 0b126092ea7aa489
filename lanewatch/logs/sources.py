"""What a log's bytes come from: pieces of bytes, marks of ours where something happened to the log itself, and word of
why nothing comes.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of ours within a log. `loses`: lines may be missing here, and nobody can tell how many."""

    text: str
    loses: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """No part of the log: why nothing comes now, until the next piece does; "" where it is only silent."""

    reason: str


Piece = bytes | Mark | Waiting


@dataclass(frozen=True, slots=True)
class Asked:
    """How much of a log is wanted. `tail`: only the last lines; `since`: only what was written from then on."""

    follow: bool = False
    tail: int | None = None
    since: datetime | None = None


class Source(Protocol):
    """One log somewhere. `pieces` ends with the log, or without `follow` with what there is now.

    Without `follow` it raises ReadFailure where there is no log to read; with it, it waits for one and goes on after
    failures, saying what was lost in between.
    """

    def pieces(self, asked: Asked) -> AsyncGenerator[Piece, None]: ...
