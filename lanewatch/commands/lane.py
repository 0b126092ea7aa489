"""From arguments to a watched lane: what every command that reads the world does first."""

from __future__ import annotations

import gc
import os
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from lanewatch.clients.clock import Clock, PacedClock, SystemClock
from lanewatch.commands.errors import UsageError
from lanewatch.rollout.reports import OperatorReport
from lanewatch.spec.connecting import load_connections
from lanewatch.spec.connections import Connections
from lanewatch.spec.lane import Lane
from lanewatch.spec.loading import LoadedSpec, load_spec
from lanewatch.watch.configuration import Configuration, Configured
from lanewatch.watch.live import Connected, LiveSession

if TYPE_CHECKING:
    from lanewatch.rollout.record import Record
    from lanewatch.watch.keeping import JournalKeeper


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
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return home / "lanewatch" / "connections.yaml"


def loaded_spec(arguments: Namespace) -> LoadedSpec:
    """The spec that the arguments name, read once for them: reading it takes a twentieth of a second."""
    loaded: LoadedSpec | None = getattr(arguments, "loaded", None)
    if loaded is None:
        loaded = arguments.loaded = load_spec(arguments.spec)
    return loaded


def selected_lane(arguments: Namespace) -> Lane:
    """The target that the arguments name, resolved."""
    return loaded_spec(arguments).lane(arguments.target)


def journal_keeper(arguments: Namespace) -> JournalKeeper:
    """Writes the journal of the arguments' lane into the user's state folder."""
    from platformdirs import user_state_path

    from lanewatch.watch.keeping import JournalKeeper

    target, place = selected_lane(arguments).target, str(connections_path(arguments.connections).resolve())
    return JournalKeeper(
        target, place, user_state_path("lanewatch") / "journals", resume=getattr(arguments, "resume", False)
    )


def open_lane(arguments: Namespace, keeper: JournalKeeper | None = None) -> LiveSession:
    """The live session of the lane that the arguments name; nothing is asked before it is entered."""
    clock = _clock(arguments)
    found = _configured(arguments, clock, loaded_spec(arguments))
    gc.freeze()
    gc.enable()
    return LiveSession(
        found.lane,
        clock,
        found.connect,
        found.spec_texts,
        keeper,
        lambda: _remembered(arguments, found.lane),
        Configuration(found.files, lambda: _configured(arguments, clock, load_spec(arguments.spec))),
    )


def _configured(arguments: Namespace, clock: Clock, loaded: LoadedSpec) -> Configured:
    """What the spec, and the connections as they are now, say for the arguments. Raises ConfigurationError."""
    place = connections_path(arguments.connections)
    lane, connections = loaded.lane(arguments.target), load_connections(place)
    operator = _operator(arguments, connections)

    def connect() -> Connected:
        from lanewatch.watch import assembly  # imports every client: 0.2 s, which a first frame does not wait for

        return assembly.connect(lane, connections, operator, clock)

    texts = tuple((document.label, document.path.read_bytes()) for document in loaded.files)
    return Configured(lane, connect, texts, (*(document.path for document in loaded.files), place))


def _remembered(arguments: Namespace, lane: Lane) -> tuple[Record, ...]:
    from lanewatch.commands.remembered import remembered

    return remembered(arguments, lane.target)


def _operator(arguments: Namespace, connections: Connections) -> OperatorReport:
    by_hand = arguments.commit is not None
    return OperatorReport(
        commit=arguments.commit or connections.commit,
        commit_by="operator" if by_hand else "connections",
        pushed_at=arguments.pushed_at or connections.pushed_at,
        upstream_configured=connections.upstream is not None,
    )


def _clock(arguments: Namespace) -> Clock:
    """The system's clock, or the faster one of a demo lane (set by `demo` alone)."""
    pace = getattr(arguments, "pace", None)
    return SystemClock() if pace is None else PacedClock(*pace)
