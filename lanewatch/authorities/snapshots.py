"""The immutable snapshot ref of one commit: where it may be, and which one counts (CONTRACTS §2)."""

from __future__ import annotations

from lanewatch.authorities.reading import together
from lanewatch.clients.gitea import Gitea
from lanewatch.clients.shape import field
from lanewatch.rollout.reports import Snapshot

SHORT_SHA = 12


class Snapshots:
    """Looks in `repository` under the prefixes, best first."""

    def __init__(self, gitea: Gitea, repository: str, prefixes: tuple[str, ...]) -> None:
        self.repository = repository
        self._gitea = gitea
        self._prefixes = tuple(dict.fromkeys(prefix.rstrip("/") for prefix in prefixes))
        self._found: dict[str, str] = {}  # commit → the ref that resolved last, asked first next time

    def locator(self, ref: str) -> str:
        return f"GET /api/v1/repos/{self.repository}/git/refs/{ref.removeprefix('refs/')}"

    def candidates(self, commit: str) -> tuple[str, ...]:
        """By full sha, then by its first 12 digits, prefix by prefix."""
        return tuple(f"{prefix}/{name}" for prefix in self._prefixes for name in (commit, commit[:SHORT_SHA]))

    async def read(self, commit: str, named: str | None) -> Snapshot | None:
        """The ref that counts: the named one, whatever it says; else the first that resolves to the commit.

        Without a name, a ref of the commit that resolves to something else is told as it is; None when there is no
        ref at all. Raises ReadFailure.
        """
        if named is not None:
            return Snapshot(named, await self._sha(named), "plan")
        known = self._found.get(commit)
        if known is not None and await self._sha(known) == commit:
            return Snapshot(known, commit, "prefix")
        names = self.candidates(commit)
        shas = await together(self._sha, names)
        resolved = [Snapshot(name, sha, "prefix") for name, sha in zip(names, shas, strict=True) if sha is not None]
        right = [snapshot for snapshot in resolved if snapshot.sha == commit]
        if right:
            self._found = {commit: right[0].ref}
        return next(iter(right or resolved), None)

    async def _sha(self, name: str) -> str | None:
        if not name.startswith("refs/"):  # a producer's slip: no server has such a ref
            return None
        ref = await self._gitea.ref(self.repository, name)
        if ref is None or ref.kind == "commit":
            return None if ref is None else ref.sha
        peeled = await self._gitea.commit(self.repository, ref.sha)  # an annotated tag's own sha names no commit
        return field(peeled, "sha", str)
