"""`connections.yaml` as typed values: where each system is reached and where its credential is kept (CONTRACTS 7).

A secret never stands in this file, only the name of an environment variable or of a file. A missing section means that
its authority is `unconfigured`. Relative paths start at the file's own folder.
"""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from lanewatch.spec.fields import Present, Repository, SourceFile, SourceKey, Strict, Text, Url, refusal
from lanewatch.text import looks_like_credential

FOLDER = "folder"
"""The validation context's key for the folder where relative paths start."""


def _file(value: Any, info: ValidationInfo) -> Path:
    if not isinstance(value, str) or not value or any(map(looks_like_credential, value.split("/"))):
        raise refusal("must be the path of a file (the value is not shown)")
    found = os.path.expanduser(value)
    if found.startswith("~"):
        raise refusal("names a home folder that is not known: ~ is HOME, ~NAME that of a user there is")
    return Path((info.context or {}).get(FOLDER, Path()), found)


def _variable(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,127}", value) or looks_like_credential(value):
        raise refusal("must be the name of an environment variable (the value is not shown)")
    return value


def _commit(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", value):
        raise refusal("must be a full commit id: 40 or 64 hex digits")
    return value


def _moment(value: Any) -> Any:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise refusal("must be a time such as 2026-07-05T14:02:31Z") from None
    if moment.tzinfo is None:
        raise refusal("must say its time zone, such as the Z of 2026-07-05T14:02:31Z")
    return moment


def _host(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]*(?::\d{1,5})?|\[[0-9A-Fa-f:]+\](?::\d{1,5})?", value):
        raise refusal("must be HOST or HOST:PORT, without a scheme")
    return value.lower()


FilePath = Annotated[Path, BeforeValidator(_file)]
Variable = Annotated[str, AfterValidator(_variable)]
Commit = Annotated[str, BeforeValidator(_commit)]
Instant = Annotated[datetime, BeforeValidator(_moment)]
Host = Annotated[str, AfterValidator(_host)]


def _plain_base(value: str) -> str:
    return value.rstrip("/")


BaseUrl = Annotated[Url, AfterValidator(_plain_base)]


class SecretReference(Strict):
    """Where a credential is kept: exactly one of `{env}`, `{file}`, `{sourceRef, targetKey}`."""

    env: Annotated[Variable | None, Present] = None
    file: Annotated[FilePath | None, Present] = None
    source_ref: Annotated[SourceFile | None, Present] = None
    target_key: Annotated[SourceKey | None, Present] = None

    @model_validator(mode="before")
    @classmethod
    def _no_literal(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            raise refusal("must say where the secret is kept, {env}, {file} or {sourceRef, targetKey}; never the value")
        return data

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        source = (self.source_ref is not None, self.target_key is not None)
        if any(source) and not all(source):
            raise refusal("needs both sourceRef and targetKey")
        if sum((self.env is not None, self.file is not None, all(source))) != 1:
            raise refusal("must name exactly one place: {env}, {file} or {sourceRef, targetKey}")
        return self


class ClientCertificate(Strict):
    """A certificate of ours and its key, PEM files, for servers that ask for one."""

    certificate: FilePath
    key: FilePath


Plane = Literal["ci", "argo", "runtime"]


class PortForwardConnection(Strict):
    """A Service that is reached through the cluster's `pods/portforward`: a Role must grant get and create of it."""

    namespace: Text
    service: Text
    port: Annotated[int, Field(ge=1, le=65_535)]
    plane: Plane = "ci"


class GiteaConnection(Strict):
    """`gitea`: the mirror's forge."""

    url: BaseUrl
    token: Annotated[SecretReference | None, Present] = None
    ca: Annotated[FilePath | None, Present] = None
    client: Annotated[ClientCertificate | None, Present] = None
    proxy: Annotated[BaseUrl | None, Present] = None
    port_forward: Annotated[PortForwardConnection | None, Present] = None

    @model_validator(mode="after")
    def _forwarded_plainly(self) -> Self:
        if self.port_forward is not None and (self.url.startswith("https:") or self.proxy is not None):
            raise refusal("with portForward has an http:// url (the cluster's own TLS is around it) and no proxy")
        return self


class UpstreamConnection(Strict):
    """`upstream`: the forge that is mirrored; repositories are `<url>/<owner>/<name>.git`."""

    url: BaseUrl
    credential: Annotated[SecretReference | None, Present] = None
    ca: Annotated[FilePath | None, Present] = None
    client: Annotated[ClientCertificate | None, Present] = None
    proxy: Annotated[BaseUrl | None, Present] = None


class Cluster(Strict):
    """A kubeconfig and a context in it; None: kubectl's default. Or the cluster that lanewatch itself runs in."""

    kubeconfig: Annotated[FilePath | None, Present] = None
    context: Annotated[Text | None, Present] = None
    in_cluster: bool = False

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if self.in_cluster and (self.kubeconfig is not None or self.context is not None):
            raise refusal("is either inCluster or a kubeconfig with a context, not both")
        return self


class KubernetesConnection(Cluster):
    """`kubernetes`: its own keys are the default of all three planes."""

    ci: Cluster = Cluster()
    argo: Cluster = Cluster()
    runtime: Cluster = Cluster()
    exec_plugins: tuple[Text, ...] = ()  # commands, as a kubeconfig writes them, that may be run for a token

    def place(self, name: Plane) -> str:
        """The key that says which cluster a plane is: its own, "kubernetes.ci", or that of all, "kubernetes"."""
        own: Cluster = getattr(self, name)
        return f"kubernetes.{name}" if own.kubeconfig or own.context or own.in_cluster else "kubernetes"

    def plane(self, name: Plane) -> Cluster:
        """The cluster of a plane, with the defaults filled in. A plane's own kubeconfig does not inherit a context."""
        own: Cluster = getattr(self, name)
        if own.kubeconfig is not None or own.in_cluster:
            return own
        if self.in_cluster and own.context is None:
            return Cluster.model_construct(kubeconfig=None, context=None, in_cluster=True)
        context = own.context or self.context
        return Cluster.model_construct(kubeconfig=self.kubeconfig, context=context, in_cluster=False)


class RegistryConnection(Strict):
    """`registry`: where image manifests are read."""

    url: BaseUrl
    credential: Annotated[SecretReference | None, Present] = None
    docker_config: Annotated[FilePath | None, Present] = None
    ca: Annotated[FilePath | None, Present] = None
    client: Annotated[ClientCertificate | None, Present] = None
    proxy: Annotated[BaseUrl | None, Present] = None

    @model_validator(mode="after")
    def _one_credential(self) -> Self:
        if self.credential is not None and self.docker_config is not None:
            raise refusal("has its credential either in credential or in dockerConfig, not both")
        return self


class HealthConnection(Strict):
    """`health`: the workload's own answer, by address or through the cluster's service proxy."""

    url: Annotated[BaseUrl | None, Present] = None
    service: Annotated[Text | None, Present] = None
    port: Annotated[int | None, Field(ge=1, le=65_535), Present] = None
    scheme: Literal["http", "https"] = "http"

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.url is None) == (self.service is None) or (self.service is None) != (self.port is None):
            raise refusal("must be either {url} or {service, port, scheme}")
        return self


class GitConnection(Strict):
    """One of `git`: how repositories below an address are read."""

    credential: Annotated[SecretReference | None, Present] = None
    ca: Annotated[FilePath | None, Present] = None
    client: Annotated[ClientCertificate | None, Present] = None
    proxy: Annotated[BaseUrl | None, Present] = None


class Snapshots(Strict):
    """`snapshots`: where snapshot refs live, if not in the mirror."""

    repository: Repository


class Connections(Strict):
    """The whole file. None: that system is not configured."""

    gitea: Annotated[GiteaConnection | None, Present] = None
    upstream: Annotated[UpstreamConnection | None, Present] = None
    kubernetes: Annotated[KubernetesConnection | None, Present] = None
    registry: Annotated[RegistryConnection | None, Present] = None
    health: Annotated[HealthConnection | None, Present] = None
    git: dict[BaseUrl, GitConnection] = Field(default_factory=dict)  # by URL prefix; the longest that fits holds
    snapshots: Annotated[Snapshots | None, Present] = None
    trusted_hosts: tuple[Host, ...] = ()
    secrets_root: Annotated[FilePath | None, Present] = None
    commit: Annotated[Commit | None, Present] = None
    pushed_at: Annotated[Instant | None, Present] = None
