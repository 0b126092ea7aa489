"""Each key that help lists works, and each key that works is in help: one row a key, and no key without a row."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.tui.screen_text import frame
from tests.tui.still import StillSession
from tests.tui.test_bursts import typed
from tui.app import LanewatchApp
from tui.screens.help import working_keys
from tui.settings import Settings
from widgets.lines_view import LinesView
from widgets.pick_list import PickList
from widgets.timeline import Timeline

Look = Callable[[LanewatchApp], object]


def screen(app: LanewatchApp) -> str:
    return frame(app)


def cursor(app: LanewatchApp) -> str:
    return app.screen.query_one(Timeline).cursor


def picked(app: LanewatchApp) -> str:
    return app.screen.query_one(PickList).cursor


def top(app: LanewatchApp) -> int:
    return int(app.screen.query_one(LinesView).scroll_offset.y)


def aside(app: LanewatchApp) -> int:
    return int(app.screen.query_one(LinesView).scroll_offset.x)


def fields(app: LanewatchApp) -> int:
    return int(app.screen.query_one("#fields").scroll_offset.y)


def sweeps(app: LanewatchApp) -> int:
    assert isinstance(app.session, StillSession)
    return app.session.sweeps


def code(app: LanewatchApp) -> int | None:
    return app.return_code if app._exit else -1


def name(app: LanewatchApp) -> str:
    return type(app.screen).__name__


@dataclass(frozen=True, slots=True)
class Row:
    """After the keys `before`, each of `keys` in turn makes `look` give what stands beside it."""

    ids: str
    before: str
    keys: tuple[str, ...]
    look: Look
    gives: tuple[object, ...]


STAGES = ("mirror-sync", "actions-dispatch", "reuse-plan", "build-or-reuse", "tekton-pipelinerun", "gitops-publish",
          "argo-closeout", "runtime-provenance")  # fmt: skip
NUMBERS = " ".join(f"stage.{number}" for number in range(1, 9))
# "text" in a row's `gives` for the screen: what must stand there, "!text": what must not.
ROWS = (
    Row("row.down row.up", "1", ("j", "down", "k", "up"), cursor, (STAGES[1], STAGES[2], STAGES[1], STAGES[0])),
    Row("row.bottom row.top", "", ("G", "g"), cursor, (STAGES[7], STAGES[0])),
    Row(NUMBERS, "", tuple("12345678"), cursor, STAGES),
    Row(NUMBERS, "4f", tuple("12345678"), screen, tuple(f"{n} {stage}" for n, stage in enumerate(STAGES, 1))),
    Row("row.open", "4", ("enter",), screen, ("last read",)),
    Row("open.facts", "4", ("f",), screen, ("last read",)),
    Row("open.facts", "4o", ("f",), screen, ("last read",)),
    Row("open.object", "4", ("o",), screen, ("kind: Job",)),
    Row("open.object", "5f", ("o", "o"), screen, ("kind: PipelineRun", "kind: TaskRun")),
    Row("open.log", "4", ("l",), screen, ("[internal] load build definition",)),
    Row("open.log", "4f", ("l",), screen, ("[internal] load build definition",)),
    Row("open.history", "4", ("i",), screen, ("builderJobState  running → failed",)),
    Row("open.history", "4f", ("i",), screen, ("builderJobState  running → failed",)),
    Row("maximise", "", ("z", "z"), screen, ("!── findings", "── findings")),
    Row("maximise", "4l", ("z", "z"), screen, ("!esc back", "esc back")),
    Row("pane.next pane.previous", "", ("tab", "shift+tab"), lambda app: app.focused and app.focused.id,
        ("fields", "timeline")),
    Row("pane.timeline", "⇥⇥", ("escape",), lambda app: app.focused and app.focused.id, ("timeline",)),
    Row("pane.next pane.previous", "4f", ("tab", "shift+tab"), screen, ("kind: Job", "last read")),
    Row("back", "4f", ("escape",), cursor, (STAGES[3],)),
    Row("rewind.back rewind.forward", "[", ("left_square_bracket", "right_square_bracket"), screen,
        ("change 18 of 19", "change 19 of 19")),
    Row("rewind.start rewind.live", "", ("home", "end"), screen, ("change 1 of 19", "!PAST")),
    Row("problems", "", ("exclamation_mark",), screen, ("problems only: 2 of 8 stages",)),
    Row("verdict", "", ("v",), screen, ("env-reuse-must-pass-before-replacement",)),
    Row("choose", "", ("c",), screen, ("feat: lease table for",)),
    Row("note", "", ("a",), screen, ("a note for whoever reads the evidence",)),
    Row("command", "", ("colon",), screen, ("a drill-down, a stage, or a command",)),
    Row("export", "", ("e",), screen, ("collecting evidence",)),
    Row("copy", "", ("y",), screen, ("copy which value?",)),
    Row("copy.command", "4l", ("Y",), lambda app: app.clipboard[-20:], ("75d25433 logs build-or-reuse"[-20:],)),
    Row("addresses", "2", ("u",), screen, ("actions-dispatch in a browser",)),
    Row("costs", "", ("C", "C"), screen, ("cost so far:", "!cost so far:")),
    Row("sweep", "", ("r",), sweeps, (1,)),
    Row("again", "4f", ("r",), sweeps, (1,)),
    Row("time", "", ("T", "T"), screen, ("14:01:00+0000", "14:01:00Z")),
    Row("help", "", ("question_mark", "f1", "f1"), name, ("HelpScreen", "Dashboard", "HelpScreen")),
    Row("help.close", "?", ("escape",), name, ("Dashboard",)),
    Row("help.page", "?", ("space",), name, ("HelpScreen",)),
    Row("palette", "", ("ctrl+p",), name, ("CommandPalette",)),
    Row("quit", "", ("q",), code, (0,)),
    Row("quit", "4l", ("ctrl+q",), code, (0,)),
    Row("interrupt", "", ("ctrl+c",), code, (130,)),
    Row("scroll.down scroll.up", "4o", ("j", "down", "k", "up"), top, (1, 2, 1, 0)),
    Row("scroll.page-down scroll.page-up", "4o", ("pagedown", "pageup", "space", "ctrl+u", "ctrl+d"), top,
        (19, 0, 19, 0, 19)),
    Row("scroll.bottom scroll.top", "4o", ("G", "g"), top, (35, 0)),
    Row("scroll.right scroll.left", "4l", ("right", "left"), aside, (12, 0)),
    Row("scroll.down scroll.up", "⇥", ("j", "k"), fields, (1, 0)),
    Row("scroll.page-down scroll.page-up", "⇥", ("pagedown", "pageup"), fields, (8, 0)),
    Row("scroll.bottom scroll.top", "⇥", ("G", "g"), fields, (8, 0)),
    Row("view.wrap", "4l", ("w", "w"), lambda app: app.screen.query_one(LinesView).wraps, (True, False)),
    Row("view.fold", "4o", ("minus",), name, ("StageScreen",)),
    Row("view.stamps", "4l", ("t",), screen, ("+36.81 s #1 [internal]",)),
    Row("search", "4l", ("slash",), screen, ("search a text, or ~ and a pattern",)),
    Row("search.next search.previous", "4l/DONE⏎", ("n", "N"), screen, ("“DONE” 2 of 2", "“DONE” 1 of 2")),
    Row("row.down row.up", "y", ("j", "k"), picked, ("1", "0")),
    Row("row.bottom row.top", "y", ("G", "g"), picked, ("20", "0")),
    Row("scroll.page-down scroll.page-up", "y", ("pagedown", "pageup"), picked, ("12", "0")),
    Row("row.open", "y", ("enter",), name, ("Dashboard",)),
    Row("chooser.leave", "y", ("q",), name, ("Dashboard",)),
    Row("text.close", "v", ("q",), name, ("Dashboard",)),
    Row("text.copy", "v", ("y",), lambda app: app.clipboard[:10], ("? env-reus",)),
    Row("prompt.leave", ":", ("escape",), name, ("Dashboard",)),
    Row("prompt.complete", ":arg", ("tab",), screen, ("argo-closeout",)),
)  # fmt: skip
# Keys that a board, an error that is over and the log pane have: their tests are beside what they act on.
ELSEWHERE = {"board", "acknowledge"} | {
    "log.error", "log.matches", "log.fold", "log.fold-all", "log.section-next", "log.section-previous", "log.time",
    "log.whole", "log.mark", "log.to-mark", "log.beside", "log.asides",
}  # fmt: skip
WHERE: Mapping[str, str] = {
    "dashboard": "", "past": "[[", "list": "⇥", "facts": "4f", "object": "4o", "log": "4l", "history": "4i",
    "searching": "4l/DONE⏎", "chooser": "y", "prompt": ":", "help": "?", "text": "v",
}  # fmt: skip


def started(folder: Path) -> LanewatchApp:
    session = StillSession("build-fails", folder)
    return LanewatchApp(session, {"LANG": "en_US.UTF-8"}, Settings(smooth=False))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.before or 'start'}-{row.ids.replace(' ', '+')}")
async def test_a_key_does_what_it_says(row: Row, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # an export goes there
    app = started(tmp_path)
    async with app.run_test(size=(100, 24), notifications=True) as pilot:
        await typed(app, row.before)
        await pilot.pause()
        for key, expected in zip(row.keys, row.gives, strict=True):
            await typed(app, [key])
            async with asyncio.timeout(30):
                while not gives(row, row.look(app), expected):  # what scrolls does so with the next frame
                    await pilot.pause(0.01)


def gives(row: Row, seen: object, expected: object) -> bool:
    """Whether that is seen: a value itself; of a screen a part, or with ! that it is not there."""
    if row.look is not screen:
        return seen == expected
    if str(expected).startswith("!"):
        return str(expected)[1:] not in str(seen)
    return str(expected) in str(seen)


@pytest.mark.parametrize("where", WHERE)
async def test_what_works_is_in_help_and_is_tried_above(where: str, tmp_path: Path) -> None:
    tried = {one for row in ROWS for one in row.ids.split()} | ELSEWHERE
    app = started(tmp_path)
    async with app.run_test(size=(100, 24)):
        await typed(app, WHERE[where])
        listed = " ".join(keys for keys, _ in working_keys(app.screen)).split()
        bound = {key: one.binding for key, one in app.screen.active_bindings.items() if one.enabled}
        ours = {key: binding for key, binding in bound.items() if binding.id}
        ids = {str(binding.id) for binding in ours.values()}
        assert ids <= tried
        assert len(listed) >= len({id_ for id_ in ids if not id_.startswith("stage.")})
        if where != "prompt":  # a line of text has the keys of every line of text
            assert set(bound) == set(ours)
