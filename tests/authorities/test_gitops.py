"""Where the gitops branch is read: the Application's repository, mapped; else the mirror, which is said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lanewatch.authorities.application import ApplicationReader
from lanewatch.authorities.gitops import GitopsAuthority
from lanewatch.authorities.gitops_repository import Place, application_place
from lanewatch.authorities.reading import Witness
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.git import Commit, Git
from lanewatch.clients.gitea import Gitea
from lanewatch.clients.http import Origin
from lanewatch.rollout.facts import GITOPS, Correlation, Observation, Outcome, Quality
from lanewatch.rollout.reports import GitopsReport
from tests.authorities.canned import CannedLists, no_cluster
from tests.authorities.closeout_lane import fact, lane
from tests.authorities.native_objects import Object, native
from tests.clients.conftest import StillClock

COMMIT, OTHER = "c" * 40, "d" * 40
SUBJECT = Correlation(commit=COMMIT)
ELSEWHERE = "https://git.example.org/ops/deploy.git"


class CannedGitea(Gitea):
    """Commits by repository, newest first, as messages."""

    def __init__(self, repositories: dict[str, Sequence[str]]) -> None:
        super().__init__(Origin("http://127.0.0.1:3999", clock=StillClock()))
        self.repositories = repositories
        self.asked: list[str] = []

    async def commits(self, repository: str, start: str, limit: int) -> list[Any]:
        self.asked.append(f"{repository}@{start}")
        if repository not in self.repositories:
            raise ReadFailure(Outcome.ABSENT, "404: no such branch or commit")
        return [_gitea_commit(number, message) for number, message in enumerate(self.repositories[repository])]


class CannedGit(Git):
    def __init__(self, messages: Sequence[str] | None) -> None:
        super().__init__(Path("nowhere"), clock=StillClock())
        self.messages = messages
        self.asked: list[str] = []

    async def history(self, url: str, ref: str, limit: int = 50) -> tuple[Commit, ...]:
        self.asked.append(f"{url} {ref} {limit}")
        if self.messages is None:
            raise ReadFailure(Outcome.DENIED, "git: not allowed")
        at = datetime(2026, 7, 5, tzinfo=UTC)
        return tuple(Commit(f"{n:040x}", (), at, message) for n, message in enumerate(self.messages))


def _gitea_commit(number: int, message: str) -> Object:
    signed = {"name": "bot", "date": f"2026-07-05T14:00:{59 - number:02}Z"}
    return {
        "sha": f"{number:040x}",
        "commit": {"message": message, "author": signed, "committer": signed},
        "parents": [{"sha": f"{number + 1:040x}"}],
    }


def published(commit: str, subject: str = "deploy") -> str:
    return f"{subject}\n\nSource-Commit: {commit}\n"


def authority(
    gitea: CannedGitea | None, git: CannedGit | None = None, application: Object | Outcome | None = None
) -> GitopsAuthority:
    answer = application if isinstance(application, Outcome) else [application] if application else []
    reader = ApplicationReader(lane(), no_cluster(), CannedLists({"applications": answer}))
    return GitopsAuthority(lane(), gitea, git, reader, StillClock(), Witness(GITOPS))


def reads_from(url: str) -> Object:
    return {**native("Application", lane().application), "spec": {"source": {"repoURL": url}}}


def report(observation: Observation) -> GitopsReport:
    assert isinstance(observation.report, GitopsReport), observation.reason
    return observation.report


MIRROR = lane().repository
OTHER_PORT = f"http://gitea-http.devops-infra.svc:3001/{MIRROR}"
IN_CLUSTER = f"{lane().mirror_base_url}/{lane().repository}.git"


@pytest.mark.parametrize(
    ("url", "place"),
    [
        (IN_CLUSTER, Place(MIRROR, "", "application")),
        (IN_CLUSTER.replace(".svc.cluster.local", ".svc").removesuffix(".git"), Place(MIRROR, "", "application")),
        (IN_CLUSTER.replace(".svc.cluster.local", "").lower(), Place(MIRROR, "", "application")),
        ("http://127.0.0.1:3999/other/Repo", Place("other/Repo", "", "application")),
        (ELSEWHERE, Place("ops/deploy", ELSEWHERE, "application")),
        (OTHER_PORT, Place(MIRROR, OTHER_PORT, "application")),
        ("", None),
    ],
)
def test_where_an_application_reads(url: str, place: Place | None) -> None:
    assert application_place(reads_from(url), lane(), "127.0.0.1:3999") == place


async def test_the_newest_commit_that_names_ours_is_the_revision() -> None:
    messages = [published(OTHER, "later"), published(COMMIT, "again"), published(COMMIT, "first"), "start"]
    gitea = CannedGitea({MIRROR: messages})
    observation = await authority(gitea, application=reads_from(IN_CLUSTER)).read(SUBJECT)
    told = report(observation)
    assert told.revision is not None
    assert (told.revision.subject, told.revision.sha) == ("again", f"{1:040x}")
    assert [entry.source_commit for entry in told.history] == [OTHER, COMMIT, COMMIT, ""]
    assert told.history[0].parents == (told.history[1].sha,)
    assert told.read_where == "application"
    assert fact(observation, "gitopsRevision").final
    assert fact(observation, "gitopsRevision").source_time == told.revision.committed_at
    assert gitea.asked == [f"{MIRROR}@{lane().gitops_branch}"]


async def test_a_commit_that_is_not_published_is_absent_and_the_read_is_well() -> None:
    observation = await authority(CannedGitea({MIRROR: [published(OTHER)]})).read(SUBJECT)
    assert observation.outcome is Outcome.OK
    assert report(observation).revision is None
    assert fact(observation, "gitopsRevision").quality is Quality.ABSENT


@pytest.mark.parametrize("application", [None, Outcome.UNSUPPORTED, Outcome.DENIED])
async def test_without_the_application_the_mirror_is_read_and_said(application: Object | Outcome | None) -> None:
    observation = await authority(CannedGitea({MIRROR: [published(COMMIT)]}), application=application).read(SUBJECT)
    assert report(observation).read_where == "mirror"
    assert fact(observation, "gitopsReadWhere").value == "only in the mirror"
    assert fact(observation, "applicationRepository").quality is not Quality.GOOD
    assert fact(observation, "gitopsRevision").quality is Quality.GOOD


async def test_another_repository_is_read_by_git() -> None:
    gitea, git = CannedGitea({MIRROR: []}), CannedGit([published(COMMIT)])
    asked = authority(gitea, git, reads_from(ELSEWHERE))
    told = report(await asked.read(SUBJECT))
    assert (told.repository, told.read_where) == ("ops/deploy", "application")
    assert told.revision is not None
    assert git.asked == [f"{ELSEWHERE} refs/heads/{lane().gitops_branch} 50"]
    await asked.read(SUBJECT)
    assert gitea.asked == [f"{MIRROR}@{lane().gitops_branch}"]  # the guess, once; afterwards the place is known


async def test_another_repository_that_cannot_be_read_leaves_the_mirror() -> None:
    asked = authority(CannedGitea({MIRROR: [published(COMMIT)]}), CannedGit(None), reads_from(ELSEWHERE))
    observation = await asked.read(SUBJECT)
    assert report(observation).read_where == "mirror"
    assert fact(observation, "applicationRepositoryHistory").quality is Quality.DENIED


async def test_no_branch_is_an_outcome() -> None:
    observation = await authority(CannedGitea({})).read(SUBJECT)
    assert (observation.outcome, observation.report) == (Outcome.ABSENT, None)
    assert fact(observation, "gitopsRevision").quality is Quality.ABSENT


async def test_without_gitea_nothing_is_configured() -> None:
    assert (await authority(None).read(SUBJECT)).outcome is Outcome.UNCONFIGURED
