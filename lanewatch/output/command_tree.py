"""The command line as plain values, read from its parser: what the completions and the manual are written from."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

_PLAIN: Final = re.compile(r"[\w@%+=:,./-]+")  # words that no shell takes for anything else


@dataclass(frozen=True, slots=True)
class Flag:
    """One option. `value` is its metavar, "" for a switch."""

    names: tuple[str, ...]
    help: str
    value: str = ""
    choices: tuple[str, ...] = ()

    @property
    def is_file(self) -> bool:
        return self.value in ("FILE", "DIR")


@dataclass(frozen=True, slots=True)
class Positional:
    """One argument by place."""

    name: str
    help: str
    choices: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """One parser: the whole program, or one of its commands."""

    name: str
    help: str
    flags: tuple[Flag, ...]
    positionals: tuple[Positional, ...]
    commands: tuple[Command, ...]


def command_tree(parser: argparse.ArgumentParser, help_text: str = "") -> Command:
    """The parser and everything below it; what its help hides is left out."""
    shown = [action for action in parser._actions if action.help != argparse.SUPPRESS]
    return Command(
        name=parser.prog.rsplit(" ", 1)[-1],
        help=help_text or parser.description or "",
        flags=tuple(_flag(action) for action in shown if action.option_strings),
        positionals=tuple(_positional(action) for action in shown if _is_positional(action)),
        commands=tuple(command for action in shown for command in _below(action)),
    )


def _is_positional(action: argparse.Action) -> bool:
    return not action.option_strings and not isinstance(action, argparse._SubParsersAction)


def _flag(action: argparse.Action) -> Flag:
    choices = tuple(str(choice) for choice in action.choices or ())
    value = "" if action.nargs == 0 else str(action.metavar or "|".join(choices) or action.dest.upper())
    return Flag(tuple(action.option_strings), action.help or "", value, choices)


def _positional(action: argparse.Action) -> Positional:
    choices = tuple(str(choice) for choice in action.choices or ())
    return Positional(str(action.metavar or action.dest), action.help or "", choices, action.nargs in ("?", "*"))


def _below(action: argparse.Action) -> Iterator[Command]:
    if not isinstance(action, argparse._SubParsersAction):
        return
    helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
    for name, parser in action.choices.items():
        if name in helps and helps[name] != argparse.SUPPRESS:
            yield command_tree(parser, helps[name])


def with_words(tree: Command, words: Mapping[str, tuple[str, ...]], path: str = "") -> Command:
    """The tree with the values that its lane gives: `words` by "COMMAND --flag", "--flag" or "COMMAND PLACE"."""

    def known(name: str) -> tuple[str, ...]:
        return tuple(word for word in words.get(f"{path} {name}".strip(), ()) if _PLAIN.fullmatch(word))

    flags = (
        replace(flag, choices=next((found for name in flag.names if (found := known(name))), flag.choices))
        for flag in tree.flags
    )
    places = (replace(place, choices=known(place.name) or place.choices) for place in tree.positionals)
    below = (with_words(command, words, f"{path} {command.name}".strip()) for command in tree.commands)
    return replace(tree, flags=tuple(flags), positionals=tuple(places), commands=tuple(below))


def paths(tree: Command) -> Iterator[tuple[str, Command]]:
    """Every command below the root by its words: "logs", "evidence", "evidence export"."""
    for command in tree.commands:
        yield command.name, command
        for path, below in paths(command):
            yield f"{command.name} {path}", below
