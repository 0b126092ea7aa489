"""Every recording of a real Tekton controller, and the command that checks them."""

from __future__ import annotations

import gzip
import json
import lzma
import shutil
from pathlib import Path

import pytest

from tests.recordings.check import failures, main, recordings

HERE = Path(__file__).parent / "tekton"
RECORDINGS = list(recordings(HERE))


@pytest.mark.parametrize("folder", RECORDINGS, ids=lambda folder: folder.name)
def test_the_fold_concludes_what_an_engineer_would(folder: Path) -> None:
    assert failures(folder) == []


def test_all_recordings_are_here() -> None:
    assert len(RECORDINGS) == 46


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A copy of one recording, as plain text, that a test may spoil."""
    folder = tmp_path / "cancel"
    folder.mkdir()
    (folder / "watch.ndjson").write_bytes(lzma.decompress((HERE / "cancel" / "watch.ndjson.xz").read_bytes()))
    shutil.copyfile(HERE / "cancel" / "expected.json", folder / "expected.json")
    return folder


def spoil(folder: Path, *path: str | int, value: object) -> None:
    file = folder / "expected.json"
    document = json.loads(file.read_text())
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    file.write_text(json.dumps(document))


BUILD = ("pipelineRuns", 0, "tasks", "build-or-reuse")
CHILD = (*BUILD, "children", 0)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("pipelineRuns", 0, "status"), "True"),
        (("pipelineRuns", 0, "reason"), "Failed"),
        (("pipelineRuns", 0, "message"), "other"),
        (("pipelineRuns", 0, "completionTime"), "2026-11-23T16:37:53Z"),
        (("pipelineRuns", 0, "results"), {"imageDigest": "x"}),
        (("pipelineRuns", 0, "deleted"), True),
        (("pipelineRuns", 0, "uid"), "another"),
        ((*BUILD, "state"), "failed"),
        ((*BUILD, "section"), "finally"),
        ((*BUILD, "skipReason"), "Results were missing"),
        ((*BUILD, "children"), []),
        (("pipelineRuns", 0, "tasks", "extra"), {"section": "tasks", "state": "never_started"}),
        ((*CHILD, "kind"), "CustomRun"),
        ((*CHILD, "reason"), "TaskRunTimeout"),
        ((*CHILD, "attempts"), 2),
        ((*CHILD, "podUids"), []),
        ((*CHILD, "podExistsAtEnd"), True),
        ((*CHILD, "podName"), None),
        ((*CHILD, "deleted"), True),
        ((*CHILD, "results"), {"imageDigest": "x"}),
        ((*CHILD, "steps", 1, "exitCode"), 0),
        ((*CHILD, "steps", 1, "terminationReason"), "Error"),
        ((*CHILD, "steps", 0, "state"), "running"),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else None,
)
def test_every_expectation_is_compared(recording: Path, path: tuple[str | int, ...], value: object) -> None:
    assert failures(recording) == []
    spoil(recording, *path, value=value)
    assert len(failures(recording)) >= 1


def test_the_command_ends_with_the_count(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(recording)]) == 0
    assert capsys.readouterr().out == "1 passed, 0 failed\n"
    spoil(recording, *BUILD, "state", value="failed")
    assert main([str(recording), str(HERE / "sidecar")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "1 passed, 1 failed"
    assert lines[:-1] == ["cancel: agentrun-v02-ci-h4j8s: build-or-reuse: state: expected 'failed', got 'cancelled'"]


def test_a_folder_of_recordings_is_all_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(HERE)]) == 0
    assert capsys.readouterr().out.endswith("46 passed, 0 failed\n")


def test_nothing_to_check_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert main([str(tmp_path / "gone")]) == 1
    assert capsys.readouterr().out.endswith("0 passed, 1 failed\n")


def test_gzip_is_read_too(recording: Path) -> None:
    plain = recording / "watch.ndjson"
    (recording / "watch.ndjson.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    assert failures(recording) == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{broken", "line 1"),
        ('{"t": 1, "kind": "Pod", "type": "PATCHED", "object": {}}', "unknown type 'PATCHED'"),
        ('{"t": 1, "type": "ADDED", "object": {}}', "KeyError"),
    ],
)
def test_an_unreadable_stream_fails_in_one_line(recording: Path, line: str, told: str) -> None:
    stream = recording / "watch.ndjson"
    stream.write_text(line + "\n" + stream.read_text())
    (found,) = failures(recording)
    assert told in found
