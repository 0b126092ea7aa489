"""The journal on disk: nothing is lost by a kill, nothing is taken from a process that lives, old files go."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lanewatch.logs.outliving import KEPT_SECONDS
from lanewatch.rollout.facts import ACTIONS, MIRROR, Correlation, Entry, Moment, Observation, Outcome
from lanewatch.watch import keeping
from lanewatch.watch.journal import Journal
from lanewatch.watch.keeping import JournalKeeper, prune

START = datetime(2026, 7, 5, 14, 0, tzinfo=UTC)
TARGET, PLACE = "agentrun-jd01-v02", "connections.yaml"


def at(seconds: float) -> Moment:
    return Moment(START + timedelta(seconds=seconds), 100.0 + seconds)


def read(seconds: float, reason: str = "", authority: str = MIRROR) -> Observation:
    return Observation(authority, Correlation(), Outcome.OK, reason, at(seconds), 0.1)


def filled(count: int) -> Journal:
    journal = Journal()
    for number in range(count):
        journal.append(read(float(number), f"read {number // 2}", ACTIONS if number % 4 == 3 else MIRROR))
    return journal


def written(folder: Path, journal: Journal) -> JournalKeeper:
    keeper = JournalKeeper(TARGET, PLACE, folder)
    keeper._step(keeper._unwritten(journal), journal.appended)
    return keeper


def resumed(folder: Path, now: Moment, target: str = TARGET, place: str = PLACE) -> Sequence[Entry]:
    return JournalKeeper(target, place, folder, resume=True).resumed(now)


def test_what_was_written_is_resumed(tmp_path: Path) -> None:
    journal = filled(10)
    written(tmp_path, journal).finish(journal)
    assert list(resumed(tmp_path, at(60))) == list(journal.entries)
    assert [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()] == [0o600]


def test_without_the_wish_for_it_nothing_is_resumed(tmp_path: Path) -> None:
    journal = filled(3)
    written(tmp_path, journal).finish(journal)
    assert JournalKeeper(TARGET, PLACE, tmp_path).resumed(at(60)) == ()


@pytest.mark.parametrize(("target", "place"), [("other", PLACE), (TARGET, "elsewhere.yaml")])
def test_another_target_or_other_systems_are_not_resumed(tmp_path: Path, target: str, place: str) -> None:
    journal = filled(3)
    written(tmp_path, journal).finish(journal)
    assert resumed(tmp_path, at(60), target, place) == ()


def test_a_file_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    journal = filled(3)
    keeper = written(tmp_path, journal)
    assert resumed(tmp_path, at(60)) == ()
    keeper.finish(journal)
    assert len(resumed(tmp_path, at(60))) == 3


def test_only_what_is_new_is_written_and_in_order(tmp_path: Path) -> None:
    journal = filled(4)
    keeper = written(tmp_path, journal)
    size = next(tmp_path.iterdir()).stat().st_size
    journal.append(read(20, "later"))
    keeper._step(keeper._unwritten(journal), journal.appended)
    assert next(tmp_path.iterdir()).stat().st_size < 2 * size
    keeper.finish(journal)
    assert list(resumed(tmp_path, at(60))) == list(journal.entries)


def test_a_write_that_comes_late_repeats_nothing(tmp_path: Path) -> None:
    journal = filled(4)
    keeper = written(tmp_path, journal)
    journal.append(read(20, "later"))
    late = (keeper._unwritten(journal), journal.appended)
    journal.append(read(21, "last"))
    keeper.finish(journal)
    keeper._step(*late)
    assert list(resumed(tmp_path, at(60))) == list(journal.entries)


def test_a_torn_last_line_costs_only_itself(tmp_path: Path) -> None:
    journal = filled(5)
    written(tmp_path, journal).finish(journal)
    path = next(tmp_path.iterdir())
    path.write_bytes(path.read_bytes()[:-7])
    assert list(resumed(tmp_path, at(60))) == list(journal.entries)[:4]


def test_a_resumed_run_writes_all_of_it_and_replaces_the_file(tmp_path: Path) -> None:
    before = filled(5)
    written(tmp_path, before).finish(before)
    keeper, journal = JournalKeeper(TARGET, PLACE, tmp_path, resume=True), Journal()
    journal.recall(keeper.resumed(at(60)))
    journal.append(read(61, "after"))
    keeper.finish(journal)
    assert len(list(tmp_path.iterdir())) == 1
    assert list(resumed(tmp_path, at(70))) == [*before.entries, read(61, "after")]


@pytest.mark.parametrize(
    ("wall", "steady", "age"),
    [
        (3600.0, 3700.0, 3598.0),  # of one boot: 100 + 3600
        (3600.0, 40.0, 3598.0),  # booted 40 s ago
        (-1800.0, 700.0, 598.0),  # of one boot, and the wall was set back by some 40 min
        (-1800.0, 40.0, 40.0),  # set back, and booted since: read before that boot at least
    ],
)
def test_ages_hold_across_a_reboot_and_a_wall_clock_that_was_set_back(
    wall: float, steady: float, age: float, tmp_path: Path
) -> None:
    journal = filled(3)
    written(tmp_path, journal).finish(journal)
    last = resumed(tmp_path, Moment(at(wall).wall, steady))[-1].read_at
    assert steady - last.steady == pytest.approx(age)


def test_a_long_file_begins_anew_with_what_memory_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "LONGEST_FILE", 6)
    journal = filled(6)
    keeper = written(tmp_path, journal)
    journal.append(read(30, "new"))
    keeper._step(keeper._unwritten(journal), journal.appended)
    assert len(list(tmp_path.iterdir())) == 1
    journal.append(read(31, "newer"))
    keeper.finish(journal)
    assert list(resumed(tmp_path, at(60))) == list(journal.entries)


def test_a_disk_that_refuses_is_told_and_ends_the_writing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    journal = filled(3)
    keeper = written(tmp_path / "file", journal)
    assert "no longer written down" in keeper.trouble
    keeper.finish(journal)


def test_a_disk_that_is_full_is_told_and_ends_nothing_else(tmp_path: Path) -> None:
    """Seen as an exit code of 1 of a person who pressed q: what could not be written was tried once more at the end."""
    journal = filled(3)
    keeper = written(tmp_path, journal)
    assert keeper._file is not None
    keeper._file.close()
    keeper._file = open("/dev/full", "wb")  # noqa: SIM115 - the keeper closes it
    journal.append(read(30, "new"))
    keeper.finish(journal)
    assert keeper.trouble == "the journal is no longer written down: No space left on device"
    assert keeper._file is None


def test_old_and_too_many_files_go_but_none_that_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = filled(3)
    for _ in range(3):
        written(tmp_path, journal).finish(journal)
    paths = sorted(tmp_path.iterdir())
    for path, age in zip(paths, (KEPT_SECONDS + 10, 20.0, 10.0), strict=True):
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
    prune(tmp_path, 1_000_000)
    assert set(tmp_path.iterdir()) == set(paths[1:])
    monkeypatch.setattr(keeping, "KEPT_BYTES", paths[1].stat().st_size)
    prune(tmp_path, 1_000_000)
    assert set(tmp_path.iterdir()) == {paths[2]}
    keeper = written(tmp_path, journal)
    prune(tmp_path, 10**12)
    assert len(list(tmp_path.iterdir())) == 1
    keeper.finish(journal)


def test_a_moved_entry_keeps_all_else(tmp_path: Path) -> None:
    entry = read(1)
    assert keeping._moved(entry, 5.0) == replace(entry, read_at=Moment(entry.read_at.wall, entry.read_at.steady + 5.0))
