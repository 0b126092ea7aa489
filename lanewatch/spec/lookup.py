"""Where the spec and the connections are looked for when nobody names them (CONTRACTS 1 and 7)."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Final

CONNECTIONS_NAME: Final = "connections.yaml"
SPEC_NAME: Final = "cicd-gitea-actions-poc.yaml"


def spec_path() -> Path:
    """`./config/…` if it is there, else the packaged copy; in a checkout that is the repository's config folder."""
    local = Path("config") / SPEC_NAME
    return local if local.exists() else packaged_config() / SPEC_NAME


def packaged_config() -> Path:
    """The config folder that the program was shipped or checked out with."""
    package = Path(str(resources.files("lanewatch")))
    packaged = package / "config"
    return packaged if packaged.is_dir() else package.parent / "config"


def connections_path() -> Path:
    """`connections.yaml` in the user's configuration folder (XDG); it need not exist."""
    import platformdirs  # here, because most commands name the file

    return Path(platformdirs.user_config_path("lanewatch")) / CONNECTIONS_NAME
