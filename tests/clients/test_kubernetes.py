"""Kubernetes over real sockets: configuration, rights, paging, logs, the proxy, and lists that are shared."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import pytest

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clusters import Clusters
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.limits import Limits
from lanewatch.clients.meter import metering
from lanewatch.clients.native import (
    APPLICATIONS,
    PIPELINE_RUNS,
    PODS,
    pod_log,
    read_list,
    read_object,
    server_version,
    service_get,
)
from lanewatch.clients.patience import resource_of
from lanewatch.clients.read_only import MutationRefused
from lanewatch.clients.shared_lists import SharedLists
from lanewatch.rollout.facts import Outcome
from tests.clients.conftest import StillClock
from tests.clients.scripted import Scripted, close_after, drip, http, serving, silent

RUNS = "/apis/tekton.dev/v1/namespaces/ci/pipelineruns"
PODS_PATH = "/api/v1/namespaces/ci/pods"


def status(code: int, message: str = "no") -> bytes:
    return http(code, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code})


def write_kubeconfig(folder: Path, server: str, user: str = "{tokenFile: token}") -> Path:
    (folder / "token").write_text("T1\n")
    path = folder / "kubeconfig"
    path.write_text(
        "current-context: a\n"
        "contexts: [{name: a, context: {cluster: c, user: u}}, {name: b, context: {cluster: gone, user: u}}]\n"
        f"clusters: [{{name: c, cluster: {{server: '{server}'}}}}]\n"
        f"users: [{{name: u, user: {user}}}]\n"
    )
    return path


@pytest.fixture
async def cluster(server: Scripted, clock: StillClock, tmp_path: Path) -> AsyncIterator[Cluster]:
    limits = Limits(connect=1.0, read=0.3, total=0.6)
    one = Cluster(write_kubeconfig(tmp_path, server.url), None, clock=clock, key="kubernetes.ci", limits=limits)
    yield one
    await one.close()


async def refusal(asking: Awaitable[object]) -> ReadFailure:
    with pytest.raises(ReadFailure) as caught:
        await asking
    return caught.value


async def test_version_carries_the_stripped_token(server: Scripted, cluster: Cluster) -> None:
    server.answers["/version"] = http(200, {"gitVersion": "v1.36.3"})
    assert await server_version(cluster) == "v1.36.3"
    assert server.asked[0].headers["authorization"] == "Bearer T1"
    assert server.asked[0].headers["user-agent"].startswith("lanewatch")


async def test_a_rotated_token_file_is_read_again(server: Scripted, cluster: Cluster, tmp_path: Path) -> None:
    server.answers["/version"] = [http(200, {"gitVersion": "v1"}), status(401), http(200, {"gitVersion": "v2"})]
    await server_version(cluster)
    (tmp_path / "token").write_text("T2\n")
    assert await server_version(cluster) == "v2"
    assert [asked.headers["authorization"] for asked in server.asked] == ["Bearer T1", "Bearer T1", "Bearer T2"]


async def test_a_revoked_token_is_denied_after_one_try(server: Scripted, cluster: Cluster, tmp_path: Path) -> None:
    server.answers["/version"] = status(401)
    told = await refusal(server_version(cluster))
    assert (told.outcome, told.reason) == (
        Outcome.DENIED,
        f"401: token not accepted (kubernetes.ci, file {tmp_path}/token): {server.host}",
    )
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("user", "header"),
    [
        ("{token: ' T9 '}", "Bearer T9"),
        ("{username: ann, password: 'p:w'}", "Basic YW5uOnA6dw=="),
        ("{token: T9, tokenFile: token}", "Bearer T1"),
    ],
)
async def test_credentials_as_kubectl_takes_them(
    server: Scripted, clock: StillClock, tmp_path: Path, user: str, header: str
) -> None:
    server.answers["/version"] = http(200, {"gitVersion": "v1"})
    one = Cluster(write_kubeconfig(tmp_path, server.url, user), "a", clock=clock, key="k")
    await server_version(one)
    await one.close()
    assert server.asked[0].headers["authorization"] == header


@pytest.mark.parametrize(
    ("user", "context", "reason"),
    [
        ("{exec: {command: plugin}}", "a", "exec plugin plugin is not allowed (name it in kubernetes.execPlugins)"),
        ("{auth-provider: {name: oidc}}", "a", "auth-provider credentials are gone from kubectl"),
        ("{}", "zz", "kubeconfig: no context zz (there is a, b)"),
        ("{}", "b", "kubeconfig: no cluster gone (there is c)"),
        ("{tokenFile: missing}", "a", "no such file or directory"),
    ],
)
async def test_a_kubeconfig_that_does_not_do(
    clock: StillClock, tmp_path: Path, user: str, context: str, reason: str
) -> None:
    one = Cluster(write_kubeconfig(tmp_path, "http://127.0.0.1:1", user), context, clock=clock, key="k")
    told = await refusal(server_version(one))
    await one.close()
    assert told.outcome is Outcome.UNCONFIGURED
    assert reason in told.reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "no kubeconfig: "),
        ("[1]", "no kubeconfig"),
        ("a: [", "not YAML"),
        ("\x00", "not YAML"),
        ("{}", "context"),
    ],
)
async def test_a_file_that_is_no_kubeconfig(clock: StillClock, tmp_path: Path, text: str | None, reason: str) -> None:
    path = tmp_path / "kubeconfig"
    if text is not None:
        path.write_text(text)
    told = await refusal(server_version(Cluster(path, None, clock=clock, key="k")))
    assert told.outcome is Outcome.UNCONFIGURED
    assert reason in told.reason


async def test_the_kubeconfig_list_of_the_environment_is_merged(
    server: Scripted, clock: StillClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = tmp_path / "second"
    second.mkdir()
    path = write_kubeconfig(second, server.url)
    first = tmp_path / "first"
    first.write_text("current-context: a\ncontexts: []\n")
    monkeypatch.setenv("KUBECONFIG", f"{first}:{tmp_path / 'missing'}:{path}")
    server.answers["/version"] = http(200, {"gitVersion": "v1"})
    one = Cluster(None, None, clock=clock, key="k")
    assert await server_version(one) == "v1"
    await one.close()


async def test_a_list_is_read_page_by_page(server: Scripted, cluster: Cluster) -> None:
    first = {"metadata": {"resourceVersion": "9", "continue": "next"}, "items": [{"n": 1}]}
    server.answers[RUNS] = [http(200, first), http(200, {"metadata": {"resourceVersion": "9"}, "items": [{"n": 2}]})]
    listing = await read_list(cluster, PIPELINE_RUNS, "ci", labels="a.b/c=d", fields="metadata.name=x")
    assert [item["n"] for item in listing.items] == [1, 2]
    assert listing.resource_version == "9"
    assert server.asked[0].target.endswith("?labelSelector=a.b/c%3Dd&fieldSelector=metadata.name%3Dx&limit=500")
    assert server.asked[1].target.endswith("&limit=500&continue=next")


async def test_a_list_that_expired_between_pages_is_asked_for_in_one_piece(server: Scripted, cluster: Cluster) -> None:
    first = http(200, {"metadata": {"continue": "next"}, "items": [{"n": 1}]})
    whole = http(200, {"metadata": {"resourceVersion": "10"}, "items": [{"n": 5}]})
    server.answers[RUNS] = [first, status(410), whole]
    assert [item["n"] for item in (await read_list(cluster, PIPELINE_RUNS, "ci")).items] == [5]
    assert ["limit=" in asked.target for asked in server.asked] == [True, True, False]
    server.answers[RUNS] = [first, status(410), first, status(410)]
    assert "expired twice" in (await refusal(read_list(cluster, PIPELINE_RUNS, "ci"))).reason


@pytest.mark.parametrize(
    ("said", "outcome", "reason"),
    [
        (status(403), Outcome.DENIED, "403: may not list pipelineruns.tekton.dev in namespace ci"),
        (status(403, 'User "system:anonymous" cannot list'), Outcome.DENIED, "in namespace ci without a credential"),
        (http(404, "404 page not found\n", "text/plain"), Outcome.UNSUPPORTED, "404: no Tekton CRDs in this cluster"),
        (http(429, "Too many requests", "text/plain", Retry_After="3"), Outcome.THROTTLED, "asks to wait 3 s"),
        (http(200, "<html>sso</html>", "text/html"), Outcome.INVALID, "HTML where JSON expected"),
        (http(200, {"items": [1]}), Outcome.INVALID, "$.items[0]: expected an object"),
        (http(200, b"{}", Content_Encoding="br"), Outcome.INVALID, "not asked for"),
        (close_after(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"a":1'), Outcome.ERROR, "6 of 1000 B"),
        (close_after(b""), Outcome.UNREACHABLE, "is this https?"),
        (b"\x15\x03\x01\x00\x02\x02\x46\r\n\r\n", Outcome.INVALID, "not understood as HTTP"),
        (http(302, "", Location="http://127.0.0.1:1/stolen"), Outcome.ERROR, "redirect refused"),
        (http(200, "", Content_Length="999999999"), Outcome.INVALID, ""),
    ],
)
async def test_bad_answers_to_a_list(
    server: Scripted, cluster: Cluster, said: bytes, outcome: Outcome, reason: str
) -> None:
    server.answers[RUNS] = said
    told = await refusal(read_list(cluster, PIPELINE_RUNS, "ci"))
    assert told.outcome is outcome
    assert reason in told.reason
    server.answers["/version"] = http(200, {"gitVersion": "v1"})
    assert await server_version(cluster) == "v1"  # and the client still works


async def test_a_resource_that_is_throttled_is_left_alone_and_the_others_go_on(
    server: Scripted, cluster: Cluster, clock: StillClock
) -> None:
    """Priority and fairness refuses a flow, a cache that is being filled one resource: never the whole server."""
    busy, good = http(429, "no", "text/plain", Retry_After="60"), http(200, {"metadata": {}, "items": []})
    server.answers[RUNS], server.answers[PODS_PATH] = [busy, good], [good, good, busy, good]
    server.answers[f"{PODS_PATH}/p/log"] = http(200, "a\n", "text/plain")
    await refusal(read_list(cluster, PIPELINE_RUNS, "ci"))
    for _ in range(2):
        assert (await read_list(cluster, PODS, "ci")).items == ()
    assert "next try at" in (await refusal(read_list(cluster, PIPELINE_RUNS, "ci"))).reason
    await refusal(read_list(cluster, PODS, "ci"))  # the second one that is refused: now it is the server that is busy
    asked = len(server.asked)
    for waiting in (read_list(cluster, PODS, "ci"), pod_log(cluster, "ci", "p", "main"), server_version(cluster)):
        assert (await refusal(waiting)).outcome is Outcome.THROTTLED
    assert len(server.asked) == asked == 4
    clock.steady += 60 * 1.2
    assert (await read_list(cluster, PIPELINE_RUNS, "ci")).items == ()
    assert (await read_list(cluster, PODS, "ci")).items == ()


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        (RUNS, "tekton.dev/pipelineruns"),
        (f"{RUNS}/one", "tekton.dev/pipelineruns"),
        (f"{PODS_PATH}/p/log", "pods"),
        ("/api/v1/namespaces", "namespaces"),
        ("/api/v1/namespaces/ci", "namespaces"),
        ("/apis/apps/v1/deployments", "apps/deployments"),
        ("/version", ""),
        ("/apis", ""),
    ],
)
def test_what_is_throttled_by_itself_is_a_resource(path: str, resource: str) -> None:
    assert resource_of(path) == resource


async def test_a_body_over_its_cap_is_cut_off(server: Scripted, cluster: Cluster) -> None:
    server.answers["/x"] = http(200, "x" * 5000)
    assert (await refusal(cluster.get("/x", cap=1000))).reason == f"body over 1000 B: {server.host}"


@pytest.mark.parametrize("said", [silent(asyncio.Event()), drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 500, 0.005)])
async def test_silence_and_drip_are_timeouts(server: Scripted, cluster: Cluster, said: bytes) -> None:
    server.answers["/x"] = said
    assert (await refusal(cluster.get("/x", total=0.2))).outcome is Outcome.TIMEOUT


async def test_refused(clock: StillClock, tmp_path: Path) -> None:
    async with serving() as gone:
        one = Cluster(write_kubeconfig(tmp_path, gone.url), None, clock=clock, key="k")
    told = await refusal(server_version(one))
    await one.close()
    assert (told.outcome, told.reason) == (Outcome.UNREACHABLE, f"refused: {gone.host}")


async def test_name_not_found(clock: StillClock, tmp_path: Path) -> None:
    one = Cluster(write_kubeconfig(tmp_path, "https://x.invalid:6443"), None, clock=clock, key="k")
    told = await refusal(server_version(one))
    await one.close()
    assert (told.outcome, told.reason) == (Outcome.UNREACHABLE, "name not found: x.invalid:6443")


async def test_an_object_its_absence_and_its_missing_kind(server: Scripted, cluster: Cluster) -> None:
    path = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/app"
    no_route = http(404, "404 page not found\n", "text/plain")
    server.answers[path] = [http(200, {"kind": "Application"}), status(404), no_route, status(403)]
    assert (await read_object(cluster, APPLICATIONS, "argocd", "app"))["kind"] == "Application"
    absent = await refusal(read_object(cluster, APPLICATIONS, "argocd", "app"))
    assert (absent.outcome, absent.reason.rpartition(": ")[0]) == (
        Outcome.ABSENT,
        "404: no applications.argoproj.io argocd/app",
    )
    missing = await refusal(read_object(cluster, APPLICATIONS, "argocd", "app"))
    assert missing.outcome is Outcome.UNSUPPORTED
    assert "no Argo CD CRDs in this cluster" in missing.reason
    denied = await refusal(read_object(cluster, APPLICATIONS, "argocd", "app"))
    assert "403: may not get applications.argoproj.io in namespace argocd" in denied.reason


async def test_a_pod_log_is_bytes(server: Scripted, cluster: Cluster) -> None:
    server.answers[f"{PODS_PATH}/p/log"] = [
        http(200, b"\xff\x1b]52;c;x\x07\n", "text/plain"),
        status(400, 'container "c" is waiting to start: \x1b[2JImagePullBackOff'),
        status(403),
    ]
    assert await pod_log(cluster, "ci", "p", "c", tail=5, since="2026-07-05T14:00:00Z") == b"\xff\x1b]52;c;x\x07\n"
    assert "container=c&timestamps=true&previous=false&tailLines=5" in server.asked[0].target
    waiting = await refusal(pod_log(cluster, "ci", "p", "c"))
    assert waiting.outcome is Outcome.ABSENT
    assert "waiting to start" in waiting.reason
    assert "\x1b" not in waiting.reason
    assert "may not get pods/log in namespace ci" in (await refusal(pod_log(cluster, "ci", "p", "c"))).reason


async def test_the_service_proxy_tells_the_workloads_status_from_the_servers(
    server: Scripted, cluster: Cluster
) -> None:
    path = "/api/v1/namespaces/run/services/mgr:8080/proxy/health"
    server.answers[path] = [
        http(503, {"status": "degraded"}),
        status(503, "no endpoints available for service"),
        status(403),
        status(404),
    ]
    answer = await service_get(cluster, "run", "mgr", "8080", "/health")
    assert (answer.status, await answer.json()) == (503, {"status": "degraded"})
    assert "no endpoints available" in (await refusal(service_get(cluster, "run", "mgr", "8080", "/health"))).reason
    denied = await refusal(service_get(cluster, "run", "mgr", "8080", "/health"))
    assert "may not get services/proxy in namespace run" in denied.reason
    assert (await refusal(service_get(cluster, "run", "mgr", "8080", "/health"))).outcome is Outcome.ABSENT


async def test_no_other_method_and_no_environment_proxy(
    server: Scripted, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    server.answers["/version"] = http(200, {"gitVersion": "v1"})
    await server_version(cluster)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        with pytest.raises(MutationRefused):
            await cluster._api.call_api(method, f"{server.url}/x", header_params={})
    assert [asked.method for asked in server.asked] == ["GET"]


async def test_planes_of_one_context_share_one_cluster(clock: StillClock, tmp_path: Path) -> None:
    clusters = Clusters(clock)
    ci = clusters.cluster(tmp_path / "k", "a", "kubernetes.ci")
    assert clusters.cluster(tmp_path / "." / "k", "a", "kubernetes.argo") is ci
    assert clusters.cluster(tmp_path / "k", "b", "kubernetes.runtime") is not ci


async def test_one_list_serves_all_who_ask_at_once(server: Scripted, cluster: Cluster, clock: StillClock) -> None:
    server.answers[PODS_PATH] = http(200, {"metadata": {"resourceVersion": "1"}, "items": [{}]})
    lists = SharedLists(clock)

    async def reader() -> tuple[int, str]:
        with metering() as meter:
            await lists.read(cluster, PODS, "ci")
        return meter.cost().requests, meter.host()

    told = await asyncio.gather(reader(), reader(), reader())
    assert sorted(told) == [(0, server.host), (0, server.host), (1, server.host)]
    assert await reader() == (0, server.host)  # still fresh
    assert len(server.asked) == 1
    clock.steady += 1.5
    assert await reader() == (1, server.host)
    await lists.read(cluster, PODS, "ci", labels="a=b")
    assert len(server.asked) == 3
    await lists.close()


async def test_one_reader_that_gives_up_does_not_take_the_list_from_the_others(
    server: Scripted, cluster: Cluster, clock: StillClock
) -> None:
    release = asyncio.Event()
    whole = http(200, {"metadata": {}, "items": [{}]})

    async def late(asked: object, writer: asyncio.StreamWriter) -> None:
        await release.wait()
        writer.write(whole)

    server.answers[PODS_PATH] = late
    lists = SharedLists(clock)
    first = asyncio.create_task(lists.read(cluster, PODS, "ci"))
    second = asyncio.create_task(lists.read(cluster, PODS, "ci"))
    await server.heard(1)
    first.cancel()
    release.set()
    assert len((await second).items) == 1
    assert len(server.asked) == 1


async def test_a_failed_list_fails_for_all_who_ask_in_its_moment(
    server: Scripted, cluster: Cluster, clock: StillClock
) -> None:
    server.answers[PODS_PATH] = [status(403), http(200, {"metadata": {}, "items": []})]
    lists = SharedLists(clock)
    told = await asyncio.gather(*(lists.read(cluster, PODS, "ci") for _ in range(2)), return_exceptions=True)
    assert [isinstance(one, ReadFailure) for one in told] == [True, True]
    assert await refusal(lists.read(cluster, PODS, "ci")) is told[0]
    clock.steady += 2
    assert (await lists.read(cluster, PODS, "ci")).items == ()
