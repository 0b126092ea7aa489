"""Evidence through real processes: exported from a lane that plants secrets, verified, forged, replayed offline."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.lanes import REPOSITORY, ServedLane, lanewatch, serving


@dataclass(frozen=True)
class Exported:
    """A bundle and what `status` said of the same lane just before."""

    bundle: Path
    lane: ServedLane
    status: dict[str, object]
    said: subprocess.CompletedProcess[str]
    key: bytes  # of the fingerprints of this installation


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exported]:
    folder = tmp_path_factory.mktemp("exported")
    with serving("hostile", folder) as lane:
        connections = ("--connections", str(lane.connections))
        status = lanewatch(*connections, "status", "-o", "json")
        kept = {"XDG_STATE_HOME": str(folder / "state")}
        done = lanewatch(*connections, "evidence", "export", "--logs", "--output", str(folder / "out"), **kept)
        assert done.returncode == 0, done.stderr
        key = (folder / "state" / "lanewatch" / "fingerprint.key").read_bytes()
        yield Exported(Path(done.stdout.strip()), lane, json.loads(status.stdout), done, key)


def test_what_was_exported_is_proven(exported: Exported) -> None:
    done = lanewatch("evidence", "verify", str(exported.bundle))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"intact, unsigned\n  {exported.bundle.name}\n")
    assert "evidence 11 of 11 present" in done.stdout


def test_the_summary_is_that_of_status_and_of_the_replay(exported: Exported) -> None:
    summary = (exported.bundle / "data/summary.json").read_bytes()
    told = json.loads(summary)
    for key in ("schema", "target", "commit", "state", "evidence", "lastGood"):
        assert told[key] == exported.status[key]
    replayed = lanewatch("evidence", "replay", "--print", str(exported.bundle))
    assert (replayed.returncode, replayed.stdout.encode()) == (0, summary)


def test_objects_and_logs_were_read(exported: Exported) -> None:
    index = json.loads((exported.bundle / "data/index.json").read_text())
    read = {one["title"].split()[0] for one in index["exhibits"] if one["kind"] == "object" and one["digest"]}
    assert {"Job", "Application", "Deployment", "TaskRun"} <= read
    assert len(index["logs"]) >= 5
    assert {one["label"] for one in index["spec_files"]} >= {"config/cicd-gitea-actions-poc.yaml"}


def test_no_planted_secret_is_in_it(exported: Exported) -> None:
    files = [path.read_bytes() for path in exported.bundle.rglob("*") if path.is_file()]
    assert len(exported.lane.secrets) >= 10
    for secret in exported.lane.secrets:
        data = secret.encode()
        for form in (data, base64.b64encode(data).rstrip(b"="), data.hex().encode()):
            assert not [one for one in files if form in one]
    assert not [one for one in files for form in (exported.key, base64.b64encode(exported.key)) if form in one]
    assert exported.key.hex().encode() not in b"".join(files)
    index = json.loads((exported.bundle / "data/index.json").read_text())
    read = [one for one in index["logs"] if not one["locator"].startswith("observed:")]  # that one holds facts
    marks = [
        mark
        for one in read
        for mark in re.findall(rb"\[redacted:[^\]]*\]", (exported.bundle / "data/logs" / one["name"]).read_bytes())
    ]
    assert len(marks) > 10
    assert all(re.fullmatch(rb"\[redacted:[a-z-]+#[0-9a-f]{8}\]", mark) for mark in marks)


def test_a_forged_bundle_gives_6_and_one_that_is_not_there_1(exported: Exported, tmp_path: Path) -> None:
    forged = tmp_path / "forged"
    shutil.copytree(exported.bundle, forged)
    summary = forged / "data/summary.json"
    summary.write_text(summary.read_text().replace('"succeeded"', '"failed"', 1))
    done = lanewatch("evidence", "verify", str(forged))
    message = "data/summary.json: its hash is not the one in manifest-sha256.txt"
    assert (done.returncode, done.stdout, done.stderr) == (6, "", f"lanewatch: not what it claims: {message}\n")
    assert lanewatch("evidence", "replay", "--print", str(forged)).returncode == 6
    done = lanewatch("evidence", "verify", str(tmp_path / "none"))
    assert (done.returncode, done.stderr) == (1, "lanewatch: cannot tell: none: No such file or directory\n")
    assert lanewatch("evidence", "replay", str(exported.bundle)).returncode == 2  # no terminal to play on


def test_two_bundles_are_compared(exported: Exported) -> None:
    done = lanewatch("evidence", "diff", str(exported.bundle), str(exported.bundle))
    assert done.returncode == 0
    assert "build-or-reuse" in done.stdout
    assert "changed" not in done.stdout


def test_it_is_not_overwritten_and_a_link_is_not_followed(exported: Exported, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    connections = ("--connections", str(exported.lane.connections))
    done = lanewatch(*connections, "evidence", "export", "--output", str(tmp_path / "link"))
    assert done.returncode == 1
    assert done.stderr.endswith("is a link: name the folder itself\n")
    assert [one.name for one in tmp_path.iterdir()] == ["link"]


OFFLINE = """
import socket, sys
def refused(*_, **__):
    raise AssertionError("the network was asked")
socket.socket.connect = socket.getaddrinfo = refused
from lanewatch.cli import main
code = main(["evidence", *sys.argv[1:]])
assert not {"httpx", "aiohttp", "kubernetes", "textual"} & set(sys.modules), sorted(sys.modules)
sys.exit(code)
"""


@pytest.mark.parametrize("action", [("verify",), ("replay", "--print")])
def test_verify_and_replay_need_no_network_and_load_no_client(exported: Exported, action: tuple[str, ...]) -> None:
    command = [sys.executable, "-c", OFFLINE, *action, str(exported.bundle)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
