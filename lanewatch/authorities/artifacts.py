"""The artifacts of Actions runs: which one counts, and the file in it (Gitea reference 5, rule 11).

Several authorities read artifacts of the same run, so the list is shared and a file is fetched once per upload.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lanewatch.authorities.instants import instant
from lanewatch.authorities.leaves import instant_at, number_at, truth_at
from lanewatch.authorities.paper_faults import BrokenPaper
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import Clock
from lanewatch.clients.gitea import Gitea
from lanewatch.clients.shape import JsonObject, field
from lanewatch.clients.sharing import Shared
from lanewatch.rollout.facts import Outcome
from lanewatch.rollout.reports import Artifact

KEPT_FILES: Final = 32  # of a few kB: three papers for each of some ten attempts


@dataclass(frozen=True, slots=True)
class Upload:
    """One artifact of a run; `unusable` says why it cannot be read yet, or no longer, "" when it can."""

    artifact: Artifact
    unusable: str = ""
    expired: bool = False  # it was there: what it said can no longer be known


class RunArtifacts:
    """The artifacts of one repository's runs. `text` redacts and cleans what is shown."""

    def __init__(self, gitea: Gitea, repository: str, clock: Clock, text: Callable[[str], str]) -> None:
        self.repository = repository
        self._gitea = gitea
        self._clock = clock
        self._text = text
        self._lists: Shared[int, list[JsonObject]] = Shared(clock, lambda run: gitea.artifacts(repository, run))
        self._files: dict[tuple[str, object, int, str], bytes] = {}
        self._broken: set[tuple[str, object, int, str]] = set()

    @property
    def host(self) -> str:
        return self._gitea.host

    async def newest(self, run_id: str, prefix: str, *, exact: bool = False) -> Upload | None:
        """The artifact of the highest id whose name is (or begins with) `prefix`; None when the run has none.

        Raises ReadFailure when the list cannot be read.
        """
        found = await self._lists.read(_number(run_id))
        fitting = [item for item in found if _fits(field(item, "name", str), prefix, exact)]
        if not fitting:
            return None
        return self._upload(max(fitting, key=lambda item: field(item, "id", int)), run_id)

    async def file(self, artifact: Artifact, name: str) -> bytes:
        """The file `name` in it, fetched once per upload. Raises ReadFailure.

        What does not unpack, or is neither archive nor paper, is believed to be broken (BrokenPaper) only when it is so
        twice: while an upload is overwritten the stored zip may be half of one, and something in between may have
        answered in its place. The first time is an `error`.
        """
        key = (artifact.id, artifact.updated_at, artifact.size, name)
        if key not in self._files:
            self._keep(key, await self._fetched(artifact, name, key))
        return self._files[key]

    def locator(self, artifact: Artifact) -> str:
        return f"GET /api/v1/repos/{self.repository}/actions/artifacts/{artifact.id}/zip"

    def list_locator(self, run_id: str) -> str:
        return f"GET /api/v1/repos/{self.repository}/actions/runs/{run_id}/artifacts"

    async def _fetched(self, artifact: Artifact, name: str, key: tuple[str, object, int, str]) -> bytes:
        try:
            return await self._gitea.artifact_file(self.repository, int(artifact.id), name)
        except ReadFailure as failure:
            if failure.status is not None or failure.outcome not in (Outcome.INVALID, Outcome.ABSENT):
                raise  # the server refused; what it stores is not told
            if key in self._broken:
                raise BrokenPaper(failure.reason) from None
            self._broken.add(key)
            raise ReadFailure(Outcome.ERROR, f"{failure.reason}; read again before it is believed") from None

    def _keep(self, key: tuple[str, object, int, str], data: bytes) -> None:
        self._files[key] = data
        while len(self._files) > KEPT_FILES:
            del self._files[next(iter(self._files))]

    def _upload(self, item: JsonObject, run_id: str) -> Upload:
        artifact = Artifact(
            id=str(field(item, "id", int)),
            name=self._text(field(item, "name", str)),
            size=number_at(item, "size_in_bytes"),
            created_at=instant_at(item, "created_at"),
            updated_at=instant_at(item, "updated_at"),
            run_id=run_id,
        )
        if truth_at(item, "expired") or self._is_past(instant(item.get("expires_at"))):
            return Upload(artifact, f"artifact {artifact.name} has expired", expired=True)
        return Upload(artifact, "" if artifact.size > 0 else f"artifact {artifact.name} is still being uploaded")

    def _is_past(self, expires: datetime | None) -> bool:
        """The midnight cron sets `expired` late."""
        return expires is not None and expires <= self._clock.now().wall


def _fits(name: str, prefix: str, exact: bool) -> bool:
    return name == prefix if exact else name.startswith(prefix)


def _number(run_id: str) -> int:
    if not (run_id.isascii() and run_id.isdigit()):
        raise ReadFailure(Outcome.INVALID, f"not the id of an Actions run: {run_id[:40]}")
    return int(run_id)
