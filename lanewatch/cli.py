"""Runs one command: its exit code, and one line on stderr for whatever is wrong.

Everything else is imported late, inside the command that needs it, so that --help is instant and `status` never loads a
screen.
"""

from __future__ import annotations

import gc
import os
import sys

from lanewatch.command_line import command_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

_INTERNAL = 1
_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    gc.disable()  # what imports make is no garbage: 35 ms less until a first frame; open_lane turns it on again
    words = sys.argv[1:] if arguments is None else arguments
    parsed = command_line(words).parse_args(words)  # --help ends here: what it does not need is loaded later
    return _run(parsed)


def _run(parsed: Namespace) -> int:
    import importlib
    import signal

    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGHUP, _leave)
    try:
        command = importlib.import_module(f"lanewatch.commands.{parsed.command}")
        code = command.run(parsed)
        sys.stdout.flush()
        return int(code)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:
        # The reader has left; what is still buffered would raise again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except Exception as error:
        return _fail(error)


def _leave(number: int, _: object) -> None:
    sys.exit(128 + number)


def _fail(error: Exception) -> int:
    """One line for a known mistake; a bug says its kind and place, never values, which may hold secrets."""
    from lanewatch.commands.errors import UsageError
    from lanewatch.spec.errors import ConfigurationError

    if isinstance(error, ConfigurationError | UsageError):
        for line in str(error).splitlines():
            print(f"lanewatch: {line}", file=sys.stderr)
        return _USAGE
    place = _place(error)
    print(f"lanewatch: internal error: {type(error).__name__} at {place}; please report it", file=sys.stderr)
    return _INTERNAL


def _place(error: BaseException) -> str:
    """Module and line of the innermost frame of ours."""
    frame, found = error.__traceback__, "?"
    while frame is not None:
        name = frame.tb_frame.f_globals.get("__name__", "")
        if name.startswith(("lanewatch", "tui", "widgets")):
            found = f"{name}:{frame.tb_lineno}"
        frame = frame.tb_next
    return found


if __name__ == "__main__":
    sys.exit(main())
