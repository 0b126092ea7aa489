"""What sound files led to, kept in the user's cache folder under the digests of all of them.

It is used only where the program, the paths and every byte of every file are those that it was made from: a full
reading of the same would say the same again. Whatever differs, or is damaged, is read in full. No secret stands in it.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

import lanewatch
from lanewatch.clients.strict_json import JsonError, parse_json
from lanewatch.commands.sources import SourceFile, Sources
from lanewatch.rollout.codec import CodecError, decode, encode
from lanewatch.spec.errors import ConfigurationError
from lanewatch.spec.files import read_file
from lanewatch.spec.lane import Lane

MOST_KEPT = 16  # pairs of spec and connections, some 6 KiB each; the one written longest ago goes first


def kept(spec: Path, connections: Path) -> Sources | None:
    """What these two led to the last time; None if that is not known, or anything has changed since."""
    try:
        return _sources(parse_json(_place(spec, connections).read_bytes()), spec, connections)
    except (OSError, ConfigurationError, JsonError, CodecError, LookupError, TypeError, ValueError):
        return None


def keep(found: Sources) -> None:
    """Write it whole or not at all. Where that cannot be done, the next start is merely slower."""
    place = _place(found.spec[0].path, found.connections.path)
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=".")  # 0600
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(_plain(found), file)
        os.replace(name, place)
        written = sorted(place.parent.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in written[MOST_KEPT:]:
            path.unlink()


def _place(spec: Path, connections: Path) -> Path:
    names = "\n".join(os.path.abspath(path) for path in (spec, connections))
    return user_cache_path("lanewatch") / "sources" / f"{sha256(names.encode()).hexdigest()[:32]}.json"


def _plain(found: Sources) -> dict[str, Any]:
    return {
        "program": _program(),
        "preferred": found.preferred,
        "lanes": [encode(lane) for lane in found.lanes.values()],
        "spec": [[os.path.abspath(file.path), file.digest] for file in found.spec],
        "connections": found.connections.digest,
    }


def _sources(plain: Any, spec: Path, connections: Path) -> Sources | None:
    """Raises what a form that is not ours raises."""
    files = tuple(SourceFile(Path(path), read_file(Path(path))) for path, _ in plain["spec"])
    access = SourceFile(connections, read_file(connections))
    now = [_program(), str(files[0].path), [file.digest for file in files], access.digest]
    then = [plain["program"], os.path.abspath(spec), [digest for _, digest in plain["spec"]], plain["connections"]]
    if now != then:
        return None
    lanes = {lane.target: lane for lane in (decode(Lane, one) for one in plain["lanes"])}
    return Sources(plain["preferred"], lanes, files, access)


def _program() -> str:
    """The version, and every module that says what a spec leads to: a checkout changes without a new version."""
    rooms = Path(lanewatch.__file__).parent / "spec"
    marks = [(entry.name, entry.stat().st_mtime_ns, entry.stat().st_size) for entry in os.scandir(rooms)]
    return sha256(repr((lanewatch.__version__, sorted(marks))).encode()).hexdigest()
