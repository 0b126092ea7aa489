"""A log read once, whole within its cap: bytes in, redacted and cleaned lines out, every cap told.

Locators (Handle.locator, kind "log"):
  gitea-job-log:OWNER/NAME/JOB          GET /api/v1/repos/OWNER/NAME/actions/jobs/JOB/logs
  k8s-log:PLANE/NAMESPACE/POD/CONTAINER GET /api/v1/namespaces/NAMESPACE/pods/POD/log
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.gitea import LOG_CAP, Gitea
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.native import pod_log
from lanewatch.rollout.facts import Handle, Outcome
from lanewatch.text import Redactor, decode, safe_block

LINE_COLUMNS = 16 * 1024  # a longer line is cut, with its length
_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z ?")


@dataclass(frozen=True, slots=True)
class LogText:
    """One log as lines fit to be drawn or printed; `note` says what is not in it."""

    title: str
    locator: str
    lines: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class LogReader:
    """Reads the log behind a handle. `clusters` by plane: ci, argo, runtime."""

    gitea: Gitea | None
    clusters: Mapping[str, Cluster]
    redactor: Redactor

    async def read(self, handle: Handle, *, tail: int | None = None, timestamps: bool = True) -> LogText:
        """The log now. Raises ReadFailure: `absent` before there is one, `unconfigured`, or what the system refused."""
        data = await self._bytes(handle.locator, tail)
        lines = await asyncio.to_thread(log_lines, data, self.redactor, timestamps)
        shown = lines if tail is None else lines[-tail:]
        return LogText(handle.title, handle.locator, shown, _note(data, len(lines) - len(shown)))

    async def _bytes(self, locator: str, tail: int | None) -> bytes:
        form, _, rest = locator.partition(":")
        match form, rest.split("/"):
            case "gitea-job-log", [owner, name, job]:
                if self.gitea is None:
                    raise ReadFailure(Outcome.UNCONFIGURED, "connections name no gitea")
                return (await self.gitea.job_log(f"{owner}/{name}", int(job))).data
            case "k8s-log", [plane, namespace, pod, container]:
                return await pod_log(self._cluster(plane), namespace, pod, container, tail=tail)
            case _:
                raise ReadFailure(Outcome.INVALID, f"no log source of the form {form}")

    def _cluster(self, plane: str) -> Cluster:
        if plane not in self.clusters:
            raise ReadFailure(Outcome.UNCONFIGURED, f"connections name no kubernetes for plane {plane}")
        return self.clusters[plane]


def log_lines(data: bytes, redactor: Redactor, timestamps: bool = True) -> tuple[str, ...]:
    """The bytes of a log as safe lines. A carriage return ends a progress line: its last state is kept."""
    text = safe_block("\n".join(_last_state(line) for line in decode(data).split("\n")), redactor)
    lines = text.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    return tuple(_cut(line if timestamps else _STAMP.sub("", line, count=1)) for line in lines)


def _last_state(line: str) -> str:
    """What a terminal would be left showing; the systems' own stamp stands before the first state."""
    states = [state for state in line.split("\r") if state]
    if len(states) < 2:
        return line.rstrip("\r")
    stamp = _STAMP.match(line)
    return (stamp.group() if stamp else "") + states[-1]


def _cut(line: str) -> str:
    if len(line) <= LINE_COLUMNS:
        return line
    return f"{line[:LINE_COLUMNS]}… (cut; the line has {len(line)} characters)"


def _note(data: bytes, hidden: int) -> str:
    parts = []
    if hidden > 0:
        parts.append(f"{hidden} earlier lines not shown")
    if len(data) >= LOG_CAP:
        parts.append(f"only the first {LOG_CAP >> 20} MiB were read")
    return "; ".join(parts)
