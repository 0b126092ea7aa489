"""The recorded streams as another watcher could have got them: whatever loses nothing changes no conclusion.

Every change of a stream is seeded by the recording's name, so that each run of these tests reads the same streams.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.recordings.comparison import mismatches
from tests.recordings.reading import CHANGES, expected, folded, lines
from tests.recordings.test_recordings import RECORDINGS

Line = dict[str, Any]
Stream = list[Line]


def interleaved(stream: Stream, dice: random.Random) -> Stream:
    """The watches arrive in another order; within each kind nothing changes."""
    waiting: dict[str, Stream] = {}
    for line in stream:
        waiting.setdefault(line["kind"], []).append(line)
    haste = {kind: dice.uniform(0.05, 1.0) for kind in waiting}
    found = []
    while left := [kind for kind in waiting if waiting[kind]]:
        (kind,) = dice.choices(left, [haste[one] for one in left])
        found.append(waiting[kind].pop(0))
    return found


def doubled(stream: Stream, dice: random.Random) -> Stream:
    """Some lines come twice."""
    return [line for one in stream for line in ([one, one] if dice.random() < 0.3 else [one])]


def replayed(stream: Stream, dice: random.Random) -> Stream:
    """Now and then a watch begins again at an older version, and tells everything from there once more."""
    found: Stream = []
    for number, line in enumerate(stream, 1):
        found.append(line)
        told = [one for one in stream[:number] if one["kind"] == line["kind"] and one["type"] in CHANGES]
        if told and dice.random() < 0.1:
            found += told[dice.randrange(len(told)) :]
    return found


def listed_between(stream: Stream, dice: random.Random) -> Stream:
    """Somebody polls beside the watches."""
    found: Stream = []
    for number, line in enumerate(stream, 1):
        found.append(line)
        if dice.random() < 0.08:
            found.append(snapshot(stream[:number], dice.choice(kinds(stream[:number]))))
    return found


def polled(stream: Stream, dice: random.Random) -> Stream:
    """No watch at all: every kind is listed after each line that changed one, one kind a little late."""
    found: Stream = []
    for number in range(1, len(stream) + 1):
        found.append(snapshot(stream[:number], stream[number - 1]["kind"]))
        late = dice.choice(kinds(stream[:number]))
        found.append(snapshot(stream[:number], late))
    return found


def kinds(stream: Stream) -> list[str]:
    return list(dict.fromkeys(line["kind"] for line in stream))


def snapshot(stream: Stream, kind: str) -> Line:
    """What a LIST of the kind answers after these lines."""
    there: dict[str, Any] = {}
    for line in stream:
        if line["kind"] != kind:
            continue
        if line["type"] == "LIST":
            there = {one["metadata"]["uid"]: one for one in line["object"].get("items") or []}
        elif line["type"] == "DELETED":
            there.pop(line["object"]["metadata"]["uid"], None)
        elif line["type"] in CHANGES:
            there[line["object"]["metadata"]["uid"]] = line["object"]
    return {"t": stream[-1]["t"], "kind": kind, "type": "LIST", "object": {"items": list(there.values())}}


@pytest.mark.parametrize("other", [interleaved, doubled, replayed, listed_between])
@pytest.mark.parametrize("folder", RECORDINGS, ids=lambda folder: folder.name)
def test_a_stream_that_lost_nothing_concludes_the_same(
    folder: Path, other: Callable[[Stream, random.Random], Stream]
) -> None:
    stream = other(list(lines(folder)), random.Random(f"{folder.name} {other.__name__}"))
    assert mismatches(folded(stream), expected(folder)) == []


@pytest.mark.parametrize("name", ["cancel", "retries-exhausted", "same-name-recreated", "taskrun-deleted-recreated"])
def test_polls_that_missed_nothing_conclude_the_same(name: str) -> None:
    (folder,) = [one for one in RECORDINGS if one.name == name]
    stream = polled(list(lines(folder)), random.Random(name))
    assert mismatches(folded(stream), expected(folder)) == []


@pytest.mark.parametrize("folder", RECORDINGS, ids=lambda folder: folder.name)
def test_who_looks_only_at_the_end_gives_the_same_verdicts(folder: Path) -> None:
    """What was deleted before cannot be known; of what is left every verdict is the same."""
    recorded = list(lines(folder))
    stream = [snapshot(recorded, kind) for kind in kinds(recorded)]
    found = mismatches(folded(stream), only_what_is_left(expected(folder)))
    assert [line for line in found if ": podUids: " not in line] == []


def only_what_is_left(wanted: dict[str, Any]) -> dict[str, Any]:
    runs = [run for run in wanted["pipelineRuns"] if not run.get("deleted")]
    for run in runs:
        for task in run["tasks"].values():
            task["children"] = [child for child in task.get("children", []) if not child.get("deleted")]
    return {"pipelineRuns": runs}
