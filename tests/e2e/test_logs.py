"""`logs` as people use it: followed to its end, filtered, cut by section, piped into something that leaves early.

The lane is a process of its own, and so is what is piped; what only prints is run here, to load the product once.
"""

from __future__ import annotations

import contextlib
import gc
import io
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lanewatch.cli import main
from lanewatch.command_line import command_line
from lanewatch.commands.lane import open_lane
from lanewatch.logs.sources import Asked
from lanewatch.output.log_lines import LogPrinter, Wanted
from lanewatch.watch.stage_logs import log_handles
from lanewatch.watch.waiting import settle
from tests.e2e.lanes import REPOSITORY, ServedLane, serving


@pytest.fixture(scope="module")
def lane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedLane]:
    with serving("build", tmp_path_factory.mktemp("lane")) as served:
        yield served


@dataclass(frozen=True)
class Printed:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture(autouse=True)
def _as_in_a_process_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty home; what the command sets for its whole process is set back."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
    gc.enable()


def logs(lane: ServedLane, *arguments: str) -> Printed:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["--connections", str(lane.connections), "logs", *arguments])
    return Printed(code, out.getvalue(), err.getvalue())


def test_a_followed_log_ends_with_its_stage(lane: ServedLane) -> None:
    followed, once = logs(lane, "build-or-reuse", "-f"), logs(lane, "build-or-reuse")
    assert (followed.returncode, once.returncode) == (0, 0)
    assert followed.stdout == once.stdout
    assert "#8 DONE" in once.stdout


def test_steps_stand_in_their_order_and_can_be_chosen(lane: ServedLane) -> None:
    titles = [line for line in logs(lane, "tekton-pipelinerun").stdout.splitlines() if line.startswith("==> ")]
    assert titles.index("==> build-or-reuse / step-build <==") < titles.index("==> gitops-publish / step-commit <==")
    chosen = logs(lane, "tekton-pipelinerun", "--section", "gitops-publish").stdout
    assert "build-or-reuse / step-build" not in chosen
    step = logs(lane, "tekton-pipelinerun", "--section", "step-commit").stdout
    assert [line for line in step.splitlines() if line.startswith("==> ")] == ["==> gitops-publish / step-commit <=="]
    vertex = logs(lane, "build-or-reuse", "--section", "[env 3/3]").stdout
    assert "bun install" in vertex
    assert "exporting" not in vertex


def test_init_containers_come_when_they_are_asked_for(lane: ServedLane) -> None:
    steps, every = logs(lane, "tekton-pipelinerun"), logs(lane, "tekton-pipelinerun", "--all")
    assert "Entrypoint initialization" not in steps.stdout
    assert every.stdout.startswith(steps.stdout)
    assert "prepare (init) <==\nEntrypoint initialization" in every.stdout


def test_a_tail_is_the_last_lines_of_each_log_also_when_it_is_followed(lane: ServedLane) -> None:
    once, followed = (logs(lane, "build-or-reuse", "--tail", "2", *more) for more in ((), ("-f",)))
    assert once.stdout.count("\n") == 3
    assert "#8 DONE" in once.stdout
    assert (followed.returncode, followed.stdout) == (0, once.stdout)


def test_lines_are_chosen_by_pattern_and_a_broken_pattern_is_a_mistake_of_usage(lane: ServedLane) -> None:
    told = logs(lane, "build-or-reuse", "--grep", r"^#\d done", "--timestamps").stdout.splitlines()[1:]
    assert told
    assert all("DONE" in line and line.startswith("20") for line in told)
    broken = logs(lane, "build-or-reuse", "--grep", "(")
    assert broken.returncode == 2
    assert broken.stderr.startswith("lanewatch: --grep: ")


async def test_every_stage_has_a_log(lane: ServedLane) -> None:
    words = ["--connections", str(lane.connections), "logs", "runtime-provenance"]
    arguments = command_line(words).parse_args(words)
    async with open_lane(arguments) as session:
        await settle(session, session.lane.status_seconds)
        for stage, word in (
            ("mirror-sync", "Gitea offers no log"),
            ("reuse-plan", '"sourceCommit"'),
            ("gitops-publish", "diff --git"),
            ("argo-closeout", "argoSync: Synced"),
            ("runtime-provenance", "Scheduled"),
        ):
            out, err = io.StringIO(), io.StringIO()
            printer = LogPrinter(session.connected.logs, Wanted.of(arguments, colour=False), out, err)
            shown = session.rollout.stage(stage)
            assert shown is not None
            for handle in log_handles(session.rollout, shown):
                await printer.print_once(handle)
            assert word in out.getvalue(), stage
        forgotten = session.log(handle)
        await forgotten.run(Asked())
        assert not forgotten.is_closed
    assert forgotten.is_closed  # with the session: its bytes on disk are gone


def test_a_reader_that_leaves_early_gets_no_complaint(lane: ServedLane) -> None:
    """Followed: that ends the streams of every step first, then goes the way of a log that is printed once."""
    command = f"python -m lanewatch.cli --connections {lane.connections} logs tekton-pipelinerun -f | head -n 1"
    result = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"PATH=$PWD/.venv/bin:$PATH; {command}"],
        cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert result.stdout.count("\n") == 1
    assert "Traceback" not in result.stderr
    assert "internal error" not in result.stderr
