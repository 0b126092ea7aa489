"""An embedded lane and the product as real processes, the way a person starts them."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class ServedLane:
    """A lane that is being served; `ready` is its line of readiness."""

    connections: Path
    ledger: tuple[dict[str, Any], ...]
    secrets: tuple[str, ...]  # planted: none may leave the product
    ready: dict[str, Any]

    def last_state(self, stage: str) -> str | None:
        """The state that the ledger says the stage (or "lane") truly ended in."""
        states = [entry["state"] for entry in self.ledger if entry["stage"] == stage]
        return states[-1] if states else None


@contextlib.contextmanager
def serving(scenario: str, folder: Path, *, at: str = "end", options: tuple[str, ...] = ()) -> Iterator[ServedLane]:
    """`lanewatch demo SCENARIO --serve` until the block ends."""
    connections, ledger = folder / "connections.yaml", folder / "ledger.json"
    files = ["--write-connections", str(connections), "--ledger", str(ledger)]
    command = [sys.executable, "-m", "lanewatch.cli", "demo", scenario, "--serve", "--at", at, *files, *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as lane:
        assert lane.stdin is not None
        assert lane.stdout is not None
        try:
            ready = json.loads(lane.stdout.readline())
            told = json.loads(ledger.read_text())
            yield ServedLane(connections, tuple(told["entries"]), tuple(told["secrets"]), ready)
        finally:
            lane.stdin.close()
            lane.wait(timeout=20)


def lanewatch(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, with an empty home of its own so that no one's configuration is read."""
    kept = {name: os.environ[name] for name in ("PATH", "VIRTUAL_ENV") if name in os.environ}
    with tempfile.TemporaryDirectory() as home:
        return subprocess.run(
            [sys.executable, "-m", "lanewatch.cli", *arguments],
            cwd=REPOSITORY,
            env={"LANG": "C.UTF-8", "HOME": home, "XDG_CONFIG_HOME": home, **kept, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
        )
