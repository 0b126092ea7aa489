"""Kubeconfigs as they are found: several files, inline certificates, plugins beside the file, prefixes, proxies."""

from __future__ import annotations

import base64
import json
import os
import ssl
from pathlib import Path
from typing import Any

import pytest

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.kubeconfig import read_access
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.limits import Limits
from lanewatch.clients.native import server_version
from lanewatch.rollout.facts import Outcome
from tests.clients.conftest import MakeOrigin, StillClock
from tests.clients.scripted import Scripted, http, serving
from tests.clients.test_tls import Authority, authority

__all__ = ["authority"]  # the fixture

V1 = "client.authentication.k8s.io/v1"
Told = dict[str, Any]


def kubeconfig(path: Path, cluster: Told, user: Told | None = None) -> Path:
    context = {"cluster": "c", "user": "u", "namespace": "of-no-interest"}
    file = {
        "current-context": "a",
        "contexts": [{"name": "a", "context": context}],
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user or {}}],
    }
    path.write_text(json.dumps(file))
    return path


async def asked(path: Path) -> str:
    """The version that the cluster of the kubeconfig tells, or in what words it could not be asked."""
    one = Cluster(path, None, clock=StillClock(), key="kubernetes.ci", limits=Limits(connect=1.0, read=1.0, total=2.0))
    try:
        return await server_version(one)
    except ReadFailure as failure:
        return failure.reason
    finally:
        await one.close()


def test_files_of_the_environment_complete_each_other_each_with_paths_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file, one without a word, one whose name is too long for any: kubectl passes by the first two."""
    for name, section in {
        "contexts": {"contexts": [{"name": "a", "context": {"cluster": "c", "user": "u"}}], "current-context": "a"},
        "clusters": {"clusters": [{"name": "c", "cluster": {"server": "https://x", "certificate-authority": "ca"}}]},
        "users": {"users": [{"name": "u", "user": {"client-certificate": "../mine", "client-key": "/key"}}]},
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "config").write_text(json.dumps(section))
    (tmp_path / "empty").write_text("\n")
    files = [tmp_path / "missing", tmp_path / "empty", *(tmp_path / one / "config" for one in ("contexts", "clusters"))]
    monkeypatch.setenv(
        "KUBECONFIG", os.pathsep.join(["", *map(str, files), "~unknown-user/x", f"{tmp_path}/users/config"])
    )
    access = read_access(None, None)
    assert access.cluster["certificate-authority"] == f"{tmp_path}/clusters/ca"
    assert access.user == {"client-certificate": f"{tmp_path}/users/../mine", "client-key": "/key"}
    monkeypatch.setenv("KUBECONFIG", f"/{'x' * 300}")
    with pytest.raises(ReadFailure, match="kubeconfig /xxx"):
        read_access(None, None)


def test_a_plugin_named_with_a_path_lies_beside_the_file_and_is_allowed_as_it_is_spelled(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "token"
    script.write_text(
        f"""#!/bin/sh\necho '{{"apiVersion": "{V1}beta1", "kind": "ExecCredential", "status": {{"token": "T"}}}}'\n"""
    )
    script.chmod(0o700)
    plugin = {"apiVersion": f"{V1}beta1", "command": "./bin/token", "args": None, "env": None}
    path = kubeconfig(tmp_path / "kubeconfig", {"server": "https://x"}, {"exec": plugin})
    credential = read_access(path, None, frozenset({"./bin/token"})).credential
    assert credential is not None
    assert credential.header() == "Bearer T"


