"""The tests for real systems, run as their owner runs them, on an embedded lane: they would not rot unseen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ruamel.yaml import YAML

from tests.e2e.lanes import REPOSITORY, serving


def test_the_live_tests_pass_on_a_lane_that_is_served(tmp_path: Path) -> None:
    with serving("build", tmp_path) as lane:
        told = YAML(typ="safe").load(lane.connections)
        given = {
            "GITEA": told["gitea"]["url"],
            "GITEA_TOKEN": Path(told["gitea"]["token"]["file"]).read_text().strip(),
            "REPOSITORY": "pikasTech/agentrun",
            "KUBECONFIG": told["kubernetes"]["kubeconfig"],
            "NAMESPACE": "agentrun-ci",
            "REGISTRY": told["registry"]["url"],
            "IMAGE": f"agentrun/agentrun-mgr:v0.2-{told['commit'][:12]}",
            "UPSTREAM": told["upstream"]["url"],
            "HEALTH": f"{told['health']['service']}:{told['health']['port']}",
            "COMMIT": told["commit"],
        }
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-rs", "tests/live"],
            cwd=REPOSITORY,
            env={**os.environ, **{f"LANEWATCH_LIVE_{name}": value for name, value in given.items()}},
            capture_output=True,
            text=True,
            timeout=180,
        )
    assert done.returncode == 0, done.stdout
    skipped = [line for line in done.stdout.splitlines() if line.startswith("SKIPPED")]
    assert [line.rpartition(": ")[2] for line in skipped] == ["needs LANEWATCH_LIVE_WRITE"], done.stdout
