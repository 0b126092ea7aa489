"""A new user on an empty machine: the wheel, an empty home, a lane that others set up badly, and the messages alone.

Real processes throughout. Each fault is mended by nothing but what `doctor` says, until the lane is green.
"""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.packaging.running import run

BADLY = ("--without", "scope", "--without", "context", "--without", "crd=argoproj.io")
Told = dict[str, Any]


@contextmanager
def served(installed: Path, home: Path, *options: str) -> Iterator[Told]:
    """Where the badly set up lane is; what its owners handed over is in `connections`."""
    handed = home / "handed-over.yaml"
    demo = ["demo", "build", "--serve", "--at", "end", "--write-connections", str(handed), *options]
    environment = {"PATH": f"{installed}:{os.environ['PATH']}", "HOME": str(home)}
    with subprocess.Popen([str(installed / "lanewatch"), *demo], cwd=home, env=environment, text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as lane:  # fmt: skip
        assert lane.stdin is not None
        assert lane.stdout is not None
        ready = json.loads(lane.stdout.readline())
        try:
            yield {**ready, "handed": YAML(typ="safe").load(handed)}
        finally:
            lane.stdin.close()
            lane.wait(timeout=20)


def changed(file: Path, **sections: Told) -> None:
    """What a user types into an editor: keys of sections of connections.yaml."""
    yaml = YAML()
    told = yaml.load(file)
    for section, keys in sections.items():
        told[section].update(keys)
    yaml.dump(told, file)


def fix_of(page: str, about: str) -> str:
    """The fix that the page gives below the check that says this, folded lines joined."""
    joined = re.sub(r"\n {7,}(?!fix:)", " ", page)
    found = re.search(rf"{re.escape(about)}[^\n]*\n\s+fix: ([^\n]*)", joined)
    assert found, (about, page)
    return found[1]


def test_each_message_is_enough_to_mend_what_it_is_about(installed: Path, tmp_path: Path) -> None:
    with served(installed, tmp_path, *BADLY) as lane:
        kubeconfig = Path(lane["handed"]["kubernetes"]["kubeconfig"])
        variables = {"KUBECONFIG": str(kubeconfig), "GITEA_TOKEN": (kubeconfig.parent / "gitea.token").read_text()}
        assert "lanewatch init" in run(installed, tmp_path, "doctor").stderr
        flags = ["--gitea-url", lane["gitea"], "--upstream", lane["upstream"], "--registry", lane["registry"]]
        begun = run(installed, tmp_path, "init", *flags, "--context", "old-lane", **variables)
        assert begun.returncode == 5, begun
        assert "left out, for it was not found: health" in begun.stderr
        file = tmp_path / ".config" / "lanewatch" / "connections.yaml"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

        scope = fix_of(begun.stdout, "403: token lacks scope read:repository")
        assert "where gitea.token points (env GITEA_TOKEN)" in scope
        assert f"{lane['gitea']}/user/settings/applications" in scope
        variables["GITEA_TOKEN"] = (kubeconfig.parent / "gitea-reader.token").read_text()
        context = fix_of(begun.stdout, "refused: 127.0.0.1:9")
        named = re.search(r"name another in (kubernetes)\.(context) of connections\.yaml \(there is ([^),]+)", context)
        assert named, context
        changed(file, **{named[1]: {named[2]: named[3]}})

        again = run(installed, tmp_path, "doctor", **variables)
        assert again.returncode == 5, again
        missing = fix_of(again.stdout, "no Argo CD CRDs in this cluster")
        other = re.search(r"name its context in kubernetes\.argo\.context \(there is [^)]*?(other-\w+)", missing)
        assert other, missing
        changed(file, kubernetes={"argo": {"context": other[1]}})

        left = run(installed, tmp_path, "doctor", **variables)
        assert left.returncode == 5, left
        assert "connections name no health, which the lane's end needs" in left.stdout
        (section,) = re.findall(r"^ +(health: \{.*\})$", left.stdout, re.MULTILINE)
        file.write_text(file.read_text() + section + "\n")

        well = run(installed, tmp_path, "doctor", **variables)
        assert well.returncode == 0, well
        assert "try lanewatch status" in well.stdout
        arguments = ["--commit", lane["handed"]["commit"], "--pushed-at", lane["handed"]["pushedAt"]]
        done = run(installed, tmp_path, *arguments, "status", **variables)
        assert done.returncode == 0, done


def test_init_itself_finds_what_is_not_in_the_current_context(installed: Path, tmp_path: Path) -> None:
    with served(installed, tmp_path, "--without", "context", "--without", "crd=argoproj.io") as lane:
        kubeconfig = Path(lane["handed"]["kubernetes"]["kubeconfig"])
        variables = {"KUBECONFIG": str(kubeconfig), "GITEA_TOKEN": (kubeconfig.parent / "gitea.token").read_text()}
        done = run(
            installed, tmp_path, "init", "--gitea-url", lane["gitea"], "--upstream", lane["upstream"], **variables
        )
    assert done.returncode == 0, done
    told = YAML(typ="safe").load(tmp_path / ".config" / "lanewatch" / "connections.yaml")
    assert told["kubernetes"] == {"context": "simulated-lane", "argo": {"context": "other-cluster"}}
    assert told["health"] == {"service": "agentrun-mgr", "port": 8080}
    assert "does not answer from here (--registry URL)" in done.stderr
