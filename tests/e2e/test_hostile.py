"""In `hostile` no planted secret and no control byte leaves the product, whatever a person asks it for."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import sys
import time
from collections.abc import Iterator

import pytest

from tests.e2e.lanes import REPOSITORY, ServedLane, lanewatch, serving

STAGES = (
    "mirror-sync", "actions-dispatch", "reuse-plan", "build-or-reuse",
    "tekton-pipelinerun", "gitops-publish", "argo-closeout", "runtime-provenance",
)  # fmt: skip
DRILLDOWNS = ("gitea-actions-run", "cicd-pipelinerun", "cicd-builder-job", "argo-application", "cicd-runtime")
COMMANDS = (
    ("status",),
    ("status", "-o", "json"),
    ("watch",),
    *(("get", name, "-o", form) for name in DRILLDOWNS for form in ("yaml", "json")),
    *(("logs", stage) for stage in STAGES),
    *(("logs", "build-or-reuse", *how) for how in (("-f", "--tail", "3"), ("--timestamps",), ("--section", "bun"))),
)
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
# What Textual itself sends: cursor, modes, colours, and the queries at its start and end.
OWN_SEQUENCES = re.compile(r"\x1b\[[0-9;:?<>=]*[\$ ]?[a-zA-Z]|\x1b[P\]][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[=>78]")

SECONDS = 60.0  # until the screen shows what a key is for, at the latest


@pytest.fixture(scope="module")
def lane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedLane]:
    with serving("hostile", tmp_path_factory.mktemp("lane")) as served:
        yield served


def test_secrets_are_planted_at_all(lane: ServedLane) -> None:
    assert len(lane.secrets) >= 8


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_prints_a_secret_or_a_control_character(command: tuple[str, ...], lane: ServedLane) -> None:
    result = lanewatch("--connections", str(lane.connections), *command)
    assert "Traceback" not in result.stderr
    output = result.stdout + result.stderr
    assert not [secret for secret in lane.secrets if secret in output]
    assert not CONTROL.search(output.replace("\t", ""))
    if command[0] != "logs":
        assert result.stdout


def test_the_dashboard_sends_the_terminal_nothing_but_its_own(lane: ServedLane) -> None:
    sent = _typed(lane)
    text = sent.decode(errors="replace")
    assert "tekton-pipelinerun" in text
    assert not [secret for secret in lane.secrets if secret in text]
    assert "]52;" not in text
    left = OWN_SEQUENCES.sub("", text).replace("\r", "").replace("\t", "")
    assert not CONTROL.search(left), CONTROL.findall(left)[:5]


# Keys, and what the screen shows once each has done its work.
TYPED = (
    (b"", "8/8 live"),
    (b"\r", "8 runtime-provenance"),
    (b"o", "apiVersion:"),
    (b"l", " lines"),
    (b"\x1b", "used / budget"),
    (b"5", "tekton-pipelinerun"),
    (b"l", " lines"),
    (b"?", "keys that work here"),
)


def _typed(lane: ServedLane) -> bytes:
    """What the dashboard wrote to its terminal while these keys were typed, and until it was told to end."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(REPOSITORY)
        os.environ.update({"TERM": "xterm-256color", "LANG": "C.UTF-8", "COLUMNS": "120", "LINES": "36"})
        os.execv(
            sys.executable, [sys.executable, "-m", "lanewatch.cli", "--connections", str(lane.connections), "watch"]
        )
    sent = b""
    try:
        for key, shown in TYPED:
            os.write(terminal, key)
            sent += _read_until(terminal, shown)
        os.kill(process, signal.SIGTERM)
        sent += _read_until(terminal, None)
    finally:
        os.close(terminal)
        os.waitpid(process, 0)
    return sent


def _read_until(terminal: int, shown: str | None) -> bytes:
    """Bytes until they show this, or until the end of all."""
    read, end = b"", time.monotonic() + SECONDS
    while shown is None or shown not in OWN_SEQUENCES.sub("", read.decode(errors="replace")):
        assert time.monotonic() < end, f"not shown: {shown}"
        if select.select([terminal], [], [], 1.0)[0]:
            try:
                read += os.read(terminal, 65536)
            except OSError:
                assert shown is None, f"ended before it showed {shown}"
                break
    return read


def test_the_same_screen_without_the_cleaner_would_fail() -> None:
    """The check itself sees what it is there for."""
    assert CONTROL.search(OWN_SEQUENCES.sub("", "a\u202eb"))
    assert CONTROL.search(OWN_SEQUENCES.sub("", "a\x9b31mb"))
