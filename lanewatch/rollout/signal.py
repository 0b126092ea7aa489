"""What a stage rule says of its stage, before times become durations and colours."""

from __future__ import annotations

from dataclasses import dataclass

from lanewatch.rollout.clocks import Stamp
from lanewatch.rollout.rollout import StageState


@dataclass(frozen=True, slots=True)
class Signal:
    """How one stage stands.

    `says` is what a person would say of it now, at most some 40 columns; `reason` tells why it is failed, skipped or
    unknown, in a sentence.
    """

    state: StageState
    says: str
    reason: str = ""
    started: Stamp | None = None
    finished: Stamp | None = None
    superseded_by: str = ""  # the newer commit, where this stage ended because of it
    consequence_of: str = ""  # the authority whose failure this one only repeats
    conflict: str = ""  # the field in which two authorities contradict each other: unknown because of that alone
    waiting: bool = False  # nothing of the stage's own exists yet: it runs only because it is its turn
    final: bool = False  # rests on facts pinned by uid, sha or digest: does not age
    went_back_to: str = ""  # the older source commit that runs again, where the runtime was rolled back
    last_said: str = ""  # what was said of it before its authority fell silent
    awaits: frozenset[str] = frozenset()  # authorities to read once more before this can be said for good

    @property
    def is_done(self) -> bool:
        """Whether the done-rule holds (a stage skipped by design is done too; one skipped after a failure is not)."""
        return self.state in ("succeeded", "reused") or (self.state == "skipped" and not self.reason)
