"""A journal as lines that prove each other, schema lanewatch.journal/v1: for files of a session and for evidence.

Every line is `{"prev":…,"hash":…,"body":…}`: the body is a text, itself JSON, and the hash is SHA-256 over the previous
hash (64 zeros before the first) followed by that text, so that `jq -r .body` and `sha256sum` can check it. Bodies:

  {"schema": "lanewatch.journal/v1", "target": ID}   the first line
  {"observation": {…}} | {"confirmation": {…}}       what was read, in order (lanewatch.rollout.codec)
  {"picture": {"wall": TIME, "steady": SECONDS}}     the instant for which a picture was drawn: an evidence's last line

A line that is not exactly what is written here is refused, whatever it would mean. That is also why a plain JSON parser
will do: duplicate keys, infinities and odd spellings never come out as they went in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from lanewatch.rollout.codec import CodecError, decode, encode
from lanewatch.rollout.facts import Confirmation, Entry, Moment, Observation

SCHEMA = "lanewatch.journal/v1"
GENESIS = "0" * 64
LONGEST_LINE = 4 << 20  # bytes; an observation of fifty runs has some 200 KiB
MOST_LINES = 100_000  # twice the cap of a live journal

Body = str | Entry | Moment  # the target of the first line, an entry, or the instant of a picture

_KINDS: Mapping[str, type[Observation | Confirmation | Moment]] = {
    "observation": Observation,
    "confirmation": Confirmation,
    "picture": Moment,
}


class JournalError(ValueError):
    """A line that is not what it claims; the message names its number, from 1."""


@dataclass(slots=True)
class Chain:
    """Makes the lines; `head` is the hash of the last one."""

    head: str = GENESIS

    def line(self, body: Body) -> bytes:
        """The next line, ending in a newline."""
        text = _written(body)
        previous, self.head = self.head, _hash(self.head, text)
        return _line(previous, self.head, text)


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One line that holds, and the head of the chain with it."""

    body: Body
    head: str


def read_lines(lines: Iterable[bytes]) -> Iterator[ReadLine]:
    """What the lines hold, each proved before it is given. Raises JournalError at the first that does not hold."""
    head = GENESIS
    for number, line in enumerate(lines, 1):
        if number > MOST_LINES:
            raise JournalError(f"more than {MOST_LINES} lines")
        try:
            text, head = _proved(line, head)
            body = _read(text)
            if isinstance(body, str) != (number == 1):
                raise JournalError("the schema stands in the first line and nowhere else")
            if _written(body) != text:
                raise JournalError("not written as this schema writes it")
        except (JournalError, CodecError) as error:
            raise JournalError(f"line {number}: {error}") from None
        except (ValueError, RecursionError):  # what a JSON parser and a text encoder raise
            raise JournalError(f"line {number}: not JSON as this schema writes it") from None
        yield ReadLine(body, head)


def _proved(line: bytes, head: str) -> tuple[str, str]:
    """The body and the new head of a line that continues the chain."""
    if len(line) > LONGEST_LINE:
        raise JournalError(f"longer than {LONGEST_LINE >> 20} MiB")
    whole = json.loads(line)
    if not isinstance(whole, dict) or whole.keys() != {"prev", "hash", "body"}:
        raise JournalError("not prev, hash and body")
    text = whole["body"]
    if not isinstance(text, str) or whole["prev"] != head:
        raise JournalError("the chain is broken: it does not continue the line before")
    found = _hash(head, text)
    if whole["hash"] != found:
        raise JournalError("the chain is broken: the hash is not that of the body")
    if line != _line(head, found, text):
        raise JournalError("not written as this schema writes it")
    return text, found


def _hash(previous: str, text: str) -> str:
    return sha256(previous.encode() + text.encode()).hexdigest()


def _line(previous: str, head: str, text: str) -> bytes:
    return (compact({"prev": previous, "hash": head, "body": text}) + "\n").encode()


def _written(body: Body) -> str:
    if isinstance(body, str):
        return compact({"schema": SCHEMA, "target": body})
    kind = next(kind for kind, one in _KINDS.items() if isinstance(body, one))
    return compact({kind: encode(body)})


def _read(text: str) -> Body:
    whole = json.loads(text)
    if isinstance(whole, dict) and whole.keys() == {"schema", "target"}:
        if whole["schema"] != SCHEMA:
            raise JournalError(f"its schema is not {SCHEMA}: another lanewatch wrote it")
        return str(whole["target"])
    if isinstance(whole, dict) and len(whole) == 1:
        [(kind, plain)] = whole.items()
        if kind in _KINDS:
            return decode(_KINDS[kind], plain)
    raise JournalError("neither schema, observation, confirmation nor picture")


def compact(value: Any) -> str:
    """JSON on one line, the one way in which it is written here."""
    return _COMPACT.encode(value)


_COMPACT = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
