"""`watch`: the dashboard; where stdout is no terminal, one line per change until the lane has ended."""

from __future__ import annotations

import asyncio
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lanewatch.commands.errors import UsageError, unknown
from lanewatch.commands.lane import journal_keeper, open_lane
from lanewatch.commands.sources import default_connections_path, sources
from lanewatch.output.exit_codes import TIMED_OUT, of_rollout, of_stage
from lanewatch.output.glyphs import glyphs
from lanewatch.output.lines import changes
from lanewatch.rollout.rollout import ENDED, Rollout, Stage
from lanewatch.watch.live import LiveSession
from lanewatch.watch.waiting import has_ended

if TYPE_CHECKING:
    from lanewatch.rollout.record import Record
    from tui.settings import Settings


def run(arguments: Namespace) -> int:
    awaited = _awaited(arguments)
    if on_a_terminal():
        return asyncio.run(_dashboard(arguments, awaited))
    return asyncio.run(_lines(arguments, awaited))


def on_a_terminal() -> bool:
    """Textual draws on stdout's terminal and reads keys from stdin's; a dumb one can do neither."""
    if os.environ.get("TERM", "dumb") == "dumb":
        if sys.stdout.isatty():
            print(
                "lanewatch: TERM=dumb: one line per change, not the dashboard, until the lane has ended or Ctrl-C",
                file=sys.stderr,
            )
        return False
    return sys.stdin.isatty() and sys.stdout.isatty()


@dataclass(frozen=True, slots=True)
class Awaited:
    """What is waited for: whether it is reached, and the exit code of then."""

    reached: Callable[[Rollout], bool]
    code: Callable[[Rollout], int]


def _awaited(arguments: Namespace) -> Awaited:
    stage_id = arguments.until
    if stage_id in (None, "done"):
        return Awaited(has_ended, of_rollout)
    stages = [stage.id for stage in sources(arguments).lane(arguments.target).stages]
    if stage_id not in stages:
        raise unknown("stage", stage_id, ["done", *stages])

    def ended(rollout: Rollout) -> Stage | None:
        """The stage, where it has ended and not merely been skipped because another one failed."""
        stage = rollout.stage(stage_id)
        skipped = stage is not None and stage.state == "skipped" and stage.reason
        return None if stage is None or stage.state not in ENDED or skipped else stage

    def code(rollout: Rollout) -> int:
        stage = ended(rollout)
        return of_rollout(rollout) if stage is None else of_stage(stage)

    return Awaited(lambda rollout: has_ended(rollout) or ended(rollout) is not None, code)


async def _dashboard(arguments: Namespace, awaited: Awaited) -> int:
    """Until the person leaves; with --until the code is then the lane's, not merely that of having left.

    Only `watch` writes its journal down: a demonstration is nothing to resume.
    """
    from tui.app import watch

    keeper = journal_keeper(arguments) if arguments.command == "watch" else None
    session = open_lane(arguments, keeper)
    code = await watch(session, _settings(arguments, awaited))
    _remember(arguments, session)
    return code


def _remember(arguments: Namespace, session: LiveSession) -> None:
    """Keep the small record of a rollout that was seen to end; a demonstration is no history."""
    if arguments.command == "watch" and has_ended(session.rollout):
        from lanewatch.commands.past import keep

        keep(arguments, session)


def _settings(arguments: Namespace, awaited: Awaited) -> Settings:
    from tui.settings import Goal, Settings

    until, seconds = arguments.until, arguments.timeout
    goal = Goal(until, awaited.reached, awaited.code, TIMED_OUT, seconds) if until else None
    named = [("--spec", arguments.spec), ("--connections", arguments.connections)]
    command = ["lanewatch", *(str(word) for option, path in named if path is not None for word in (option, path))]

    def open_other(target: str, commit: str | None) -> LiveSession:
        changed = {"target": target, "commit": commit, "pushed_at": None, "sources": None}  # as the files are by then
        return open_lane(Namespace(**{**vars(arguments), **changed}))

    def records() -> Sequence[Record]:
        from lanewatch.commands.remembered import remembered

        return remembered(arguments, sources(arguments).lane(arguments.target).target)

    return Settings(
        command=command,
        alarm=arguments.alarm,
        theme=f"lanewatch-{arguments.theme}",
        goal=goal,
        lanes=[lane for lane in sources(arguments).lanes.values() if lane.enabled],
        open_lane=open_other,
        keys=_keys(),
        records=records,
    )


def _keys() -> Mapping[str, str]:
    """The person's own keys, from `keys.yaml` beside the connections."""
    from tui.keymap import KeymapError, keymap

    try:
        return keymap(default_connections_path().with_name("keys.yaml"))
    except KeymapError as error:
        raise UsageError(str(error)) from None


async def _lines(arguments: Namespace, awaited: Awaited) -> int:
    """Print changes until what is awaited is reached; gives the exit code, TIMED_OUT where --timeout came first."""
    before: Rollout | None = None
    signs = glyphs(sys.stdout.encoding)
    async with open_lane(arguments) as session:
        try:
            async with asyncio.timeout(arguments.timeout):
                async for rollout in session.pictures():
                    if before is None and rollout.commit is None and not rollout.findings:
                        continue
                    for line in changes(before, rollout, signs):
                        print(line, flush=True)
                    before = rollout
                    if awaited.reached(rollout):
                        _remember(arguments, session)
                        return awaited.code(rollout)
        except TimeoutError:
            return TIMED_OUT
    return awaited.code(session.rollout)
