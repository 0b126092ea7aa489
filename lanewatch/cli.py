"""Runs one command: its exit code, and one line on stderr for whatever is wrong.

Everything else is imported late, inside the command that needs it, so that --help is instant and `status` never loads a
screen.
"""

from __future__ import annotations

import errno
import gc
import io
import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence
    from types import FrameType

    from lanewatch.crash import Crashes

_INTERNAL = 1
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    gc.disable()  # what imports make is no garbage: 35 ms less until a first frame; open_lane turns it on again
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends us without a word until `guarded` can catch it
    from lanewatch.command_line import command_line

    _open_streams()
    words = sys.argv[1:] if arguments is None else arguments
    parsed = command_line(words).parse_args(words)  # --help ends here: what it does not need is loaded later
    return guarded(parsed.command, lambda: _command(parsed))


def _open_streams() -> None:
    """Where one was closed by whoever started us the null device takes its place, before another file takes its number.

    Python has None there, which can be neither written nor asked whether it is a terminal. What a locale other than
    UTF-8 cannot say becomes "?".
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))  # the lowest free number: its own
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower() != "utf-8":
            stream.reconfigure(errors="replace")


def _command(parsed: Namespace) -> int:
    import importlib

    command = importlib.import_module(f"lanewatch.commands.{parsed.command}")
    return int(command.run(parsed))


def guarded(command: str, work: Callable[[], int]) -> int:
    """The exit code of `work`. Whatever ends it, and whatever broke on the way, is one line on stderr."""
    import logging
    import threading

    from lanewatch.crash import Crashes

    ending = Ending()
    if signal.getsignal(signal.SIGINT) == signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, ending.leave)
    signal.signal(signal.SIGHUP, ending.leave)
    crashes = Crashes(command, ending.at_once)
    logging.getLogger().addHandler(crashes)
    hooks = threading.excepthook, sys.unraisablehook
    threading.excepthook, sys.unraisablehook = crashes.of_thread, crashes.unraisable
    try:
        code = work()
        sys.stdout.flush()
        return ending.code if ending.number else code
    except KeyboardInterrupt:
        return ending.code
    except BrokenPipeError:
        _give_up_stdout()
        return 128 + signal.SIGPIPE
    except Exception as error:
        return ending.code if _was_interrupted(error) else _fail(error, crashes)
    finally:
        threading.excepthook, sys.unraisablehook = hooks
        logging.getLogger().removeHandler(crashes)
        for line in crashes.lines:
            print(line, file=sys.stderr)


class Ending:
    """Signals that end a command. All go the way of Ctrl-C, which asyncio turns into a cancellation of what it runs."""

    def __init__(self) -> None:
        self.number = 0  # of the signal that came; 0 also for Ctrl-C itself

    def leave(self, number: int, frame: FrameType | None) -> None:
        self.number = number
        way = signal.getsignal(signal.SIGINT)
        if not callable(way):  # we run in the background of a script, where Ctrl-C is ignored
            raise KeyboardInterrupt
        way(number, frame)

    def at_once(self) -> None:
        """It came where nothing can be raised, such as in a callback while modules are loaded."""
        os._exit(self.code)

    @property
    def code(self) -> int:
        return 128 + (self.number or signal.SIGINT)


def _give_up_stdout() -> None:
    """It takes nothing more; what is still buffered would raise again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _was_interrupted(error: BaseException | None) -> bool:
    """Python makes another error of one that comes while a class is made."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _fail(error: Exception, crashes: Crashes) -> int:
    """One line for a known mistake; of a bug the kind and place, never values, which may hold secrets."""
    from lanewatch.commands.errors import UsageError
    from lanewatch.crash import cause_of
    from lanewatch.spec.errors import ConfigurationError

    cause = cause_of(error)
    if isinstance(cause, OSError) and cause.errno in _NO_ROOM:
        _give_up_stdout()
        print(f"lanewatch: cannot write: {(cause.strerror or '').lower()}", file=sys.stderr)
        return _INTERNAL
    if not isinstance(error, ConfigurationError | UsageError):
        crashes.add(error)
        return _INTERNAL
    for line in str(error).splitlines():
        print(f"lanewatch: {line}", file=sys.stderr)
    return _USAGE


if __name__ == "__main__":
    sys.exit(main())
