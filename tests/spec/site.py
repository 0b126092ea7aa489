"""A copy of the config folder that a test may edit as text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from lanewatch.spec.errors import ConfigurationError
from lanewatch.spec.loading import load_spec

CONFIG = Path(__file__).parents[2] / "config"
SPEC_NAME = "cicd-gitea-actions-poc.yaml"


@dataclass(frozen=True, slots=True)
class Site:
    """A config folder of its own."""

    folder: Path

    @property
    def spec(self) -> Path:
        return self.folder / SPEC_NAME

    def edit(self, old: str, new: str, *, name: str = SPEC_NAME) -> Site:
        """Replace text that stands exactly once in a file."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return self

    def line_of(self, text: str, *, name: str = SPEC_NAME) -> int:
        """The line of a text that stands exactly once."""
        lines = (self.folder / name).read_text(encoding="utf-8").splitlines()
        found = [number for number, line in enumerate(lines, 1) if text in line]
        assert len(found) == 1
        return found[0]

    def problems(self) -> list[str]:
        """What is wrong with the spec, one line each, without the folder's name."""
        with pytest.raises(ConfigurationError) as caught:
            load_spec(self.spec)
        return str(caught.value).replace(f"{self.folder}/", "").splitlines()
