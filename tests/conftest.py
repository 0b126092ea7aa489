"""What holds for every test: chance is the same in each run."""

from __future__ import annotations

import random

import pytest
from hypothesis import settings

settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.register_profile("new", database=None, deadline=None)  # pytest --hypothesis-profile=new looks for new examples
settings.load_profile("same")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """The product spreads its waits by chance; seeded by the test's name, each run of a test waits alike."""
    random.seed(item.nodeid)
