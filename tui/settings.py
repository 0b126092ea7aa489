"""What the command line decides about the dashboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lanewatch.rollout.record import Record
from lanewatch.rollout.rollout import Rollout
from lanewatch.spec.lane import Lane
from lanewatch.watch.live import LiveSession
from tui.signals import Alarm


@dataclass(frozen=True, slots=True)
class Goal:
    """What is waited for (`--until`): `code` gives the exit code of the picture in which `reached` first holds."""

    name: str
    reached: Callable[[Rollout], bool]
    code: Callable[[Rollout], int]
    missed: int  # the exit code of a person who leaves before, or whose patience ends
    seconds: float | None = None  # how long it is waited for

    @property
    def what(self) -> str:
        """Whose end is waited for."""
        return "the lane" if self.name == "done" else self.name


@dataclass(frozen=True, slots=True)
class Settings:
    """`command`: the words that start lanewatch on these systems.

    `lanes`: what the board shows; `open_lane` watches one of them, at a commit or at its newest.
    """

    command: Sequence[str] = ("lanewatch",)
    alarm: Alarm = "none"
    theme: str = ""
    goal: Goal | None = None
    lanes: Sequence[Lane] = ()
    open_lane: Callable[[str, str | None], LiveSession] | None = None
    smooth: bool = True  # running bars move between two pictures; without, only with each
    follows: bool = False  # begin with the newest commit, and go on with newer ones
    keys: Mapping[str, str] = field(default_factory=dict)  # a person's own, by action id
    records: Callable[[], Sequence[Record]] = tuple  # past rollouts of the lane, for the gate
