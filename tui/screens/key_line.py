"""Which keys stand in the last line of a screen: those that do something there, as the person has mapped them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from textual.keys import format_key
from textual.screen import Screen

from widgets.lines import Choice


def key_name(key: str) -> str:
    return "enter" if key == "enter" else format_key(key)


KEPT_KEYS = (Choice("app.help", "?", "help"), Choice("app.leave", "q", "quit"))  # at the end of every line of keys


def working(screen: Screen[None], choices: Sequence[Choice]) -> list[Choice]:
    """The choices whose action works here; one that a person gave another key has that."""
    found: list[Choice] = []
    active = list(screen.active_bindings.items())
    for choice in choices:
        action = choice.id.removeprefix("app.")
        keys = [key for key, one in active if one.enabled and one.binding.action == action]
        own = [one.binding.id for _, one in active if one.binding.action == action and one.binding.id in mapped(screen)]
        if choice.id == "move":
            found.append(choice)
        elif keys:
            found.append(replace(choice, key=key_name(keys[0])) if own else choice)
    return found


def mapped(screen: Screen[None]) -> Sequence[str]:
    """The ids of the actions that have a person's own keys."""
    settings = getattr(screen.app, "settings", None)
    return () if settings is None else tuple(settings.keys)
