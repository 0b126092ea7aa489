"""Files that are edited while a session runs: each is noticed, and applied or refused with the reason (issue: C03)."""

from __future__ import annotations

import os
import shutil
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest

from lanewatch.commands.lane import open_lane
from lanewatch.watch.configuration import Configuration

CONFIG = Path(__file__).parents[2] / "config"
KUBECONFIG = """\
current-context: {context}
contexts:
- {{name: here, context: {{cluster: one, user: me}}}}
- {{name: there, context: {{cluster: two, user: me}}}}
clusters:
- {{name: one, cluster: {{server: "https://one.example.org", certificate-authority: ca.crt}}}}
- {{name: two, cluster: {{server: "https://two.example.org", certificate-authority: ca.crt}}}}
users:
- {{name: me, user: {{token: LWCANARY_{token}}}}}
"""


def renamed(file: Path, text: str) -> None:
    """As vim writes."""
    (new := file.with_name("new")).write_text(text)
    new.replace(file)


def in_place(file: Path, text: str) -> None:
    """As an editor that keeps the file, with the same size and the same time: a restored backup."""
    before = file.stat()
    file.write_text(text)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1))


def swapped(file: Path, text: str) -> None:
    """As the kubelet mounts: a link to a link, of which one is put in the other's place."""
    folder = file.parent / f"..data{len(list(file.parent.iterdir()))}"
    folder.mkdir()
    (folder / file.name).write_text(text)
    (link := file.with_name("link")).symlink_to(folder / file.name)
    link.replace(file)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shutil.copytree(CONFIG, tmp_path / "config")
    (tmp_path / "ca.crt").write_text("-----BEGIN CERTIFICATE-----")
    (tmp_path / "kubeconfig").write_text(KUBECONFIG.format(context="here", token="a"))
    (tmp_path / "connections.yaml").write_text(f"kubernetes:\n  kubeconfig: {tmp_path / 'kubeconfig'}\n")
    return tmp_path


@pytest.fixture
def watched(files: Path) -> Configuration:
    """Looked at once, so that it knows what is in force."""
    arguments = Namespace(
        spec=files / "config" / "cicd-gitea-actions-poc.yaml", connections=files / "connections.yaml",
        command="watch", target=None, commit=None, pushed_at=None,
    )  # fmt: skip
    configuration = open_lane(arguments)._configuration
    assert configuration is not None
    assert configuration._look() is None
    return configuration


FILES = ("connections.yaml", "config/cicd-gitea-actions-poc.yaml", "config/agentrun.yaml", "kubeconfig")


@pytest.mark.parametrize("write", [renamed, in_place, swapped], ids=lambda write: write.__name__)
@pytest.mark.parametrize("name", FILES)
async def test_an_edit_is_refused_while_it_is_half_written_and_applied_once_it_is_whole(
    name: str, write: Callable[[Path, str], None], watched: Configuration, files: Path
) -> None:
    file = files / name
    sound = file.read_text()
    write(file, sound + "\n  - {half: [")
    assert watched._look() is None
    assert watched.trouble.startswith("config changed and is refused, the former one is in force: ")
    assert Path(name).name in watched.trouble
    assert "LWCANARY" not in watched.trouble
    write(file, sound)
    assert watched._look() is not None, "edited back to good: it is in force"
    watched._refused = ""  # as `follow` does once it is applied
    assert watched._look() is None


def test_a_kubeconfig_that_leads_elsewhere_is_applied_and_one_that_was_merely_rewritten_is_not(
    watched: Configuration, files: Path
) -> None:
    file = files / "kubeconfig"
    for token in ("a", "b"):  # a client reads its token again when it is refused
        renamed(file, KUBECONFIG.format(context="here", token=token))
        assert watched._look() is None
        assert not watched._refused
    renamed(file, KUBECONFIG.format(context="there", token="b"))
    assert watched._look() is not None
    assert watched._look() is None
    renamed(files / "ca.crt", "-----BEGIN CERTIFICATE----- of another authority")
    assert watched._look() is not None
    file.unlink()
    assert watched._look() is None
    assert "no kubeconfig" in watched._refused


def test_a_plane_that_never_could_be_reached_refuses_no_other_change(watched: Configuration, files: Path) -> None:
    renamed(files / "kubeconfig", "contexts: []")
    watched._reached = None  # as at a start
    assert watched._look() is None
    file = files / "connections.yaml"
    renamed(file, file.read_text() + f"commit: {'a' * 40}\n")
    assert watched._look() is not None
    assert not watched._refused


def test_what_is_refused_for_a_file_beside_is_applied_once_that_is_mended(watched: Configuration, files: Path) -> None:
    """The file that the new text leads to was never read before: nothing of it could be compared."""
    spec = files / "config" / "cicd-gitea-actions-poc.yaml"
    renamed(spec, spec.read_text().replace("config/agentrun.yaml#", "config/other.yaml#"))
    assert watched._look() is None
    assert "other.yaml" in watched._refused
    shutil.copy(files / "config" / "agentrun.yaml", files / "config" / "other.yaml")
    assert watched._look() is not None
