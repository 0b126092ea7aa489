"""The registry client against a real registry, by an image that is there."""

from __future__ import annotations

import pytest

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import SystemClock
from lanewatch.clients.credentials import registry_form
from lanewatch.clients.http import Origin
from lanewatch.clients.registry import Registry
from lanewatch.rollout.facts import Outcome
from tests.live.given import live, needs, secret

pytestmark = [pytest.mark.live, needs("REGISTRY", "IMAGE")]


async def test_a_tag_leads_to_digests_that_lead_to_themselves() -> None:
    repository, _, tag = live("IMAGE").rpartition(":")
    clock = SystemClock()
    origin = Origin(live("REGISTRY"), clock=clock, immutable=True)
    client = Registry(origin, clock=clock, credential=secret("REGISTRY_AUTH", registry_form))
    try:
        found = await client.resolve(repository, tag)
        assert found.manifests
        assert len(found.configs) == len(found.manifests)
        top = found.index or found.manifests[0]
        assert await client.resolve(repository, top) == found
        if found.index is not None:
            await client.attestation(repository, found.index)
        with pytest.raises(ReadFailure) as caught:
            await client.resolve(repository, "lanewatch-no-such-tag")
        assert caught.value.outcome is Outcome.ABSENT
    finally:
        await origin.close()
