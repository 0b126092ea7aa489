"""The simulated API server over real sockets: discovery, objects, lists, selectors, pages, refusals, logs, proxy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from lanewatch.simulator import kubernetes
from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.http import RequestLog, serve
from lanewatch.simulator.kubernetes.selectors import BadSelector, fields_match, labels_match
from lanewatch.simulator.kubernetes.store import Store
from lanewatch.simulator.world import HealthChange, World
from tests.simulator.stories import START, commit_of, standing_at, told

RIGHTS = kubernetes.Rights("the-token")
CI = "/api/v1/namespaces/agentrun-ci"
TEKTON = "/apis/tekton.dev/v1/namespaces/agentrun-ci"
APPLICATION = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/agentrun-jd01-v02"


@asynccontextmanager
async def asking(
    world: World,
    clock: WorldClock,
    *,
    rights: kubernetes.Rights = RIGHTS,
    token: str = "the-token",
    record: RequestLog | None = None,
) -> AsyncIterator[httpx.AsyncClient]:
    server = await serve(kubernetes.handler(world, clock, rights), clock, record=record, name="kubernetes")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, trust_env=False) as client:
        try:
            yield client
        finally:
            await server.close()


async def read(path: str, at: float = 200.0, scenario: str = "build", **query: Any) -> Any:
    async with asking(told(scenario), standing_at(at)) as client:
        answer = await client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


def names(listing: Any) -> list[str]:
    return [item["metadata"]["name"] for item in listing["items"]]


def builder_pod(world: World) -> str:
    found: set[str] = {change.object["metadata"]["name"] for change in world.objects if change.object["kind"] == "Pod"}
    return next(name for name in found if f"builder-{commit_of(world)[:12]}" in name)


class TestDiscovery:
    async def test_version_and_groups(self) -> None:
        assert (await read("/version"))["gitVersion"].startswith("v1.")
        assert (await read("/api"))["versions"] == ["v1"]
        groups = {group["name"] for group in (await read("/apis"))["groups"]}
        assert groups == {
            "apps", "batch", "argoproj.io", "networking.k8s.io", "rbac.authorization.k8s.io", "tekton.dev",
            "triggers.tekton.dev",
        }  # fmt: skip

    async def test_the_resources_of_a_group_version(self) -> None:
        rows = {row["name"]: row for row in (await read("/api/v1"))["resources"]}
        assert rows["pods"]["kind"] == "Pod"
        assert rows["pods/log"]["verbs"] == ["get"]
        assert {"services/proxy", "events", "configmaps"} <= set(rows)
        tekton = await read("/apis/tekton.dev/v1")
        assert {row["name"] for row in tekton["resources"]} == {"pipelineruns", "taskruns"}

    async def test_a_missing_crd_is_a_missing_path(self) -> None:
        rights = replace(RIGHTS, absent=frozenset({"argoproj.io"}))
        async with asking(told("build"), standing_at(10.0), rights=rights) as client:
            for path in ("/apis/argoproj.io/v1alpha1", APPLICATION):
                answer = await client.get(path)
                assert answer.status_code == 404
                assert answer.headers["content-type"].startswith("text/plain")


class TestObjects:
    async def test_an_object_is_as_it_was_at_that_second(self) -> None:
        before = await read(APPLICATION, 60.0)
        after = await read(APPLICATION, 80.0)
        assert before["status"]["sync"]["revision"] != after["status"]["sync"]["revision"]
        assert int(before["metadata"]["resourceVersion"]) < int(after["metadata"]["resourceVersion"])
        assert before["metadata"]["uid"] == after["metadata"]["uid"]

    async def test_argo_tells_its_story_in_several_writes(self) -> None:
        refreshing = await read(APPLICATION, 70.8)
        assert refreshing["metadata"]["annotations"]["argocd.argoproj.io/refresh"] == "normal"
        interim = (await read(APPLICATION, 75.0))["status"]
        assert interim["operationState"]["phase"] == "Succeeded"
        assert interim["sync"]["status"] == "OutOfSync"
        settled = (await read(APPLICATION, 80.0))["status"]
        assert (settled["sync"]["status"], settled["health"]["status"]) == ("Synced", "Progressing")
        assert settled["reconciledAt"] >= settled["operationState"]["finishedAt"]
        assert (await read(APPLICATION, 95.0))["status"]["health"]["status"] == "Healthy"

    async def test_after_the_end_only_the_periodic_reconciliation_moves(self) -> None:
        world = told("build")
        at_end, later = await read(APPLICATION, world.end), await read(APPLICATION, world.end + 20 + 3 * 120.0)
        assert later["status"]["reconciledAt"] == world.stamp(world.end + 20 + 3 * 120.0)
        assert int(later["metadata"]["resourceVersion"]) == int(at_end["metadata"]["resourceVersion"]) + 4 + 3
        later["status"]["reconciledAt"] = at_end["status"]["reconciledAt"]
        later["metadata"]["resourceVersion"] = at_end["metadata"]["resourceVersion"]
        assert later == at_end

    async def test_conditions_are_old_until_the_controller_has_observed_the_new_spec(self) -> None:
        path = "/apis/apps/v1/namespaces/agentrun-v02/deployments/agentrun-mgr"
        asked = await read(path, 72.8)
        assert asked["metadata"]["generation"] > asked["status"]["observedGeneration"]
        assert asked["status"]["conditions"][1]["reason"] == "NewReplicaSetAvailable"
        rolling = await read(path, 85.0)
        assert rolling["status"]["replicas"] == 3
        done = await read(path, 100.0)
        assert done["metadata"]["generation"] == done["status"]["observedGeneration"]
        assert done["status"]["updatedReplicas"] == done["status"]["availableReplicas"] == 2

    async def test_old_pods_terminate_before_they_go(self) -> None:
        pods = "/api/v1/namespaces/agentrun-v02/pods"
        at_82 = (await read(pods, 82.0))["items"]
        assert [bool(pod["metadata"].get("deletionTimestamp")) for pod in at_82].count(True) == 1
        assert len((await read(pods, 200.0))["items"]) == 2


class TestLists:
    async def test_built_in_items_leave_their_kind_to_the_list(self) -> None:
        pods, runs = await read(f"{CI}/pods"), await read(f"{TEKTON}/pipelineruns")
        assert pods["kind"] == "PodList"
        assert not [item for item in pods["items"] if "kind" in item or "apiVersion" in item]
        assert {item["kind"] for item in runs["items"]} == {"PipelineRun"}
        assert int(pods["metadata"]["resourceVersion"]) > 100_000

    async def test_everywhere_and_in_one_namespace(self) -> None:
        every, mine = await read("/api/v1/pods"), await read(f"{CI}/pods")
        assert {item["metadata"]["namespace"] for item in every["items"]} == {"agentrun-ci", "agentrun-v02"}
        assert set(names(mine)) < set(names(every))
        places = [(item["metadata"]["namespace"], item["metadata"]["name"]) for item in every["items"]]
        assert places == sorted(places)

    async def test_selectors_narrow_on_the_server(self) -> None:
        world = told("build")
        label = {"labelSelector": f"agentrun.lane/source-commit={commit_of(world)[:12]}"}
        (job,) = (await read("/apis/batch/v1/namespaces/agentrun-ci/jobs", 200.0, **label))["items"]
        about = {"fieldSelector": f"involvedObject.uid={job['metadata']['uid']}"}
        events = await read(f"{CI}/events", 200.0, **about)
        assert {item["reason"] for item in events["items"]} == {"SuccessfulCreate", "Completed"}
        named = await read(f"{CI}/pods", fieldSelector=f"metadata.name={builder_pod(world)}")
        assert names(named) == [builder_pod(world)]

    async def test_pages_share_one_snapshot(self) -> None:
        moment = [60.0]
        clock = WorldClock(START, 0.0, 0.0, 1.0, lambda: moment[0])
        async with asking(told("build"), clock) as client:
            whole = (await client.get(f"{CI}/events")).json()
            first = (await client.get(f"{CI}/events", params={"limit": 10})).json()
            assert first["metadata"]["remainingItemCount"] == len(whole["items"]) - 10
            moment[0] = 104.0
            query = {"limit": 500, "continue": first["metadata"]["continue"]}
            rest = (await client.get(f"{CI}/events", params=query)).json()
            assert rest["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
            assert first["items"] + rest["items"] == whole["items"]
            moment[0] = 104.0 + 301.0
            late = await client.get(f"{CI}/events", params=query)
            assert (late.status_code, late.json()["reason"]) == (410, "Expired")
            bad = await client.get(f"{CI}/events", params={"limit": 5, "continue": "bm9uc2Vuc2U"})
            assert bad.status_code == 400


class TestRefusals:
    @pytest.mark.parametrize("token", ["", "another", "thé-token"])
    async def test_401_without_the_token(self, token: str) -> None:
        async with asking(told("build"), standing_at(10.0), token="") as client:
            headers = [("Authorization", f"Bearer {token}".encode())] if token else []
            answer = await client.get("/version", headers=headers)  # type: ignore[arg-type]
            assert answer.status_code == 401
            assert answer.json()["reason"] == "Unauthorized"

    async def test_403_names_verb_resource_and_place(self) -> None:
        rights = replace(RIGHTS, denied=frozenset({"applications"}))
        async with asking(told("build"), standing_at(10.0), rights=rights) as client:
            told_no = (await client.get(APPLICATION)).json()
            assert told_no["code"] == 403
            assert 'cannot get resource "applications" in API group "argoproj.io"' in told_no["message"]
            assert (await client.get(f"{CI}/pods")).status_code == 200

    async def test_404_for_objects_and_for_paths(self) -> None:
        async with asking(told("build"), standing_at(10.0)) as client:
            missing = await client.get(f"{CI}/pods/nobody")
            assert missing.json()["message"] == 'pods "nobody" not found'
            assert missing.json()["details"] == {"name": "nobody", "kind": "pods"}
            assert (await client.get(f"{TEKTON}/pipelineruns/nobody")).json()["details"]["group"] == "tekton.dev"
            for path in (
                "/apis/nowhere/v1/things",
                f"{CI}/things",
                f"{CI}/pods/nobody/exec",
                "/api/v1/pods/nobody",
                "/x",
            ):
                answer = await client.get(path)
                assert (answer.status_code, answer.text) == (404, "404 page not found\n")

    async def test_400_for_a_selector_that_the_server_cannot_serve(self) -> None:
        async with asking(told("build"), standing_at(10.0)) as client:
            answer = await client.get(f"{TEKTON}/pipelineruns", params={"fieldSelector": "status.phase=Running"})
            assert answer.status_code == 400
            assert "field label not supported" in answer.json()["message"]

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
    async def test_405_for_every_write_which_is_remembered(self, method: str) -> None:
        record = RequestLog()
        async with asking(told("build"), standing_at(10.0), record=record) as client:
            answer = await client.request(method, APPLICATION, json={})
            assert answer.status_code == 405
            assert answer.json()["reason"] == "MethodNotAllowed"
        assert [(entry.method, entry.status) for entry in record.entries] == [(method, 405)]


class TestLogs:
    async def log(self, at: float = 200.0, name: str = "", scenario: str = "build", **query: Any) -> httpx.Response:
        world = told(scenario)
        async with asking(world, standing_at(at)) as client:
            return await client.get(f"{CI}/pods/{name or builder_pod(world)}/log", params=query)

    async def test_the_only_container_needs_no_name(self) -> None:
        whole = (await self.log()).text.splitlines()
        assert whole[0].startswith("#1 [internal] load build definition")
        assert (await self.log(tailLines=2)).text.splitlines() == whole[-2:]
        assert (await self.log(limitBytes=7)).text == whole[0][:7]

    async def test_a_log_grows(self) -> None:
        early, whole = (await self.log(45.0)).text, (await self.log()).text
        assert early
        assert whole.startswith(early)
        assert len(early) < len(whole)

    async def test_since_and_timestamps(self) -> None:
        lines = (await self.log(timestamps="true")).text.splitlines()
        moments = [line.split(" ")[0] for line in lines]
        assert moments == sorted(moments)
        assert all(len(moment) == 30 for moment in moments)
        since = moments[5][:19] + "Z"
        kept = (await self.log(timestamps="true", sinceTime=since)).text.splitlines()
        assert kept == [line for line in lines if line[:19] + "Z" >= since]
        both = await self.log(sinceTime=since, sinceSeconds=3)
        assert both.status_code == 400

    async def test_several_containers_must_be_named(self) -> None:
        pod = next(
            change.object["metadata"]["name"]
            for change in reversed(told("build").objects)
            if change.object["metadata"]["name"].endswith("-build-or-reuse-pod")
        )
        refused = await self.log(name=pod)
        assert refused.status_code == 400
        assert "choose one of: [step-prepare step-build step-publish-provenance" in refused.json()["message"]
        assert (await self.log(name=pod, container="step-build")).text.count("job.batch/") == 3
        assert (await self.log(name=pod, container="nothing")).status_code == 400
        assert (await self.log(name=pod, container="step-build", previous="true")).status_code == 400

    async def test_a_container_that_has_not_started(self) -> None:
        refused = await self.log(35.3)
        assert refused.status_code == 400
        assert refused.json()["message"].endswith("is waiting to start: ContainerCreating")
        assert (await self.log(34.85)).text == ""
        assert (await self.log(20.0)).status_code == 404

    async def test_a_restarted_container_has_the_log_of_one_instance(self) -> None:
        world = told("crash-loop")
        crashing = next(
            change.object["metadata"]["name"]
            for change in reversed(world.objects)
            if "CrashLoopBackOff" in str(change.object.get("status"))
        )
        url = f"/api/v1/namespaces/agentrun-v02/pods/{crashing}/log"
        answers: dict[tuple[float, bool], list[str]] = {}
        for at in (78.0, 93.5, 140.0):
            async with asking(world, standing_at(at)) as client:
                for previous in (False, True):
                    query = {"timestamps": "true", "previous": str(previous).lower()}
                    answer = await client.get(url, params=query)
                    answers[at, previous] = (
                        [line[17:19] for line in answer.text.splitlines()] if answer.is_success else []
                    )
        assert answers[78.0, False] == ["17"]  # running for the first time
        assert answers[78.0, True] == []
        assert answers[93.5, False] == ["33"]  # the third instance, which said one line so far
        assert answers[93.5, True] == ["20", "21"]  # the second
        assert answers[140.0, False] == answers[140.0, True] == ["56", "57"]  # waiting: the last one to end

    async def test_a_carriage_return_ends_no_line(self) -> None:
        world = told("hostile")
        async with asking(world, standing_at(200.0)) as client:
            query = {"timestamps": "true", "container": "buildkit"}
            body = (await client.get(f"{CI}/pods/{builder_pod(world)}/log", params=query)).content
        assert b"\r" in body
        assert all(line[:4] == b"2026" for line in body.split(b"\n") if line)


class TestProxy:
    PATH = "/api/v1/namespaces/agentrun-v02/services/agentrun-mgr:8080/proxy"

    async def test_the_service_answers_for_old_and_new_in_turn(self) -> None:
        said = [(await read(f"{self.PATH}/health", at))["sourceCommit"] for at in (10.0, 82.0, 85.0, 100.0)]
        assert said[0] == said[2] != said[1] == said[3] == told("build").commit

    async def test_paths_and_services_that_are_not_there(self) -> None:
        async with asking(told("build"), standing_at(10.0)) as client:
            assert (await client.get(f"{self.PATH}/nothing")).status_code == 404
            other = self.PATH.replace("agentrun-mgr", "nobody")
            assert (await client.get(f"{other}/health")).json()["message"] == 'services "nobody" not found'

    async def test_a_service_that_refuses(self) -> None:
        world = replace(told("build"), health=(HealthChange(0.0, 0, b""),))
        async with asking(world, standing_at(10.0)) as client:
            answer = await client.get(f"{self.PATH}/health")
            assert answer.status_code == 503
            assert "connection refused" in answer.json()["message"]


class TestSelectors:
    WHOLE: Any = {"metadata": {"name": "a", "namespace": "n", "labels": {"app": "x", "tier/level": "2"}}}  # noqa: RUF012

    @pytest.mark.parametrize(
        ("selector", "holds"),
        [
            ("", True),
            ("app=x", True),
            ("app==x,tier/level!=3", True),
            ("app!=x", False),
            ("app in (x, y)", True),
            ("app notin (x,y),tier/level", False),
            ("!gone,app", True),
            ("gone", False),
            ("gone!=1", True),
        ],
    )
    def test_labels(self, selector: str, holds: bool) -> None:
        assert labels_match(selector)(self.WHOLE) is holds

    @pytest.mark.parametrize(
        ("selector", "holds"),
        [("metadata.name=a", True), ("metadata.namespace!=n", False), ("metadata.name==b", False)],
    )
    def test_fields(self, selector: str, holds: bool) -> None:
        assert fields_match(selector, "Pod")(self.WHOLE) is holds

    @pytest.mark.parametrize("selector", ["app in x", "a b", "=x"])
    def test_bad_labels(self, selector: str) -> None:
        with pytest.raises(BadSelector):
            labels_match(selector)

    def test_bad_fields(self) -> None:
        with pytest.raises(BadSelector):
            fields_match("spec.replicas=1", "Deployment")
        with pytest.raises(BadSelector):
            fields_match("metadata.name", "Pod")


class TestStore:
    def test_a_list_plus_what_follows_is_the_next_list(self) -> None:
        store = Store(told("build"))
        store.advance(60.0)
        version, held = store.version, dict(store.live())
        store.advance(500.0)
        assert dict(store.live(version)) == held
        for stored in store.since(version):
            place = (stored.object["apiVersion"], stored.object["kind"], *_place(stored.object))
            if stored.type == "DELETED":
                del held[place]
            else:
                held[place] = stored.object
        assert held == dict(store.live())
        versions = [stored.version for stored in store.since(0)]
        assert versions == list(range(versions[0], versions[0] + len(versions)))


def _place(whole: Any) -> tuple[str, str]:
    return whole["metadata"].get("namespace", ""), whole["metadata"]["name"]


def test_log_timestamps_are_the_worlds_own() -> None:
    assert datetime.fromisoformat(told("build").stamp(61.0)) == START + timedelta(seconds=61)
