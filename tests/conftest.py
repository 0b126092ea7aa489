"""What holds for every test: chance is the same in each run."""

from __future__ import annotations

import random

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """The product spreads its waits by chance; seeded by the test's name, each run of a test waits alike."""
    random.seed(item.nodeid)
