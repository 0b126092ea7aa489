"""Which of an Application's sources is the gitops repository, and which revision slot belongs to it.

Precedence is hydrator, sources, source (reference argo-k8s-oci 1.2). Slots follow the order of the sources at
comparison time, so they are found through status.sync.comparedTo and never by position in the present spec (1.7).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lanewatch.authorities.native import Native, leaf, rows, text

_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The gitops repository of the lane: OWNER/NAME and its branch, either may be unknown."""

    repository: str
    branch: str


def full_hash(revision: str) -> str:
    """The revision if it is a full git hash, else "": while nothing is resolved Argo writes the branch name there."""
    lowered = revision.lower()
    return lowered if _HASH.fullmatch(lowered) else ""


def gitops_source(application: Native, wanted: Wanted) -> Native:
    """The source of the spec that is the lane's gitops repository; an empty one when there is no source at all."""
    sources = spec_sources(application)
    best = max(sources, key=lambda source: _fitness(source, wanted), default=None)
    return {} if best is None else best


def spec_sources(holder: object) -> list[Native]:
    """The sources in force of a spec: of the Application, or what an older one was compared to."""
    spec = leaf(holder, "spec")
    if isinstance(hydrator := leaf(spec, "sourceHydrator"), Mapping):
        return [_hydrated(hydrator)]
    return sources_of(spec)


def sources_of(holder: object) -> list[Native]:
    """`sources` if it is not empty, else `source`."""
    single = leaf(holder, "source")
    return rows(holder, "sources") or ([single] if isinstance(single, Mapping) else [])


def revision_of(holder: object, sources: Sequence[Native], source: Native) -> str:
    """The full hash that `holder` (status.sync, a syncResult, a history row) gives for `source`, else "".

    `sources` are those that `holder` speaks of, in its order; with one of them `revision` is meant.
    """
    slots = leaf(holder, "revisions")
    if not isinstance(slots, list) or not slots:
        return full_hash(text(holder, "revision"))
    for place, candidate in enumerate(sources[: len(slots)]):
        if same(candidate, source) and isinstance(slots[place], str):
            return full_hash(slots[place])
    return ""


def same(one: object, other: object) -> bool:
    """Equal but for keys that are empty: Go leaves some of them out and writes others."""
    return bool(_dense(one) == _dense(other))


def repository_path(url: str) -> str:
    """OWNER/NAME of a repository URL as written; "" when it names none."""
    try:
        path = urlsplit(url if "://" in url else f"ssh://{url.replace(':', '/', 1)}").path
    except ValueError:  # brackets that are no IPv6 address, or characters that would change into separators
        return ""
    owner, slash, name = path.strip("/").removesuffix(".git").rpartition("/")
    owner = owner.rpartition("/")[2]
    return f"{owner}/{name}" if slash and owner and name else ""


def _hydrated(hydrator: Native) -> Native:
    """The sync source: what the hydrator writes to, which is what Argo compares."""
    dry, sync = leaf(hydrator, "drySource"), leaf(hydrator, "syncSource")
    return {
        "repoURL": text(sync, "repoURL") or text(dry, "repoURL"),
        "targetRevision": text(sync, "targetBranch"),
        "path": text(sync, "path"),
    }


def _fitness(source: Native, wanted: Wanted) -> tuple[bool, bool, bool]:
    """Repository before branch before having content of its own: a source that is only a `ref:` holds values."""
    return (
        wanted.repository != "" and repository_path(text(source, "repoURL")).lower() == wanted.repository.lower(),
        text(source, "targetRevision") == wanted.branch,
        not text(source, "ref"),
    )


def _dense(value: Any) -> Any:
    if isinstance(value, Mapping):
        dense = {key: _dense(item) for key, item in value.items()}
        return {key: item for key, item in dense.items() if item not in (None, "", {}, [], False)}
    return [_dense(item) for item in value] if isinstance(value, list) else value
