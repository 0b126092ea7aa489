"""Which rules judged: a digest over the source of everything between a journal and its summary.

The same journal under other rules may give another summary, and rightly so. A bundle says which rules made its summary,
so that `verify` can tell "edited" from "judged by another version".
"""

from __future__ import annotations

import platform
from functools import cache
from hashlib import sha256
from pathlib import Path

import lanewatch
from lanewatch.evidence.material import Tools

JUDGING = ("rollout", "output", "evidence")


@cache
def rules_digest() -> str:
    """sha256, hex, over the names and bytes of the modules that judge and word."""
    root = Path(lanewatch.__file__).parent
    whole = sha256()
    for room in JUDGING:
        for path in sorted((root / room).rglob("*.py")):
            whole.update(f"{path.relative_to(root).as_posix()}\0".encode() + sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def tools() -> Tools:
    """The tools that run now."""
    return Tools(lanewatch.__version__, rules_digest(), platform.python_version(), platform.system())
