"""What is built from the checkout works without it: wheel and sdist, installed into an empty environment."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from tests.packaging.running import run

CONFIG = (
    "cicd-gitea-actions-poc.yaml",
    "agentrun.yaml",
    "cicd-branch-followers.yaml",
    "connections.example.yaml",
    "connections.schema.json",
    "producers/workflow.yaml",
    "producers/scripts/reuse_plan.py",
)


def test_both_hold_the_configuration_and_no_tests_in_the_wheel(built: Path) -> None:
    (wheel,), (sdist,) = built.glob("*.whl"), built.glob("*.tar.gz")
    names = zipfile.ZipFile(wheel).namelist()
    assert {f"lanewatch/config/{name}" for name in CONFIG} <= set(names)
    assert not [name for name in names if name.startswith("tests/")]
    assert {"lanewatch/cli.py", "tui/app.py", "widgets/timeline.py", "tui/screens/stage.tcss"} <= set(names)
    with tarfile.open(sdist) as packed:
        inside = {name.partition("/")[2] for name in packed.getnames()}
    assert {f"config/{name}" for name in CONFIG} <= inside
    assert {"pyproject.toml", "README.md", "LICENSE"} <= inside


def test_the_sdist_alone_makes_the_same_wheel(built: Path, tmp_path: Path) -> None:
    (sdist,), (wheel,) = built.glob("*.tar.gz"), built.glob("*.whl")
    with tarfile.open(sdist) as packed:
        packed.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path / "dist"), "-t", "wheel"]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (again,) = (tmp_path / "dist").glob("*.whl")
    assert again.name == wheel.name
    assert zipfile.ZipFile(again).namelist() == zipfile.ZipFile(wheel).namelist()


def test_it_plans_renders_and_explains_itself_far_from_a_checkout(installed: Path, tmp_path: Path) -> None:
    planned = run(installed, tmp_path, "plan", "-o", "json")
    assert planned.returncode == 0, planned.stderr
    assert json.loads(planned.stdout)["target"]["id"] == "agentrun-jd01-v02"
    where = run(installed, tmp_path, "producers", "render", "argo-application")
    assert "kind: Application" in where.stdout
    assert "lanewatch init" in run(installed, tmp_path, "status").stderr
    code = "import lanewatch; print(lanewatch.__file__)"
    told = subprocess.run([installed / "python", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert Path(told.stdout.strip()).is_relative_to(installed.parent)


def test_its_demo_lane_is_served_and_read(installed: Path, tmp_path: Path) -> None:
    connections = tmp_path / "connections.yaml"
    command = [installed / "lanewatch", "demo", "build", "--serve", "--at", "end", "--write-connections", connections]
    with subprocess.Popen(
        [str(part) for part in command], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as lane:
        assert lane.stdin is not None
        assert lane.stdout is not None
        assert json.loads(lane.stdout.readline())["ready"] is True
        done = run(installed, tmp_path, "--connections", str(connections), "status")
        lane.stdin.close()
        lane.wait(timeout=20)
    assert done.returncode == 0, done
