"""The form of a bundle's primary files: their names, the index, and the one way in which JSON is written here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

from lanewatch.evidence.material import Exhibit, FullLog, SpecFile, Tools
from lanewatch.rollout.record import Record
from lanewatch.spec.lane import Lane

SCHEMA = "lanewatch.evidence/v1"
JOURNAL = "data/journal.jsonl"
INDEX = "data/index.json"
SUMMARY = "data/summary.json"
SCREEN = "data/screen.svg"
OBJECTS, LOGS, SPEC = "data/objects/", "data/logs/", "data/spec/"


@dataclass(frozen=True, slots=True)
class IndexedSpec:
    """A file of the spec as the index lists it: its text stands in its own file."""

    name: str
    label: str
    digest: str
    redacted: bool


@dataclass(frozen=True, slots=True)
class Index:
    """data/index.json: all that the Material holds beside the journal and the texts."""

    schema: str
    tools: Tools
    lane: Lane
    spec_files: tuple[IndexedSpec, ...]
    exhibits: tuple[Exhibit, ...]
    logs: tuple[FullLog, ...]
    history: tuple[Record, ...] = ()


def object_path(digest: str) -> str:
    return f"{OBJECTS}{digest[:2]}/{digest}"


def spec_name(label: str) -> str:
    """A spec file's name in the bundle: its own, as far as a bundle's names allow."""
    kept = "".join(each if each.isascii() and (each.isalnum() or each in "._-") else "_" for each in label)
    return f"{sha256(label.encode()).hexdigest()[:6]}-{PurePosixPath(kept[-80:]).name.lstrip('.-')}"


def pretty(value: Any) -> bytes:
    """JSON for people, the one way in which it is written here."""
    return (json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def spec_files(index: Index, texts: Mapping[str, bytes]) -> tuple[SpecFile, ...]:
    """The spec's files put together again from the index and the payload."""
    rows = index.spec_files
    return tuple(SpecFile(one.label, one.digest, texts[SPEC + one.name].decode(), one.redacted) for one in rows)
