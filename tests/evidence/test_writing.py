"""Writing a bundle: whole or not at all, for us alone, over nothing, and the same bytes for the same input."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lanewatch.evidence import writing
from lanewatch.evidence.bag import PARTIAL, PREFIX, BundleError
from lanewatch.evidence.verify import verify
from lanewatch.evidence.writing import WritingError
from tests.evidence.made import logs, material, written

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("as_tar", [False, True])
def test_the_same_input_gives_the_same_bytes(tmp_path: Path, as_tar: bool) -> None:
    first, second = (written(tmp_path / name, as_tar=as_tar, logs=logs(b"text\n")) for name in ("a", "b"))
    assert first.name == second.name
    files = [Path()] if as_tar else sorted(one.relative_to(first) for one in first.rglob("*") if one.is_file())
    assert [(first / one).read_bytes() for one in files] == [(second / one).read_bytes() for one in files]


def test_files_and_folders_are_for_us_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = written(tmp_path / "new", logs=logs(b"text\n"))
    finally:
        os.umask(before)
    modes = {one: stat.S_IMODE(one.stat().st_mode) for one in (path, *path.rglob("*"))}
    assert {mode for one, mode in modes.items() if one.is_dir()} == {0o700}
    assert {mode for one, mode in modes.items() if one.is_file()} == {0o600}


@pytest.mark.parametrize("as_tar", [False, True])
def test_what_is_there_is_not_overwritten(tmp_path: Path, as_tar: bool) -> None:
    path = written(tmp_path, as_tar=as_tar)
    before = path.stat().st_mtime_ns
    with pytest.raises(WritingError, match="exists: it is not overwritten"):
        written(tmp_path, as_tar=as_tar)
    assert path.stat().st_mtime_ns == before
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_an_empty_folder_or_link_of_that_name_is_not_replaced(tmp_path: Path) -> None:
    name = written(tmp_path / "first").name
    place = tmp_path / "second"
    place.mkdir()
    (place / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WritingError, match="exists"):
        written(place)
    assert not (tmp_path / "elsewhere").exists()


def test_nothing_is_written_through_a_link_or_where_everybody_writes(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(WritingError, match="is a link"):
        written(tmp_path / "link")
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    with pytest.raises(WritingError, match="can be written by everybody"):
        written(shared)
    shared.chmod(0o1777)
    assert verify(written(shared))


@pytest.mark.parametrize("call", ["write", "fsync", "open", "mkdir", "rename", "link"])
def test_a_disk_that_fails_at_any_point_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """The k-th call fails, for every k until the export passes."""
    true: Callable[..., Any] = getattr(os, call)
    for failing in range(1, 200):
        count = 0

        def sometimes(*arguments: Any, true: Any = true, failing: int = failing, **named: Any) -> Any:
            nonlocal count
            count += 1
            if count == failing:
                raise OSError(28, "No space left on device")
            return true(*arguments, **named)

        monkeypatch.setattr(os, call, sometimes)
        place = tmp_path / f"{call}-{failing}"
        try:
            path = written(place, as_tar=call == "link")
        except OSError:
            monkeypatch.setattr(os, call, true)
            for shown in [one for one in place.glob("*") if not one.name.startswith(PREFIX)]:
                assert verify(shown)  # only the last sync of the folder above can fail so late
            continue
        monkeypatch.setattr(os, call, true)
        assert failing > 1
        assert verify(path)
        return
    pytest.fail("it never passed")


def test_a_journal_that_no_verifier_would_hold_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MOST_KEPT", 10_000)
    with pytest.raises(WritingError, match="the journal is too long for a bundle"):
        written(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_strays_of_the_dead_are_swept_and_those_of_the_living_are_not(tmp_path: Path) -> None:
    import fcntl

    dead, living = (tmp_path / f"{PREFIX}{name}{PARTIAL}" for name in ("dead", "living"))
    foreign = tmp_path / ".lanewatch-evidence-kept"
    for folder in (dead, living, foreign):
        (folder / "bundle").mkdir(parents=True)
    lock = os.open(living, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    written(tmp_path)
    os.close(lock)
    assert not dead.exists()
    assert living.exists()
    assert foreign.exists()


def test_an_unfinished_bundle_is_refused_by_name(tmp_path: Path) -> None:
    path = written(tmp_path)
    hidden = tmp_path / f"{PREFIX}x{PARTIAL}"
    hidden.mkdir()
    inside = path.rename(hidden / path.name)
    for one in (hidden, inside):
        with pytest.raises(BundleError, match="an export that was not finished"):
            verify(one)


KILLED = """
import os, signal, sys, time
from pathlib import Path
from tests.evidence.made import logs, material, written
from tests.rollout import story
folder = Path(sys.argv[1])
written(folder / "warm")
begun = time.monotonic()
written(folder / "measured", material(at=story.moment(91)), as_tar=True, logs=logs(b"x" * 99_999))
lasting = time.monotonic() - begun
for turn in range(16):
    child = os.fork()
    if child == 0:
        for second in range(10_000):
            made = material(at=story.moment(90 + second))
            written(folder / str(turn), made, as_tar=second % 2 == 1, logs=logs(b"x" * 99_999))
    time.sleep(lasting * 3 * turn / 16)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


def test_a_kill_at_any_point_leaves_nothing_that_is_not_whole(tmp_path: Path) -> None:
    """Sixteen exporters are killed, each at another point of its work; what can be seen afterwards is proven."""
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=REPOSITORY, check=True, timeout=60)
    shown = [one for one in tmp_path.glob("[0-9]*/*") if not one.name.startswith(PREFIX)]
    strays = list(tmp_path.glob(f"*/{PREFIX}*"))
    for one in shown:
        assert verify(one)
    for one in [*strays, *(inside for stray in strays for inside in stray.iterdir())]:
        with pytest.raises(BundleError):
            verify(one)
    assert shown
    assert strays
    written(strays[0].parent, replace(material(), at=material().entries[0].read_at))
    assert not strays[0].exists()
