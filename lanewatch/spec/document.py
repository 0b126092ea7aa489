"""Reads one YAML file into plain values with the line and column of every key, in one pass over the parser's events.

Building from events is what makes the refusals cheap and safe: an alias, an anchor, a tag or a directive is seen before
anything is constructed, and no second parse is needed (python-libraries reference 4.1). Values follow the YAML 1.2 core
schema, but what another reader could take differently (`010`, `0x1f`, `1_000`, dates) stays the text that was written.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamStartEvent,
)
from ruamel.yaml.reader import ReaderError

from lanewatch.spec.errors import ConfigurationError, KeyPath, Problem, dotted
from lanewatch.spec.files import read_file, shown
from lanewatch.text import clean_block

DEEPEST_NESTING: Final = 32

# Longer digits are no number anyone wrote as a number: a commit id such as 1234…e5… must stay as written.
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT: Final = re.compile(r"(?=.{1,18}$)[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS: Final[Mapping[str, bool | None]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file; line and column count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Document:
    """One file as read: mappings are dicts, lists are tuples, `marks` has the place of every key and item."""

    path: Path
    label: str  # how the file is named to people
    data: Any
    marks: Mapping[KeyPath, Mark]
    raw: bytes  # as it was read; empty if it could not be
    problems: tuple[Problem, ...]

    @property
    def sha256(self) -> str:
        """Of the file's bytes, in hex."""
        return hashlib.sha256(self.raw).hexdigest()

    def mark(self, path: KeyPath) -> Mark:
        """The place of the longest part of `path` that the document has."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.marks:
                return self.marks[path[:length]]
        return Mark(1, 1)

    def problem(self, path: KeyPath, message: str) -> Problem:
        """A problem with the value at `path`."""
        mark = self.mark(path)
        return Problem(self.label, mark.line, mark.column, dotted(path), message)

    def where(self, path: KeyPath) -> str:
        """`file:line` of the value at `path`."""
        return f"{self.label}:{self.mark(path).line}"


def load_yaml(path: Path) -> Document:
    """The document at `path`. Raises ConfigurationError with every problem of the file."""
    document = read_document(path)
    if document.problems:
        raise ConfigurationError(document.problems)
    return document


def read_document(path: Path, data: bytes | None = None) -> Document:
    """The document at `path` with its problems beside it; its `data` is None where nothing could be read.

    `data`: the file's bytes, where they have been read before.
    """
    label = shown(path)
    try:
        data = read_file(path) if data is None else data
        text = _text(data, label)
    except ConfigurationError as error:
        return Document(path, label, None, {}, b"", error.problems)
    builder = _Builder(label)
    value = builder.build(text)
    return Document(path, label, value, builder.marks, data, tuple(builder.problems))


def _text(data: bytes, label: str) -> str:
    if b"\0" in data:
        raise ConfigurationError([Problem(label, 0, 0, "", "is a binary file, not YAML")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise ConfigurationError([Problem(label, line, column, "", "is not UTF-8 text")]) from None
    if not text.strip():
        raise ConfigurationError([Problem(label, 0, 0, "", "is empty")])
    return text


class _Abandoned(Exception):
    """The rest of the file cannot be understood; the problem is already noted."""


@dataclass(slots=True)
class _Builder:
    label: str
    marks: dict[KeyPath, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    events: Iterator[Any] = field(default_factory=lambda: iter(()))

    def build(self, text: str) -> Any:
        """The file's one document, or None when it cannot be understood as a whole."""
        self.events = iter(YAML(typ="safe", pure=True).parse(text))
        try:
            return self._document()
        except _Abandoned:
            return None
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = Mark(mark.line + 1, mark.column + 1) if mark else Mark(1, 1)
            self._refuse_at(place, (), f"is not YAML: {error.problem or error.context or 'syntax error'}")
        except ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            column = error.position - (text.rfind("\n", 0, error.position) + 1) + 1
            self._refuse_at(Mark(line, column), (), "has a control character, which YAML forbids")
        except YAMLError:
            self._refuse_at(Mark(1, 1), (), "is not YAML")
        return None

    def _document(self) -> Any:
        value: Any = None
        documents = 0
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse(event, (), "a second document is not allowed; one file, one document")
                    break
                if event.version or event.tags:
                    self._refuse_at(Mark(1, 1), (), "directives (%YAML, %TAG) are not allowed")
            elif isinstance(event, MappingStartEvent | SequenceStartEvent | ScalarEvent | AliasEvent):
                value = self._node(event, ())
            elif not documents and not isinstance(event, StreamStartEvent):
                self._refuse_at(Mark(1, 1), (), "is empty")
        return value

    def _node(self, event: Any, path: KeyPath) -> Any:
        if isinstance(event, AliasEvent):
            self._refuse(event, path, "aliases (*name) are not allowed; write the value out")
            return None
        if event.anchor is not None:
            self._refuse(event, path, "anchors (&name) are not allowed")
        if event.ctag is not None and str(event.ctag) not in ("", "None"):
            self._refuse(event, path, "tags (!name) are not allowed")
        if isinstance(event, ScalarEvent):
            return self._scalar(event, path)
        if len(path) >= DEEPEST_NESTING:
            self._refuse(event, path[:3], f"is nested deeper than {DEEPEST_NESTING} levels")
            raise _Abandoned
        return self._mapping(path) if isinstance(event, MappingStartEvent) else self._sequence(path)

    def _mapping(self, path: KeyPath) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(event := next(self.events), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                self._refuse(event, path, "a key must be a plain word")
                raise _Abandoned
            key = event.value
            self._check_key(event, path, key, mapping)
            place = self.marks.setdefault((*path, key), _mark(event))
            value = self._node(next(self.events), (*path, key))
            if key not in mapping:
                mapping[key] = value
            self.marks[(*path, key)] = place
        return mapping

    def _check_key(self, event: ScalarEvent, path: KeyPath, key: str, known: Mapping[str, Any]) -> None:
        if event.anchor is not None or (event.ctag is not None and str(event.ctag) not in ("", "None")):
            self._refuse(event, path, "anchors and tags are not allowed")
        if key == "<<" and event.implicit[0]:
            self._refuse(event, path, "merge keys (<<) are not allowed; write the keys out")
        elif key in known:
            first = self.marks[(*path, key)]
            self._refuse(event, (*path, key), f"is a duplicate; the key stands first on line {first.line}")
        if clean_block(key) != key or "\n" in key:
            self._refuse(event, path, "a key holds a control character")

    def _sequence(self, path: KeyPath) -> tuple[Any, ...]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), SequenceEndEvent):
            item_path = (*path, len(items))
            self.marks[item_path] = _mark(event)
            items.append(self._node(event, item_path))
        return tuple(items)

    def _scalar(self, event: ScalarEvent, path: KeyPath) -> Any:
        text: str = event.value
        if not event.implicit[0]:
            if clean_block(text) != text:
                self._refuse(event, path, "holds a control character")
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        return float(text) if _FLOAT.fullmatch(text) else text

    def _refuse(self, event: Any, path: KeyPath, message: str) -> None:
        self._refuse_at(_mark(event), path, message)

    def _refuse_at(self, place: Mark, path: KeyPath, message: str) -> None:
        self.problems.append(Problem(self.label, place.line, place.column, dotted(path), message))


def _mark(event: Any) -> Mark:
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)
