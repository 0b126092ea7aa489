"""`logs` as people use it: followed to its end, filtered, cut by section, piped into something that leaves early."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.e2e.lanes import REPOSITORY, ServedLane, lanewatch, serving


@pytest.fixture(scope="module")
def lane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedLane]:
    with serving("build", tmp_path_factory.mktemp("lane")) as served:
        yield served


def logs(lane: ServedLane, *arguments: str) -> subprocess.CompletedProcess[str]:
    return lanewatch("--connections", str(lane.connections), "logs", *arguments)


def test_a_followed_log_ends_with_its_stage(lane: ServedLane) -> None:
    followed, once = logs(lane, "build-or-reuse", "-f"), logs(lane, "build-or-reuse")
    assert (followed.returncode, once.returncode) == (0, 0)
    assert followed.stdout == once.stdout
    assert "#8 DONE" in once.stdout


def test_steps_stand_in_their_order_and_can_be_chosen(lane: ServedLane) -> None:
    titles = [line for line in logs(lane, "tekton-pipelinerun").stdout.splitlines() if line.startswith("==> ")]
    assert titles.index("==> build-or-reuse / build <==") < titles.index("==> gitops-publish / commit <==")
    chosen = logs(lane, "tekton-pipelinerun", "--section", "gitops-publish").stdout
    assert "build-or-reuse / build" not in chosen
    vertex = logs(lane, "build-or-reuse", "--section", "[env 3/3]").stdout
    assert "bun install" in vertex
    assert "exporting" not in vertex


def test_lines_are_chosen_by_pattern_and_a_broken_pattern_is_a_mistake_of_usage(lane: ServedLane) -> None:
    told = logs(lane, "build-or-reuse", "--grep", r"^#\d done", "--timestamps").stdout.splitlines()[1:]
    assert told
    assert all("DONE" in line and line.startswith("20") for line in told)
    broken = logs(lane, "build-or-reuse", "--grep", "(")
    assert broken.returncode == 2
    assert broken.stderr.startswith("lanewatch: --grep: ")


def test_every_stage_has_a_log(lane: ServedLane) -> None:
    for stage, word in (
        ("mirror-sync", "Gitea offers no log"),
        ("reuse-plan", '"sourceCommit"'),
        ("gitops-publish", "diff --git"),
        ("argo-closeout", "argoSync: Synced"),
        ("runtime-provenance", "Scheduled"),
    ):
        assert word in logs(lane, stage).stdout


def test_a_reader_that_leaves_early_gets_no_complaint(lane: ServedLane) -> None:
    for more in ("", " -f"):
        command = f"python -m lanewatch.cli --connections {lane.connections} logs tekton-pipelinerun{more} | head -n 1"
        result = subprocess.run(
            ["bash", "-o", "pipefail", "-c", f"PATH=$PWD/.venv/bin:$PATH; {command}"],
            cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert result.stdout.count("\n") == 1
        assert "Traceback" not in result.stderr
        assert "internal error" not in result.stderr
