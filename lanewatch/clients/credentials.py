"""Secrets: where they are read from, how they are shown (never), and how they become an Authorization header.

Connections (C §7) name an environment variable, a file, or a `sourceRef` with `targetKey` under `secretsRoot`. A file
can be rotated while the program runs, so a source is read again after a 401.
"""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

from lanewatch.clients.answers import ReadFailure
from lanewatch.rollout.facts import Outcome

SECRET_LIMIT = 64 * 1024  # bytes of one file: a token file is a line, an env file a page
KEY_BYTES = 32


class Secret:
    """A value that does not print, compare by accident, or travel in a pickle."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself: for a header about to leave, and for the redactor."""
        return self._value

    def same_as(self, other: Secret | None) -> bool:
        return other is not None and hmac.compare_digest(self._value.encode(), other._value.encode())

    def __repr__(self) -> str:
        return "<secret>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "<secret>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


class Source(Protocol):
    """Where a secret lies."""

    def read(self) -> Secret:
        """The value now, stripped. Raises ReadFailure `unconfigured`, naming the place and not the value."""
        ...

    def name(self) -> str:
        """The place, fit to be shown: "env GITEA_TOKEN", "file …/token", "cicd/x.env#token"."""
        ...


@dataclass(frozen=True, slots=True)
class EnvironmentSource:
    """connections `{env: NAME}`."""

    variable: str

    def name(self) -> str:
        return f"env {self.variable}"

    def read(self) -> Secret:
        return _present(os.environ.get(self.variable, ""), self.name())


@dataclass(frozen=True, slots=True)
class FileSource:
    """connections `{file: PATH}`: the whole file is the value."""

    path: Path

    def name(self) -> str:
        return f"file {self.path}"

    def read(self) -> Secret:
        return _present(read_secret_file(self.path, self.name()), self.name())


@dataclass(frozen=True, slots=True)
class KeySource:
    """A spec `{sourceRef: cicd/x.env, targetKey: KEY}`: one KEY=VALUE line of a file under `root` (secretsRoot)."""

    root: Path | None
    source_ref: str
    target_key: str

    def name(self) -> str:
        return f"{self.source_ref}#{self.target_key}"

    def read(self) -> Secret:
        if self.root is None:
            raise ReadFailure(Outcome.UNCONFIGURED, f"{self.source_ref}: connections name no secretsRoot")
        root = self.root.resolve()
        path = (root / self.source_ref).resolve()
        if not path.is_relative_to(root):
            raise ReadFailure(Outcome.UNCONFIGURED, f"{self.source_ref} leaves secretsRoot")
        values = _env_values(read_secret_file(path, self.source_ref))
        return _present(values.get(self.target_key, ""), self.name())


class Authorization(Protocol):
    """What the HTTP clients need of a credential."""

    def header(self) -> str | None:
        """The Authorization value, or None to ask without. Raises ReadFailure `unconfigured`."""
        ...

    def reload(self) -> bool:
        """Read the source again; whether the value changed."""
        ...


def is_replaced(authorization: Authorization, refused: str | None) -> bool:
    """Whether a refused header has a successor: in the source, or taken from it for another request meanwhile."""
    return authorization.reload() or authorization.header() != refused


class Credential:
    """One secret as an Authorization header, in the `form` that its server takes."""

    def __init__(self, source: Source, form: Callable[[str], str]) -> None:
        self.source = source
        self.told: Callable[[tuple[str, ...]], None] = lambda _: None  # hears each value once it is read
        self._form = form
        self._secret: Secret | None = None

    def secret(self) -> Secret:
        """The value, read at first use. Raises ReadFailure `unconfigured`."""
        if self._secret is None:
            self._secret = self.source.read()
            self.told(_parts(self._secret))
        return self._secret

    def header(self) -> str:
        return self._form(self.secret().reveal())

    def reload(self) -> bool:
        before = self._secret
        try:
            self._secret = self.source.read()
        except ReadFailure:
            return False  # half-written by the rotation: the 401 stands and the next poll reads again
        self.told(_parts(self._secret))
        return not self._secret.same_as(before)

    def exact(self) -> tuple[str, ...]:
        """The values that the redactor must catch: the secret, and a password on its own. Empty when unreadable."""
        try:
            return _parts(self.secret())
        except ReadFailure:
            return ()


def _parts(secret: Secret) -> tuple[str, ...]:
    value = secret.reveal()
    _, colon, password = value.partition(":")
    return (value, password) if colon and password else (value,)


def bearer_form(value: str) -> str:
    """A Kubernetes token."""
    return f"Bearer {value}"


def registry_form(value: str) -> str:
    """user:password, or a token that the registry takes as it is."""
    return basic_form(value) if ":" in value else bearer_form(value)


def basic_form(value: str) -> str:
    """`value` is user:password."""
    return "Basic " + base64.b64encode(value.encode()).decode("ascii")


def gitea_form(value: str) -> str:
    """A Gitea token, or user:password."""
    return basic_form(value) if ":" in value else f"token {value}"


def git_form(value: str) -> str:
    """user:password, or a bare token as the password of a user whose name servers ignore."""
    return basic_form(value if ":" in value else f"x-access-token:{value}")


def installation_key(folder: Path) -> bytes:
    """The key of this installation's fingerprints, made at first use (0600). Where it cannot be kept, one for this run.

    A plain hash would let anyone test guesses; a keyed one compares within one installation only.
    """
    path = folder / "fingerprint.key"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        return _kept_key(path)
    except OSError:
        return secrets.token_bytes(KEY_BYTES)
    key = secrets.token_bytes(KEY_BYTES)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
    except OSError:  # the disk is full
        path.unlink(missing_ok=True)
    return key


def _kept_key(path: Path) -> bytes:
    try:
        key = path.read_bytes()
    except OSError:
        return secrets.token_bytes(KEY_BYTES)
    return key if len(key) == KEY_BYTES else secrets.token_bytes(KEY_BYTES)


def read_secret_file(path: Path, name: str) -> str:
    """The text of a file of secrets, at most SECRET_LIMIT bytes. Raises ReadFailure, which names `name` only."""
    try:
        with path.open("rb") as file:
            data = file.read(SECRET_LIMIT + 1)
    except OSError as error:
        raise ReadFailure(Outcome.UNCONFIGURED, f"{name}: {(error.strerror or 'unreadable').lower()}") from None
    if len(data) > SECRET_LIMIT:
        raise ReadFailure(Outcome.UNCONFIGURED, f"{name}: too large for a secret")
    return data.decode("utf-8", errors="replace")


def _env_values(text: str) -> Mapping[str, str]:
    """KEY=VALUE lines; `export`, comments and one pair of quotes around a value are understood."""
    values: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not key.startswith("#"):
            values[key.strip()] = _unquoted(value.strip())
    return values


def _unquoted(value: str) -> str:
    quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value


def _present(value: str, name: str) -> Secret:
    """A newline kept from a file, or any control byte, would make the header unsendable."""
    stripped = value.strip()
    if not stripped:
        raise ReadFailure(Outcome.UNCONFIGURED, f"{name}: not set or empty")
    if not stripped.isascii() or not stripped.isprintable():
        raise ReadFailure(Outcome.UNCONFIGURED, f"{name}: holds characters that no token has")
    return Secret(stripped)
