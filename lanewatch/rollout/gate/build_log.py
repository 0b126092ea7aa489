"""What a builder's log says was built and pushed: the vertices of `buildctl --progress=plain` (Argo reference 4.4).

Pure: text in, values out. Reading the log is the business of `watch`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_HEAD = re.compile(r"^#(\d+) \[([^\]]+)\] ?(.*)$")
_ENDS = re.compile(r"^#(\d+) (CACHED|DONE|ERROR)\b")
_PUSHED = re.compile(r"^#\d+ pushing manifest for ([^\s@]+)(?:@(sha256:[0-9a-f]{64}))?")
_ENV_STAGE = re.compile(r"^env\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Vertex:
    """One step of a build: `[env 2/3] COPY bun.lock .`"""

    stage: str  # "env 2/3"
    does: str
    ended: str  # CACHED, DONE, ERROR, or "" where the log does not say

    @property
    def builds_environment(self) -> bool:
        """Whether it made a layer of the environment image: an instruction of that stage that was not cached."""
        return bool(_ENV_STAGE.match(self.stage)) and self.ended != "CACHED"


@dataclass(frozen=True, slots=True)
class BuildLog:
    """`reason` says why the log was not read; without one it was read whole."""

    vertices: tuple[Vertex, ...] = ()
    pushed: tuple[str, ...] = ()  # images as pushed: REGISTRY/REPOSITORY:TAG
    plan_ref: str = ""  # what the builder Job itself carries, "" where it carries none
    plan_digest: str = ""
    source: str = ""  # locator of the log
    reason: str = "the builder's log was not read"

    @property
    def is_read(self) -> bool:
        return not self.reason

    def services(self) -> frozenset[str]:
        """The last part of every pushed repository: in this lane an image is called like its service."""
        return frozenset(image.rsplit("/", 1)[-1].partition(":")[0] for image in self.pushed)


@dataclass(slots=True)
class _Reading:
    heads: dict[str, tuple[str, str]] = field(default_factory=dict)
    ends: dict[str, str] = field(default_factory=dict)
    pushed: dict[str, None] = field(default_factory=dict)


def parse_build_log(lines: Iterable[str], source: str) -> BuildLog:
    """The build as its log tells it. A log without any vertex is none of BuildKit's: then it was not understood."""
    reading = _Reading()
    for line in lines:
        _take(reading, line.strip())
    vertices = tuple(
        Vertex(stage, does, reading.ends.get(number, "")) for number, (stage, does) in reading.heads.items()
    )
    reason = "" if vertices else "the builder's log names no build step"
    return BuildLog(vertices, tuple(reading.pushed), source=source, reason=reason)


def _take(reading: _Reading, line: str) -> None:
    if (head := _HEAD.match(line)) and head[1] not in reading.heads:
        reading.heads[head[1]] = (head[2], head[3])
    elif ends := _ENDS.match(line):
        reading.ends[ends[1]] = ends[2]
    elif pushed := _PUSHED.match(line):
        reading.pushed[pushed[1]] = None
