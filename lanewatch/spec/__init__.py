"""The spec and the connections: read, checked, resolved. Pure except for reading the files that are named.

The rest of the program calls `load_spec()` and reads the `Lane` of one target; it never walks the raw spec.
"""

from lanewatch.spec.connections import Connections, load_connections
from lanewatch.spec.errors import ConfigurationError, Problem
from lanewatch.spec.lane import Lane, LaneRepository, LaneStage
from lanewatch.spec.loading import LoadedSpec, load_spec

__all__ = [
    "ConfigurationError",
    "Connections",
    "Lane",
    "LaneRepository",
    "LaneStage",
    "LoadedSpec",
    "Problem",
    "load_connections",
    "load_spec",
]
