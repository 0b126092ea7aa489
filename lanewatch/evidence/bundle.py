"""A bundle read back: every hash, the chain, the indexes, no file too many; gives the Material that it holds.

Everything is checked against what was read, first broken thing first. What the Material means is for `verify`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lanewatch.clients.strict_json import JsonError, parse_json
from lanewatch.evidence import bag
from lanewatch.evidence.bag import BundleError, Digest
from lanewatch.evidence.files import Found, find
from lanewatch.evidence.form import (
    INDEX,
    JOURNAL,
    LOGS,
    OBJECTS,
    SCHEMA,
    SCREEN,
    SPEC,
    Index,
    object_path,
    pretty,
    spec_files,
)
from lanewatch.evidence.material import Material
from lanewatch.rollout.codec import CodecError, decode, encode
from lanewatch.rollout.facts import Entry, Moment
from lanewatch.watch.journal_lines import JournalError, ReadLine, read_lines

DERIVED = ("data/README.txt", "data/clocks.json", "data/coverage.json", "data/summary.json", "data/summary.md",
           "data/summary.txt", "data/timeline.svg", "data/trace.json")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle holds, and its files as they lie there."""

    material: Material
    head: str
    found: Found


def read_bundle(path: Path) -> Bundle:
    """The bundle at a folder or tar. Raises BundleError for what is broken, UnreadableError for what cannot be read."""
    found = find(path)
    _check_bag(found)
    index = _index(found.kept.get(INDEX))
    _check_payload(found, index)
    entries, at, head = _journal(found.kept[JOURNAL], index)
    texts = {one.digest: found.kept[object_path(one.digest)] for one in index.exhibits if one.digest}
    try:
        specs = spec_files(index, found.kept)
    except UnicodeDecodeError:
        raise BundleError(f"{SPEC}: a file that is no text") from None
    material = Material(
        lane=index.lane,
        entries=entries,
        at=at,
        tools=index.tools,
        spec_files=specs,
        exhibits=index.exhibits,
        texts=texts,
        logs=index.logs,
        screen=found.kept.get(SCREEN),
        history=index.history,
    )
    return Bundle(material, head, found)


def _check_bag(found: Found) -> None:
    """The tag files and both manifests, as BagIt has them."""
    payload = {path: digest for path, digest in found.digests.items() if path.startswith(bag.PAYLOAD)}
    for path in (bag.BAGIT, bag.TAG_MANIFEST, *bag.TAG_FILES):
        if path not in found.kept:
            raise BundleError(f"no {path}: not a bundle of lanewatch" if path == bag.BAGIT else f"{path} is missing")
    for path in found.digests:
        if path not in (*payload, bag.TAG_MANIFEST, *bag.TAG_FILES, *bag.UNLISTED):
            raise BundleError(f"{path}: a file too many")
    _check_manifest(bag.TAG_MANIFEST, found, {path: found.digests[path] for path in bag.TAG_FILES})
    _check_manifest(bag.MANIFEST, found, payload)
    if found.kept[bag.BAGIT] != bag.DECLARATION:
        raise BundleError(f"{bag.BAGIT}: not BagIt 1.0")


def _check_manifest(name: str, found: Found, there: Mapping[str, Digest]) -> None:
    """Whether a manifest is exactly what the files give; the first file that differs is named."""
    if found.kept[name] == bag.manifest(there):
        return
    listed = dict(_rows(found.kept[name]))
    for path in sorted({*listed, *there}):
        if path not in there:
            raise BundleError(f"{path[:100]}: listed in {name}, but not there")
        if path not in listed:
            raise BundleError(f"{path}: a file too many, not listed in {name}")
        if listed[path] != there[path].sha256:
            raise BundleError(f"{path}: its hash is not the one in {name}")
    raise BundleError(f"{name}: not written as it should be")


def _rows(manifest: bytes) -> Iterable[tuple[str, str]]:
    for line in manifest.decode("ascii", "backslashreplace").splitlines():
        digest, _, path = line.partition("  ")
        yield path.encode("ascii", "backslashreplace").decode(), digest


def _index(data: bytes | None) -> Index:
    if data is None:
        raise BundleError(f"{INDEX} is missing")
    try:
        plain = parse_json(data)
        if not isinstance(plain, dict) or plain.get("schema") != SCHEMA:
            raise BundleError(f"{INDEX}: its schema is not {SCHEMA}: another lanewatch wrote it")
        index = decode(Index, plain)
    except (JsonError, CodecError) as error:
        raise BundleError(f"{INDEX}: {error}") from None
    if pretty(encode(index)) != data:
        raise BundleError(f"{INDEX}: not written as this schema writes it")
    return index


def _check_payload(found: Found, index: Index) -> None:
    """What the index names is there, under its own hash, and nothing else is."""
    named = {object_path(one.digest): (one.digest, one.size) for one in index.exhibits if one.digest}
    named |= {LOGS + one.name: (one.digest, one.size) for one in index.logs}
    for path, (digest, size) in named.items():
        there = found.digests.get(path)
        if there is None:
            raise BundleError(f"{path}: named in the index, but not there")
        if (there.sha256, there.size) != (digest, size):
            raise BundleError(f"{path}: not the text that the index names")
    specs = {SPEC + one.name for one in index.spec_files}
    known = {JOURNAL, INDEX, *named, *specs, *DERIVED}
    for path in (JOURNAL, *specs, *DERIVED):
        if path not in found.kept:
            raise BundleError(f"{path} is missing")
    for path in found.digests:
        if path.startswith(bag.PAYLOAD) and path not in known and path != SCREEN:
            raise BundleError(f"{path}: a file too many{', an object that nothing names' * path.startswith(OBJECTS)}")


def _journal(data: bytes, index: Index) -> tuple[tuple[Entry, ...], Moment, str]:
    """Entries, instant and head; the first line names the lane and the last one the instant."""
    try:
        lines = list(read_lines(io.BytesIO(data)))
    except JournalError as error:
        raise BundleError(f"{JOURNAL}: {error}") from None
    if len(lines) < 2 or lines[0].body != index.lane.target:
        raise BundleError(f"{JOURNAL}: not the journal of this lane")
    return (*_told(lines), lines[-1].head)


def _told(lines: list[ReadLine]) -> tuple[tuple[Entry, ...], Moment]:
    *entries, at = (line.body for line in lines[1:])
    if not isinstance(at, Moment):
        raise BundleError(f"{JOURNAL}: its last line is no picture: something is cut off")
    told = tuple(entry for entry in entries if not isinstance(entry, str | Moment))
    if len(told) != len(entries):
        raise BundleError(f"{JOURNAL}: a picture before the last line")
    return told, at
