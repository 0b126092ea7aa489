"""What deserves a person's attention: the terminal's title, an alarm once for each turn of things, errors that ended.

Pure: pictures in, words out. What is done with them (title, bell, desktop notification) is `signals`.
"""

from __future__ import annotations

from lanewatch.rollout.rollout import Finding, Rollout
from tui.look import LANE
from tui.showing import Ended

MOST_ENDED = 50  # errors that are over and not acknowledged; a lane that flaps must not fill the screen


class Attention:
    """Hears every live picture in order. Joining a lane raises no alarm for what happened before."""

    def __init__(self) -> None:
        self._errors: dict[tuple[str, str], Finding] = {}
        self._ended: tuple[Ended, ...] = ()
        self._before: Rollout | None = None

    @property
    def ended(self) -> tuple[Ended, ...]:
        """Errors that were found and are no longer, until they are acknowledged."""
        return self._ended

    def acknowledge(self) -> None:
        self._ended = ()

    def hear(self, rollout: Rollout) -> tuple[str, ...]:
        """One sentence for each thing that has just turned bad, or well for good."""
        before, self._before = self._before, rollout
        if before is not None and before.commit not in (None, rollout.commit):
            self._errors, self._ended, before = {}, (), None  # another commit has a story of its own
        self._latch(rollout, settled=before is not None and not before.partial)
        if before is None or before.commit is None or rollout.commit is None:
            return ()
        return (*_turns(before, rollout), *_breaches(before, rollout))

    def _latch(self, rollout: Rollout, *, settled: bool) -> None:
        """What a failed lane no longer lists, or one that not every authority has told of, is told in other words."""
        errors = {(one.id, one.stage): one for one in rollout.findings if one.severity == "error"}
        over = [Ended(one.message, rollout.now.wall) for key, one in self._errors.items() if key not in errors]
        if settled and rollout.state != "failed":
            self._ended = (*self._ended, *over)[-MOST_ENDED:]
        self._errors = errors


def matters(rollout: Rollout) -> str:
    """The id of the stage to look at first: the first that went wrong, else the last that runs, else none."""
    wrong = {"failed", "cancelled"} | ({"unknown"} if rollout.state == "unknown" else set())
    bad = [stage.id for stage in rollout.stages if stage.state in wrong]
    running = [stage.id for stage in rollout.stages if stage.state == "running"]
    return next(iter([*bad, *running[-1:]]), "")


def title(rollout: Rollout) -> str:
    """For the terminal's title: state, the stage that matters now, target and commit."""
    mark = LANE[rollout.state]
    stage = matters(rollout)
    where = f" {stage}" if stage else ""
    commit = f" {rollout.commit[:7]}" if rollout.commit else ""
    return f"{mark.glyph} {mark.word}{where} – {rollout.target}{commit} – lanewatch"


def _turns(before: Rollout, now: Rollout) -> list[str]:
    if before.state == now.state or now.state in {"pending", "running"}:
        return []
    stage = matters(now)
    return [f"{now.target}: {LANE[now.state].word}{f' at {stage}' if stage else ''}"]


def _breaches(before: Rollout, now: Rollout) -> list[str]:
    over = {stage.id for stage in before.stages if stage.budget.state == "over"}
    new = [f"{one.id} is over its budget" for one in now.stages if one.budget.state == "over" and one.id not in over]
    if now.budget.state == "over" and before.budget.state != "over":
        new.append("the lane is over its end-to-end budget")
    return [f"{now.target}: {text}" for text in new]
