"""TLS: each reason for not trusting a server has its own words, in both clients."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import pytest

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.http import Origin
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.limits import Limits
from lanewatch.clients.native import server_version
from lanewatch.clients.trust import OwnCertificate, trust
from lanewatch.rollout.facts import Outcome
from tests.clients.conftest import MakeOrigin, StillClock
from tests.clients.scripted import Scripted, http, serving


class Authority:
    """A certificate authority of our own, for one test session."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ca = folder / "ca.pem"
        self._openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"),
            *("-subj", "/CN=test CA", "-keyout", "ca.key", "-out", "ca.pem"),
            *("-addext", "keyUsage=critical,keyCertSign"),
        )

    def context(self, name: str, days: int = 5) -> ssl.SSLContext:
        """A server context whose certificate is for `name`; -1 `days`: expired yesterday."""
        key, request, leaf = f"{name}.{days}.key", f"{name}.{days}.csr", f"{name}.{days}.pem"
        kind = "IP" if name[0].isdigit() else "DNS"
        (self.folder / "extensions").write_text(f"subjectAltName={kind}:{name}\n")
        self._openssl(
            *("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-subj", "/CN=leaf", "-keyout", key, "-out", request),
        )
        self._openssl(
            *("x509", "-req", "-in", request, "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"),
            *("-days", str(days), "-extfile", "extensions", "-out", leaf),
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / leaf, self.folder / key)
        return context

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


async def told(origin: Origin) -> ReadFailure:
    with pytest.raises(ReadFailure) as caught:
        await origin.get("/x")
    return caught.value


async def test_a_ca_of_ones_own(authority: Authority, origin: MakeOrigin) -> None:
    async with serving(authority.context("127.0.0.1")) as server:
        server.answers["/x"] = http(200, {})
        one = origin(f"https://{server.host}", ca=authority.ca)
        assert (await one.get("/x")).status == 200
        await one.close()


@pytest.mark.parametrize(
    ("name", "days", "with_ca", "reason"),
    [
        ("127.0.0.1", 5, False, "TLS: unknown issuer (set gitea.ca)"),
        ("127.0.0.1", -1, True, "TLS: certificate expired"),
        ("other.example", 5, True, "TLS: name mismatch"),
    ],
)
async def test_what_is_wrong_with_a_certificate(
    authority: Authority, origin: MakeOrigin, name: str, days: int, with_ca: bool, reason: str
) -> None:
    async with serving(authority.context(name, days)) as server:
        ca = authority.ca if with_ca else None
        failure = await told(origin(f"https://{server.host}", ca=ca, ca_key="gitea.ca"))
    assert failure.outcome is Outcome.UNREACHABLE
    assert reason in failure.reason
    assert failure.reason.endswith(server.host)


async def test_https_spoken_to_http(server: Scripted, origin: MakeOrigin) -> None:
    server.answers["/x"] = http(200, {})
    failure = await told(origin(f"https://{server.host}", Limits(total=1.0)))
    assert failure.outcome in (Outcome.UNREACHABLE, Outcome.TIMEOUT)


async def test_http_spoken_to_https(authority: Authority, origin: MakeOrigin) -> None:
    async with serving(authority.context("127.0.0.1")) as server:
        failure = await told(origin(f"http://{server.host}"))
    assert failure.outcome is Outcome.UNREACHABLE
    assert "is this https?" in failure.reason


async def test_kubernetes_tells_the_same(authority: Authority, clock: StillClock, tmp_path: Path) -> None:
    async with serving(authority.context("127.0.0.1")) as server:
        server.answers["/version"] = http(200, {"gitVersion": "v1"})
        path = tmp_path / "kubeconfig"
        text = (
            "current-context: a\ncontexts: [{name: a, context: {cluster: c}}]\n"
            "clusters: [{name: c, cluster: {server: 'https://%s'%s}}]\n"
        )
        path.write_text(text % (server.host, ""))
        one = Cluster(path, None, clock=clock, key="kubernetes.ci")
        with pytest.raises(ReadFailure, match="TLS: unknown issuer") as caught:
            await server_version(one)
        await one.close()
        assert caught.value.outcome is Outcome.UNREACHABLE
        path.write_text(text % (server.host, f", certificate-authority: '{authority.ca}'"))
        two = Cluster(path, None, clock=clock, key="kubernetes.ci")
        assert await server_version(two) == "v1"
        await two.close()


def test_one_context_per_ca(authority: Authority) -> None:
    assert trust(authority.ca) is trust(authority.ca)


def test_a_ca_file_that_does_not_do(tmp_path: Path) -> None:
    with pytest.raises(ReadFailure, match="no CA file"):
        trust(tmp_path / "missing.pem")
    (tmp_path / "empty.pem").write_text("nothing")
    with pytest.raises(ReadFailure, match="holds no certificate"):
        trust(tmp_path / "empty.pem")


async def test_a_server_that_asks_for_our_certificate_gets_it(
    authority: Authority, origin: MakeOrigin, tmp_path: Path
) -> None:
    context = authority.context("127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.ca)
    authority.context("lanewatch.example.org")  # its files are our own certificate
    own = OwnCertificate(
        authority.folder / "lanewatch.example.org.5.pem", authority.folder / "lanewatch.example.org.5.key"
    )
    async with serving(context) as server:
        server.answers["/x"] = http(200, {})
        shown = Origin(f"https://{server.host}", clock=StillClock(), ca=authority.ca, own=own)
        assert (await shown.get("/x")).status == 200
        await shown.close()
        await told(origin(f"https://{server.host}", ca=authority.ca))
    missing = Origin("https://127.0.0.1:1", clock=StillClock(), own=OwnCertificate(tmp_path / "no", tmp_path / "no"))
    assert "not readable as a pair" in (await told(missing)).reason


async def test_a_proxy_that_is_named_is_used_and_one_of_the_environment_is_not(
    server: Scripted, origin: MakeOrigin, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers["http://far.example.org/x"] = http(200, {})
    named = origin("http://far.example.org", proxy=f"http://{server.host}")
    assert (await named.get("/x")).status == 200
    assert server.paths() == ["http://far.example.org/x"]
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, f"http://{server.host}")
    await told(origin("http://far.invalid"))
    assert len(server.asked) == 1
    tunnel = origin("https://far.example.org", proxy=f"http://{server.host}")  # it answers CONNECT with 404
    assert "the proxy does not connect to it" in (await told(tunnel)).reason
