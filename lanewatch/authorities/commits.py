"""Commits as Gitea's API tells them (Gitea reference 2.4), from `git/commits/SHA` and from `commits` alike."""

from __future__ import annotations

from collections.abc import Callable

from lanewatch.authorities.leaves import instant_at, text_at
from lanewatch.clients.shape import JsonObject, field, objects
from lanewatch.rollout.reports import Commit

# What makes Gitea start no run, anywhere in the tip's message, letter case as written (Gitea reference 1.5).
SKIP_MARKERS = ("[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]")


def commit_of(item: JsonObject, text: Callable[[str], str]) -> Commit:
    """One commit; `text` redacts and cleans. Raises ReadFailure `invalid` without a sha."""
    message = text_at(item, "commit.message")
    return Commit(
        sha=text(field(item, "sha", str)),
        subject=text(first_line(message)),
        author=text(text_at(item, "commit.author.name")),
        authored_at=instant_at(item, "commit.author.date"),
        committed_at=instant_at(item, "commit.committer.date"),
        parents=tuple(text(field(parent, "sha", str)) for parent in objects(item, "parents")),
        skip_marker=skip_marker(message),
    )


def first_line(message: str) -> str:
    return message.strip().split("\n", 1)[0]


def skip_marker(message: str) -> str:
    """The first marker of the list that the message holds, or ""."""
    return next((marker for marker in SKIP_MARKERS if marker in message), "")
