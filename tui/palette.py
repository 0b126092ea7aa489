"""The palette: every key that works on a screen, every stage, every drill-down by the spec's name."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Final

from textual.app import SystemCommand
from textual.screen import Screen

from tui.screens.key_line import key_name

if TYPE_CHECKING:
    from tui.app import LanewatchApp

# Roots of the ids of bindings that only move something: not worth a line in the palette.
MOVING: Final = frozenset({"row", "scroll", "stage", "pane", "palette", "interrupt", "find"})


def palette(app: LanewatchApp, screen: Screen[object]) -> Iterable[SystemCommand]:
    actions = {
        active.binding.id: active
        for active in reversed(screen.active_bindings.values())
        if active.enabled and active.binding.id and active.binding.id.partition(".")[0] not in MOVING
    }
    for active in actions.values():
        run = partial(app.run_action, active.binding.action, active.node)
        yield SystemCommand(active.binding.description, f"key {key_name(active.binding.key)}", run)
    for stage in app.session.rollout.stages:
        title = "facts, native objects, logs and history of this stage"
        yield SystemCommand(stage.id, title, partial(app.open_stage, stage.id, "facts"))
    for name in app.session.lane.drilldowns:
        yield SystemCommand(name, "the native object", partial(app.open_drilldown, name))
    yield SystemCommand("theme", "change the colours", app.action_change_theme)
