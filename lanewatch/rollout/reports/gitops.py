"""What the gitops branch holds (gitops-commit)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class GitopsCommit:
    """One commit of the gitops branch."""

    sha: str
    committed_at: datetime | None
    source_commit: str  # trailer Source-Commit; "" when there is none
    subject: str
    author: str
    parents: tuple[str, ...] = ()
    tree: str = ""  # hash of what the commit holds; equal trees are a commit that changes nothing; "" where not told


@dataclass(frozen=True, slots=True)
class GitopsReport:
    """What the gitops branch says of the commit."""

    revision: GitopsCommit | None  # the newest commit whose trailer names the subject commit
    history: tuple[GitopsCommit, ...]  # of the gitops branch, newest first, at most 50
    repository: str
    branch: str
    read_where: Literal["application", "mirror"]  # where the Application reads, or only in the mirror
