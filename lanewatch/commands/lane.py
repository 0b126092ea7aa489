"""From arguments to a watched lane: what every command that reads the world does first."""

from __future__ import annotations

import gc
from argparse import Namespace
from typing import TYPE_CHECKING

from lanewatch.clients.clock import Clock, PacedClock, SystemClock
from lanewatch.commands.sources import Sources, read_sources, sources
from lanewatch.rollout.reports import OperatorReport
from lanewatch.spec.lane import Lane
from lanewatch.watch.configuration import Configuration, Configured, Reached
from lanewatch.watch.live import Connected, LiveSession

if TYPE_CHECKING:
    from lanewatch.rollout.record import Record
    from lanewatch.spec.connections import Connections
    from lanewatch.spec.loading import LoadedSpec
    from lanewatch.watch.keeping import JournalKeeper


def loaded_spec(arguments: Namespace) -> LoadedSpec:
    """The whole spec that the arguments name, read once for them: reading it takes a twentieth of a second."""
    from lanewatch.spec.loading import load_spec

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

    found = sources(arguments)
    target, place = found.lane(arguments.target).target, str(found.connections.path.resolve())
    return JournalKeeper(
        target, place, user_state_path("lanewatch") / "journals", resume=getattr(arguments, "resume", False)
    )


def open_lane(arguments: Namespace, keeper: JournalKeeper | None = None) -> LiveSession:
    """The live session of the lane that the arguments name; nothing is asked before it is entered."""
    clock = _clock(arguments)
    read = sources(arguments)
    found = _configured(arguments, clock, read)
    named = Namespace(**{**vars(arguments), "connections": read.connections.path})  # also when it has gone meanwhile
    if not gc.isenabled():  # at the start; later lanes, of a board, leave as garbage what they held
        gc.freeze()
        gc.enable()
    return LiveSession(
        found.lane,
        clock,
        found.connect,
        found.spec_texts,
        keeper,
        lambda target: _remembered(arguments, target),
        Configuration(found, lambda: _configured(arguments, clock, read_sources(named))),
    )


def _configured(arguments: Namespace, clock: Clock, found: Sources) -> Configured:
    """What the sources say for the arguments. Raises ConfigurationError for a target that they have not."""
    lane = found.lane(arguments.target)

    def connect() -> Connected:
        from lanewatch.watch import assembly  # imports every client: 0.2 s, which a first frame does not wait for

        connections = found.connect()
        return assembly.connect(lane, connections, _operator(arguments, connections), clock)

    def reach() -> Reached:
        from lanewatch.watch.kubeconfigs import reached

        return reached(found.connect())

    files = (*(file.path for file in found.spec), found.connections.path)
    return Configured(lane, connect, found.texts(), files, reach)


def _remembered(arguments: Namespace, target: str) -> tuple[Record, ...]:
    from lanewatch.commands.remembered import remembered

    return remembered(arguments, target)


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
