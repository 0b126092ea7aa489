"""Signatures by ssh-keygen and openssl: made with throw-away keys, checked, and refused when anything is another."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import pytest

from lanewatch.evidence import signing
from lanewatch.evidence.bag import ENVELOPE, SIGNATURE, BundleError, UnreadableError
from lanewatch.evidence.signing import SigningError, sign_envelope, sign_ssh
from lanewatch.evidence.verify import verify
from tests.evidence.made import written

pytestmark = pytest.mark.skipif(
    not (shutil.which("ssh-keygen") and shutil.which("openssl")), reason="ssh-keygen and openssl are not installed"
)


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name in ("ada", "eve"):
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name))
    (folder / "signers").write_text(f"ada@example.org {(folder / 'ada.pub').read_text()}")
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out", str(folder / "ed25519"))
    run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(folder / "ec"))
    run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", str(folder / "rsa"))
    for name in ("ed25519", "ec", "rsa"):
        run("openssl", "pkey", "-in", str(folder / name), "-pubout", "-out", str(folder / f"{name}.pem"))
    return folder


def signed(folder: Path, keys: Path, *, as_tar: bool = False, envelope: str = "ed25519") -> Path:
    def seal(bundle: Path) -> Iterable[str]:
        return [*sign_ssh(bundle, keys / "ada"), *sign_envelope(bundle, keys / envelope)]

    return written(folder, as_tar=as_tar, seal=seal)


@pytest.mark.parametrize("as_tar", [False, True])
def test_a_signature_names_its_signer(tmp_path: Path, keys: Path, as_tar: bool) -> None:
    path = signed(tmp_path, keys, as_tar=as_tar)
    found = verify(path, signers=keys / "signers", key=keys / "ed25519.pem")
    assert found.signed_by.startswith("ada@example.org (ED25519 ")
    assert found.envelope == "signed with the given key"


@pytest.mark.parametrize("kind", ["ed25519", "ec", "rsa"])
def test_every_kind_of_pem_key_signs(tmp_path: Path, keys: Path, kind: str) -> None:
    path = signed(tmp_path, keys, envelope=kind)
    assert verify(path, key=keys / f"{kind}.pem").envelope == "signed with the given key"
    other = "ec" if kind != "ec" else "rsa"
    with pytest.raises(BundleError, match="signed with another key"):
        verify(path, key=keys / f"{other}.pem")


def test_without_signers_only_the_key_is_named(tmp_path: Path, keys: Path) -> None:
    found = verify(signed(tmp_path, keys))
    assert found.signed_by.startswith("ED25519 SHA256:")
    assert found.signed_by.endswith("a key that no allowed signers vouch for")
    assert found.envelope == "not checked: no key was given"


def test_a_signer_who_is_not_allowed_is_refused(tmp_path: Path, keys: Path) -> None:
    path = signed(tmp_path, keys)
    only_eve = tmp_path / "signers"
    only_eve.write_text(f"eve@example.org {(keys / 'eve.pub').read_text()}")
    with pytest.raises(BundleError, match="its key is not among the allowed signers"):
        verify(path, signers=only_eve)


def test_a_signature_that_is_asked_for_must_be_there(tmp_path: Path, keys: Path) -> None:
    path = written(tmp_path)
    with pytest.raises(BundleError, match=f"no {SIGNATURE}, although signers are given"):
        verify(path, signers=keys / "signers")
    with pytest.raises(BundleError, match=f"no {ENVELOPE}, although a key is given"):
        verify(path, key=keys / "ed25519.pem")


def test_a_signature_of_another_bundle_or_purpose_is_refused(tmp_path: Path, keys: Path) -> None:
    path = signed(tmp_path, keys)
    message = tmp_path / "message"
    for text, namespace in ((b"another", signing.NAMESPACE), ((path / "tagmanifest-sha256.txt").read_bytes(), "git")):
        message.write_bytes(text)
        run("ssh-keygen", "-Y", "sign", "-q", "-n", namespace, "-f", str(keys / "ada"), str(message))
        shutil.move(f"{message}.sig", path / SIGNATURE)
        with pytest.raises(BundleError, match="not a signature of tagmanifest"):
            verify(path, signers=keys / "signers")


@pytest.mark.parametrize("name", [SIGNATURE, ENVELOPE])
def test_every_byte_of_a_signature_counts(tmp_path: Path, keys: Path, name: str) -> None:
    path = signed(tmp_path, keys)
    statement, manifest = (path / "statement.json").read_bytes(), (path / "tagmanifest-sha256.txt").read_bytes()
    data = (path / name).read_bytes()
    check = (
        partial(signing.check_ssh, manifest=manifest, allowed=keys / "signers")
        if name == SIGNATURE
        else partial(signing.check_envelope, statement=statement, key=keys / "ed25519.pem")
    )
    check(data)
    for place in range(0, len(data), 1 if name == SIGNATURE else 3):
        flipped = bytearray(data)
        flipped[place] ^= 1 << (place % 7)
        with pytest.raises(BundleError):
            check(bytes(flipped))


def test_a_key_that_cannot_sign_leaves_no_bundle(tmp_path: Path, keys: Path) -> None:
    for seal in (partial(sign_ssh, key=keys / "signers"), partial(sign_envelope, key=keys / "ada.pub")):
        with pytest.raises(SigningError, match=r"^(ssh-keygen|openssl): [^\n]+$"):
            written(tmp_path / "out", seal=seal)
    assert not list((tmp_path / "out").iterdir())


def test_without_the_tools_a_signature_is_not_judged(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = signed(tmp_path, keys)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnreadableError, match="ssh-keygen is not installed"):
        verify(path)
    with pytest.raises(SigningError, match="openssl is not installed"):
        written(tmp_path / "out", seal=partial(sign_envelope, key=keys / "ec"))
