"""Where the spec is looked for when nobody names it: the working folder, then the copy that comes with the program."""

from __future__ import annotations

from pathlib import Path
from typing import Final

SPEC_NAME: Final = "cicd-gitea-actions-poc.yaml"


def spec_path() -> Path:
    """`./config/…` if it is there, else the packaged copy; in a checkout that is the repository's config folder."""
    local = Path("config") / SPEC_NAME
    return local if local.exists() else packaged_config() / SPEC_NAME


def packaged_config() -> Path:
    """The config folder that the program was shipped or checked out with."""
    package = Path(__file__).parents[1]  # importlib.resources would say the same and cost 5 ms of every start
    packaged = package / "config"
    return packaged if packaged.is_dir() else package.parent / "config"
