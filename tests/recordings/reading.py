"""Reads one recording folder and feeds it through the fold that the authority uses.

Format: `watch.ndjson` (also .gz or .xz), one `{t, kind, type, object}` a line; `expected.json` beside it.
New ones are added as `xz -9e --check=crc32 watch.ndjson`: the same bytes everywhere, a tenth of the size or less.
"""

from __future__ import annotations

import gzip
import json
import lzma
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Literal, cast

from lanewatch.authorities.interface import ObjectEvent
from lanewatch.authorities.tekton_history import History, differences, fold

OPENERS: dict[str, Callable[[Path, Literal["rt"]], IO[Any]]] = {
    "watch.ndjson": Path.open,
    "watch.ndjson.xz": lzma.open,
    "watch.ndjson.gz": gzip.open,
}
CHANGES = ("ADDED", "MODIFIED", "DELETED")


def is_recording(folder: Path) -> bool:
    return (folder / "expected.json").is_file() or any((folder / stream).is_file() for stream in OPENERS)


def expected(folder: Path) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads((folder / "expected.json").read_text(encoding="utf-8")))


def lines(folder: Path) -> Iterator[dict[str, Any]]:
    """The recorded lines. Raises FileNotFoundError without a stream, ValueError on a line that is no JSON object."""
    stream = next((name for name in OPENERS if (folder / name).is_file()), None)
    if stream is None:
        raise FileNotFoundError(f"{folder}: none of {', '.join(OPENERS)}")
    with OPENERS[stream](folder / stream, "rt") as text:
        for number, line in enumerate(text, start=1):
            if not line.strip():
                continue
            try:
                yield json.loads(line)
            except ValueError as error:
                raise ValueError(f"{stream} line {number}: {error}") from None


def events_of(history: History, line: dict[str, Any]) -> list[ObjectEvent]:
    """One recorded line as ObjectEvents: a LIST is diffed by uid like a poll; a BOOKMARK or ERROR says nothing new."""
    kind, at = line["kind"], line["t"] / 1000
    if line["type"] == "LIST":
        return differences(history, kind, line["object"].get("items") or [], at)
    if line["type"] in CHANGES:
        return [ObjectEvent(line["type"], kind, line["object"], at)]
    if line["type"] in ("BOOKMARK", "ERROR"):
        return []
    raise ValueError(f"unknown type {line['type']!r}")


def folded(recorded: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> History:
    history = History()
    for line in recorded:
        history = fold(history, events_of(history, line))
    return history
