"""The small record of every rollout that was seen to end: JSON lines in the user's state folder, 0600, capped.

A record is written whole and in one append; a line that cannot be read is skipped and said so. Records of different
lanes stand in one file, told apart by `lane_key`: where the systems are is part of which lane it is.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_state_path

from lanewatch.clients.strict_json import JsonError, parse_json
from lanewatch.rollout.codec import CodecError, decode, encode
from lanewatch.rollout.record import Record
from lanewatch.spec.connections import Connections

MOST_LINES = 2000  # some 1 KiB each: a year of eight rollouts a working day, in 2 MiB
LONGEST_LINE = 16 << 10


@dataclass(frozen=True, slots=True)
class Remembered:
    """The records of one lane, oldest first, and how many lines could not be read."""

    records: tuple[Record, ...]
    skipped: int = 0


def records_path() -> Path:
    return user_state_path("lanewatch") / "rollouts.jsonl"


def lane_key(target: str, connections: Connections) -> str:
    """The target and the addresses of its systems, as twelve hex digits: no address is written down."""
    places = [target, *(str(one.url) for one in (connections.gitea, connections.upstream, connections.registry) if one)]
    return hashlib.sha256("\n".join(places).encode()).hexdigest()[:12]


def read_records(path: Path, key: str) -> Remembered:
    """Every record of the lane; of one commit and attempt the last, and a live one before one read afterwards.

    Without a file there are none. Raises OSError where there is one that cannot be read.
    """
    found: dict[tuple[str, str], Record] = {}
    skipped = 0
    for line in _lines(path):
        try:
            entry = parse_json(line)
            if not isinstance(entry, dict) or not isinstance(entry.get("lane"), str):
                raise CodecError("no record")
            if entry["lane"] == key:
                record = decode(Record, entry.get("record"))
                known = found.get((record.commit, record.attempt))
                if known is None or record.seen == "live" or known.seen != "live":
                    found.pop((record.commit, record.attempt), None)
                    found[record.commit, record.attempt] = record
        except (JsonError, CodecError):
            skipped += 1
    return Remembered(tuple(sorted(found.values(), key=lambda record: record.ended_at)), skipped)


def remember(path: Path, key: str, record: Record) -> None:
    """Append one record, unless the same one stands there already. Raises OSError."""
    if record in read_records(path, key).records:
        return
    line = json.dumps({"lane": key, "record": encode(record)}, ensure_ascii=False, separators=(",", ":")).encode()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _locked(path) as file:
        kept = _tail(file)
        os.lseek(file, 0, os.SEEK_END)
        if kept is not None:
            os.ftruncate(file, 0)
            os.lseek(file, 0, os.SEEK_SET)
            os.write(file, kept)
        os.write(file, line + b"\n")


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """The file, for one writer at a time; it is made for its owner alone."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def _tail(file: int) -> bytes | None:
    """What stays where the cap is reached; None where nothing has to go. A half-written last line is closed."""
    os.lseek(file, 0, os.SEEK_SET)
    with os.fdopen(os.dup(file), "rb") as reader:
        data = reader.read()
    lines = data.splitlines()
    if len(lines) < MOST_LINES and (not data or data.endswith(b"\n")):
        return None
    kept = lines[-(MOST_LINES * 9 // 10) :]
    return b"".join(one + b"\n" for one in kept)


def _lines(path: Path) -> Iterator[bytes]:
    """At most MOST_LINES lines; a longer line is given cut, so that it is skipped and counted."""
    try:
        with path.open("rb") as file:
            lines = file.read(MOST_LINES * LONGEST_LINE).splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return
    yield from (line[:LONGEST_LINE] for line in lines[-MOST_LINES:] if line.strip())
