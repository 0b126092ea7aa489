"""The instance of a container behind a log: a restart begins a new log, a deleted Pod takes it along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from lanewatch.logs.lines import stamp_time


class Life(Enum):
    """What can still come from an instance."""

    WAITING = "waiting"  # not started, or about to be started again
    RUNNING = "running"
    ENDED = "ended"  # and will not be started again
    GONE = "gone"  # with its Pod
    UNTOLD = "untold"  # the Pod cannot be read


@dataclass(frozen=True, slots=True)
class Instance:
    """One container as its Pod tells it. `uid` is the Pod's; a Pod of the same name made anew has another."""

    life: Life
    uid: str = ""
    restarts: int = 0
    started_at: datetime | None = None
    why: str = ""  # the Pod cannot be read

    def follows(self, earlier: Instance) -> bool:
        """Whether this is a later instance than `earlier`, so that its log begins anew."""
        if Life.UNTOLD in (self.life, earlier.life) or self.life is Life.GONE or not earlier.uid:
            return False
        return self.uid != earlier.uid or self.restarts > earlier.restarts


def instance_in(pod: Mapping[str, Any], container: str) -> Instance:
    """The instance of `container` that the Pod tells of; init containers and sidecars count."""
    status = pod.get("status", {})
    told = [*status.get("containerStatuses", ()), *status.get("initContainerStatuses", ())]
    item: Mapping[str, Any] = next((one for one in told if one.get("name") == container), {})
    state = item.get("state", {})
    begun = state.get("running") or state.get("terminated") or {}
    return Instance(
        _life(pod, state),
        str(pod.get("metadata", {}).get("uid", "")),
        int(item.get("restartCount", 0)),
        stamp_time(str(begun.get("startedAt", ""))),
    )


def _life(pod: Mapping[str, Any], state: Mapping[str, Any]) -> Life:
    if "running" in state:
        return Life.RUNNING
    if pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
        return Life.ENDED
    ended = state.get("terminated")
    if ended is None:
        return Life.WAITING
    policy = pod.get("spec", {}).get("restartPolicy", "Always")
    again = policy == "Always" or (policy == "OnFailure" and ended.get("exitCode", 0) != 0)
    deleting = "deletionTimestamp" in pod.get("metadata", {})
    return Life.WAITING if again and not deleting else Life.ENDED
