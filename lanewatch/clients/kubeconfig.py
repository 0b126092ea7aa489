"""Which cluster a kubeconfig context names, and with which credential: read by us, as kubectl reads it.

The client library reads a token file once and keeps its newline, runs exec plugins on the terminal's keyboard, and
swallows their failure (python-libraries reference 3.3). So contexts and tokens are read here, plugins are run by us if
connections allow them, and the library gets one context without a token: certificates, server name and proxy.
"""

from __future__ import annotations

import base64
import binascii
import os
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.credentials import Credential, FileSource, Secret, basic_form, bearer_form
from lanewatch.clients.exec_plugin import RESOLVED, exec_source
from lanewatch.clients.shape import JsonObject, child, field, objects, optional
from lanewatch.clients.strict_json import Json
from lanewatch.rollout.facts import Outcome

SIZE_LIMIT = 4 << 20  # bytes: a kubeconfig of hundreds of clusters is 1 MB
SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
PEM = b"-----BEGIN "
_CERTIFICATE_KEYS = ("certificate-authority", "client-certificate", "client-key")
_PATH_KEYS = (*_CERTIFICATE_KEYS, "tokenFile")


@dataclass(frozen=True, slots=True)
class Access:
    """One resolved context."""

    context: str
    cluster: JsonObject  # file paths absolute
    user: JsonObject  # without any token or password
    credential: Credential | None  # None: client certificate, or none at all


@dataclass(frozen=True, slots=True)
class _TokenSource:
    """A token, or user:password, that stands in the kubeconfig itself; read again when the file was rewritten."""

    kubeconfig: Path | None
    context: str
    password: bool  # user:password rather than a token

    def name(self) -> str:
        return f"kubeconfig context {self.context}"

    def read(self) -> Secret:
        user = _user(_merged(self.kubeconfig), self.context)
        if self.password:
            return Secret(f"{field(user, 'username', str)}:{field(user, 'password', str)}")
        return Secret(field(user, "token", str).strip())


def read_access(kubeconfig: Path | None, context: str | None, plugins: frozenset[str] = frozenset()) -> Access:
    """Resolve `context` (the current one when None) of `kubeconfig` ($KUBECONFIG, else ~/.kube/config, when None).

    `plugins`: commands of exec credentials that may be run; none is run here. Raises ReadFailure `unconfigured` with
    one line: no such file, not YAML, no such context (with those there are), another plugin, an auth provider.
    """
    config = _merged(kubeconfig)
    name = context or optional(config, "current-context", str)
    if not name:
        raise _unconfigured("kubeconfig: no current context (set kubernetes.context)")
    cluster_name = field(_named(config, "contexts", name, "context"), "cluster", str)
    cluster = _named(config, "clusters", cluster_name, "cluster")
    user = _user(config, name)
    _refuse_what_is_not_done(cluster, user, name)
    kept = {key: value for key, value in user.items() if key in ("client-certificate", "client-key")}
    kept |= {key: value for key, value in user.items() if key in ("client-certificate-data", "client-key-data")}
    if "exec" in user:
        return Access(name, cluster, kept, Credential(exec_source(user, cluster, name, plugins), bearer_form))
    return Access(name, cluster, kept, _credential(user, kubeconfig, name))


def in_cluster_access(folder: Path = SERVICE_ACCOUNT) -> Access:
    """The cluster that this process runs in, by its ServiceAccount. Raises ReadFailure `unconfigured` elsewhere."""
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST", ""), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    token, ca = folder / "token", folder / "ca.crt"
    if not host or not token.exists():
        raise _unconfigured("inCluster: this is no Pod with a mounted ServiceAccount token")
    address = f"[{host}]" if ":" in host else host
    cluster: JsonObject = {"server": f"https://{address}:{port}", "certificate-authority": str(ca)}
    return Access("in-cluster", cluster, {}, Credential(FileSource(token), bearer_form))


def context_names(kubeconfig: Path | None) -> tuple[str, ...]:
    """Every context there is, the current one first. Raises ReadFailure `unconfigured` where there is no kubeconfig."""
    config = _merged(kubeconfig)
    names = [name for entry in objects(config, "contexts") if (name := optional(entry, "name", str))]
    current = optional(config, "current-context", str)
    return tuple(dict.fromkeys(sorted(names, key=lambda name: name != current)))


def one_context(access: Access) -> JsonObject:
    """A kubeconfig of just this context, without a token, for the client library."""
    return {
        "current-context": access.context,
        "contexts": [{"name": access.context, "context": {"cluster": "cluster", "user": "user"}}],
        "clusters": [{"name": "cluster", "cluster": access.cluster}],
        "users": [{"name": "user", "user": access.user}],
    }


def certificate_files(access: Access) -> list[Path]:
    """The certificates and keys that a context names by path."""
    told = [optional(source, key, str) for source in (access.cluster, access.user) for key in _CERTIFICATE_KEYS]
    return [Path(path) for path in told if path]


def unusable_certificate(access: Access, error: Exception) -> ReadFailure:
    """Which of the context's certificates and keys the client library could not load."""
    for source in (access.cluster, access.user):
        for key in _CERTIFICATE_KEYS:
            if told := _no_pem(source, key):
                return _unconfigured(f"kubeconfig context {access.context}: {told}")
    told = "certificate-authority, or client-certificate with client-key, does not fit"
    return _unconfigured(f"kubeconfig context {access.context}: {told} ({type(error).__name__})")


