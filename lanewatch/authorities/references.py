"""Where a paper of the lane lies, as producers write it down (CONTRACTS §6, `reusePlanArtifactRef`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from lanewatch.clients.answers import ReadFailure
from lanewatch.rollout.facts import Outcome

REFERENCE_LIMIT = 500  # characters; longer is no address but an attempt at one

_NAME = r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"
_RUN = re.compile(r"actions-run/(?P<run>[0-9]{1,18})/(?P<name>[^/\x00-\x1f]{1,200})")
_CONFIG_MAP = re.compile(rf"configmap:(?P<namespace>{_NAME})/(?P<name>{_NAME})#(?P<key>[A-Za-z0-9._-]{{1,253}})")
_OCI = re.compile(
    r"oci://(?P<registry>[A-Za-z0-9.-]+(:[0-9]{1,5})?)/(?P<repository>[a-z0-9._/-]{1,255})@(?P<digest>sha256:[0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class RunArtifact:
    run_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ConfigMapKey:
    namespace: str
    name: str
    key: str


@dataclass(frozen=True, slots=True)
class OciBlob:
    registry: str
    repository: str
    digest: str


@dataclass(frozen=True, slots=True)
class WebFile:
    url: str
    host: str  # with its port, where it names one


Reference = RunArtifact | ConfigMapKey | OciBlob | WebFile


def parse_reference(text: str) -> Reference:
    """Raises ReadFailure `invalid` for anything but the four forms."""
    if len(text) <= REFERENCE_LIMIT:
        if match := _RUN.fullmatch(text):
            return RunArtifact(match["run"], match["name"])
        if match := _CONFIG_MAP.fullmatch(text):
            return ConfigMapKey(match["namespace"], match["name"], match["key"])
        if match := _OCI.fullmatch(text):
            return OciBlob(match["registry"], match["repository"], match["digest"])
        if text.startswith("https://"):
            return _web_file(text)
    raise ReadFailure(Outcome.INVALID, f"not a reference to an artifact: {text[:80]}")


def _web_file(text: str) -> WebFile:
    try:
        parts = urlsplit(text)
        plain = parts.hostname and parts.username is None and not parts.query and not parts.fragment
    except ValueError:
        plain = None
    if not plain:
        raise ReadFailure(Outcome.INVALID, "a reference is https://HOST/PATH without user, query or fragment")
    return WebFile(text, parts.netloc.lower())
