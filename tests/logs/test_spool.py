"""Lines on disk: where each begins, pages of them, caps, a full disk, and files that nobody else can read."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewatch.logs import spool as spools
from lanewatch.logs.lines import LINE_BYTES, page, whole
from lanewatch.logs.spool import SpoolFolder, SpoolFull


@given(st.lists(st.integers(0, 90), max_size=60), st.lists(st.integers(1, 400), max_size=8))
def test_every_line_begins_where_it_was_written(lengths: list[int], cuts: list[int]) -> None:
    block, spools.BLOCK = spools.BLOCK, 64
    try:
        lines = [bytes([97 + n % 26]) * length for n, length in enumerate(lengths)]
        data = b"".join(line + b"\n" for line in lines)
        spool = SpoolFolder(Path("/tmp")).spool()
        for cut in cuts:
            spool.append(data[spool.size : spool.size + cut])
        spool.append(data[spool.size :])
        assert spool.lines == len(lines)
        assert [line.text.encode() for line in page(spool, 0, len(lines))] == lines
        for first in range(len(lines)):
            assert [line.text.encode() for line in page(spool, first, 3)] == lines[first : first + 3]
            assert spool.line_at(spool.starts(first, 1)[0]) == first
        spool.close()
    finally:
        spools.BLOCK = block


def test_a_page_costs_the_same_wherever_it_is_and_the_index_is_small(tmp_path: Path) -> None:
    spool = SpoolFolder(tmp_path).spool()
    for _ in range(40):
        spool.append(b"a line of some length, as logs have them\n" * 20_000)
    assert spool.lines == 800_000
    assert spool.index_bytes < spool.size / 8000
    assert page(spool, 799_999, 50)[0].number == 799_999
    assert page(spool, 800_000, 50) == []


def test_a_very_long_line_is_shown_cut_and_opened_whole(tmp_path: Path) -> None:
    spool = SpoolFolder(tmp_path).spool()
    long = "x" * 1_000_000 + "␍" + "last state"
    spool.append(f"before\n{long}\nafter\n".encode())
    before, line, after = page(spool, 0, 3)
    assert (before.text, after.text) == ("before", "after")
    assert (line.text, line.states, line.whole_bytes) == ("last state", 1, len(long.encode()))
    assert whole(spool, 1) == long
    plain = SpoolFolder(tmp_path).spool()
    plain.append(b"y" * 50_000 + b"\n")
    assert len(page(plain, 0, 1)[0].text) == LINE_BYTES
    assert "50000 bytes" in page(plain, 0, 1)[0].shown()


def test_spools_are_private_and_leave_no_file(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "logs"
    spool = SpoolFolder(folder).spool()
    spool.append(b"secret-ish\n")
    assert list(folder.iterdir()) == []
    assert stat.S_IMODE(os.fstat(spool._descriptor).st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    spool.copy_to(tmp_path / "kept.log")
    assert (tmp_path / "kept.log").read_bytes() == b"secret-ish\n"
    assert stat.S_IMODE((tmp_path / "kept.log").stat().st_mode) == 0o600


def test_all_spools_together_stay_within_the_cap_and_closing_gives_room(tmp_path: Path) -> None:
    folder = SpoolFolder(tmp_path, cap=100)
    first, second = folder.spool(), folder.spool()
    first.append(b"x" * 59 + b"\n")
    with pytest.raises(SpoolFull, match="together"):
        second.append(b"y" * 59 + b"\n")
    assert (second.size, folder.held) == (40, 100)
    first.close()
    second.append(b"z\n")
    assert folder.held == 42


def test_a_full_disk_keeps_what_was_kept(tmp_path: Path) -> None:
    def write(descriptor: int, data: bytes | memoryview) -> int:
        if folder.held + len(data) > 30:
            raise OSError(errno.ENOSPC, "no space")
        return os.write(descriptor, data)

    folder = SpoolFolder(tmp_path, write=write)
    spool = folder.spool()
    spool.append(b"first line\n")
    with pytest.raises(SpoolFull, match="disk"):
        spool.append(b"x" * 100 + b"\n")
    assert [line.text for line in page(spool, 0, 9)] == ["first line"]
