"""A start on files that have not changed needs neither YAML nor models; a start on any others reads them in full."""

from __future__ import annotations

import shutil
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from lanewatch.commands import kept_sources
from lanewatch.commands.kept_sources import MOST_KEPT, kept
from lanewatch.commands.sources import read_sources, sources
from lanewatch.spec.errors import ConfigurationError
from lanewatch.spec.loading import load_spec

CONFIG = Path(__file__).parents[2] / "config"
SPEC = "config/cicd-gitea-actions-poc.yaml"
CONNECTIONS = "connections.yaml"
READ_AGAIN = """
import sys
from argparse import Namespace
from pathlib import Path
from lanewatch.commands.sources import sources
found = sources(Namespace(command="watch", spec=Path(sys.argv[1]), connections=Path(sys.argv[2])))
print(found.lane().target, sorted({"pydantic", "ruamel", "ruamel.yaml"} & set(sys.modules)))
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A spec, connections and a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shutil.copytree(CONFIG, tmp_path / "config", ignore=shutil.ignore_patterns("connections*", "producers"))
    (tmp_path / CONNECTIONS).write_text('gitea: {url: "http://127.0.0.1:9"}\n')
    return tmp_path


def named(site: Path) -> Namespace:
    return Namespace(command="watch", spec=site / SPEC, connections=site / CONNECTIONS)


def is_kept(site: Path) -> bool:
    return kept(site / SPEC, site / CONNECTIONS) is not None


def test_what_is_kept_says_what_a_full_reading_says(site: Path) -> None:
    full, again = read_sources(named(site)), kept(site / SPEC, site / CONNECTIONS)
    assert again is not None
    assert (again.preferred, again.spec, again.connections) == (full.preferred, full.spec, full.connections)
    assert dict(again.lanes) == dict(full.lanes) == dict(load_spec(site / SPEC).lanes)
    assert again.texts() == full.texts()
    assert again.connect() == full.connect()


def test_a_second_start_loads_neither_yaml_nor_the_models(site: Path) -> None:
    read_sources(named(site))
    words = [sys.executable, "-c", READ_AGAIN, str(site / SPEC), str(site / CONNECTIONS)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=CONFIG.parent)
    assert done.stdout == "agentrun-jd01-v02 []\n"


@pytest.mark.parametrize("name", [SPEC, "config/agentrun.yaml", "config/cicd-branch-followers.yaml", CONNECTIONS])
def test_one_byte_more_in_any_file_is_read_in_full(site: Path, name: str) -> None:
    read_sources(named(site))
    assert is_kept(site)
    with (site / name).open("a") as file:
        file.write("\n")
    assert not is_kept(site)
    read_sources(named(site))
    assert is_kept(site)


@pytest.mark.parametrize("name", [SPEC, CONNECTIONS])
def test_a_file_that_turned_bad_is_told_as_at_a_first_start(site: Path, name: str) -> None:
    read_sources(named(site))
    with (site / name).open("a") as file:
        file.write("surprise: 1\n")
    with pytest.raises(ConfigurationError, match="surprise: is an unknown key"):
        read_sources(named(site))
    assert not is_kept(site)


def test_a_file_that_is_gone_is_told_as_at_a_first_start(site: Path) -> None:
    read_sources(named(site))
    (site / "config/agentrun.yaml").unlink()
    with pytest.raises(ConfigurationError, match=r"agentrun\.yaml.* cannot be read: No such file"):
        read_sources(named(site))


def test_another_program_reads_in_full(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read_sources(named(site))
    monkeypatch.setattr(kept_sources, "_program", lambda: "another one")
    assert not is_kept(site)


@pytest.mark.parametrize(
    "damage", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"spec": [1]}', b'{"spec": [["/", "0"]]}', b"[" * 5000]
)
def test_a_damaged_form_is_read_in_full(site: Path, damage: bytes) -> None:
    read_sources(named(site))
    (form,) = (site / "cache/lanewatch/sources").iterdir()
    whole = form.read_bytes()
    for data in (damage, whole[: len(whole) // 2], whole.replace(b'"target"', b'"tarred"')):
        form.write_bytes(data)
        assert not is_kept(site)
    assert read_sources(named(site)).lane().target == "agentrun-jd01-v02"
    assert form.read_bytes() == whole


def test_it_is_for_its_owner_only_and_there_are_never_many(site: Path) -> None:
    for number in range(MOST_KEPT + 3):
        shutil.copy(site / CONNECTIONS, site / f"{number}.yaml")
        read_sources(Namespace(command="watch", spec=site / SPEC, connections=site / f"{number}.yaml"))
    folder = site / "cache/lanewatch/sources"
    forms = list(folder.iterdir())
    assert len(forms) == MOST_KEPT
    assert {form.stat().st_mode & 0o777 for form in forms} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_cache_that_cannot_be_written_harms_nothing(site: Path) -> None:
    (site / "cache").write_text("a file, no folder")
    assert read_sources(named(site)).lane().target == "agentrun-jd01-v02"
    assert not is_kept(site)


def test_a_demonstration_keeps_nothing(site: Path) -> None:
    arguments = named(site)
    arguments.command = "demo"
    read_sources(arguments)
    assert not (site / "cache").exists()


def test_an_unknown_target_is_told_with_its_line_from_the_kept_form_too(site: Path) -> None:
    read_sources(named(site))
    found = sources(named(site))
    with pytest.raises(ConfigurationError, match=r'poc\.yaml:\d+:\d+: .*"agentrun".*agentrun-jd01-v02'):
        found.lane("agentrun")


def test_evidence_names_the_files_as_references_do_and_no_folder_of_this_machine(site: Path) -> None:
    for _ in range(2):  # read in full, then kept
        names = [name for name, _ in read_sources(named(site)).texts()]
        assert names[0] == SPEC
        assert sorted(names[1:]) == ["config/agentrun.yaml", "config/cicd-branch-followers.yaml"]
