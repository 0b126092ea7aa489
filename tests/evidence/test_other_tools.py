"""A bundle checked as its README says, with sha256sum, find, diff, jq and ssh-keygen, and nothing of ours."""

from __future__ import annotations

import json
import shutil
import subprocess
import textwrap
from functools import partial
from pathlib import Path

import pytest

from lanewatch.evidence.guide import TEXT
from lanewatch.evidence.signing import sign_ssh
from tests.evidence.made import changed, logs, written

TOOLS = ("bash", "sha256sum", "find", "diff", "jq", "ssh-keygen", "tar")
pytestmark = pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}")


def blocks() -> list[str]:
    """The command blocks of the guide, in order: hashes, chain, signature."""
    paragraphs = TEXT.split("\n\n")
    return [textwrap.dedent(one) for one in paragraphs if one.startswith("  ") and "summary.txt summary" not in one]


def run(script: str, bundle: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", f"set -e -o pipefail\n{script}"], cwd=bundle, capture_output=True, text=True, timeout=30
    )


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("other-tools")
    key = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    made = written(folder / "out", logs=logs(b"text\n"), seal=partial(sign_ssh, key=key))
    shutil.copy(made / "data/README.txt", folder)
    (folder / "signers").write_text(f"NAME {(folder / 'key.pub').read_text()}")
    return made


def test_the_guide_has_a_block_for_hashes_chain_and_signature() -> None:
    hashes, chain, signature = blocks()
    assert "sha256sum" in hashes
    assert "jq" in chain
    assert "ssh-keygen" in signature


def test_hashes_chain_and_signature_hold(bundle: Path) -> None:
    hashes, chain, signature = blocks()
    done = run(hashes, bundle)
    assert done.returncode == 0, done.stderr
    assert "data/journal.jsonl: OK" in done.stdout
    assert (run(chain, bundle).stdout, run(chain, bundle).returncode) == ("", 0)
    done = run(signature.replace("-f signers", f"-f {bundle.parent.parent / 'signers'}"), bundle)
    assert done.returncode == 0
    assert done.stdout.startswith('Good "lanewatch-evidence" signature for NAME')


def test_the_same_tools_notice_what_is_changed_added_or_broken(bundle: Path, tmp_path: Path) -> None:
    hashes, _, signature = blocks()
    copy = tmp_path / "copy"
    shutil.copytree(bundle, copy)
    (copy / "data/more").write_text("added")
    assert "data/more" in run(hashes, copy).stdout
    (copy / "data/more").unlink()
    (copy / "data/summary.txt").write_text("all is well")
    assert run(hashes, copy).returncode != 0
    (copy / "tagmanifest-sha256.txt").write_text("")
    done = run(signature.replace("-f signers", f"-f {bundle.parent.parent / 'signers'}"), copy)
    assert done.returncode != 0


def test_a_chain_broken_by_a_forger_is_noticed(bundle: Path) -> None:
    def change(copy: Path) -> None:
        lines = (copy / "data/journal.jsonl").read_text().splitlines()
        del lines[3]
        (copy / "data/journal.jsonl").write_text("\n".join([*lines, ""]))

    assert run(blocks()[1], changed(bundle, change)).stdout.startswith("broken: ")


def test_the_tar_unpacks_into_the_same_folder(tmp_path: Path) -> None:
    folder, tar = written(tmp_path), written(tmp_path, as_tar=True)
    (tmp_path / "unpacked").mkdir()
    subprocess.run(["tar", "xf", str(tar), "-C", str(tmp_path / "unpacked")], check=True)
    done = subprocess.run(["diff", "-r", str(folder), str(tmp_path / "unpacked" / folder.name)], check=False)
    assert done.returncode == 0


def test_jq_reads_what_a_person_would_ask(bundle: Path) -> None:
    def ask(query: str, file: str) -> str:
        command = ["jq", "-r", query, str(bundle / file)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    assert ask(".state", "data/summary.json") == "succeeded"
    assert ask(".evidence.imageDigest.standing", "data/coverage.json") == "present"
    assert ask(".predicate.state", "statement.json") == "succeeded"
    bodies = ask(".body", "data/journal.jsonl").splitlines()
    assert json.loads(bodies[0])["schema"] == "lanewatch.journal/v1"
