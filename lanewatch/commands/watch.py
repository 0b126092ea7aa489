"""`watch`: the dashboard; where stdout is no terminal, one line per change until the lane has ended."""

from __future__ import annotations

import asyncio
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from lanewatch.commands.errors import UsageError, unknown
from lanewatch.commands.lane import journal_keeper, open_lane
from lanewatch.commands.sources import default_connections_path, sources
from lanewatch.output.exit_codes import TIMED_OUT, of_rollout
from lanewatch.output.glyphs import glyphs
from lanewatch.output.lines import changes
from lanewatch.rollout.rollout import ENDED, Rollout
from lanewatch.watch.live import LiveSession
from lanewatch.watch.waiting import has_ended

if TYPE_CHECKING:
    from lanewatch.rollout.record import Record
    from tui.settings import Settings


def run(arguments: Namespace) -> int:
    wanted = _until(arguments)
    if on_a_terminal():
        return asyncio.run(_dashboard(arguments, wanted))
    return asyncio.run(_lines(arguments, wanted))


def on_a_terminal() -> bool:
    """Textual draws on stdout's terminal and reads keys from stdin's; a dumb one can do neither."""
    if os.environ.get("TERM", "dumb") == "dumb":
        if sys.stdout.isatty():
            print("lanewatch: TERM=dumb: one line per change instead of the dashboard", file=sys.stderr)
        return False
    return sys.stdin.isatty() and sys.stdout.isatty()


def _until(arguments: Namespace) -> Callable[[Rollout], bool]:
    stage_id = arguments.until
    if stage_id in (None, "done"):
        return has_ended
    stages = [stage.id for stage in sources(arguments).lane(arguments.target).stages]
    if stage_id not in stages:
        raise unknown("stage", stage_id, ["done", *stages])

    def stage_ended(rollout: Rollout) -> bool:
        stage = rollout.stage(stage_id)
        return has_ended(rollout) or (stage is not None and stage.state in ENDED)

    return stage_ended


async def _dashboard(arguments: Namespace, wanted: Callable[[Rollout], bool]) -> int:
    """Until the person leaves; with --until the code is then the lane's, not merely that of having left.

    Only `watch` writes its journal down: a demonstration is nothing to resume.
    """
    from tui.app import watch

    keeper = journal_keeper(arguments) if arguments.command == "watch" else None
    session = open_lane(arguments, keeper)
    code = await watch(session, _settings(arguments, wanted))
    _remember(arguments, session)
    return code


def _remember(arguments: Namespace, session: LiveSession) -> None:
    """Keep the small record of a rollout that was seen to end; a demonstration is no history."""
    if arguments.command == "watch" and has_ended(session.rollout):
        from lanewatch.commands.past import keep

        keep(arguments, session)


def _settings(arguments: Namespace, wanted: Callable[[Rollout], bool]) -> Settings:
    from tui.settings import Goal, Settings

    goal = Goal(arguments.until, wanted, of_rollout, TIMED_OUT, arguments.timeout) if arguments.until else None
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


async def _lines(arguments: Namespace, wanted: Callable[[Rollout], bool]) -> int:
    """Print changes until `wanted` holds; gives the exit code, TIMED_OUT where --timeout came first."""
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
                    if wanted(rollout):
                        _remember(arguments, session)
                        return of_rollout(rollout)
        except TimeoutError:
            return TIMED_OUT
    return of_rollout(session.rollout)
