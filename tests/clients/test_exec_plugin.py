"""Credential plugins: run only when named, without a keyboard, ended with what they started. Docker's file too."""

from __future__ import annotations

import base64
import json
import os
import time
from pathlib import Path

import pytest

from lanewatch.clients import exec_plugin
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.docker_config import DockerConfigSource
from lanewatch.clients.kubeconfig import in_cluster_access, read_access
from lanewatch.clients.opening import open_clients
from lanewatch.rollout.facts import Outcome
from lanewatch.spec.connecting import load_connections
from tests.clients.conftest import StillClock

V1 = "client.authentication.k8s.io/v1"


def kubeconfig(folder: Path, script: str, **more: object) -> tuple[Path, str]:
    """A kubeconfig whose user runs `script`; its path and the command."""
    command = folder / "get-token"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o700)
    user = {"apiVersion": V1, "command": str(command), "args": ["--cluster", "c"], **more}
    told = {
        "current-context": "a",
        "contexts": [{"name": "a", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://api.example.org"}}],
        "users": [{"name": "u", "user": {"exec": user}}],
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(told))
    return path, str(command)


def token(path: Path, command: str) -> str:
    credential = read_access(path, None, frozenset({command})).credential
    assert credential is not None
    return credential.secret().reveal()


def failure(path: Path, command: str) -> ReadFailure:
    with pytest.raises(ReadFailure) as caught:
        token(path, command)
    return caught.value


def credential(body: str) -> str:
    return f"""echo '{{"apiVersion": "{V1}", "kind": "ExecCredential", "status": {body}}}'"""


def test_it_gives_a_token_and_is_told_that_nobody_types(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    script = f'echo "$KUBERNETES_EXEC_INFO $REGION $*" > {seen}; cat >> {seen}; ' + credential('{"token": "abc.def "}')
    path, command = kubeconfig(tmp_path, script, env=[{"name": "REGION", "value": "north"}], provideClusterInfo=True)
    assert token(path, command) == "abc.def"
    told = seen.read_text()
    assert '"interactive": false' in told
    assert "https://api.example.org" in told
    assert told.endswith("north --cluster c\n")  # and stdin was empty


def test_what_is_not_named_is_not_run(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    path, command = kubeconfig(tmp_path, f"touch {ran}")
    with pytest.raises(ReadFailure, match="is not allowed"):
        read_access(path, None, frozenset({Path(command).name}))  # the name alone is not the command
    assert not ran.exists()


@pytest.mark.parametrize(
    ("script", "more", "saying"),
    [
        ("echo 'login first: see the manual' >&2; exit 7", {}, "ended with 7: login first: see the manual"),
        ("echo hello", {}, "printed no JSON"),
        (credential('{"clientCertificateData": "x"}'), {}, "gave no token"),
        ("head -c 400000 /dev/zero", {}, "printed too much"),
        ("true", {"apiVersion": "client.authentication.k8s.io/v1alpha1"}, "needs apiVersion"),
        ("true", {"interactiveMode": "Always"}, "wants a terminal"),
    ],
)
def test_each_way_of_failing_is_one_line(tmp_path: Path, script: str, more: dict[str, str], saying: str) -> None:
    told = failure(*kubeconfig(tmp_path, script, **more))
    assert told.outcome is Outcome.UNCONFIGURED
    assert saying in told.reason


def test_one_that_hangs_ends_with_everything_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exec_plugin, "SECONDS", 1.0)
    child = tmp_path / "child"
    started = time.monotonic()
    told = failure(*kubeconfig(tmp_path, f"sleep 60 & echo $! > {child}; wait"))
    assert told.outcome is Outcome.TIMEOUT
    assert time.monotonic() - started < 30
    pid = int(child.read_text())
    while _runs(pid):  # it is dying: nothing waits for it, so the kernel says when
        assert time.monotonic() - started < 30


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] not in "ZX"


def test_a_complaint_that_quotes_a_secret_is_redacted(tmp_path: Path) -> None:
    secret = "ghp_" + "a1B2" * 9
    assert secret not in failure(*kubeconfig(tmp_path, f"echo 'bad token {secret}' >&2; exit 1")).reason


def test_the_file_of_docker_login(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    entry = {"auth": base64.b64encode(b"reader:p:w").decode()}
    file.write_text(json.dumps({"auths": {"https://r.example.org/v1/": entry}, "credsStore": "desktop"}))
    assert DockerConfigSource(file, "r.example.org").read().reveal() == "reader:p:w"
    with pytest.raises(ReadFailure, match="credential helper, which is not run"):
        DockerConfigSource(file, "other.example.org").read()
    file.write_text(json.dumps({"auths": {"r.example.org": {"identitytoken": "x"}}}))
    with pytest.raises(ReadFailure, match="identity tokens are not taken"):
        DockerConfigSource(file, "r.example.org").read()


def test_in_a_pod_the_service_account_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("of-the-pod\n")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "6443")
    access = in_cluster_access(tmp_path)
    assert access.cluster["server"] == "https://[fd00::1]:6443"
    assert access.credential is not None
    assert access.credential.header() == "Bearer of-the-pod"
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST")
    with pytest.raises(ReadFailure, match="no Pod"):
        in_cluster_access(Path(os.devnull))


async def test_its_token_and_the_next_one_are_known_to_the_redactor(tmp_path: Path, clock: StillClock) -> None:
    number = tmp_path / "number"
    number.write_text("1")
    said = f'{{"apiVersion": "{V1}", "kind": "ExecCredential", "status": {{"token": "plain-words-%s"}}}}'
    script = f"printf '{said}' $(cat {number})"
    path, command = kubeconfig(tmp_path, script)
    (tmp_path / "connections.yaml").write_text(f"kubernetes: {{kubeconfig: {path}, execPlugins: [{command}]}}\n")
    clients = open_clients(load_connections(tmp_path / "connections.yaml"), clock, tmp_path / "cache")
    assert clients.redactor.exact == ()
    cluster = clients.clusters["ci"]
    await cluster.open()
    assert clients.redactor.exact == ("plain-words-1",)
    number.write_text("2")
    assert cluster.credential is not None
    assert cluster.credential.reload()
    assert clients.redactor.redact("plain-words-1 plain-words-2") == "[redacted:secret] [redacted:secret]"
    await clients.close()
