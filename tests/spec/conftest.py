"""Files that a test may edit."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.spec.site import CONFIG, Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    folder = tmp_path / "config"
    shutil.copytree(CONFIG, folder)
    for path in folder.iterdir():
        path.chmod(0o600)
    return Site(folder)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Write a file of its own and return its path."""

    def written(content: str | bytes) -> Path:
        path = tmp_path / "file.yaml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written
