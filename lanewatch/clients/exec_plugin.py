"""Credential plugins of a kubeconfig (`exec`), run by us: without a keyboard, in a process group of their own, 10 s.

Only commands that connections name in `kubernetes.execPlugins` are ever started, spelled exactly as the kubeconfig
spells them. Protocol: client.authentication.k8s.io/v1 and v1beta1, token only.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Final

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.credentials import Secret
from lanewatch.clients.shape import JsonObject, field, objects, optional, texts
from lanewatch.clients.strict_json import JsonError, parse_json
from lanewatch.rollout.facts import Outcome
from lanewatch.text import decode, safe

SECONDS: Final = 10.0
OUTPUT_LIMIT: Final = 256 << 10  # bytes: an ExecCredential with a large token is 10 kB
RESOLVED: Final = "resolvedCommand"  # no key of kubectl's: where a command with a path in it lies
_VERSIONS: Final = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
_CLUSTER_KEYS: Final = ("server", "tls-server-name", "certificate-authority-data", "proxy-url")


@dataclass(frozen=True, slots=True)
class ExecSource:
    """One user's `exec`, already allowed. Reading blocks up to SECONDS: call it in a thread."""

    context: str
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    version: str
    info: str  # KUBERNETES_EXEC_INFO

    def name(self) -> str:
        return f"exec plugin {self.command[0]} of kubeconfig context {self.context}"

    def read(self) -> Secret:
        """The token. Raises ReadFailure `unconfigured` or `timeout`, with the plugin's first line of complaint."""
        told = self._credential(self._run())
        if optional(told, "apiVersion", str) != self.version or optional(told, "kind", str) != "ExecCredential":
            raise self._refused("printed no ExecCredential of the version that the kubeconfig names")
        token = optional(told, "status.token", str)
        if not token:
            raise self._refused("gave no token (client certificates from a plugin are not taken)")
        return Secret(token.strip())

    def _credential(self, output: bytes) -> JsonObject:
        try:
            value = parse_json(output)
        except JsonError:
            raise self._refused("printed no JSON") from None
        if not isinstance(value, dict):
            raise self._refused("printed no ExecCredential")
        return value

    def _run(self) -> bytes:
        environment = {**os.environ, **dict(self.environment), "KUBERNETES_EXEC_INFO": self.info}
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
            code = self._ended(environment, out, errors)
            if code != 0:
                complaint = decode(_read(errors, 2000)).strip().partition("\n")[0]
                raise self._refused(f"ended with {code}: {safe(complaint, limit=120)}")
            output = _read(out, OUTPUT_LIMIT + 1)
        if len(output) > OUTPUT_LIMIT:
            raise self._refused("printed too much")
        return output

    def _ended(self, environment: Mapping[str, str], out: IO[bytes], errors: IO[bytes]) -> int:
        """Its exit code. Nothing of its process group outlives the call: a grandchild would keep a pipe open."""
        try:
            process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, env=dict(environment),
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise self._refused(f"cannot be started: {(error.strerror or 'unknown').lower()}") from None
        try:
            return process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            raise ReadFailure(Outcome.TIMEOUT, f"{self.name()}: no answer within {SECONDS:g} s") from None
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _refused(self, what: str) -> ReadFailure:
        return ReadFailure(Outcome.UNCONFIGURED, f"{self.name()}: {what}")


def exec_source(user: JsonObject, cluster: JsonObject, context: str, allowed: frozenset[str]) -> ExecSource:
    """The source of a user with `exec`. Raises ReadFailure `unconfigured` when it may not or cannot be run."""
    command, version = field(user, "exec.command", str), optional(user, "exec.apiVersion", str) or ""
    place = f"kubeconfig context {context}: exec plugin {safe(command, limit=80)}"
    if command not in allowed:
        raise ReadFailure(Outcome.UNCONFIGURED, f"{place} is not allowed (name it in kubernetes.execPlugins)")
    if version not in _VERSIONS:
        raise ReadFailure(Outcome.UNCONFIGURED, f"{place}: needs apiVersion client.authentication.k8s.io/v1")
    if optional(user, "exec.interactiveMode", str) == "Always":
        raise ReadFailure(Outcome.UNCONFIGURED, f"{place} wants a terminal (interactiveMode: Always)")
    spec: JsonObject = {"interactive": False}
    if optional(user, "exec.provideClusterInfo", bool):
        spec["cluster"] = {key: cluster[key] for key in _CLUSTER_KEYS if key in cluster}
    pairs = ((field(one, "name", str), field(one, "value", str)) for one in objects(user, "exec.env"))
    return ExecSource(
        context=context,
        command=(optional(user, f"exec.{RESOLVED}", str) or command, *texts(user, "exec.args")),
        environment=tuple(pairs),
        version=version,
        info=json.dumps({"apiVersion": version, "kind": "ExecCredential", "spec": spec}),
    )


def _read(file: IO[bytes], limit: int) -> bytes:
    file.seek(0)
    return file.read(limit)