def _no_pem(source: JsonObject, key: str) -> str:
    """ "client-key: no such file", "client-key-data is not base64"; "" where it is a PEM or is not there."""
    data, path = optional(source, f"{key}-data", str), optional(source, key, str)
    try:
        pem = base64.b64decode(data, validate=True) if data else Path(path).read_bytes() if path else PEM
    except binascii.Error:
        return f"{key}-data is not base64"
    except OSError as error:
        return f"{key} {path}: {(error.strerror or 'unreadable').lower()}"
    return "" if PEM in pem else f"{f'{key}-data' if data else f'{key} {path}'} holds no PEM"


def _refuse_what_is_not_done(cluster: JsonObject, user: JsonObject, context: str) -> None:
    """What kubectl would do and lanewatch does not: silently left out, it would ask as another user or another way."""
    place = f"kubeconfig context {context}"
    if not field(cluster, "server", str).startswith(("http://", "https://")):
        raise _unconfigured(f"{place}: server is no http:// or https:// address")
    if not (optional(cluster, "proxy-url", str) or "http://").startswith(("http://", "https://")):
        raise _unconfigured(f"{place}: proxy-url is no http:// or https:// address (other proxies are not spoken)")
    if "auth-provider" in user:
        raise _unconfigured(f"{place}: auth-provider credentials are gone from kubectl; use exec")
    if any(user.get(key) for key in ("as", "as-uid", "as-groups", "as-user-extra")):
        raise _unconfigured(f"{place}: impersonation (as) is not done; name a user that reads by itself")


def _credential(user: JsonObject, kubeconfig: Path | None, context: str) -> Credential | None:
    """client-go lets a tokenFile win over a token; the library does the opposite."""
    token_file = optional(user, "tokenFile", str)
    if token_file:
        return Credential(FileSource(Path(token_file)), bearer_form)
    if user.get("token"):
        return Credential(_TokenSource(kubeconfig, context, password=False), bearer_form)
    if user.get("username") and user.get("password"):
        return Credential(_TokenSource(kubeconfig, context, password=True), basic_form)
    return None


def _user(config: JsonObject, context: str) -> JsonObject:
    name = optional(_named(config, "contexts", context, "context"), "user", str)
    return _named(config, "users", name, "user") if name else {}


def _named(config: JsonObject, section: str, name: str, key: str) -> JsonObject:
    entries = {optional(entry, "name", str): entry for entry in reversed(objects(config, section))}
    if name not in entries:
        known = ", ".join(sorted(entry for entry in entries if entry)[:8]) or "none"
        raise _unconfigured(f"kubeconfig: no {section.removesuffix('s')} {name} (there is {known})")
    return child(entries[name], key)


def _merged(kubeconfig: Path | None) -> JsonObject:
    """All files of the list as one; as with kubectl the first that names a thing wins."""
    paths = kubeconfig_files(kubeconfig)
    files = [file for path in paths if (file := _load(path)) is not None]
    if not files:
        raise _unconfigured(f"no kubeconfig: {paths[0] if paths else 'KUBECONFIG is empty'}")
    merged: JsonObject = {"current-context": None}
    for section in ("contexts", "clusters", "users"):
        merged[section] = [cast(Json, entry) for file in files for entry in objects(file, section)]
    merged["current-context"] = next((found for f in files if (found := optional(f, "current-context", str))), None)
    return merged


def kubeconfig_files(kubeconfig: Path | None) -> list[Path]:
    """The files that are read as one: that one, else those of $KUBECONFIG, else ~/.kube/config."""
    if kubeconfig is not None:
        return [kubeconfig]
    listed = os.environ.get("KUBECONFIG", "")
    if listed:
        return [Path(os.path.expanduser(part)) for part in listed.split(os.pathsep) if part]
    return [Path(os.path.expanduser("~/.kube/config"))]  # which, unlike Path's, never raises without a home


def _load(path: Path) -> JsonObject | None:
    """None: no such file; one without a word is a kubeconfig that names nothing."""
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_LIMIT + 1)
        loaded = YAML(typ="safe", pure=True).load(data) if len(data) <= SIZE_LIMIT else None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unconfigured(f"kubeconfig {path}: {(error.strerror or 'unreadable').lower()}") from None
    except (YAMLError, ValueError, RecursionError):
        raise _unconfigured(f"kubeconfig {path}: not YAML") from None
    if loaded is None and not data.strip():
        return {}
    if not isinstance(loaded, dict):
        raise _unconfigured(f"kubeconfig {path}: no kubeconfig")
    return _absolute(cast(JsonObject, loaded), path.parent)


def _absolute(config: JsonObject, folder: Path) -> JsonObject:
    """Paths start at the kubeconfig's folder, that of a plugin too unless it is a bare name."""
    for section, key in (("clusters", "cluster"), ("users", "user")):
        for entry in objects(config, section):
            body = child(entry, key)
            for name in _PATH_KEYS:
                if isinstance(value := body.get(name), str) and value:
                    body[name] = str(folder / value)
            plugin = body.get("exec")
            if isinstance(plugin, dict) and isinstance(command := plugin.get("command"), str) and os.sep in command:
                plugin[RESOLVED] = str(folder / command)
    return config


def _unconfigured(reason: str) -> ReadFailure:
    return ReadFailure(Outcome.UNCONFIGURED, reason)
