"""Logs that are documents, each read whole: a commit with its diff, a plan."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import partial

from lanewatch.clients.gitea import Gitea
from lanewatch.clients.shape import JsonObject, field, optional
from lanewatch.clients.strict_json import JsonError, parse_json
from lanewatch.logs.polling import read_through
from lanewatch.logs.sources import Asked, Piece, Waiting


@dataclass(frozen=True, slots=True)
class CommitDiff:
    """A commit: who, when, message, and its diff against its first parent."""

    gitea: Gitea
    repository: str
    sha: str

    async def pieces(self, asked: Asked) -> AsyncGenerator[Piece, None]:
        async for told in read_through(partial(self.gitea.commit, self.repository, self.sha), asked):
            yield told if isinstance(told, Waiting) else _headed(self.sha, told)
        async for piece in read_through(partial(self.gitea.commit_diff, self.repository, self.sha), asked):
            yield piece


def _headed(sha: str, commit: JsonObject) -> bytes:
    lines = [f"commit {sha}"]
    for who in ("author", "committer"):
        name, date = optional(commit, f"commit.{who}.name", str), optional(commit, f"commit.{who}.date", str)
        lines.append(f"{who} {name or 'unknown'} at {date or 'unknown'}")
    return "\n".join((*lines, "", field(commit, "commit.message", str), "", "")).encode()


@dataclass(frozen=True, slots=True)
class ArtifactText:
    """The JSON file in an artifact, one value a line."""

    gitea: Gitea
    repository: str
    artifact: int

    async def pieces(self, asked: Asked) -> AsyncGenerator[Piece, None]:
        async for told in read_through(partial(self.gitea.artifact_file, self.repository, self.artifact), asked):
            yield told if isinstance(told, Waiting) else _value_a_line(told)


def _value_a_line(data: bytes) -> bytes:
    try:
        return json.dumps(parse_json(data), ensure_ascii=False, indent=2).encode()
    except JsonError as error:
        return f"this is no JSON ({error}); as it was sent:\n".encode() + data
