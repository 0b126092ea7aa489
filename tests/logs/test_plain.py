"""A whole log as plain text: nothing but colours is gone, wherever the pieces end."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanewatch.logs import plain as plain_text
from lanewatch.logs.plain import plain
from lanewatch.logs.spool import SpoolFolder


@pytest.mark.parametrize("piece", [41, 47, 64, 1 << 20])
def test_colours_are_gone_and_all_else_is_there_wherever_a_piece_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(plain_text, "PIECE", piece)
    stored = b"".join(b"\x1b[1;%dmline\x1b[0m %d\n" % (number % 90, number) for number in range(500))
    spool = SpoolFolder(tmp_path).spool()
    spool.append(stored + b"\x01a gap\nend \x1b[0m\n")
    text = b"".join(plain(spool))
    spool.close()
    assert text == b"".join(b"line %d\n" % number for number in range(500)) + b"--- a gap\nend \n"


def test_an_empty_log_is_an_empty_text(tmp_path: Path) -> None:
    spool = SpoolFolder(tmp_path).spool()
    assert list(plain(spool)) == []
    spool.close()
