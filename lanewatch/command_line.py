"""The arguments of every command. Nothing here knows what a command does; lanewatch.cli runs it.

Only the standard library is imported, and the arguments of commands that are not asked for are left out: --help is
instant.
"""

from __future__ import annotations

import argparse
import os

from lanewatch import __version__

TYPE_CHECKING = False  # what `typing` says too, and importing that costs a tenth of --help
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

EXIT_CODES = """\
exit codes: 0 done and proven  1 internal error or nothing could be read  2 usage or configuration  3 timed out
  4 not authorised  5 the lane or check failed  6 contradiction, missing evidence or superseded
  7 unknown, no verdict  8 pending or running  130/143/129 on SIGINT/SIGTERM/SIGHUP"""


def command_line(words: Sequence[str] | None = None) -> argparse.ArgumentParser:
    """The parser: whole where `words` is None (as completions and the manual need it), else for these words."""
    parser = argparse.ArgumentParser(
        prog="lanewatch",
        description="Watch one commit travel through a delivery lane: read-only, eight authorities, one timeline.",
        epilog=EXIT_CODES,
        formatter_class=_Formatter,
    )
    parser.add_argument("--version", action="version", version=f"lanewatch {__version__}")
    _lane_options(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (told, fill) in COMMANDS.items():
        command = commands.add_parser(name, help=told, formatter_class=_Formatter)
        if words is None or name in words:
            fill(command)
    for name, fill in HIDDEN.items():
        if words is not None and name in words:
            fill(commands.add_parser(name, formatter_class=_Formatter))
    return parser


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """As wide as the terminal; argparse itself would load `shutil` to ask, a tenth of --help."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


def _columns() -> int:
    """As shutil.get_terminal_size says: COLUMNS, else the terminal of stdout, else 80."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told) > 0:
        return int(told)
    try:
        return os.get_terminal_size(1).columns or 80
    except OSError:
        return 80


def _lane_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--spec", type=_path, metavar="FILE", help="the lane's spec (default: ./config, then built in)")
    parser.add_argument("--connections", type=_path, metavar="FILE", help="where the systems are (default: XDG config)")
    parser.add_argument("--target", metavar="ID", help="which target of the spec (default: scope.preferredTarget)")
    parser.add_argument("--commit", metavar="SHA", type=_sha, help="the commit to watch (default: the newest)")
    parser.add_argument("--pushed-at", metavar="TIME", type=_time, help="when it was pushed, RFC 3339")


def _watch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--until",
        metavar="done|STAGE",
        help="wait for the lane, or this stage, to end: q then leaves with its exit code",
    )
    parser.add_argument("--resume", action="store_true", help="go on with the journal of the last run that ended")
    _screen_options(parser)
    parser.add_argument("--timeout", metavar="SECONDS", type=_seconds, help="give up waiting after this long")


def _screen_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--theme", choices=("dark", "light", "contrast"), default="dark", help="the colours (dark)")
    parser.add_argument(
        "--alarm", choices=("none", "bell", "desktop"), default="none",
        help="on failure, breach and done: ring, or notify the desktop through the terminal",
    )  # fmt: skip


