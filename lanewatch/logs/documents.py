"""Logs that are documents, each read whole: a commit with its diff, a plan."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import partial

from lanewatch.clients.gitea import Gitea
from lanewatch.clients.shape import field, optional
from lanewatch.clients.strict_json import JsonError, parse_json
from lanewatch.logs.polling import read_through
from lanewatch.logs.sources import Asked, Piece


@dataclass(frozen=True, slots=True)
class CommitDiff:
    """A commit: who, when, message, and its diff against its first parent."""

    gitea: Gitea
    repository: str
    sha: str

    async def pieces(self, asked: Asked) -> AsyncGenerator[Piece, None]:
        commit = await read_through(partial(self.gitea.commit, self.repository, self.sha), asked)
        yield f"commit {self.sha}\n".encode()
        for who in ("author", "committer"):
            name, date = optional(commit, f"commit.{who}.name", str), optional(commit, f"commit.{who}.date", str)
            yield f"{who} {name or 'unknown'} at {date or 'unknown'}\n".encode()
        yield f"\n{field(commit, 'commit.message', str)}\n\n".encode()
        yield await read_through(partial(self.gitea.commit_diff, self.repository, self.sha), asked)


@dataclass(frozen=True, slots=True)
class ArtifactText:
    """The JSON file in an artifact, one value a line."""

    gitea: Gitea
    repository: str
    artifact: int

    async def pieces(self, asked: Asked) -> AsyncGenerator[Piece, None]:
        data = await read_through(partial(self.gitea.artifact_file, self.repository, self.artifact), asked)
        try:
            yield json.dumps(parse_json(data), ensure_ascii=False, indent=2).encode()
        except JsonError as error:
            yield f"this is no JSON ({error}); as it was sent:\n".encode()
            yield data
