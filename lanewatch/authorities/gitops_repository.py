"""Where the gitops branch is read, and its history from there.

What counts is the repository that the Application reads. Argo CD knows the mirror under its in-cluster address, which
from here is the configured Gitea; any other repository is read by git.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

from lanewatch.authorities.application_source import Wanted, gitops_source, repository_path
from lanewatch.authorities.commits import commit_of, first_line
from lanewatch.authorities.leaves import text_at
from lanewatch.authorities.native import Native, text
from lanewatch.authorities.trailers import source_commit_of
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.git import Git
from lanewatch.clients.gitea import Gitea
from lanewatch.clients.shape import JsonObject
from lanewatch.rollout.facts import Outcome
from lanewatch.rollout.reports import GitopsCommit
from lanewatch.spec.lane import Lane

HISTORY: Final = 50  # commits: one page of Gitea; gitops branches see a few commits a day

Text = Callable[[str], str]  # redacts and cleans


@dataclass(frozen=True, slots=True)
class Place:
    """One repository as it is read from here. `url` is "" for one of the configured Gitea."""

    repository: str  # OWNER/NAME
    url: str
    read_where: Literal["application", "mirror"]

    def same_repository(self, other: Place) -> bool:
        return (self.repository, self.url) == (other.repository, other.url)


def mirror_place(lane: Lane) -> Place:
    """The target's repository in the mirror: what is left when the Application cannot be read."""
    return Place(lane.repository, "", "mirror")


def application_place(application: Native, lane: Lane, gitea_host: str) -> Place | None:
    """Where this Application reads; None when it names no repository."""
    url = text(gitops_source(application, Wanted(lane.repository, lane.gitops_branch or "")), "repoURL")
    repository = repository_path(url)
    if not repository:
        return None
    if _host(url) not in (_host(lane.mirror_base_url), gitea_host.lower()):
        return Place(repository, url, "application")
    if repository.lower() == lane.repository.lower():
        repository = lane.repository
    return Place(repository, "", "application")


def _host(url: str) -> str:
    """Host and port; the cluster's short and long names of one service are one host."""
    host, colon, port = urlsplit(url).netloc.lower().rpartition("@")[2].partition(":")
    return host.removesuffix(".cluster.local").removesuffix(".svc") + colon + port


class GitopsHistory:
    """Reads the newest commits of a branch, by Gitea's API where the place is in Gitea, else by git."""

    def __init__(self, gitea: Gitea | None, git: Git | None, safe_text: Text) -> None:
        self._gitea = gitea
        self._git = git
        self._text = safe_text

    async def read(self, place: Place, branch: str) -> tuple[GitopsCommit, ...]:
        """Newest first, at most 50. Raises ReadFailure; `absent` when there is no such branch."""
        if not place.url:
            if self._gitea is None:
                raise ReadFailure(Outcome.UNCONFIGURED, "connections name no gitea")
            found = await self._gitea.commits(place.repository, branch, HISTORY)
            return tuple(self._from_gitea(item) for item in found)
        if self._git is None:
            raise ReadFailure(Outcome.UNCONFIGURED, f"connections name no git for {urlsplit(place.url).hostname}")
        commits = await self._git.history(place.url, f"refs/heads/{branch}", HISTORY)
        return tuple(
            GitopsCommit(
                sha=commit.sha,
                committed_at=commit.committed_at,
                source_commit=self._text(source_commit_of(commit.message)),
                subject=self._text(first_line(commit.message)),
                author="",
                parents=commit.parents,
            )
            for commit in commits
        )

    def locator(self, place: Place, branch: str) -> str:
        if place.url:
            return f"git log refs/heads/{branch} of {place.repository} at {urlsplit(place.url).hostname}"
        return f"GET /api/v1/repos/{place.repository}/commits?sha={branch}"

    def _from_gitea(self, item: JsonObject) -> GitopsCommit:
        commit = commit_of(item, self._text)
        return GitopsCommit(
            sha=commit.sha,
            committed_at=commit.committed_at,
            source_commit=self._text(source_commit_of(text_at(item, "commit.message"))),
            subject=commit.subject,
            author=commit.author,
            parents=commit.parents,
            tree=self._text(text_at(item, "commit.tree.sha")),
        )
