"""The documentation is current: written from the code where it can be, and its commands exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from lanewatch.command_line import COMMANDS, command_line
from tests.docs.findings_page import TOLD, documented, page
from tests.e2e.lanes import REPOSITORY

DOCS = REPOSITORY / "docs"
PAGES = [REPOSITORY / "README.md", *sorted(DOCS.glob("*.md"))]


def test_every_finding_is_explained_and_no_other() -> None:
    assert {one.id for one in documented()} == set(TOLD)
    assert all(one.severities for one in documented())


def test_the_page_of_findings_is_current() -> None:
    assert (DOCS / "findings.md").read_text() == page(), "run python -m tests.docs.findings_page >docs/findings.md"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text()):
        assert (path.parent / link).exists(), link


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_what_a_page_names_is_there(path: Path) -> None:
    """Files and folders of the tree, modules that are run, targets of make."""
    text = path.read_text()
    named = re.findall(r"(?<![\w/.-])((?:lanewatch|tui|widgets|tests|config|docs)/[\w./-]*\w)", text)
    named += [one.replace(".", "/") for one in re.findall(r"python -m ((?:lanewatch|tests)[\w.]*\w)", text)]
    assert [one for one in named if not any((REPOSITORY / f"{one}{end}").exists() for end in ("", ".py"))] == []
    targets = re.findall(r"^(\w+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"(?:`|^)make (\w+)", text, re.MULTILINE)) <= set(targets)


def test_the_page_for_contributors_shows_every_room() -> None:
    (house,) = re.findall(r"```\n(config/.*?)```", (DOCS / "architecture.md").read_text(), re.DOTALL)
    rooms = {path.parent.name for path in (REPOSITORY / "lanewatch").glob("*/__init__.py")}
    assert set(re.findall(r"(\w+)/ ", house)) == rooms | {"config", "lanewatch", "tui", "widgets"}


def test_the_readme_is_short_and_every_command_of_the_program_stands_in_it() -> None:
    text = (REPOSITORY / "README.md").read_text()
    assert len(text.splitlines()) <= 250
    assert [name for name in COMMANDS if not re.search(rf"\b{name}\b", text)] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_command_in_a_block_is_one(path: Path) -> None:
    """Lines that begin with `lanewatch` in code blocks are read by the parser itself."""
    for block in re.findall(r"```(?:sh|console)?\n(.*?)```", path.read_text(), re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            if not line.startswith("lanewatch "):
                continue
            usage = re.sub(r"\[[^\]]*\]", "", line)  # what may be left out is left out
            words = shlex.split(usage.split("|")[0].split(">")[0], comments=True)
            if not {"--help", "--version"} & set(words):
                command_line().parse_args(words[1:])
