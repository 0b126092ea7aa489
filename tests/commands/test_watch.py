"""What `watch --until` waits for, and the exit code of then."""

from __future__ import annotations

from argparse import Namespace

import pytest

from lanewatch.commands.watch import _awaited
from lanewatch.spec.lane import Lane
from tests.tui import pictures
from tests.tui.sessions import lane

# The picture, what is waited for, whether it is reached, the exit code.
CASES = (
    ("running", "reuse-plan", True, 0),
    ("running", "build-or-reuse", False, 8),
    ("running", "done", False, 8),
    ("failed", "reuse-plan", True, 0),
    ("failed", "build-or-reuse", True, 5),
    ("failed", "gitops-publish", True, 5),  # skipped because another one failed: the lane's code
    ("done", "build-or-reuse", True, 0),
)


class OneLane:
    def lane(self, target: str | None) -> Lane:
        return lane()


@pytest.mark.parametrize(("picture", "until", "reached", "code"), CASES)
def test_a_stage_that_is_waited_for_gives_its_own_code(picture: str, until: str, reached: bool, code: int) -> None:
    awaited = _awaited(Namespace(until=until, target=None, sources=OneLane()))
    rollout = getattr(pictures, picture)()
    assert (awaited.reached(rollout), awaited.code(rollout)) == (reached, code)
