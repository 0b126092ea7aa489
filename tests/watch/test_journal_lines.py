"""A journal as chained lines: read as written, and refused at the first byte that is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256

import pytest

from lanewatch.rollout.facts import Confirmation, Entry, Moment
from lanewatch.watch.journal_lines import GENESIS, SCHEMA, Chain, JournalError, read_lines
from tests.rollout import story

ENTRIES: list[Entry] = [
    story.operator(),
    *(seen.last for seen in story.delivered().seen.values()),
    Confirmation("gitops-commit", story.moment(99), 0.25),
]
PICTURE: Moment = story.moment(100)


def written() -> list[bytes]:
    chain = Chain()
    return [chain.line(body) for body in ("some-target", *ENTRIES, PICTURE)]


def test_what_was_written_is_read() -> None:
    read = list(read_lines(written()))
    assert [line.body for line in read] == ["some-target", *ENTRIES, PICTURE]
    assert read[-1].head == json.loads(written()[-1])["hash"]


def test_each_hash_is_that_of_the_previous_one_and_the_body_as_it_stands() -> None:
    head = GENESIS
    for line in map(json.loads, written()):
        assert line["prev"] == head
        head = sha256((line["prev"] + line["body"]).encode()).hexdigest()
        assert line["hash"] == head
    assert json.loads(json.loads(written()[0])["body"]) == {"schema": SCHEMA, "target": "some-target"}


def test_a_chain_goes_on_from_any_head() -> None:
    first, second = written()[:2]
    assert Chain(json.loads(first)["hash"]).line(ENTRIES[0]) == second


def test_every_single_byte_that_changes_is_noticed() -> None:
    lines = written()
    line = lines[1]
    for place in range(len(line)):
        for flip in (0x01, 0x20, 0x80):
            changed = line[:place] + bytes([line[place] ^ flip]) + line[place + 1 :]
            with pytest.raises(JournalError):
                list(read_lines([lines[0], changed, *lines[2:]]))


def without(lines: list[bytes]) -> list[bytes]:
    return [*lines[:2], *lines[3:]]


def swapped(lines: list[bytes]) -> list[bytes]:
    return [*lines[:2], lines[3], lines[2], *lines[4:]]


def headless(lines: list[bytes]) -> list[bytes]:
    return lines[1:]


def spaced(lines: list[bytes]) -> list[bytes]:
    return [json.dumps(json.loads(lines[0])).encode() + b"\n", *lines[1:]]


def doubled_key(lines: list[bytes]) -> list[bytes]:
    return [lines[0].replace(b'"prev"', b'"body":"","prev"', 1), *lines[1:]]


def unended(lines: list[bytes]) -> list[bytes]:
    return [*lines[:-1], lines[-1].rstrip()]


def rechained(old: str, new: str) -> Callable[[list[bytes]], list[bytes]]:
    """A body changed by someone who can compute hashes: only its meaning gives it away."""

    def change(lines: list[bytes]) -> list[bytes]:
        head, changed = GENESIS, []
        for line in lines:
            body = json.loads(line)["body"].replace(old, new, 1)
            previous, head = head, sha256((head + body).encode()).hexdigest()
            form = {"prev": previous, "hash": head, "body": body}
            changed.append(json.dumps(form, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        return changed

    return change


@pytest.mark.parametrize(
    "change",
    [
        without,
        swapped,
        headless,
        spaced,
        doubled_key,
        unended,
        rechained('{"observation"', '{"guess"'),
        rechained('"seconds":', '"seconds": '),
        rechained('"authority":', '"authority":"x","authority":'),
        rechained('"steady":1000.0', '"steady":NaN'),
        rechained('"steady":1000.0', '"steady":' + "9" * 5000),
        rechained('"some-target"', '"\\ud800"'),
        rechained('"picture":', '"picture":' + "[" * 5000),
        rechained(SCHEMA, "lanewatch.journal/v9"),
        rechained('{"schema":', '{"observation":{},"schema":'),
    ],
)
def test_what_is_not_written_so_is_refused_in_one_line(change: Callable[[list[bytes]], list[bytes]]) -> None:
    with pytest.raises(JournalError, match=r"^line \d+: [^\n]{5,150}$"):
        list(read_lines(change(written())))