def _status(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", choices=("table", "json"), default="table")
    parser.add_argument("--wait", action="store_true", help="go on until the lane has ended")
    parser.add_argument(
        "--timeout", metavar="SECONDS", type=_seconds, help="of the sweep, or of --wait (default: statusSeconds)"
    )


def _plan(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", choices=("table", "json"), default="table")


def _logs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stage", metavar="STAGE", help="a stage id of the spec")
    parser.add_argument("-f", "--follow", action="store_true", help="go on until the stage's logs end")
    parser.add_argument("--since", metavar="TIME", type=_time, help="only what was written from then on, RFC 3339")
    parser.add_argument("--tail", metavar="N", type=_count, help="only the last N lines of each log")
    parser.add_argument("--grep", metavar="PATTERN", help="only lines in which this RE2 expression stands (smart case)")
    parser.add_argument("--section", metavar="TEXT", help="only logs, or parts of them, whose title contains this text")
    parser.add_argument("--timestamps", action="store_true", help="keep the systems' own timestamps")
    parser.add_argument("--all", action="store_true", help="also the logs of init containers and sidecars")


def _get(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "drilldown", metavar="DRILLDOWN", help="a drill-down name of the spec (statusProjection.drillDown)"
    )
    parser.add_argument("-o", "--output", choices=("yaml", "json"), default="yaml")


def _producers(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="what there is, one line each")
    render = actions.add_parser("render", help="the manifests, with the spec's values in them")
    render.add_argument("names", nargs="*", metavar="NAME", help="which (default: all)")
    render.add_argument("--directory", metavar="DIR", type=_path, help="write files there instead of printing")


def _completion(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("form", choices=("bash", "zsh", "fish", "man"), help="lanewatch completion bash >FILE")
    parser.set_defaults(command_line=command_line, exit_codes=EXIT_CODES)


def _init(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--gitea-url", metavar="URL", help="the Gitea, as a browser opens it")
    token = parser.add_mutually_exclusive_group()
    token.add_argument("--token-env", metavar="NAME", help="the variable that holds its token (default: GITEA_TOKEN)")
    token.add_argument("--token-file", metavar="FILE", type=_path, help="the file that holds its token")
    parser.add_argument("--kubeconfig", metavar="FILE", type=_path, help="default: as kubectl finds it")
    parser.add_argument("--context", metavar="NAME", help="of all planes (default: found by the lane's own objects)")
    parser.add_argument("--exec-plugin", metavar="COMMAND", action="append", default=[], help="may be run for a token")
    parser.add_argument("--upstream", metavar="URL", help="the forge that is mirrored (default: as the mirror says)")
    parser.add_argument("--registry", metavar="URL", help="default: the spec's, where it answers")
    parser.add_argument("--health-service", metavar="NAME:PORT", help="default: the workload's Service")
    parser.add_argument("--yes", action="store_true", help="ask nothing: take what is given and discovered")
    parser.add_argument("--force", action="store_true", help="replace a file that is there")


def _doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", choices=("table", "json"), default="table")
    parser.add_argument("--all", action="store_true", help="also show what is well")


def _evidence(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    export = actions.add_parser("export", help="one sweep, then a bundle of everything that was seen")
    export.add_argument("--output", metavar="FOLDER", type=_path, default=".", help="where to put it (default: here)")
    export.add_argument("--tar", action="store_true", help="as one file")
    export.add_argument("--logs", action="store_true", help="with every log in full, not only its beginning and end")
    export.add_argument("--sign", metavar="KEY", type=_path, help="sign with this ssh key (ssh-keygen)")
    export.add_argument("--envelope", metavar="PEM", type=_path, help="add a DSSE envelope with this key (openssl)")
    verify = actions.add_parser("verify", help="is it what it claims: 0 proven, 6 not, 1 cannot tell")
    verify.add_argument("bundle", metavar="DIR|TAR", type=_path)
    verify.add_argument("--signers", metavar="FILE", type=_path, help="allowed signers, as ssh-keygen reads them")
    verify.add_argument("--key", metavar="PEM", type=_path, help="the public key of the DSSE envelope")
    replay = actions.add_parser("replay", help="the dashboard on a bundle, offline")
    replay.add_argument("bundle", metavar="DIR|TAR", type=_path)
    replay.add_argument("--print", action="store_true", help="only write summary.json")
    replay.add_argument("--at", metavar="SECONDS", type=float, help="stand this long after the first reading")
    replay.add_argument("--speed", metavar="N", type=_seconds, help="play, N times as fast as it happened")
    diff = actions.add_parser("diff", help="two rollouts side by side")
    diff.add_argument("first", metavar="A", type=_path)
    diff.add_argument("second", metavar="B", type=_path)


def _gate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", choices=("table", "json"), default="table")
    parser.add_argument("--last", metavar="N", type=_count, default=5, help="rollouts that must exercise each check")
    parser.add_argument(
        "--history", metavar="N", type=_natural, default=1, help="also read the N commits before, as far as kept (1)"
    )
    parser.add_argument("--evidence", metavar="DIR", type=_path, nargs="+", default=(), help="also read these bundles")
    parser.add_argument("--no-policy", dest="policy", action="store_false", help="leave the policy audit out")


def _history(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-n", "--n", dest="count", metavar="N", type=_count, default=20, help="rollouts shown (20)")
    parser.add_argument("--read", metavar="N", type=_natural, default=0, help="also read the N commits before, as kept")
    parser.add_argument("-o", "--output", choices=("table", "json"), default="table")


def _follower(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", choices=("table", "json"), default="table")


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", nargs="?", default="build", metavar="SCENARIO")
    parser.add_argument("--list", action="store_true", help="the scenarios, one line each")
    parser.add_argument("--speed", metavar="N", type=float, default=1.0, help="how many times as fast as life")
    parser.add_argument("--at", metavar="SECONDS|end", default="0", help="join the lane this long after its push")
    parser.add_argument("--serve", action="store_true", help="only serve the lane, until interrupted")
    parser.add_argument("--write-connections", type=_path, metavar="FILE", help="with --serve: connections for it")
    parser.add_argument("--ledger", type=_path, metavar="FILE", help="what truly happens, with times, as JSON")
    parser.add_argument("--fault", metavar="ID", action="append", default=[], help="with --serve: what goes wrong")
    parser.add_argument("--list-faults", action="store_true", help="the faults, one line each")
    parser.add_argument(
        "--without", metavar="WHAT", action="append", default=[], help="with --serve: what its owners left out"
    )
    parser.add_argument("--list-without", action="store_true", help="what may be left out, one line each")
    _screen_options(parser)
    parser.add_argument("--seed", type=int, default=1, help="of names and ids")
    parser.add_argument("--gitea-version", metavar="V", default="1.26.3", help="1.22.6 to 1.27.0, 16.0.0+gitea-1.22.0")
    parser.add_argument("--delay", metavar="MS", type=float, default=0.0, help="added to every answer")


def _record(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="FOLDER", type=_path, help="where watch.ndjson is put")
    parser.add_argument("--for", dest="seconds", metavar="SECONDS", type=_seconds, help="default: until interrupted")


def _path(text: str) -> Path:
    from pathlib import Path  # late, like all that --help does not need

    return Path(text)


def _sha(text: str) -> str:
    if len(text) not in (40, 64) or set(text) - set("0123456789abcdef"):
        raise argparse.ArgumentTypeError("a full commit hash is wanted: 40 (or 64) lower-case hex digits")
    return text


def _time(text: str) -> datetime:
    from datetime import UTC, datetime

    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = datetime.min
    if time.tzinfo is None:
        raise argparse.ArgumentTypeError("a time with zone is wanted, such as 2026-07-05T14:02:31Z")
    return time.astimezone(UTC)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 1e6:
        raise argparse.ArgumentTypeError("a positive number of seconds is wanted")
    return seconds


def _natural(text: str) -> int:
    return 0 if text == "0" else _count(text)


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError("a positive whole number is wanted")
    return int(text)


COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "watch": ("the dashboard; one line per change where stdout is no terminal", _watch),
    "status": ("one sweep over all authorities: the bounded summary", _status),
    "plan": ("what would be watched, from where, and what is odd about it; no network", _plan),
    "logs": ("the full log behind a stage", _logs),
    "get": ("the native object behind a stage", _get),
    "gate": ("the no-regression checks and the decision gate, with what each rests on", _gate),
    "history": ("past rollouts against budgets and baseline, and what would save most", _history),
    "follower": ("the deprecated branch follower beside the new lane; read-only", _follower),
    "evidence": ("what was seen, as a bundle that proves itself and plays back", _evidence),
    "doctor": ("reach, rights, versions and clocks of every system, with the fix", _doctor),
    "init": ("a first connections.yaml: asks five questions at most, ends with doctor", _init),
    "producers": ("the manifests that the lane's owners apply; prints, applies nothing", _producers),
    "completion": ("completions for bash, zsh or fish, or the manual page", _completion),
    "demo": ("the dashboard on an embedded lane; needs no configuration", _demo),
}

# For whoever reports a bug: not in --help, the completions or the manual.
HIDDEN: dict[str, Callable[[argparse.ArgumentParser], None]] = {"record": _record}
