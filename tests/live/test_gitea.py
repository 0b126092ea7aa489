"""The Gitea client against a real Gitea or Forgejo: the shapes and refusals that everything else is built on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from lanewatch.authorities.actions_runs import run_of
from lanewatch.authorities.reading import attempt
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import SystemClock
from lanewatch.clients.credentials import gitea_form
from lanewatch.clients.gitea import Gitea
from lanewatch.clients.http import Origin
from lanewatch.rollout.facts import Outcome
from tests.live.given import live, needs, secret

pytestmark = [pytest.mark.live, needs("GITEA", "REPOSITORY")]
REPOSITORY = live("REPOSITORY")
NOBODY = "0" * 39 + "1"


@pytest.fixture
async def gitea() -> AsyncIterator[Gitea]:
    origin = Origin(live("GITEA"), clock=SystemClock(), authorization=secret("GITEA_TOKEN", gitea_form))
    yield Gitea(origin)
    await origin.close()


async def head(gitea: Gitea) -> str:
    branch = str((await gitea.repository(REPOSITORY))["default_branch"])
    ref = await gitea.ref(REPOSITORY, f"refs/heads/{branch}")
    assert ref is not None
    assert ref.kind == "commit"
    return ref.sha


async def test_a_version_a_repository_a_head_and_its_commit(gitea: Gitea) -> None:
    assert (await gitea.version())[0].isdigit()
    sha = await head(gitea)
    assert (await gitea.commit(REPOSITORY, sha))["sha"] == sha
    assert (await gitea.commits(REPOSITORY, sha, 1))[0]["sha"] == sha


async def test_what_is_not_there_is_absent_and_never_an_empty_success(gitea: Gitea) -> None:
    assert await gitea.refs(REPOSITORY, "refs/lanewatch/nothing") == ()
    for ask in (gitea.commit(REPOSITORY, NOBODY), gitea.repository("no-such-owner/no-such-name")):
        with pytest.raises(ReadFailure) as caught:
            await ask
        assert caught.value.outcome is Outcome.ABSENT


async def test_runs_jobs_and_artifacts_have_the_shapes_that_are_read(gitea: Gitea) -> None:
    sha = await head(gitea)
    runs = await attempt(gitea.runs, REPOSITORY, sha)
    if isinstance(runs, ReadFailure):
        assert runs.outcome in (Outcome.UNSUPPORTED, Outcome.DENIED), runs.reason
        pytest.skip(runs.reason)
    for run in runs:
        number = int(str(run["id"]))
        read = run_of(run, await gitea.jobs(REPOSITORY, number), str)
        assert read.head_sha == sha
        await gitea.artifacts(REPOSITORY, number)
