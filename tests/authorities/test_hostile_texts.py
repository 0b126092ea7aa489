"""What the hostile lane plants in names, messages and papers reaches no observation of the first half of the lane."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from lanewatch.rollout.facts import Correlation
from tests.authorities.served_lane import lane_at
from tests.authorities.test_provenance import subject_of


def texts(value: object) -> Iterator[str]:
    """Every text at any depth, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from texts(key)
            yield from texts(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from texts(item)
    elif is_dataclass(value) and not isinstance(value, type):
        for part in fields(value):
            yield from texts(getattr(value, part.name))


def is_harmless(text: str) -> bool:
    return not any(unicodedata.category(character).startswith("C") for character in text)


@pytest.mark.parametrize("at", [4.0, 15.0, 45.0, 104.0])
async def test_no_control_character_and_no_secret(tmp_path: Path, at: float) -> None:
    async with lane_at(tmp_path, "hostile", at) as watched:
        subject = Correlation(commit=watched.commit)
        seen = [await watched.mirror.read(subject), await watched.actions.read(subject)]
        subject = await subject_of(watched)
        seen += [await watched.plan.read(subject), await watched.provenance.read(subject)]
    found = [text for one in seen for text in texts(one)]
    assert len(found) > 50
    assert not [text for text in found if not is_harmless(text)]
    assert not [text for text in found for secret in watched.world.secrets if secret in text]
