"""What holds for every test: chance is the same in each run, and what took long to read is shared in one process."""

from __future__ import annotations

import random

import pytest
from hypothesis import settings

settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.register_profile("new", database=None, deadline=None)  # pytest --hypothesis-profile=new looks for new examples
settings.load_profile("same")

SHARING = ("judgement", "wrong_green")  # rooms whose files share what took long to read


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """The product spreads its waits by chance; seeded by the test's name, each run of a test waits alike."""
    random.seed(item.nodeid.partition("@")[0])  # behind it stands the group, where several processes run


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several processes (`-n 2 --dist loadgroup`) a file, or one of those rooms, is run by one of them."""
    if config.pluginmanager.hasplugin("xdist"):
        for item in items:
            room, file = item.path.parent.name, item.nodeid.partition("::")[0]
            item.add_marker(pytest.mark.xdist_group(room if room in SHARING else file))
