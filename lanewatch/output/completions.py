"""Shell completions for bash, zsh and fish, written from the command tree. Each is a whole script, to be sourced."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from lanewatch.output.command_tree import Command, Flag, paths


def bash(root: Command) -> str:
    """For bash: commands, options, the values of what has a closed set; files everywhere else."""
    return "\n".join(_bash(root)) + "\n"


def zsh(root: Command) -> str:
    """For zsh, with the help texts beside."""
    return "\n".join(_zsh(root)) + "\n"


def fish(root: Command) -> str:
    """For fish, with the help texts beside."""
    return "\n".join(_fish(root)) + "\n"


SHELLS: Mapping[str, Callable[[Command], str]] = {"bash": bash, "zsh": zsh, "fish": fish}


def _words(command: Command) -> str:
    """Everything that may stand next inside a command: sub-commands, choices by place, options."""
    names = [below.name for below in command.commands]
    places = [choice for place in command.positionals for choice in place.choices]
    return " ".join([*names, *places, *(name for flag in command.flags for name in flag.names)])


def _bash(root: Command) -> Iterator[str]:
    """`command` grows word by word: "evidence", then "evidence export"."""
    name, known = root.name, list(paths(root))
    yield f"_{name}() {{"
    yield "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= word"
    yield '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do'
    patterns = "|".join(f'"{path if " " in path else " " + path}"' for path, _ in known)
    yield f'    case "$command $word" in {patterns}) command="${{command:+$command }}$word" ;; esac'
    yield "  done"
    yield '  case "$command $previous" in'
    for scope, command in (("", root), *known):
        for flag in command.flags:
            patterns = "|".join(f'"{scope} {one}"' for one in flag.names)
            if flag.choices:
                words = " ".join(flag.choices)
                yield f'    {patterns}) COMPREPLY=($(compgen -W "{words}" -- "$current")); return ;;'
            elif flag.value:
                yield f"    {patterns}) COMPREPLY=(); return ;;"
    yield "  esac"
    yield '  case "$command" in'
    for path, command in known:
        yield f'    "{path}") COMPREPLY=($(compgen -W "{_words(command)}" -- "$current")) ;;'
    yield f'    *) COMPREPLY=($(compgen -W "{_words(root)}" -- "$current")) ;;'
    yield "  esac"
    yield "}"
    yield f"complete -o default -F _{name} {name}"


def _zsh(root: Command) -> Iterator[str]:
    yield f"#compdef {root.name}"
    yield f"_{root.name}() {{"
    yield "  local curcontext=$curcontext state line"
    yield "  local -a commands=("
    for command in root.commands:
        yield f"    {_quoted(command.name + ':' + command.help)}"
    yield "  )"
    yield f"  _arguments -C {_zsh_flags(root)} '1:command:->command' '*::argument:->arguments'"
    yield "  case $state in"
    yield "    command) _describe command commands ;;"
    yield "    arguments)"
    yield "      case $words[1] in"
    for command in root.commands:
        yield from _zsh_command(command)
    yield "      esac ;;"
    yield "  esac"
    yield "}"
    yield f'_{root.name} "$@"'


def _zsh_command(command: Command) -> Iterator[str]:
    if not command.commands:
        yield f"        {command.name}) _arguments {_zsh_flags(command)} {_zsh_places(command)} ;;"
        return
    names = " ".join(below.name for below in command.commands)
    yield f"        {command.name})"
    yield f"          _arguments -C {_zsh_flags(command)} '1:action:({names})' '*::argument:->below'"
    yield "          if [[ $state == below ]]; then case $words[1] in"
    for below in command.commands:
        yield f"            {below.name}) _arguments {_zsh_flags(below)} {_zsh_places(below)} ;;"
    yield "          esac; fi ;;"


def _zsh_flags(command: Command) -> str:
    return " ".join(_quoted(_zsh_flag(name, flag)) for flag in command.flags for name in flag.names)


def _zsh_flag(name: str, flag: Flag) -> str:
    told = f"{name}[{_zsh_text(flag.help)}]"
    if not flag.value:
        return told
    action = f"({' '.join(flag.choices)})" if flag.choices else "_files" if flag.is_file else " "
    return f"{told}:{_zsh_text(flag.value)}:{action}"


def _zsh_places(command: Command) -> str:
    choices = [one for place in command.positionals for one in place.choices]
    return _quoted(f"*:argument:({' '.join(choices)})") if choices else "'*:argument:_files'"


def _zsh_text(text: str) -> str:
    return text.replace("[", "(").replace("]", ")").replace(":", " -")


def _fish(root: Command) -> Iterator[str]:
    start, name = "complete -c", root.name
    for flag in root.flags:
        yield f"{start} {name} -n __fish_use_subcommand {_fish_flag(flag)}"
    for command in root.commands:
        yield f"{start} {name} -n __fish_use_subcommand -f -a {command.name} -d {_quoted(command.help)}"
    for path, command in paths(root):
        inside = _quoted("; and ".join(f"__fish_seen_subcommand_from {word}" for word in path.split()))
        for flag in command.flags:
            yield f"{start} {name} -n {inside} {_fish_flag(flag)}"
        choices = [below.name for below in command.commands] or [one for p in command.positionals for one in p.choices]
        if choices:
            yield f"{start} {name} -n {inside} -f -a {_quoted(' '.join(choices))}"


def _fish_flag(flag: Flag) -> str:
    names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in flag.names)
    value = f" -x -a {_quoted(' '.join(flag.choices))}" if flag.choices else " -r -F" if flag.is_file else ""
    value = value or (" -x" if flag.value else "")
    return f"{names}{value} -d {_quoted(flag.help)}"


def _quoted(text: str) -> str:
    """In single quotes, for all three shells."""
    return "'" + text.replace("\\", "\\\\").replace("'", "’") + "'"
