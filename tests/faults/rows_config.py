"""Faults of configuration: files that are bombs, refs that lead nowhere, words that YAML would misread."""

from __future__ import annotations

import contextlib
import io
import shutil
from pathlib import Path

from ruamel.yaml import YAML

from lanewatch.cli import main
from lanewatch.rollout.facts import OPERATOR
from lanewatch.rollout.reports import OperatorReport
from lanewatch.spec.connecting import load_connections
from tests.faults.lane import faulty_lane
from tests.faults.playing import converged, opened, played, settled
from tests.faults.table import QUIET, Observed, row

CONFIG = Path(__file__).resolve().parents[2] / "config"
MOST_LINES = 101  # of a file full of mistakes, the last saying how many more there are
SPEC = "cicd-gitea-actions-poc.yaml"


def planned(folder: Path, text: str, about: str) -> tuple[int, str]:
    """How often `plan` read a spec with this text, and its line `about` what is wrong with it.

    It must refuse it within bounds and without a traceback.
    """
    spec = folder / "config" / SPEC
    if not spec.parent.exists():
        shutil.copytree(CONFIG, spec.parent)
    spec.write_text(text)
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()), opened(spec) as read:
        code = main(["--spec", str(spec), "plan"])
    lines = said.getvalue().replace(str(spec.parent), "config").splitlines()
    assert code == 2, lines
    assert len(lines) <= MOST_LINES
    assert not any("Traceback" in line for line in lines)
    assert lines[0].startswith("lanewatch: config/"), lines
    return read(), next(line for line in lines if about in line)


BOMBS = {  # by what is told of them
    "aliases (*name) are not allowed": "a: &a0 [x]\n"
    + "".join(f"k{n}: &a{n} [{f'*a{n - 1}, ' * 10}]\n" for n in range(1, 10)),
    "aliases (*name)": "a: &a {b: *a}\n",
    "nested": "[" * 3000,
    "is a duplicate": "version: 1\nversion: 2\n",
}


@row("C01", "a spec with aliases, cycles, 3,000 levels or a key twice", sees="config/", do="mend that line of the file")
def bombs(folder: Path) -> Observed:
    read = [planned(folder, text, about) for about, text in BOMBS.items()]
    return Observed(min(times for times, _ in read), read[1][1])


@row(
    "C02", "a ref that leads nowhere, in a circle or out of the folder", sees="config/", do="mend that line of the file"
)
def lost_refs(folder: Path) -> Observed:
    true = (CONFIG / SPEC).read_text()
    ref = next(word for word in true.split() if word.startswith("config/") and "#" in word)
    changed = [f"{ref.partition('#')[0]}#no.such.node", "../../etc/passwd#a", "http://127.0.0.1:1/x.yaml#a"]
    read = [planned(folder, true.replace(ref, other, 1), "existingMirrorRef") for other in changed]
    return Observed(min(times for times, _ in read), read[0][1])


@row(
    "C03",
    "the connections are edited while lanewatch runs",
    sees="config changed and is refused",
    do="mend that line; it is applied within 5 s, without a restart",
)
def edited(folder: Path) -> Observed:
    async def story() -> Observed:
        async with faulty_lane(folder) as one:
            await settled(one)
            before, file = one.standing(), folder / "connections.yaml"
            sound = file.read_text()
            file.write_text(sound + "gitae: {}\n")
            with opened(file) as read:
                await one.watch(6)
            line = next(line for line in one.lines() if "config changed and is refused" in line)
            assert [other for other in one.standing() if "config changed" not in other] == before
            without = "\n".join(text for text in sound.splitlines() if "commit:" not in text) + "\n"
            assert without != sound
            file.write_text(without)
            await one.watch(8)
            assert any("config changed: it is in force" in text for text in one.lines()), one.lines()
            said = one.session.knowledge.seen[OPERATOR].last.report
            assert isinstance(said, OperatorReport)
            assert said.commit is None, "the new configuration is not applied"
            file.write_text(sound)
            await converged(one, before)
            return Observed(read(), line)

    return played(story)


@row("C04", "an unquoted commit of digits only", sees=QUIET, do="nothing; it is taken as it is written")
def misread(folder: Path) -> Observed:
    misread = 0
    for commit in ("0123456701234567012345670123456701234567", "1" * 40):
        file = folder / "connections.yaml"
        file.write_text(f"commit: {commit}\n")
        misread += YAML(typ="safe", pure=True).load(file)["commit"] != commit  # what most readers make of it
        assert load_connections(file).commit == commit
    return Observed(misread, QUIET)
