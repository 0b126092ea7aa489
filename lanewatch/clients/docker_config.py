"""The registry credential that `docker login` leaves behind: `auths` of ~/.docker/config.json, by host.

Credential helpers are programs of other people; none is run, and a file that points to one says so.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from pathlib import Path

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.credentials import Secret, read_secret_file
from lanewatch.clients.shape import JsonObject, child, optional
from lanewatch.clients.strict_json import JsonError, parse_json
from lanewatch.rollout.facts import Outcome


@dataclass(frozen=True, slots=True)
class DockerConfigSource:
    """user:password of `host` (HOST[:PORT]) in one file."""

    path: Path
    host: str

    def name(self) -> str:
        return f"{self.host} in {self.path}"

    def read(self) -> Secret:
        """Raises ReadFailure `unconfigured`: no file, no entry, a helper, an identity token."""
        config = self._config()
        entries = child(config, "auths")
        entry = next((entries[key] for key in _spellings(self.host) if key in entries), None)
        if not isinstance(entry, dict) or not entry:
            helper = child(config, "credHelpers").get(self.host) or config.get("credsStore")
            why = "kept by a credential helper, which is not run" if helper else "no entry in auths (docker login)"
            raise self._refused(why)
        return Secret(self._pair(entry))

    def _pair(self, entry: JsonObject) -> str:
        encoded = optional(entry, "auth", str)
        if encoded:
            try:
                pair = base64.b64decode(encoded, validate=True).decode().rstrip("\0\n")
            except (binascii.Error, UnicodeDecodeError):
                raise self._refused("auth is not base64") from None
        else:
            pair = f"{optional(entry, 'username', str) or ''}:{optional(entry, 'password', str) or ''}"
        if len(pair) < 3 or ":" not in pair:
            raise self._refused("holds no user and password (identity tokens are not taken)")
        return pair

    def _config(self) -> JsonObject:
        try:
            config = parse_json(read_secret_file(self.path, self.name()).encode())
        except JsonError:
            raise self._refused("no JSON") from None
        if not isinstance(config, dict):
            raise self._refused("no docker configuration")
        return config

    def _refused(self, why: str) -> ReadFailure:
        return ReadFailure(Outcome.UNCONFIGURED, f"{self.name()}: {why}")


def _spellings(host: str) -> tuple[str, ...]:
    """docker writes the host, older versions an address of it."""
    return (host, f"https://{host}", f"https://{host}/", f"http://{host}", f"https://{host}/v1/", f"https://{host}/v2/")
