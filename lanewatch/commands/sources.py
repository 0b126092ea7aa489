"""The files that the arguments name, found sound: the spec with all that it leads to, and the connections.

Reading them with every check takes a quarter of a second, most of it to load YAML and the models. So what was found is
kept (kept_sources.py), and a start on files that have not changed since waits for neither.
"""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from lanewatch.commands.errors import UsageError
from lanewatch.spec.files import read_file
from lanewatch.spec.lane import Lane
from lanewatch.spec.lookup import spec_path

if TYPE_CHECKING:
    from lanewatch.spec.connections import Connections


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file as it was read."""

    path: Path
    data: bytes

    @property
    def digest(self) -> str:
        """SHA-256 in hex."""
        return sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Sources:
    """What a lane is watched by. Whoever holds one knows that every file of it is sound."""

    preferred: str  # scope.preferredTarget
    lanes: Mapping[str, Lane]  # by target id, in the spec's order
    spec: tuple[SourceFile, ...]  # every file that the spec leads to, itself first
    connections: SourceFile

    def lane(self, target: str | None = None) -> Lane:
        """The target of that id, by default the preferred one. ConfigurationError names the valid ones."""
        wanted = self.preferred if target is None else target
        if wanted in self.lanes:
            return self.lanes[wanted]
        from lanewatch.spec.loading import load_spec  # knows the line where the targets stand

        return load_spec(self.spec[0].path).lane(wanted)

    def connect(self) -> Connections:
        """The connections as values; not needed before something is asked."""
        from lanewatch.spec.connecting import load_connections

        return load_connections(self.connections.path, self.connections.data)

    def texts(self) -> tuple[tuple[str, bytes], ...]:
        """Name and bytes of every file of the spec, for evidence; named as references name them, wherever one is."""
        root = Path(os.path.abspath(self.spec[0].path)).parent.parent
        return tuple((os.path.relpath(os.path.abspath(file.path), root), file.data) for file in self.spec)


def sources(arguments: Namespace) -> Sources:
    """The sources of the arguments, looked at once for them. Raises ConfigurationError, UsageError."""
    found: Sources | None = getattr(arguments, "sources", None)
    if found is None:
        found = arguments.sources = read_sources(arguments)
    return found


def read_sources(arguments: Namespace) -> Sources:
    """The sources as the files are now. Raises ConfigurationError with every problem, UsageError."""
    from lanewatch.commands.kept_sources import keep, kept

    spec: Path = arguments.spec or spec_path()
    place: Path = arguments.connections or default_connections_path()
    found = kept(spec, place)
    if found is None:
        found = _read_in_full(spec, arguments)
        if arguments.command != "demo":  # its connections are new each time
            keep(found)
    return found


def _read_in_full(spec: Path, arguments: Namespace) -> Sources:
    from lanewatch.spec.loading import load_spec

    loaded = load_spec(spec)
    place = connections_path(arguments.connections)
    files = tuple(SourceFile(document.path, document.raw) for document in loaded.files)
    found = Sources(loaded.spec.spec.scope.preferred_target, loaded.lanes, files, SourceFile(place, read_file(place)))
    found.connect()  # raises for what is not sound
    return found


def connections_path(given: Path | None) -> Path:
    """`--connections`, else the file in the XDG configuration folder."""
    if given is not None:
        return given
    path = default_connections_path()
    if not path.exists():
        raise UsageError(
            f"no connections file at {path}: `lanewatch init` writes one, --connections names another, "
            "`lanewatch demo` needs none"
        )
    return path


def default_connections_path() -> Path:
    """`lanewatch/connections.yaml` in the XDG configuration folder, whether it is there or not."""
    home = Path(os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config"))
    return home / "lanewatch" / "connections.yaml"
