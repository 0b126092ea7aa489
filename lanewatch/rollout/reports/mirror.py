"""What the Gitea mirror, its upstream and the snapshot ref said (gitea-repository-and-snapshot-ref)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of the watched branch."""

    sha: str
    subject: str  # first line of the message
    author: str
    authored_at: datetime | None
    committed_at: datetime | None
    parents: tuple[str, ...] = ()
    skip_marker: str = ""  # "[skip ci]" and its kin, as found anywhere in the message


@dataclass(frozen=True, slots=True)
class MirroredRepository:
    """One repository of the mirror against its upstream."""

    key: str
    repository: str
    branch: str
    mirror_head: str | None
    upstream_head: str | None  # None: not readable, see upstream_reason
    mirror_updated: datetime | None  # the last sync ATTEMPT, good or bad
    reason: str = ""  # why mirror_head is None
    upstream_reason: str = ""
    mirror_interval_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The ref that pins the commit, as it resolves."""

    ref: str
    sha: str | None  # None: the ref does not resolve
    named_by: Literal["plan", "pipelinerun", "prefix"]


@dataclass(frozen=True, slots=True)
class MirrorReport:
    """What upstream and mirror say of the commit."""

    repository: str  # the target's, "owner/name": also the key into repositories
    repositories: tuple[MirroredRepository, ...]
    commit: Commit | None  # the subject; None: in neither mirror nor upstream, or no subject yet
    commit_in_mirror: bool | None  # None: not asked or could not tell
    commit_upstream: bool | None
    snapshot: Snapshot | None  # the one that counts: resolves to the subject; else the named one; else None
    history: tuple[Commit, ...] = ()  # the branch in the mirror, newest first, at most 50
    head_commit: Commit | None = None  # the head that would be watched without a pin

    @property
    def nodes(self) -> tuple[Commit, ...]:
        """What ancestry is decided from: the branch, and the watched commit, which a forced push takes off it."""
        return (*self.history, self.commit) if self.commit else self.history

    @property
    def target(self) -> MirroredRepository | None:
        return next((one for one in self.repositories if one.repository == self.repository), None)
