"""Records on disk: private, capped, whole lines; what cannot be read is skipped and counted."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from lanewatch.rollout.record import Record
from lanewatch.watch import records
from lanewatch.watch.records import read_records, remember
from tests.rollout.story import A, time

LANE = "0123456789ab"
RECORD = Record(
    "agentrun-jd01-v02", A, "41/1", "succeeded", time(90), "built", "env-1", started={"mirror-sync": 0.0},
    finished={"mirror-sync": 8.2}, elapsed_seconds=90.0, checks={"ci-builder-consumes-reuse-plan": "pass"},
)  # fmt: skip


def later(number: int) -> Record:
    return replace(RECORD, commit=f"{number:040x}", ended_at=time(90) + timedelta(minutes=number))


def test_a_record_comes_back_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "state" / "rollouts.jsonl"
    remember(file, LANE, RECORD)
    remember(file, LANE, RECORD)
    assert read_records(file, LANE).records == (RECORD,)
    assert len(file.read_bytes().splitlines()) == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_without_a_file_nothing_is_remembered(tmp_path: Path) -> None:
    assert read_records(tmp_path / "none", LANE).records == ()


def test_another_lane_has_records_of_its_own(tmp_path: Path) -> None:
    remember(tmp_path / "f", LANE, RECORD)
    assert read_records(tmp_path / "f", "another").records == ()


@pytest.mark.parametrize(
    "bad",
    [b"{", b"[]", b'{"lane":"0123456789ab"}',
     b'{"lane":"0123456789ab","record":{"target":7}}', b"\xff\xfe", b'{"lane":1}',
     b'{"lane":"0123456789ab","record":{"target":"t"},"record":{}}', b'"' + b"x" * 40_000 + b'"'],
)  # fmt: skip
def test_a_line_that_is_no_record_is_skipped_and_counted(tmp_path: Path, bad: bytes) -> None:
    file = tmp_path / "f"
    remember(file, LANE, RECORD)
    with file.open("ab") as out:
        out.write(bad + b"\n")
    remember(file, LANE, later(1))
    found = read_records(file, LANE)
    assert found.records == (RECORD, later(1))
    assert found.skipped == 1


def test_a_line_cut_off_by_a_crash_takes_no_other_with_it(tmp_path: Path) -> None:
    file = tmp_path / "f"
    remember(file, LANE, RECORD)
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:50])
    remember(file, LANE, later(1))
    assert read_records(file, LANE).records == (RECORD, later(1))


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MOST_LINES", 20)
    for number in range(50):
        remember(tmp_path / "f", LANE, later(number))
    found = read_records(tmp_path / "f", LANE).records
    assert found[-1] == later(49)
    assert 15 <= len(found) <= 20


def test_what_was_seen_live_outweighs_what_was_read_afterwards(tmp_path: Path) -> None:
    remember(tmp_path / "f", LANE, RECORD)
    remember(tmp_path / "f", LANE, replace(RECORD, seen="history", elapsed_seconds=None))
    assert read_records(tmp_path / "f", LANE).records == (RECORD,)


def test_a_later_end_of_the_same_attempt_replaces_the_earlier(tmp_path: Path) -> None:
    remember(tmp_path / "f", LANE, RECORD)
    remember(tmp_path / "f", LANE, replace(RECORD, state="failed"))
    assert [one.state for one in read_records(tmp_path / "f", LANE).records] == ["failed"]


def test_many_writers_lose_no_line(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: remember(tmp_path / "f", LANE, later(number)), range(40)))
    assert len(read_records(tmp_path / "f", LANE).records) == 40
    assert all(json.loads(line) for line in (tmp_path / "f").read_text().splitlines())


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("mine\n")
    (tmp_path / "f").symlink_to(target)
    with pytest.raises(OSError, match=r"."):
        remember(tmp_path / "f", LANE, RECORD)
    assert target.read_text() == "mine\n"
