"""`init` against a lane that is served: flags only, questions on a terminal, and what it refuses to write."""

from __future__ import annotations

import os
import pty
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from lanewatch.doctor.first_file import Answers, Contexts, TokenPlace, connections_text, token_place
from lanewatch.spec.connecting import load_connections
from tests.e2e.lanes import REPOSITORY, ServedLane, lanewatch, serving


@pytest.fixture(scope="module")
def lane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedLane]:
    with serving("build", tmp_path_factory.mktemp("lane")) as served:
        yield served


def given(lane: ServedLane) -> tuple[str, str, str]:
    """Token file, kubeconfig, and the token itself, as the served lane handed them over."""
    told = YAML(typ="safe").load(lane.connections)
    token = told["gitea"]["token"]["file"]
    return token, told["kubernetes"]["kubeconfig"], Path(token).read_text().strip()


def test_flags_alone_write_a_private_file_and_end_with_a_good_doctor(lane: ServedLane, tmp_path: Path) -> None:
    token_file, kubeconfig, token = given(lane)
    file = tmp_path / "new" / "connections.yaml"
    flags = ["--gitea-url", lane.ready["gitea"] + "/", "--token-file", token_file, "--kubeconfig", kubeconfig]
    flags += ["--upstream", lane.ready["upstream"], "--registry", lane.ready["registry"]]
    done = lanewatch("--connections", str(file), "init", *flags)
    assert done.returncode == 0, done
    assert "k8s-native-status-and-health       ready" in done.stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text()
    assert token not in text + done.stdout + done.stderr
    written = load_connections(file)
    assert written.gitea is not None
    assert written.gitea.url == lane.ready["gitea"]
    assert written.kubernetes is not None
    assert written.kubernetes.context == "simulated-lane"  # found, not asked
    assert written.health is not None
    assert (written.health.service, written.health.port) == ("agentrun-mgr", 8080)
    again = lanewatch("--connections", str(file), "init", *flags)
    assert again.returncode == 2
    assert "--force" in again.stderr
    assert file.read_text() == text


def test_a_token_that_is_refused_is_said_before_anything_is_left_out(lane: ServedLane, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("0" * 40)
    flags = ["--gitea-url", lane.ready["gitea"], "--token-file", str(tmp_path / "token"), "--context", "nowhere"]
    done = lanewatch("--connections", str(tmp_path / "connections.yaml"), "init", *flags)
    assert done.returncode in (4, 5), done
    assert "401: token not accepted" in done.stderr
    assert "what it mirrors is not known" in done.stderr
    assert "left out, for it was not found: upstream" in done.stderr


def test_on_a_terminal_it_asks_five_questions_and_proposes_what_it_found(lane: ServedLane, tmp_path: Path) -> None:
    token_file, kubeconfig, _ = given(lane)
    file = tmp_path / "connections.yaml"
    keyboard, terminal = pty.openpty()
    command = [sys.executable, "-m", "lanewatch.cli", "--connections", str(file), "init"]
    environment = {**os.environ, "KUBECONFIG": kubeconfig, "HOME": str(tmp_path)}
    with subprocess.Popen(command, stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          cwd=REPOSITORY, env=environment) as process:  # fmt: skip
        os.close(terminal)
        answers = (lane.ready["gitea"], token_file, "", lane.ready["upstream"], lane.ready["registry"])
        os.write(keyboard, "".join(f"{answer}\n" for answer in answers).encode())
        out, errors = process.communicate(timeout=60)
        os.close(keyboard)
    assert process.returncode == 0, (out, errors)
    assert [f"{number}/5" for number in range(1, 6) if f"{number}/5" in errors] == ["1/5", "2/5", "3/5", "4/5", "5/5"]
    assert "[simulated-lane]" in errors
    assert "[https://github.com]" in errors  # what the mirror says that it follows
    assert load_connections(file).upstream is not None


@pytest.mark.parametrize(
    ("flags", "saying"),
    [
        ([], "--gitea-url"),
        (["--gitea-url", "gitea.example.org"], "begins with https://"),
        (["--gitea-url", "https://me:hunter22@gitea.example.org"], "without user, password"),
        (["--gitea-url", "http://127.0.0.1:1", "--health-service", "x"], "NAME:PORT"),
    ],
)
def test_what_cannot_be_right_is_refused_before_anything_is_written(
    tmp_path: Path, flags: list[str], saying: str
) -> None:
    file = tmp_path / "connections.yaml"
    done = lanewatch("--connections", str(file), "init", "--yes", *flags)
    assert done.returncode == 2, done
    assert saying in done.stderr
    assert "hunter22" not in done.stderr
    assert not file.exists()


def test_the_text_is_what_the_loader_reads(tmp_path: Path) -> None:
    contexts = Contexts("/k/config", "jd01", {"ci": "jd01", "argo": "it's: odd", "runtime": ""}, ("aws",))
    answers = Answers(
        "https://g.example.org", token_place("$GITEA_TOKEN"), contexts, service="a", port=1, scheme="https"
    )
    file = tmp_path / "connections.yaml"
    file.write_text(connections_text(answers))
    read = load_connections(file)
    assert read.kubernetes is not None
    assert read.kubernetes.plane("argo").context == "it's: odd"
    assert read.kubernetes.plane("runtime").context == "jd01"
    assert read.kubernetes.exec_plugins == ("aws",)
    assert read.gitea is not None
    assert read.gitea.token is not None
    assert read.gitea.token.env == "GITEA_TOKEN"
    assert token_place("~/secrets/token") == TokenPlace(file="~/secrets/token")
