"""Signatures with the person's own keys and tools: `ssh-keygen` over the tag manifest, `openssl` in a DSSE envelope.

No key is made, kept or read here: the tools read them. A signature proves who exported a bundle, not what is in it.
"""

from __future__ import annotations

import base64
import re
import subprocess
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from lanewatch.clients.strict_json import JsonError, parse_json
from lanewatch.evidence.bag import ENVELOPE, SIGNATURE, STATEMENT, TAG_MANIFEST, BundleError
from lanewatch.evidence.form import pretty

NAMESPACE = "lanewatch-evidence"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
_SECONDS = 60.0  # a person may have to touch a key or type a passphrase
_ARMOUR = ("-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----")
_COLUMNS = 70
_GOOD_SSH = re.compile(r'Good "[^"]*" signature (?:for (?P<name>\S+) )?with (?P<key>.+)')


class SigningError(Exception):
    """The tool is missing or refused; one line."""


def sign_ssh(folder: Path, key: Path) -> list[str]:
    """Sign the tag manifest with a private key, or a public one whose private half an agent holds."""
    _run(["ssh-keygen", "-Y", "sign", "-q", "-n", NAMESPACE, "-f", str(key.absolute()), TAG_MANIFEST], folder)
    (folder / SIGNATURE).chmod(0o600)
    return [SIGNATURE]


def sign_envelope(folder: Path, key: Path) -> list[str]:
    """Put the statement, signed with a PEM private key, into a DSSE envelope beside it."""
    payload = (folder / STATEMENT).read_bytes()
    public = _run(["openssl", "pkey", "-in", str(key.absolute()), "-pubout", "-outform", "DER"], folder).stdout
    with tempfile.TemporaryDirectory() as work:
        message = Path(work) / "message"
        message.write_bytes(_encoded(payload))
        signature = _run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", str(key.absolute()), "-in", str(message),
                          *_hashing(public)], folder).stdout  # fmt: skip
    envelope = _envelope(payload, sha256(public).hexdigest(), signature)
    place = folder / ENVELOPE
    place.touch(mode=0o600, exist_ok=False)
    place.write_bytes(envelope)
    return [ENVELOPE]


def check_ssh(signature: bytes, manifest: bytes, allowed: Path | None) -> str:
    """Who signed: a name from the allowed signers, else the key's fingerprint. Raises BundleError, SigningError."""
    if _armoured(signature) != signature:
        raise BundleError(f"{SIGNATURE}: not written as ssh-keygen writes it")
    with tempfile.TemporaryDirectory() as work:
        file = Path(work) / "signature"
        file.write_bytes(signature)
        head = ["ssh-keygen", "-Y"]
        if allowed is None:
            return _signer([*head, "check-novalidate", "-n", NAMESPACE, "-s", str(file)], manifest)
        signers = ["-f", str(allowed.absolute()), "-s", str(file)]
        names = _output([*head, "find-principals", *signers], b"").splitlines()
        if not names:
            raise BundleError(f"{SIGNATURE}: its key is not among the allowed signers")
        return _signer([*head, "verify", "-n", NAMESPACE, "-I", names[0], *signers], manifest)


def check_envelope(envelope: bytes, statement: bytes, key: Path | None) -> bool:
    """Whether the envelope was checked with a public PEM key (False: none was given). Raises BundleError."""
    signature, key_id = _opened(envelope, statement)
    if key is None:
        return False
    with tempfile.TemporaryDirectory() as work:
        public = _run(
            ["openssl", "pkey", "-pubin", "-in", str(key.absolute()), "-outform", "DER", "-pubout"], Path(work)
        )
        if sha256(public.stdout).hexdigest() != key_id:
            raise BundleError(f"{ENVELOPE}: signed with another key")
        message, file = Path(work) / "message", Path(work) / "signature"
        message.write_bytes(_encoded(statement))
        file.write_bytes(signature)
        command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", str(key.absolute()),
                   "-in", str(message), "-sigfile", str(file), *_hashing(public.stdout)]  # fmt: skip
        if _started(command, b"", None).returncode:
            raise BundleError(f"{ENVELOPE}: the signature is not that of the statement")
    return True


def _encoded(payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding: the type is signed with the payload."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def _hashing(public: bytes) -> list[str]:
    """Ed25519 hashes by itself; RSA and EC keys must be told. The OID 1.3.101.112 stands in an Ed25519 key."""
    return [] if b"\x06\x03\x2b\x65\x70" in public else ["-digest", "sha256"]


def _envelope(payload: bytes, key_id: str, signature: bytes) -> bytes:
    whole: dict[str, Any] = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": key_id, "sig": base64.b64encode(signature).decode()}],
    }
    return pretty(whole)


def _opened(envelope: bytes, statement: bytes) -> tuple[bytes, str]:
    """Signature and key id of an envelope that holds exactly this statement, written as it is written here."""
    try:
        plain: Any = parse_json(envelope)
        [signed] = plain["signatures"]
        signature, key_id = base64.b64decode(signed["sig"], validate=True), str(signed["keyid"])
    except (JsonError, ValueError, KeyError, TypeError):
        raise BundleError(f"{ENVELOPE}: no DSSE envelope") from None
    if _envelope(statement, key_id, signature) != envelope:
        raise BundleError(f"{ENVELOPE}: it does not hold {STATEMENT}, or not as it is written here")
    return signature, key_id


def _armoured(signature: bytes) -> bytes:
    """The signature as ssh-keygen writes it, so that no byte of the armour can be changed either."""
    try:
        body = "".join(line for line in signature.decode("ascii").splitlines() if line not in _ARMOUR)
        text = base64.b64encode(base64.b64decode(body, validate=True)).decode()
    except ValueError:
        raise BundleError(f"{SIGNATURE}: no ssh signature") from None
    lines = [text[start : start + _COLUMNS] for start in range(0, len(text), _COLUMNS)]
    return "\n".join([_ARMOUR[0], *lines, _ARMOUR[1], ""]).encode()


def _signer(command: Sequence[str], manifest: bytes) -> str:
    found = _GOOD_SSH.search(_output(command, manifest))
    if found is None:
        raise BundleError(f"{SIGNATURE}: not a signature of {TAG_MANIFEST}")
    name, key = found["name"], found["key"].replace("key ", "")
    return f"{name} ({key})" if name else key


def _output(command: Sequence[str], given: bytes) -> str:
    done = _started(command, given, None)
    return "" if done.returncode else done.stdout.decode("ascii", "replace")


def _run(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[bytes]:
    """What the tool gives; its own terminal prompts for a passphrase work. Raises SigningError."""
    done = _started(command, None, folder)
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
        raise SigningError(f"{command[0]}: {ascii(said[0])[1:-1][:160]}")
    return done


def _started(command: Sequence[str], given: bytes | None, folder: Path | None) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(command, cwd=folder, input=given, stdin=None if given is not None else subprocess.DEVNULL,
                              capture_output=True, timeout=_SECONDS, check=False)  # fmt: skip
    except FileNotFoundError:
        raise SigningError(f"{command[0]} is not installed: it makes and checks signatures") from None
    except subprocess.TimeoutExpired:
        raise SigningError(f"{command[0]} did not end within {_SECONDS:.0f} s") from None
