"""Secrets: read from where they lie, never shown, never in argv; rotation, fingerprints, the header forms."""

from __future__ import annotations

import copy
import errno
import pickle
import traceback
from pathlib import Path
from unittest.mock import Mock

import pytest

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.credentials import (
    Credential,
    EnvironmentSource,
    FileSource,
    KeySource,
    Secret,
    basic_form,
    bearer_form,
    git_form,
    gitea_form,
    installation_key,
    registry_form,
)
from lanewatch.rollout.facts import Outcome

CANARY = "LWCANARY_1_x7f3"


def test_a_secret_never_prints() -> None:
    secret = Secret(CANARY)
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret:>40}",
        f"{secret}",
        repr([secret]),
        repr({"a": secret}),
    ]
    assert not [text for text in shown if CANARY in text]
    assert secret.reveal() == CANARY


def test_a_secret_does_not_travel() -> None:
    for travel in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            travel(Secret(CANARY))


def test_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LW_TEST_TOKEN", f" {CANARY}\n")
    assert EnvironmentSource("LW_TEST_TOKEN").read().reveal() == CANARY
    (tmp_path / "token").write_text(f"{CANARY}\r\n")
    assert FileSource(tmp_path / "token").read().reveal() == CANARY
    (tmp_path / "cicd").mkdir()
    (tmp_path / "cicd" / "x.env").write_text(f"# token=no\nOTHER=1\nexport token = 'a=b'\nplain={CANARY}\n")
    assert KeySource(tmp_path, "cicd/x.env", "token").read().reveal() == "a=b"
    assert KeySource(tmp_path, "cicd/x.env", "plain").read().reveal() == CANARY


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not set or empty"),
        (b"\n\n", "not set or empty"),
        (CANARY.encode() + b"\x00", "characters that no token has"),
        (CANARY.encode() + b"\nsecond line", "characters that no token has"),
        (b"x" * 70_000, "too large for a secret"),
    ],
)
def test_values_that_are_no_secret_are_refused_without_printing_them(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(ReadFailure, match=reason) as caught:
        FileSource(tmp_path / "token").read()
    assert caught.value.outcome is Outcome.UNCONFIGURED
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_what_is_missing_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LW_TEST_TOKEN", raising=False)
    with pytest.raises(ReadFailure, match="env LW_TEST_TOKEN: not set or empty"):
        EnvironmentSource("LW_TEST_TOKEN").read()
    with pytest.raises(ReadFailure, match=r"cicd/x\.env: no such file"):
        KeySource(tmp_path, "cicd/x.env", "token").read()
    (tmp_path / "x.env").write_text("other=1")
    with pytest.raises(ReadFailure, match=r"x\.env#token: not set or empty"):
        KeySource(tmp_path, "x.env", "token").read()
    with pytest.raises(ReadFailure, match="leaves secretsRoot"):
        KeySource(tmp_path / "root", "../x.env", "other").read()


def test_a_link_out_of_the_secrets_root_is_refused(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "outside.env").write_text("token=x")
    (tmp_path / "root" / "link.env").symlink_to(tmp_path / "outside.env")
    with pytest.raises(ReadFailure, match="leaves secretsRoot"):
        KeySource(tmp_path / "root", "link.env", "token").read()


@pytest.mark.parametrize(
    ("form", "value", "header"),
    [
        (gitea_form, "abc", "token abc"),
        (gitea_form, "u:p", "Basic dTpw"),
        (bearer_form, "a:b", "Bearer a:b"),
        (basic_form, "u:p", "Basic dTpw"),
        (registry_form, "abc", "Bearer abc"),
        (registry_form, "u:p", "Basic dTpw"),
        (git_form, "u:p", "Basic dTpw"),
        (git_form, "t", "Basic eC1hY2Nlc3MtdG9rZW46dA=="),
    ],
)
def test_forms(tmp_path: Path, form: object, value: str, header: str) -> None:
    (tmp_path / "token").write_text(value)
    assert callable(form)
    assert Credential(FileSource(tmp_path / "token"), form).header() == header


def test_rotation(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("one")
    credential = Credential(FileSource(path), bearer_form)
    assert credential.header() == "Bearer one"
    assert not credential.reload()
    path.write_text("two")
    assert credential.reload()
    assert credential.header() == "Bearer two"
    path.write_text("")
    assert not credential.reload()  # half-written: the old value stays
    assert credential.header() == "Bearer two"


def test_the_redactor_gets_every_value(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("user:pass-word")
    assert Credential(FileSource(tmp_path / "token"), basic_form).exact() == ("user:pass-word", "pass-word")
    assert Credential(FileSource(tmp_path / "missing"), basic_form).exact() == ()


def test_the_installation_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    key = installation_key(folder)
    assert installation_key(folder) == key
    assert len(key) == 32
    assert (folder / "fingerprint.key").stat().st_mode & 0o077 == 0


def test_where_no_key_can_be_kept_there_is_one_for_this_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert len(installation_key(tmp_path / "file")) == 32
    (tmp_path / "short").mkdir()
    (tmp_path / "short" / "fingerprint.key").write_bytes(b"x")
    assert len(installation_key(tmp_path / "short")) == 32


def test_a_full_disk_leaves_no_key_that_would_be_none_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = Mock(side_effect=OSError(errno.ENOSPC, "No space left on device"))
    with monkeypatch.context() as patch:
        patch.setattr("lanewatch.clients.credentials.os.fdopen", full)
        assert len(installation_key(tmp_path)) == 32
    key = installation_key(tmp_path)
    assert installation_key(tmp_path) == key
