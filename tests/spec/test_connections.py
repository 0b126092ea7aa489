"""Connections: the example shows every key, every mistake has its line, and no secret can stand in the file."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from lanewatch.spec.connecting import load_connections
from lanewatch.spec.connections import Connections
from lanewatch.spec.document import load_yaml
from lanewatch.spec.errors import ConfigurationError
from lanewatch.spec.validation import known_keys
from tests.spec.site import CONFIG

EXAMPLE = CONFIG / "connections.example.yaml"
Write = Callable[[str | bytes], Path]


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load_connections(path)
    return str(caught.value).replace(f"{path}:", "").splitlines()


def test_the_example_is_valid_and_shows_every_section() -> None:
    connections = load_connections(EXAMPLE)
    assert set(load_yaml(EXAMPLE).data) == set(known_keys(Connections, ()))
    assert connections.kubernetes is not None
    assert connections.kubernetes.plane("argo").context == "management"


def test_every_key_of_the_example_has_a_comment_above_it() -> None:
    lines = EXAMPLE.read_text().splitlines()
    for number, line in enumerate(lines):
        key = re.match(r"( *)[\w.:/-]+:(?: |$)", line)
        if key and number:
            assert lines[number - 1].strip().startswith("#"), f"line {number + 1}: {line}"


def test_paths_start_at_the_files_folder(write: Write) -> None:
    path = write("gitea: {url: 'http://127.0.0.1:3000/', token: {file: tokens/gitea}}\nsecretsRoot: /etc/secrets\n")
    connections = load_connections(path)
    assert connections.gitea is not None
    assert connections.gitea.token is not None
    assert connections.gitea.url == "http://127.0.0.1:3000"
    assert connections.gitea.token.file == path.parent / "tokens" / "gitea"
    assert connections.secrets_root == Path("/etc/secrets")
    assert connections.registry is None


def test_the_home_folder_is_known(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    assert load_connections(write("secretsRoot: ~/secrets\n")).secrets_root == Path("/home/someone/secrets")


@pytest.mark.parametrize(
    "moment", ["2026-07-05T14:02:31Z", "'2026-07-05T14:02:31Z'", "2026-07-05T16:02:31+02:00", "2026-07-05 14:02:31Z"]
)
def test_a_time_may_be_quoted_or_not(write: Write, moment: str) -> None:
    assert load_connections(write(f"pushedAt: {moment}\n")).pushed_at == datetime(2026, 7, 5, 14, 2, 31, tzinfo=UTC)


@pytest.mark.parametrize("commit", ["1234567890" * 4, "'" + "1234567890" * 4 + "'", "12345678e9" + "0" * 30, "0" * 40])
def test_a_commit_of_digits_stays_as_written(write: Write, commit: str) -> None:
    assert load_connections(write(f"commit: {commit}\n")).commit == commit.strip("'")


def test_planes_inherit_the_default(write: Write) -> None:
    text = "kubernetes: {kubeconfig: k, context: c, ci: {context: i}, argo: {kubeconfig: a}}\n"
    kubernetes = load_connections(write(text)).kubernetes
    assert kubernetes is not None
    folder = kubernetes.kubeconfig.parent if kubernetes.kubeconfig else Path()
    assert (kubernetes.plane("ci").kubeconfig, kubernetes.plane("ci").context) == (folder / "k", "i")
    assert (kubernetes.plane("argo").kubeconfig, kubernetes.plane("argo").context) == (folder / "a", None)
    assert (kubernetes.plane("runtime").kubeconfig, kubernetes.plane("runtime").context) == (folder / "k", "c")


TOKEN = "ghp_" + "Zq7Rk2Xw9Tn4Bv8Lm3Hc6Jd1Fs5Gp0Ya"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"gitea: {{url: https://x, token: {TOKEN}}}", "1:25: gitea.token: must say where the secret is kept"),
        (f"gitea: {{url: https://x, token: {{env: {TOKEN}}}}}", "gitea.token.env: must be the name of an environment"),
        (f"gitea: {{url: https://x, token: {{file: {TOKEN}}}}}", "gitea.token.file: must be the path of a file"),
        (f"gitea: {{url: https://x, token: {{value: {TOKEN}}}}}", "gitea.token.value: is an unknown key"),
        (f"gitea: {{url: 'https://u:{TOKEN}@x'}}", "gitea.url: must be an http(s) address without user"),
        (f"gitea: {{url: 'https://x/?token={TOKEN}'}}", "gitea.url: must be an http(s) address without user"),
        ("gitea: {url: 'https://x', token: {}}", "gitea.token: must name exactly one place"),
        ("gitea: {url: 'https://x', token: {env: A, file: b}}", "gitea.token: must name exactly one place"),
        (
            "gitea: {url: 'https://x', token: {sourceRef: cicd/x.env}}",
            "gitea.token: needs both sourceRef and targetKey",
        ),
        ("gitea: {token: {env: A}}", "1:1: gitea.url: is missing"),
        ("gitea: {url: 'https://x', ca: '~nobody-there/ca'}", "1:27: gitea.ca: names a home folder that is not known"),
        ("gitea:", "1:1: gitea: must not be empty"),
        ("giteo: {url: 'https://x'}", '1:1: giteo: is an unknown key; did you mean "gitea"?'),
        ("upstream: {url: 'ssh://git@x'}", "upstream.url: must be an http(s) address"),
        ("health: {url: 'http://x', service: y, port: 1}", "health: must be either {url} or"),
        ("health: {service: y}", "health: must be either {url} or"),
        ("health: {service: y, port: 70000}", "health.port: must be less than or equal to 65535"),
        ("health: {service: y, port: 80, scheme: ftp}", "health.scheme: must be 'http' or 'https'"),
        ("git: {'ftp://x': {}}", "git.ftp://x: must be an http(s) address"),
        ("snapshots: {repository: x}", "snapshots.repository: must be OWNER/NAME"),
        ("snapshots: {repository: ../x}", "snapshots.repository: must be OWNER/NAME"),
        ("trustedHosts: ['https://x']", "trustedHosts[0]: must be HOST or HOST:PORT"),
        ("trustedHosts: x", "trustedHosts: must be a list"),
        ("commit: 3f9c2e1", "commit: must be a full commit id"),
        ("commit: 12345678901234567", "commit: must be a full commit id"),
        ("pushedAt: yesterday", "pushedAt: must be a time such as"),
        ("pushedAt: 2026-07-05T14:02:31", "pushedAt: must say its time zone"),
        ("kubernetes: {ci: {contexts: x}}", 'kubernetes.ci.contexts: is an unknown key; did you mean "context"?'),
        ("- x", "must be a mapping with gitea, upstream"),
    ],
)
def test_mistakes_have_a_line_and_print_no_secret(write: Write, text: str, expected: str) -> None:
    found = problems(write(text + "\n"))
    assert any(expected in problem for problem in found), found
    assert TOKEN not in "\n".join(found)


def test_everything_wrong_is_told_at_once(write: Write) -> None:
    found = problems(write("giteo: {}\ncommit: x\npushedAt: x\nupstream: {}\ncommit: y\n"))
    assert [line.split(":")[0] for line in found] == ["1", "2", "3", "4", "5"]


def test_models_are_frozen_all_the_way_down() -> None:
    def walk(value: Any) -> None:
        if isinstance(value, BaseModel):
            assert type(value).model_config["frozen"]
            for name in type(value).model_fields:
                walk(getattr(value, name))
        assert not isinstance(value, list | set)

    walk(load_connections(EXAMPLE))
