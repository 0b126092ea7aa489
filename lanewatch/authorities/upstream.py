"""The forge that is mirrored, asked with git alone: heads, and commits that the mirror does not have yet."""

from __future__ import annotations

from collections.abc import Callable

from lanewatch.authorities.commits import first_line, skip_marker
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.git import Git
from lanewatch.rollout.facts import Outcome
from lanewatch.rollout.reports import Commit

WITH_PARENT = 2  # commits: git hides the parents of the last commit that was fetched


class Upstream:
    """Repositories at BASE/OWNER/NAME.git (connections `upstream`); `base` None: not configured."""

    def __init__(self, git: Git, base: str | None, text: Callable[[str], str]) -> None:
        self._git = git
        self._base = base
        self._text = text
        self._commits: dict[str, Commit] = {}  # by sha: what a sha names does not change

    @property
    def configured(self) -> bool:
        return self._base is not None

    def locator(self, repository: str, branch: str) -> str:
        if self._base is None:
            return "connections: upstream"
        return f"git ls-remote {self._base}/{repository}.git refs/heads/{branch}"

    def is_crowded(self, repository: str) -> bool:
        """Whether `head` takes two requests also when it is asked `at_once`."""
        return self._git.is_crowded(self._url(repository))

    async def head(self, repository: str, branch: str, *, at_once: bool = False) -> str:
        """The full sha of the branch; `at_once`: with one request. Raises ReadFailure, `absent` without the branch."""
        ref = f"refs/heads/{branch}"
        refs = await self._git.ls_remote(self._url(repository), [ref], at_once=at_once)
        if ref not in refs:
            raise ReadFailure(Outcome.ABSENT, f"upstream has no branch {branch} in {repository}")
        return refs[ref]

    async def commit(self, repository: str, sha: str) -> Commit:
        """What a commit says; its author is not asked for. Raises ReadFailure, `absent` when upstream lacks it."""
        if sha not in self._commits:
            found = await self._git.history(self._url(repository), sha, WITH_PARENT)
            if not found:
                raise ReadFailure(Outcome.ABSENT, f"upstream has no commit {sha[:12]}")
            one = found[0]
            self._commits[sha] = Commit(
                sha=one.sha,
                subject=self._text(first_line(one.message)),
                author="",
                authored_at=None,
                committed_at=one.committed_at,
                parents=one.parents,
                skip_marker=skip_marker(one.message),
            )
        return self._commits[sha]

    def _url(self, repository: str) -> str:
        if self._base is None:
            raise ReadFailure(Outcome.UNCONFIGURED, "unconfigured")
        return f"{self._base}/{repository}.git"
