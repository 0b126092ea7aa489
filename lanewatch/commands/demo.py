"""`demo`: an embedded lane as a process of its own, and the dashboard on it. Nothing needs to be configured."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from lanewatch.commands.errors import UsageError, unknown
from lanewatch.simulator.faults import known_faults
from lanewatch.simulator.lacking import WITHOUT, is_lack
from lanewatch.simulator.scenarios import TOLD


def run(arguments: Namespace) -> int:
    if arguments.list:
        return _print_all({name: scenario.description for name, scenario in TOLD.items()})
    if arguments.list_faults:
        return _print_all({name: fault.what for name, fault in known_faults().items()})
    if arguments.list_without:
        return _print_all(WITHOUT)
    _check(arguments)
    return _serve(arguments) if arguments.serve else _watch(arguments)


def _print_all(named: Mapping[str, str]) -> int:
    width = max(map(len, named))
    for name, description in named.items():
        print(f"{name:<{width}}  {description}")
    return 0


def _check(arguments: Namespace) -> None:
    """Raise UsageError for what cannot be demonstrated."""
    if arguments.scenario not in TOLD:
        raise unknown("scenario", arguments.scenario, TOLD)
    for fault in arguments.fault:
        if fault not in known_faults():
            raise unknown("fault", fault, known_faults())
    for lack in arguments.without:
        if not is_lack(lack):
            raise unknown("--without", lack, WITHOUT)
    if (arguments.fault or arguments.without) and not arguments.serve:
        raise UsageError("--fault and --without need --serve: the lane is then watched by a second lanewatch")
    if arguments.at != "end" and not _is_number(arguments.at):
        raise UsageError(f"--at {arguments.at!r}: a number of seconds or `end` is wanted")
    if not 0.1 <= arguments.speed <= 100:
        raise UsageError("--speed must lie between 0.1 and 100")


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdigit()


def _serve(arguments: Namespace) -> int:
    """Serve until interrupted, saying where; the lane's own process writes the files."""
    with _lane(arguments, arguments.write_connections) as ready:
        print(json.dumps(ready), flush=True)
        try:
            sys.stdin.read() if not sys.stdin.isatty() else _forever()
        except KeyboardInterrupt:
            return 0
    return 0


def _forever() -> None:
    import signal

    while True:
        signal.pause()


def _watch(arguments: Namespace) -> int:
    from lanewatch.commands import watch

    with (
        tempfile.TemporaryDirectory(prefix="lanewatch-demo-") as folder,
        _lane(arguments, Path(folder) / "connections.yaml") as ready,
    ):
        arguments.connections = Path(ready["connections"])
        arguments.until = arguments.timeout = None
        if arguments.speed != 1:
            arguments.pace = (datetime.fromisoformat(ready["clock"]["epoch"]), arguments.speed)
        return watch.run(arguments)


def _load_what_watches() -> None:
    """While the lane starts in its own process: both take half a second."""
    importlib.import_module("lanewatch.commands.watch")
    importlib.import_module("lanewatch.spec.loading")
    importlib.import_module("lanewatch.spec.connecting")
    if sys.stdout.isatty():
        importlib.import_module("tui.app")


@contextlib.contextmanager
def _lane(arguments: Namespace, connections: Path | None) -> Iterator[dict[str, Any]]:
    """The embedded lane's process, from its line of readiness to its end; it also ends when its stdin closes."""
    command = [sys.executable, "-m", "lanewatch.simulator", arguments.scenario]
    command += ["--at", arguments.at, "--speed", str(arguments.speed), "--seed", str(arguments.seed)]
    command += ["--delay", str(arguments.delay), "--gitea-version", arguments.gitea_version]
    if connections is not None:
        command += ["--write-connections", str(connections)]
    if arguments.ledger is not None:
        command += ["--ledger", str(arguments.ledger)]
    for fault_id in arguments.fault:
        command += ["--fault", fault_id]
    for lack in arguments.without:
        command += ["--without", lack]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
                          start_new_session=True) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            if not arguments.serve:
                _load_what_watches()
            line = process.stdout.readline()
            if not line:
                raise UsageError("the embedded lane did not start; its error stands above")
            yield json.loads(line)
        finally:
            if process.stdin is not None:
                process.stdin.close()
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()  # nothing of it is worth keeping, and it must not outlive the demo
