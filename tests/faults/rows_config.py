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
from tests.faults.playing import converged, played, settled
from tests.faults.table import QUIET, Observed, row

CONFIG = Path(__file__).resolve().parents[2] / "config"
MOST_LINES = 101  # of a file full of mistakes, the last saying how many more there are
SPEC = "cicd-gitea-actions-poc.yaml"


def planned(folder: Path, text: str) -> list[str]:
    """What `plan` says of a spec with this text; it must refuse it within bounds and without a traceback."""
    spec = folder / "config" / SPEC
    if not spec.parent.exists():
        shutil.copytree(CONFIG, spec.parent)
    spec.write_text(text)
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        code = main(["--spec", str(spec), "plan"])
    lines = said.getvalue().replace(str(spec.parent), "config").splitlines()
    assert code == 2, lines
    assert len(lines) <= MOST_LINES
    assert not any("Traceback" in line for line in lines)
    return lines


BOMBS = {
    "alias": "a: &a0 [x]\n" + "".join(f"k{n}: &a{n} [{f'*a{n - 1}, ' * 10}]\n" for n in range(1, 10)),
    "cycle": "a: &a {b: *a}\n",
    "depth": "[" * 3000,
    "twice": "version: 1\nversion: 2\n",
}


@row("C01", "a spec with aliases, cycles, 3,000 levels or a key twice", sees="config/", do="mend that line of the file")
def bombs(folder: Path) -> Observed:
    said = {name: planned(folder, text)[0] for name, text in BOMBS.items()}
    assert all(line.startswith("lanewatch: config/") for line in said.values()), said
    return Observed(len(said), next(line for line in planned(folder, BOMBS["cycle"]) if "aliases" in line))


@row(
    "C02", "a ref that leads nowhere, in a circle or out of the folder", sees="config/", do="mend that line of the file"
)
def lost_refs(folder: Path) -> Observed:
    true = (CONFIG / SPEC).read_text()
    ref = next(word for word in true.split() if word.startswith("config/") and "#" in word)
    changed = [f"{ref.partition('#')[0]}#no.such.node", "../../etc/passwd#a", "http://127.0.0.1:1/x.yaml#a"]
    said = [planned(folder, true.replace(ref, other, 1))[0] for other in changed]
    assert all(line.startswith("lanewatch: config/") for line in said), said
    return Observed(len(said), said[0])


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
            await one.watch(6)
            told = [text for text in one.lines() if "config changed" in text]
            line = next(line for line in one.lines() if "refused" in line)
            assert [other for other in one.standing() if "config changed" not in other] == before
            without = "\n".join(text for text in sound.splitlines() if "commit:" not in text) + "\n"
            assert without != sound
            file.write_text(without)
            await one.watch(8)
            told += [text for text in one.lines() if "config changed: it is in force" in text]
            assert len(told) == 2, told
            said = one.session.knowledge.seen[OPERATOR].last.report
            assert isinstance(said, OperatorReport)
            assert said.commit is None, "the new configuration is not applied"
            file.write_text(sound)
            await converged(one, before)
            return Observed(len(told), line)

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
