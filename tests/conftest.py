"""What holds for every test: chance is the same in each run, and what took long to read is shared in one process."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.register_profile("new", database=None, deadline=None)  # pytest --hypothesis-profile=new looks for new examples
settings.load_profile("same")

SHARING = ("judgement", "wrong_green")  # rooms whose files share what took long to read


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """The product spreads its waits by chance; seeded by the test's name, each run of a test waits alike."""
    random.seed(item.nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Where several processes run the tests (`-n 2`), a file is run by one of them, and so is each room of SHARING."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return next((room for room in SHARING if f"/{room}/" in file), file)

    return ByFile(config, log)
