"""The given spec as text, for the tests of what may not be touched."""

from __future__ import annotations

from pathlib import Path

import pytest

CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture(scope="session")
def spec_text() -> str:
    """All three configuration files, one after the other."""
    names = ("cicd-gitea-actions-poc.yaml", "agentrun.yaml", "cicd-branch-followers.yaml")
    return "\n".join((CONFIG / name).read_text(encoding="utf-8") for name in names)
