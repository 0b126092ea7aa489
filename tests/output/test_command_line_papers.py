"""Completions and the manual: written from the parser, and good for the programs that read them."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from lanewatch.command_line import EXIT_CODES, command_line
from lanewatch.output.command_tree import Command, command_tree, with_words
from lanewatch.output.completions import bash, fish, zsh
from lanewatch.output.manual import manual
from tests.e2e.lanes import lanewatch

TREE = command_tree(command_line())
WORDS = {"logs STAGE": ("plan", "build-it"), "get DRILLDOWN": ("argo", "$(touch x)"), "--target": ("jd01",)}


def completed(*words: str) -> set[str]:
    """What bash offers after these words, the last one unfinished."""
    script = f"""{bash(with_words(TREE, WORDS))}
COMP_WORDS=({" ".join(f"'{word}'" for word in words)})
COMP_CWORD={len(words) - 1}
_lanewatch
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(["bash", "--norc"], input=script, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return set(done.stdout.split())


def test_bash_offers_commands_options_and_closed_sets() -> None:
    assert {"status", "doctor", "producers", "--spec"} <= completed("lanewatch", "")
    assert completed("lanewatch", "do") == {"doctor"}
    assert completed("lanewatch", "status", "-o", "") == {"table", "json"}
    assert completed("lanewatch", "get", "-o", "") == {"yaml", "json"}
    assert "--wait" in completed("lanewatch", "status", "--")
    assert completed("lanewatch", "producers", "re") == {"render"}
    assert completed("lanewatch", "--connections", "") == set()  # left to file names
    assert completed("lanewatch", "--target", "x", "st") == {"status"}
    assert completed("lanewatch", "evidence", "export", "--l") == {"--logs"}
    assert completed("lanewatch", "evidence", "ver") == {"verify"}


def test_what_the_lane_names_is_offered_and_no_shell_reads_it() -> None:
    assert completed("lanewatch", "logs", "b") == {"build-it"}
    assert completed("lanewatch", "--target", "") == {"jd01"}
    assert "argo" in completed("lanewatch", "get", "")
    for write in (bash, zsh, fish):
        assert "touch" not in write(with_words(TREE, WORDS))
        assert "build-it" in write(with_words(TREE, WORDS))


def test_the_command_offers_stages_scenarios_targets_drilldowns_faults_and_producers() -> None:
    script = lanewatch("completion", "bash").stdout
    for word in ("gitops-publish", "image-drift", "agentrun-jd01-v02", "cicd-pipelinerun", "N05", "lanewatch-role"):
        assert re.search(rf"[ \"]{word}[ \"]", script), word


def test_zsh_and_fish_name_every_command_and_option() -> None:
    for script in (zsh(TREE), fish(TREE)):
        for command in TREE.commands:
            assert command.name in script
            for flag in command.flags:
                assert all(name.lstrip("-") in script for name in flag.names)


@pytest.mark.parametrize(("shell", "write"), [("zsh", zsh), ("fish", fish)])
def test_the_shell_itself_reads_it(shell: str, write: object) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    assert callable(write)
    subprocess.run([shell, "-n"], input=write(with_words(TREE, WORDS)), text=True, check=True)


def test_the_manual_has_every_command_and_no_broken_request() -> None:
    page = manual(TREE, "1.2.3", EXIT_CODES)
    assert all(f'.SS "{command.name}' in page for command in TREE.commands)
    groff = shutil.which("groff")
    if groff is None:
        pytest.skip("groff is not installed")
    done = subprocess.run([groff, "-man", "-Tascii", "-ww"], input=page, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    shown = " ".join(re.sub(".\x08", "", done.stdout).split())
    assert "--connections FILE where the systems are" in shown
    assert "130/143/129 on SIGINT/SIGTERM/SIGHUP" in shown


def test_what_help_hides_is_hidden() -> None:
    def names(command: Command) -> set[str]:
        return {command.name, *(name for below in command.commands for name in names(below))}

    assert names(TREE) >= {"lanewatch", "watch", "render", "list"}
