"""Logs that outlive the process: what a later run finds of them, what it does not show, and when they go."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from lanewatch.clients.answers import ReadFailure
from lanewatch.logs import keeping
from lanewatch.logs.keeping import KeptLogs, prune
from lanewatch.logs.log import Log, State
from lanewatch.logs.outliving import KEPT_SECONDS
from lanewatch.logs.reading import LogReader
from lanewatch.logs.sources import Asked, Piece
from lanewatch.logs.spool import SpoolFolder
from lanewatch.rollout.facts import Handle, Outcome
from lanewatch.text import PATTERNS_ONLY

LOCATOR = "k8s-log:ci/ns/pod/main"


class Gone:
    """A log whose Pod is gone."""

    async def pieces(self, asked: Asked) -> AsyncGenerator[Piece, None]:
        if asked.follow:
            raise ReadFailure(Outcome.ABSENT, "the Pod is gone")
        yield b""


class Written:
    def __init__(self, *texts: bytes) -> None:
        self.texts = texts

    async def pieces(self, asked: Asked) -> AsyncGenerator[Piece, None]:
        for text in self.texts:
            yield text


def kept(folder: Path, lane: str = "a lane") -> KeptLogs:
    logs = KeptLogs(folder / "kept", lane)
    logs.prepare()
    return logs


async def read(folder: Path, source: Written | Gone, logs: KeptLogs) -> Log:
    log = Log("main", source, SpoolFolder(folder), PATTERNS_ONLY, logs.of(LOCATOR))
    await log.run(Asked(follow=True))
    return log


def lines(log: Log) -> list[str]:
    return [line.text for line in log.page(0, 100)]


@pytest.mark.parametrize("killed", [False, True])
async def test_a_later_run_has_the_log_of_a_pod_that_is_gone(tmp_path: Path, killed: bool) -> None:
    first = await read(tmp_path, Written(b"one\n", b"two\n"), kept(tmp_path))
    if not killed:
        first.close()
    later = await read(tmp_path, Gone(), kept(tmp_path))
    assert later.state is State.ENDED
    mark, *rest = lines(later)
    assert mark.startswith("the Pod is gone: what follows was read by an earlier run, until 20")
    assert rest == ["one", "two"]
    later.close()
    assert lines(await read(tmp_path, Gone(), kept(tmp_path)))[-2:] == ["one", "two"]  # and the run after that, too


async def test_where_no_nameless_file_can_be_named_it_is_copied_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    (await read(tmp_path, Written(b"one\n"), kept(tmp_path))).close()
    assert lines(await read(tmp_path, Gone(), kept(tmp_path)))[1:] == ["one"]


async def test_a_log_that_is_there_is_read_anew_and_the_longer_one_stays(tmp_path: Path) -> None:
    (await read(tmp_path, Written(b"one\n"), kept(tmp_path))).close()
    again = await read(tmp_path, Written(b"one\n", b"two\n"), kept(tmp_path))
    assert lines(again) == ["one", "two"]
    again.close()
    (await read(tmp_path, Written(b"o\n"), kept(tmp_path))).close()
    assert lines(await read(tmp_path, Gone(), kept(tmp_path)))[1:] == ["one", "two"]


async def test_a_log_of_which_nothing_was_kept_says_why_it_cannot_be_read(tmp_path: Path) -> None:
    log = await read(tmp_path, Gone(), kept(tmp_path))
    assert (log.state, log.reason) == (State.FAILED, "the Pod is gone")


async def test_what_is_kept_is_ours_alone_and_goes_when_the_lane_has_ended(tmp_path: Path) -> None:
    logs, other = kept(tmp_path), kept(tmp_path, "another lane")
    (await read(tmp_path, Written(b"one\n"), logs)).close()
    (await read(tmp_path, Written(b"two\n"), other)).close()
    assert stat.S_IMODE(logs.folder.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in logs.folder.iterdir())
    logs.forget()
    assert not logs.of(LOCATOR).path.exists()
    assert other.of(LOCATOR).path.exists()


@pytest.mark.parametrize("ended", [False, True])
def test_a_reader_keeps_what_it_has_open_unless_the_lane_ended(tmp_path: Path, ended: bool) -> None:
    reader = LogReader(None, {}, PATTERNS_ONLY, spools=tmp_path)
    reader.keep("a lane")
    log = reader.open(Handle("log", "", "observed:x", "what was observed"))
    log._take(b"one\n")
    reader.close(ended=ended)
    assert len(list((tmp_path / "kept").iterdir())) == (0 if ended else 1)


def test_old_logs_go_and_the_oldest_beyond_the_cap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "KEPT_BYTES", 10)
    for name, size, age in (("a", 6, 0.0), ("b", 4, 10.0), ("c", 4, 20.0), ("d", 0, KEPT_SECONDS + 1)):
        (tmp_path / name).write_bytes(b"x" * size)
        os.utime(tmp_path / name, (1e9 - age, 1e9 - age))
    assert prune(tmp_path, 1e9) == 10
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_what_is_kept_counts_towards_the_cap_of_all_spools(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "x-y.log").write_bytes(b"12345")
    reader = LogReader(None, {}, PATTERNS_ONLY, spools=tmp_path)
    reader.keep("a lane")
    reader.open(Handle("log", "", "observed:x", "what was observed"))
    assert reader._folder is not None
    assert reader._folder.held == 5
    reader.close()
