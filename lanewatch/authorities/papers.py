"""Fetches the papers that a rollout carries, wherever their reference says that they lie."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote, urlsplit

from lanewatch.authorities.artifacts import RunArtifacts, Upload
from lanewatch.authorities.native import created, text
from lanewatch.authorities.paper_faults import BrokenPaper
from lanewatch.authorities.references import ConfigMapKey, OciBlob, RunArtifact, WebFile, parse_reference
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import Clock
from lanewatch.clients.failures import refuse_status
from lanewatch.clients.http import Origin
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.native import CONFIG_MAPS, read_object
from lanewatch.clients.registry import Registry
from lanewatch.rollout.facts import Outcome
from lanewatch.rollout.reports import Artifact

PAPER_CAP: Final = 4 << 20  # bytes: a plan is a few kB, a ConfigMap at most 1 MiB


@dataclass(frozen=True, slots=True)
class Paper:
    """One document as it lies there. `artifact` is None where its place knows no times."""

    ref: str
    source: str
    data: bytes
    artifact: Artifact | None


@dataclass(frozen=True, slots=True)
class NotThere:
    """The place answered: there is no such paper (yet, or any more)."""

    reason: str
    source: str
    expired: bool = False  # it was there


class Papers:
    """Every place where a paper may lie; a place that is not configured says so when it is named."""

    def __init__(
        self,
        artifacts: RunArtifacts,
        clock: Clock,
        *,
        cluster: Cluster | None = None,
        registry: Registry | None = None,
        trusted_hosts: frozenset[str] = frozenset(),
    ) -> None:
        self.artifacts = artifacts
        self._clock = clock
        self._cluster = cluster
        self._registry = registry
        self._trusted_hosts = trusted_hosts
        self._origins: dict[str, Origin] = {}

    async def newest(self, run_id: str, prefix: str, file: str) -> Paper | NotThere:
        """The file of the run's newest artifact of that kind. Raises ReadFailure."""
        return await self._of_run(run_id, prefix, file, exact=False)

    async def read(self, ref: str, file: str, digest: str | None = None) -> Paper | NotThere:
        """What `ref` names; `file` is the file looked for inside an archive, `digest` what its bytes must hash to.

        Raises ReadFailure: `invalid` for a reference of no known form; BrokenPaper for bytes of another digest.
        """
        match parse_reference(ref):
            case RunArtifact(run_id, name):
                found = await self._of_run(run_id, name, file, exact=True)
            case ConfigMapKey() as place:
                found = await self._config_map(place)
            case OciBlob() as place:
                found = await self._blob(place, file)
            case WebFile() as place:
                found = await self._web(place)
        if isinstance(found, NotThere):
            return found
        _check_digest(found.data, digest)
        return replace(found, ref=ref)

    async def close(self) -> None:
        for origin in self._origins.values():
            await origin.close()

    async def _of_run(self, run_id: str, name: str, file: str, *, exact: bool) -> Paper | NotThere:
        upload = await self.artifacts.newest(run_id, name, exact=exact)
        why = _why_not(upload, run_id, name)
        if upload is None or why:
            return NotThere(why, self.artifacts.list_locator(run_id), expired=upload is not None and upload.expired)
        artifact = upload.artifact
        data = await self.artifacts.file(artifact, file)
        return Paper(f"actions-run/{run_id}/{artifact.name}", self.artifacts.locator(artifact), data, artifact)

    async def _config_map(self, place: ConfigMapKey) -> Paper | NotThere:
        if self._cluster is None:
            raise ReadFailure(Outcome.UNCONFIGURED, "connections name no cluster for CI (kubernetes.ci)")
        source = f"configmaps/{place.namespace}/{place.name} .data.{place.key}"
        try:
            native = await read_object(self._cluster, CONFIG_MAPS, place.namespace, place.name)
        except ReadFailure as failure:
            if failure.outcome is Outcome.ABSENT:
                return NotThere(failure.reason, source)
            raise
        data = _config_map_data(native, place.key)
        if data is None:
            return NotThere(f"configmap {place.namespace}/{place.name} has no key {place.key}", source)
        artifact = Artifact(
            id=text(native, "metadata", "uid"),
            name=place.name,
            size=len(data),
            created_at=created(native),
            updated_at=None,
        )
        return Paper("", source, data, artifact)

    async def _blob(self, place: OciBlob, file: str) -> Paper:
        registry = self._registry
        if registry is None:
            raise ReadFailure(Outcome.UNCONFIGURED, "connections name no registry")
        data = await registry.artifact_file(place.repository, place.digest, file)
        return Paper("", f"GET /v2/{place.repository}/manifests/{place.digest}", data, None)

    async def _web(self, place: WebFile) -> Paper | NotThere:
        if place.host not in self._trusted_hosts:
            raise ReadFailure(Outcome.UNCONFIGURED, f"{place.host} is not one of trustedHosts: not asked")
        origin = self._origins.setdefault(place.host, Origin(f"https://{place.host}", clock=self._clock))
        path = quote(urlsplit(place.url).path, safe="/%:@!$&'()*+,;=~")
        answer = await origin.get(path or "/", accept="application/json, */*", cap=PAPER_CAP)
        source = f"GET {place.url}"
        if answer.status in (404, 410):
            return NotThere(f"{answer.status}: {place.host} has no such file", source)
        refuse_status(answer, denied="may not be read", absent="no such file", token_key="trustedHosts")  # noqa: S106
        return Paper("", source, answer.body, None)


def _why_not(upload: Upload | None, run_id: str, name: str) -> str:
    return f"run {run_id} has no artifact {name}" if upload is None else upload.unusable


def _config_map_data(native: object, key: str) -> bytes | None:
    plain = text(native, "data", key)
    if plain:
        return plain.encode()
    try:
        return base64.b64decode(text(native, "binaryData", key), validate=True) or None
    except binascii.Error:
        return None


def _check_digest(data: bytes, digest: str | None) -> None:
    found = "sha256:" + hashlib.sha256(data).hexdigest()
    if digest is not None and found != digest:
        raise BrokenPaper(f"the file's digest is {found[:19]}…, recorded was {digest[:19]}…")
