"""Which commit comes before which, decided from a list of commits with their parents; the rest is unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class Node(Protocol):
    """Anything with a hash and the hashes of its parents."""

    @property
    def sha(self) -> str: ...

    @property
    def parents(self) -> tuple[str, ...]: ...


def is_ancestor(older: str, newer: str, history: Sequence[Node]) -> bool | None:
    """Whether `older` is `newer` or one of its ancestors; None where the history ends before that is decided."""
    if older == newer:
        return True
    parents = {node.sha: node.parents for node in history}
    reached, complete = _reach(newer, parents)
    if older in reached:
        return True
    return False if complete else None


def is_strict_ancestor(older: str, newer: str, history: Sequence[Node]) -> bool | None:
    """As is_ancestor, but no commit is its own ancestor."""
    return False if older == newer else is_ancestor(older, newer, history)


def _reach(start: str, parents: Mapping[str, tuple[str, ...]]) -> tuple[set[str], bool]:
    """All ancestors of `start` that the history names, and whether those are all there are."""
    reached: set[str] = set()
    waiting, complete = [start], True
    while waiting:
        sha = waiting.pop()
        if sha in reached:
            continue
        reached.add(sha)
        complete = complete and sha in parents
        waiting.extend(parents.get(sha, ()))
    return reached, complete