@pytest.mark.parametrize(
    ("cluster", "user", "reason"),
    [
        ({"server": "10.0.0.1:6443"}, {}, "server is no http:// or https:// address"),
        ({"server": "https://x", "proxy-url": "socks5://p:1080"}, {}, "proxy-url is no http:// or https:// address"),
        ({"server": "https://x"}, {"token": "T", "as": "ann"}, "impersonation (as) is not done"),
        ({"server": "https://x", "certificate-authority": "gone"}, {}, "certificate-authority %/gone: no such file"),
        ({"server": "https://x", "certificate-authority-data": "aGk="}, {}, "certificate-authority-data holds no PEM"),
        ({"server": "https://x"}, {"client-certificate-data": "!", "client-key": "kubeconfig"},
         "client-certificate-data is not base64"),
    ],
)  # fmt: skip
async def test_what_is_not_done_or_cannot_be_loaded_is_named(
    tmp_path: Path, cluster: Told, user: Told, reason: str
) -> None:
    told = await asked(kubeconfig(tmp_path / "kubeconfig", cluster, user))
    assert reason.replace("%", str(tmp_path)) in told
    assert told.startswith("kubeconfig context a: ")


async def test_servers_as_they_are_found(authority: Authority, tmp_path: Path) -> None:
    """Another name in the certificate, no verification, a path before the API, IPv6, a client certificate in line."""
    ca = {"certificate-authority-data": _data(authority.ca), "certificate-authority": ""}
    version = http(200, {"gitVersion": "v1"})
    path = tmp_path / "kubeconfig"
    async with serving(authority.context("inside.example")) as server:
        server.answers["/version"] = server.answers["/k8s/clusters/c-x1/version"] = version
        base = f"https://{server.host}"
        assert "TLS: name mismatch, certificate is not valid for '127.0.0.1': 127" in await asked(
            kubeconfig(path, {"server": base, **ca})
        )
        named = {**ca, "tls-server-name": "inside.example"}
        for cluster in (
            {"server": base, **named},
            {"server": base, "insecure-skip-tls-verify": True},
            {"server": f"{base}/k8s/clusters/c-x1/", **named},
        ):
            assert await asked(kubeconfig(path, cluster)) == "v1"
    context = authority.context("127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.ca)
    authority.context("lanewatch.example.org")  # its files are our own certificate
    mine = authority.folder / "lanewatch.example.org.5"
    user = {
        f"client-{kind}-data": _data(mine.with_suffix(f".5.{end}"))
        for kind, end in (("certificate", "pem"), ("key", "key"))
    }
    async with serving(context) as server:
        server.answers["/version"] = version
        cluster = {"server": f"https://{server.host}", **ca}
        assert await asked(kubeconfig(path, cluster, user)) == "v1"
        assert "does it ask for a client certificate?" in await asked(kubeconfig(path, cluster))


def _data(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()


async def test_a_ca_file_may_hold_just_the_certificate_that_the_server_shows(authority: Authority) -> None:
    """As kubectl and curl take it; the certificates made here have no key identifiers either."""
    context = authority.context("127.0.0.1")
    async with serving(context) as server:
        server.answers["/version"] = http(200, {"gitVersion": "v1"})
        shown = authority.folder / "127.0.0.1.5.pem"
        cluster = {"server": f"https://{server.host}", "certificate-authority": str(shown)}
        assert await asked(kubeconfig(authority.folder / "kubeconfig", cluster)) == "v1"


@pytest.mark.parametrize(
    ("proxy", "reason"),
    [
        ("http://ann:secret@127.0.0.1:1", "its proxy 127.0.0.1:1 does not answer: far.example"),
        ("", "the proxy does not connect to it: far.example"),
    ],
)
async def test_a_proxy_is_told_from_the_server_behind_it(
    server: Scripted, origin: MakeOrigin, tmp_path: Path, proxy: str, reason: str
) -> None:
    """The second one answers CONNECT with 404."""
    proxy = proxy or f"http://{server.host}"
    path = kubeconfig(tmp_path / "kubeconfig", {"server": "https://far.example", "proxy-url": proxy})
    assert reason in await asked(path)
    with pytest.raises(ReadFailure) as caught:
        await origin("https://far.example", proxy=proxy).get("/x")
    assert reason in caught.value.reason
    assert caught.value.outcome is Outcome.UNREACHABLE
