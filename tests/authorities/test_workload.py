"""The workload authority on canned lists: which digests run, what is missing, what is not configured."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lanewatch.authorities.reading import Witness
from lanewatch.authorities.workload import WorkloadAuthority
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.http import Origin
from lanewatch.clients.registry import DigestSet, Registry
from lanewatch.rollout.facts import RUNTIME, Correlation, Observation, Outcome, Quality
from lanewatch.rollout.reports import WorkloadReport
from tests.authorities.canned import Canned, CannedLists, no_cluster
from tests.authorities.closeout_lane import fact, lane
from tests.authorities.native_objects import Object, native, stamp
from tests.authorities.test_workload_objects import replica_set
from tests.clients.conftest import StillClock

OLD, NEW, INDEX, CONFIG = (f"sha256:{digit * 64}" for digit in "1234")
WORKLOAD = lane().workload
IMAGE = f"{lane().registry_prefix}/{WORKLOAD}"
SUBJECT = Correlation(image_digest=None)


class CannedRegistry(Registry):
    """Knows one image: INDEX, with NEW as its manifest and CONFIG as that one's config."""

    def __init__(self) -> None:
        super().__init__(Origin("http://127.0.0.1:3998", clock=StillClock()), clock=StillClock())
        self.asked: list[str] = []

    async def resolve(self, repository: str, reference: str) -> DigestSet:
        self.asked.append(f"{repository}@{reference}")
        if reference in (INDEX, NEW):
            return DigestSet(INDEX, (NEW,), (CONFIG,))
        raise ReadFailure(Outcome.ABSENT, "404: no such manifest")


def deployment() -> Object:
    made = native("Deployment", WORKLOAD)
    spec = {"containers": [{"name": WORKLOAD, "image": f"{IMAGE}:v1"}]}
    return {**made, "spec": {"replicas": 1, "template": {"metadata": {}, "spec": spec}}, "status": {}}


def pod_of(owner: Object, digest: str, name: str, **metadata: Any) -> Object:
    made = native("Pod", name, owner=owner)
    made["metadata"] |= metadata
    row = {"name": WORKLOAD, "imageID": digest if digest == CONFIG else f"{IMAGE}@{digest}"}
    return {**made, "spec": {"containers": [{"name": WORKLOAD}]}, "status": {"containerStatuses": [row]}}


def runs(*digests: str) -> dict[str, Any]:
    """A Deployment whose current ReplicaSet has a Pod for each digest, and an older one with a Pod that runs OLD."""
    owner = deployment()
    current, older = replica_set(owner, "current", "2"), replica_set(owner, "older", "1")
    pods = [pod_of(current, digest, f"p{number}") for number, digest in enumerate(digests)]
    return {
        "deployments": [owner],
        "replicasets": [older, current],
        "pods": [pod_of(older, OLD, "old"), *pods, pod_of(current, OLD, "leaving", deletionTimestamp=stamp(5))],
    }


def authority(table: Canned, registry: Registry | None = None, **changes: Any) -> WorkloadAuthority:
    watched = replace(lane(), **changes)
    lists = CannedLists(table)
    return WorkloadAuthority(watched, no_cluster(), lists, registry, None, StillClock(), Witness(RUNTIME))


def report(observation: Observation) -> WorkloadReport:
    assert isinstance(observation.report, WorkloadReport), observation.reason
    return observation.report


async def test_the_digest_is_that_of_the_current_replica_sets_pods() -> None:
    told = fact(await authority(runs(NEW, NEW)).read(SUBJECT), "imageDigest")
    assert (told.value, told.quality) == (NEW, Quality.GOOD)


async def test_several_digests_are_all_told_and_not_judged() -> None:
    told = fact(await authority(runs(NEW, OLD)).read(SUBJECT), "imageDigest")
    assert (told.value, told.quality) == ((OLD, NEW), Quality.GOOD)


async def test_no_pod_is_no_digest() -> None:
    told = fact(await authority(runs()).read(SUBJECT), "imageDigest")
    assert (told.value, told.quality) == (None, Quality.ABSENT)


async def test_the_expected_image_is_resolved_and_what_it_does_not_cover() -> None:
    registry = CannedRegistry()
    asked = authority(runs(CONFIG), registry)
    observation = await asked.read(Correlation(image_digest=INDEX))
    assert [digests.digest for digests in report(observation).digests] == [INDEX]
    repository = IMAGE.partition("/")[2]
    assert registry.asked == [f"{repository}@{INDEX}", f"{repository}@{OLD}"]
    assert fact(observation, "imageDigestNames").quality is Quality.ABSENT
    await asked.read(Correlation(image_digest=INDEX))
    assert registry.asked.count(f"{repository}@{INDEX}") == 1


async def test_a_template_without_annotation_names_no_commit() -> None:
    told = fact(await authority(runs(NEW)).read(SUBJECT), "runtimeTargetSha")
    assert (told.value, told.quality) == (None, Quality.ABSENT)


async def test_what_is_not_configured_is_said() -> None:
    observation = await authority(runs(NEW)).read(SUBJECT)
    assert observation.outcome is Outcome.OK
    assert report(observation).health is None
    assert fact(observation, "health").quality is Quality.UNCONFIGURED
    assert fact(observation, "imageDigestNames").quality is Quality.UNCONFIGURED


async def test_no_deployment_is_absent() -> None:
    observation = await authority({}).read(SUBJECT)
    assert (observation.outcome, report(observation).deployment) == (Outcome.ABSENT, None)
    assert {fact(observation, name).quality for name in ("runtimeTargetSha", "imageDigest")} == {Quality.ABSENT}


async def test_another_kind_of_workload_is_refused_by_name() -> None:
    observation = await authority(runs(NEW), workload_kind="StatefulSet").read(SUBJECT)
    assert observation.outcome is Outcome.UNSUPPORTED
    assert "StatefulSet" in observation.reason


async def test_events_are_warnings_of_the_workloads_own_objects() -> None:
    table = runs(NEW)
    about = [table["pods"][1], native("Pod", "stranger")]
    rows = [("Warning", "BackOff"), ("Normal", "Pulled")]
    table["events"] = [
        {**native("Event", f"{reason}.{thing['metadata']['name']}"), "type": kind, "reason": reason, "message": "m",
         "involvedObject": {"uid": thing["metadata"]["uid"]}}
        for thing in about for kind, reason in rows
    ]  # fmt: skip
    assert report(await authority(table).read(SUBJECT)).events == ("Warning BackOff: m",)
