"""The follower's status object: as configured, as told, and every way in which it is not there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lanewatch.authorities import follower
from lanewatch.authorities.follower import read_follower
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.native import Resource
from lanewatch.rollout.facts import Outcome
from lanewatch.spec.follower import FollowerObject, follower_of
from lanewatch.spec.loading import load_spec
from lanewatch.text import PATTERNS_ONLY
from tests.rollout.story import A, time

ABOUT = FollowerObject("v1", "ConfigMap", "ns", "name", "data.status", "f:1")
STATUS = f'{{"observedCommit":"{A}","phase":"Idle","lastRunSeconds":105.7,"updatedAt":"2026-07-06T12:00:00Z"}}'


class _Cluster:
    host = "cluster.host"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the cluster answers; `asked` is filled with what it was asked for."""
    answer: dict[str, Any] = {"object": {"data": {"status": STATUS}}, "asked": None}

    async def read(cluster: object, resource: Resource, namespace: str, name: str) -> Any:
        answer["asked"] = (resource.group, resource.version, resource.plural, namespace, name)
        return answer["object"]

    monkeypatch.setattr(follower, "read_object", read)
    return answer


async def read(about: FollowerObject = ABOUT) -> Any:
    return await read_follower(_Cluster(), about, PATTERNS_ONLY)  # type: ignore[arg-type]


async def test_json_in_a_config_map(told: dict[str, Any]) -> None:
    found = await read()
    assert told["asked"] == ("", "v1", "configmaps", "ns", "name")
    assert (found.observed_commit, found.phase, found.last_run_seconds, found.updated_at) == (A, "Idle", 105.7, time(0))
    assert found.source == "configmaps/ns/name .data.status"


async def test_a_custom_object_with_its_status_as_it_is(told: dict[str, Any]) -> None:
    told["object"] = {"status": {"native": {"observedCommit": A, "phase": "Running"}}}
    about = replace(ABOUT, api_version="unidesk.pikapython.com/v1", kind="BranchFollower", path="status.native")
    found = await read(about)
    assert told["asked"][:3] == ("unidesk.pikapython.com", "v1", "branchfollowers")
    assert (found.phase, found.last_run_seconds, found.updated_at) == ("Running", None, None)


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({}, Outcome.ABSENT),
        ({"data": {}}, Outcome.ABSENT),
        ({"data": "status"}, Outcome.ABSENT),
        ({"data": {"status": "not json"}}, Outcome.INVALID),
        ({"data": {"status": "[1]"}}, Outcome.INVALID),
        ({"data": {"status": 7}}, Outcome.INVALID),
    ],
)
async def test_what_is_no_status_says_why(told: dict[str, Any], given: Any, outcome: Outcome) -> None:
    told["object"] = given
    with pytest.raises(ReadFailure) as failure:
        await read()
    assert failure.value.outcome is outcome
    assert "configmaps/ns/name" in failure.value.reason


@pytest.mark.parametrize("wrong", ["true", '"105"', "-1", "null", "[]"])
async def test_a_duration_that_is_none_is_not_told(told: dict[str, Any], wrong: str) -> None:
    told["object"] = {"data": {"status": f'{{"lastRunSeconds":{wrong},"updatedAt":7,"phase":[1]}}'}}
    found = await read()
    assert (found.last_run_seconds, found.updated_at, found.phase) == (None, None, "")


async def test_hostile_words_are_cleaned(told: dict[str, Any]) -> None:
    told["object"] = {"data": {"status": '{"phase":"\\u001b[2Jgone ghp_0123456789abcdefghijklmnopqrstuvwxyzAB"}'}}
    found = await read()
    assert "\x1b" not in found.phase
    assert "ghp_0123456789abcdefghijklmnopqrstuvwxyzAB" not in found.phase


def test_the_files_name_the_object_and_the_survey() -> None:
    found = follower_of(load_spec(), "agentrun-jd01-v02")
    assert found.object is not None
    assert (found.object.kind, found.object.path) == ("ConfigMap", "data.status")
    assert found.components[0].component == "gitea-mirror"
    assert "read-only-status" in found.allowed


def test_a_target_without_an_object_is_unconfigured_and_says_which_key() -> None:
    found = follower_of(load_spec(), "another")
    assert found.object is None
    assert "followers.another" in found.reason
