"""The Kubernetes client against a real API server: lists, refusals, a missing CRD, and an object that the test made."""

from __future__ import annotations

import json
import subprocess
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lanewatch.authorities.reading import attempt
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import SystemClock
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.native import (
    APPLICATIONS,
    CONFIG_MAPS,
    DEPLOYMENTS,
    EVENTS,
    JOBS,
    PIPELINE_RUNS,
    PODS,
    REPLICA_SETS,
    TASK_RUNS,
    Resource,
    read_list,
    read_object,
    server_version,
)
from lanewatch.rollout.facts import Outcome
from tests.live.given import live, needs

pytestmark = [pytest.mark.live, needs("KUBECONFIG")]
NAMESPACE = live("NAMESPACE") or "default"
KINDS = (PODS, EVENTS, JOBS, DEPLOYMENTS, REPLICA_SETS, PIPELINE_RUNS, TASK_RUNS, APPLICATIONS)


@pytest.fixture
async def cluster() -> AsyncIterator[Cluster]:
    one = Cluster(Path(live("KUBECONFIG")), live("CONTEXT") or None, clock=SystemClock(), key="kubernetes")
    yield one
    await one.close()


async def test_it_says_its_version(cluster: Cluster) -> None:
    assert (await server_version(cluster)).startswith("v1.")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_each_kind_is_listed_or_refused_by_name(cluster: Cluster, kind: Resource) -> None:
    listing = await attempt(read_list, cluster, kind, NAMESPACE)
    if isinstance(listing, ReadFailure):
        assert listing.outcome in (Outcome.DENIED, Outcome.UNSUPPORTED)
        assert kind.name in listing.reason
        return
    assert listing.resource_version
    assert listing.raw_digest


async def test_an_object_that_nobody_made_is_absent(cluster: Cluster) -> None:
    with pytest.raises(ReadFailure) as caught:
        await read_object(cluster, CONFIG_MAPS, NAMESPACE, f"lanewatch-{uuid.uuid4().hex[:8]}")
    assert caught.value.outcome in (Outcome.ABSENT, Outcome.DENIED)


@needs("WRITE", "NAMESPACE")
async def test_an_object_that_the_test_makes_is_read_and_gone_again(cluster: Cluster) -> None:
    name = f"lanewatch-{uuid.uuid4().hex[:8]}"
    _kubectl("create", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "b"}})
    try:
        assert (await read_object(cluster, CONFIG_MAPS, NAMESPACE, name))["data"] == {"a": "b"}
    finally:
        _kubectl("delete", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}})
    with pytest.raises(ReadFailure, match="no configmaps"):
        await read_object(cluster, CONFIG_MAPS, NAMESPACE, name)


def _kubectl(verb: str, manifest: dict[str, object]) -> None:
    """Set-up of the test alone: the product has no way to write."""
    context = ["--context", live("CONTEXT")] if live("CONTEXT") else []
    command = ["kubectl", "--kubeconfig", live("KUBECONFIG"), *context, "-n", NAMESPACE, verb, "-f", "-"]
    subprocess.run(command, input=json.dumps(manifest).encode(), check=True, capture_output=True)
