"""Follows references (`FILE#a.b.c`) from the spec into the files beside it (CONTRACTS 1, fault row C02).

Paths start at the parent of the spec's folder and may not leave that folder. A reference resolves to the node that it
names, one step at a time: references inside a mapping so reached stay what they are. A scalar that is itself a
reference is followed; a chain of them that leads back to itself is a cycle.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

from lanewatch.spec.document import Document, read_document
from lanewatch.spec.errors import KeyPath, Problem, dotted, nearest
from lanewatch.spec.fields import Ref

LONGEST_CHAIN: Final = 8

# A scalar of this shape in any file is a reference: no other value has it.
_SCALAR_REF: Final = re.compile(r"(?P<file>[\w./-]+\.ya?ml)#(?P<keys>[^#\s]+)")


class RefError(Exception):
    """A reference that leads nowhere; the message says why."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a reference leads to, and where that stands."""

    value: Any
    document: Document
    path: KeyPath
    chain: tuple[Ref, ...]  # the reference itself first, then those that it led to

    @property
    def file(self) -> str:
        """The file that holds the value, as people name it."""
        return self.document.label

    @property
    def line(self) -> int:
        """The line of the value's key, from 1."""
        return self.document.mark(self.path).line

    @property
    def where(self) -> str:
        """`file:line`."""
        return f"{self.file}:{self.line}"


@dataclass(slots=True)
class RefResolver:
    """Resolves references of one loaded spec; reads every file once. `documents` is what has been read so far."""

    spec: Document
    documents: dict[str, Document] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        """The folder where the paths of references start: the parent of the spec's folder."""
        return Path(os.path.abspath(self.spec.path)).parent.parent

    def resolve(self, ref: Ref) -> Resolved:
        """What `ref` names. Raises RefError: no such file or key, out of the folder, cyclic."""
        chain: list[Ref] = []
        current = ref
        while True:
            chain.append(current)
            if current in chain[:-1] or len(chain) > LONGEST_CHAIN:
                kind = "is a cycle" if current in chain[:-1] else f"is a chain longer than {LONGEST_CHAIN}"
                raise RefError(f"{kind}: {' -> '.join(map(str, chain))}")
            document = self._document(current)
            path, value = _step(document, current)
            following = _SCALAR_REF.fullmatch(value) if isinstance(value, str) else None
            if following is None:
                return Resolved(value, document, path, tuple(chain))
            current = Ref(following["file"], tuple(following["keys"].split(".")))

    def _document(self, ref: Ref) -> Document:
        name = PurePosixPath(ref.file)
        if "://" in ref.file or ":" in name.parts[0]:
            raise RefError(f"{ref} names an address; only files beside the spec can be referred to")
        if name.is_absolute() or ".." in name.parts:
            raise RefError(f"{ref} leaves the folder of the spec; paths start at the parent of its folder")
        if name.name == self.spec.path.name:
            return self.spec
        if ref.file not in self.documents:
            self.documents[ref.file] = self._read(ref)
        document = self.documents[ref.file]
        if document.problems:
            raise RefError(f"{ref}: {_first(document.problems)}")
        return document

    def _read(self, ref: Ref) -> Document:
        path = self.root / ref.file
        if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(self.root)):
            raise RefError(f"{ref} leaves the folder of the spec through a link")
        return read_document(path)


def _step(document: Document, ref: Ref) -> tuple[KeyPath, Any]:
    value = document.data
    path: KeyPath = ()
    for key in ref.keys:
        step: str | int = int(key) if isinstance(value, tuple) and key.isdecimal() else key
        known = range(len(value)) if isinstance(value, tuple) else value if isinstance(value, dict) else ()
        if step not in known:
            hint = nearest(key, value) if isinstance(value, dict) else "; nothing is below that value"
            place = f"{dotted(path) or 'the top'} ({document.where(path)})"
            raise RefError(f'{ref}: no key "{key}" in {place}{hint}')
        value = value[step]
        path = (*path, step)
    if value is None:
        raise RefError(f"{ref} names an empty value ({document.where(path)})")
    return path, value


def _first(problems: tuple[Problem, ...]) -> str:
    more = f" (+{len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{min(problems)}{more}"
