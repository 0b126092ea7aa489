"""From a path to Connections: read, validate, resolve relative paths; all problems are told at once."""

from __future__ import annotations

from pathlib import Path

from lanewatch.spec.connections import FOLDER, Connections
from lanewatch.spec.document import read_document
from lanewatch.spec.errors import ConfigurationError
from lanewatch.spec.validation import validated


def load_connections(path: Path, data: bytes | None = None) -> Connections:
    """The connections at `path`; no credential is read here. Raises ConfigurationError with every problem.

    `data`: the file's bytes, where they have been read before.
    """
    document = read_document(path, data)
    if document.data is None:
        raise ConfigurationError(document.problems or [document.problem((), "is empty")])
    connections, problems = validated(Connections, document, context={FOLDER: path.absolute().parent})
    if connections is None or document.problems:
        raise ConfigurationError([*document.problems, *problems])
    return connections
