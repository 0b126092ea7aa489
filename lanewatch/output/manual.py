"""The manual page in troff, written from the command tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lanewatch.output.command_tree import Command, Flag


def manual(root: Command, version: str, exit_codes: str) -> str:
    """lanewatch(1) as a whole."""
    return "\n".join(_lines(root, version, exit_codes)) + "\n"


def _lines(root: Command, version: str, exit_codes: str) -> Iterator[str]:
    yield f'.TH {root.name.upper()} 1 "" "{root.name} {version}" "User Commands"'
    yield ".SH NAME"
    yield f"{root.name} \\- watch one commit travel through a delivery lane"
    yield ".SH SYNOPSIS"
    yield f".B {root.name}\n[\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGUMENTS\\fR]"
    yield ".SH DESCRIPTION"
    yield _text(root.help)
    yield ".PP\nIt reads and never writes: no request that could change a system ever leaves it."
    yield ".SH OPTIONS"
    yield from _flags(root.flags)
    yield ".SH COMMANDS"
    for command in root.commands:
        yield from _command(command, "")
    yield ".SH EXIT STATUS"
    for code in exit_codes.replace("exit codes:", "").split("  "):
        if code.strip():
            yield f".br\n{_text(code.strip())}"
    yield ".SH FILES"
    yield ".TP\n.I ~/.config/lanewatch/connections.yaml\nWhere the systems are; written by \\fBlanewatch init\\fR."


def _command(command: Command, above: str) -> Iterator[str]:
    places = "".join(f" [{_text(p.name)}]" if p.optional else f" {_text(p.name)}" for p in command.positionals)
    yield f'.SS "{_text(above + command.name)}{places}"'
    yield _text(command.help)
    for place in command.positionals:
        if place.help:
            yield f".TP\n.I {_text(place.name)}\n{_text(place.help)}"
    yield from _flags(flag for flag in command.flags if "--help" not in flag.names)
    for below in command.commands:
        yield from _command(below, f"{above}{command.name} ")


def _flags(flags: Iterable[Flag]) -> Iterator[str]:
    for flag in flags:
        names = ", ".join(f"\\fB{_text(name)}\\fR" for name in flag.names)
        value = f" \\fI{_text(flag.value)}\\fR" if flag.value else ""
        yield f".TP\n{names}{value}\n{_text(flag.help)}"


def _text(text: str) -> str:
    """Nothing of it is a request: hyphens stay hyphens, a leading point or quote is no command."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("%%", "%")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
