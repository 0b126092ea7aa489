"""`evidence …` as a command: its words, its exit codes, and mistakes told before anything is asked."""

from __future__ import annotations

import shutil
import subprocess
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest

from lanewatch.commands import evidence
from lanewatch.commands.errors import UsageError
from lanewatch.evidence.signing import sign_envelope, sign_ssh
from tests.evidence.made import material, resealed, written
from tests.evidence.test_layout import provenance
from tests.evidence.test_verify import edit
from tests.rollout import story


def verify(bundle: Path, **more: Path | None) -> Namespace:
    return Namespace(action="verify", bundle=bundle, **{"signers": None, "key": None, **more})


def test_verify_says_what_it_proved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path)
    assert evidence.run(verify(path)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["intact, unsigned", f"  {path.name}"]
    assert lines[3] == f"  agentrun-jd01-v02 {story.A[:12]} succeeded, as the journal projects it"
    assert lines[4].endswith("11 of 11 present; provenance: 7 fields confirmed by another authority")


def test_verify_names_what_is_contradicted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = story.delivered(60, provenance=provenance(env_identity="env-9"))
    path = written(tmp_path, material(entries=tuple(seen.last for seen in known.seen.values())))
    assert evidence.run(verify(path)) == 0
    assert ", contradicted: envIdentity" in capsys.readouterr().out


@pytest.mark.skipif(not (shutil.which("ssh-keygen") and shutil.which("openssl")), reason="needs the tools that sign")
def test_verify_says_who_signed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key, pem = tmp_path / "key", tmp_path / "pem"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(pem)], check=True, capture_output=True)
    (tmp_path / "signers").write_text(f"ada@example.org {key.with_suffix('.pub').read_text()}")
    path = written(tmp_path / "out", seal=lambda bundle: [*sign_ssh(bundle, key), *sign_envelope(bundle, pem)])
    assert evidence.run(verify(path, signers=tmp_path / "signers")) == 0
    told = capsys.readouterr().out
    assert told.startswith("intact, signed by ada@example.org (ED25519 SHA256:")
    assert told.endswith("  DSSE envelope not checked: no key was given\n")


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (edit("data/summary.txt", "succeeded", "failed"), 6, "not what it claims: data/summary.txt: not what the"),
        (shutil.rmtree, 1, "cannot tell: forged: No such file or directory"),
    ],
)
def test_the_two_ways_not_to_be_proven(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Callable[[Path], None], code: int, message: str
) -> None:
    forged = shutil.copytree(written(tmp_path), tmp_path / "forged")
    change(forged)
    if forged.exists():
        resealed(forged)
    assert evidence.run(verify(forged)) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"lanewatch: {message}")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        Namespace(action="export", sign=Path("/nowhere/key"), envelope=None),
        Namespace(action="export", sign=None, envelope=Path("/nowhere/key")),
        Namespace(action="verify", bundle=Path(), signers=Path("/nowhere/key"), key=None),
        Namespace(action="verify", bundle=Path(), signers=None, key=Path("/nowhere/key")),
    ],
)
def test_a_key_that_is_not_there_is_told_before_anything_is_done(arguments: Namespace) -> None:
    with pytest.raises(UsageError, match="/nowhere/key: no such"):
        evidence.run(arguments)


def test_a_replay_at_an_earlier_second_prints_what_was_known_then(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path)
    replay = Namespace(action="replay", bundle=path, at=None, speed=None, print=True)
    assert evidence.run(replay) == 0
    assert capsys.readouterr().out.encode() == (path / "data/summary.json").read_bytes()
    replay.at = 2.0
    assert evidence.run(replay) == 8
    assert '"state": "running"' in capsys.readouterr().out


def test_progress_is_silent_for_what_is_quick_and_speaks_once_a_second(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 100.0
    monkeypatch.setattr(evidence.time, "monotonic", lambda: now)
    tell = evidence.teller()
    for second in (0.5, 1.2, 1.9, 2.3):
        now = 100.0 + second
        tell(f"at {second}")
    assert capsys.readouterr().err == "lanewatch: at 1.2\nlanewatch: at 2.3\n"
