"""`producers`: what the lane's owners apply so that there is something to watch. Prints; applies nothing."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from lanewatch.commands.errors import UsageError, unknown
from lanewatch.commands.lane import selected_lane
from lanewatch.output.producers import PRODUCERS, Producer, producer_folder, render


def run(arguments: Namespace) -> int:
    if arguments.action == "list":
        width = max(len(producer.name) for producer in PRODUCERS)
        for producer in PRODUCERS:
            print(f"{producer.name:<{width}}  {producer.purpose}")
        return 0
    lane, chosen = selected_lane(arguments), _chosen(arguments.names)
    texts = [(producer, render(producer, lane, producer_folder())) for producer in chosen]
    if arguments.directory is None:
        sys.stdout.write("---\n".join(text for _, text in texts))
        return 0
    for producer, text in texts:
        print(_write(arguments.directory, producer, text))
    return 0


def _chosen(names: list[str]) -> list[Producer]:
    """Those that are named, in the order of the lane; without a name all of them."""
    known = {producer.name: producer for producer in PRODUCERS}
    for name in names:
        if name not in known:
            raise unknown("producer", name, known)
    return [producer for producer in PRODUCERS if not names or producer.name in names]


def _write(directory: Path, producer: Producer, text: str) -> Path:
    path = directory / producer.file
    try:
        directory.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {(error.strerror or 'unwritable').lower()}") from None
    return path
