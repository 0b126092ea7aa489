"""What a BuildKit provenance attestation claims, in SLSA v1 or v0.2 (Argo reference 4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.shape import JsonObject, child, field, mapping, objects, optional
from lanewatch.rollout.facts import Outcome

_V02_METADATA = "https://mobyproject.org/buildkit@v1#metadata"
_STATEMENTS = ("https://in-toto.io/Statement/v0.1", "https://in-toto.io/Statement/v1")


@dataclass(frozen=True, slots=True)
class Attestation:
    """The claims that a lane can compare; None where the statement does not make one."""

    subjects: tuple[str, ...]  # sha256:… of the platform manifest
    source_commit: str | None
    base_image_digest: str | None  # of the first image that is no Dockerfile frontend
    builder_id: str | None
    statement: JsonObject  # may hold build arguments: masked before it is drawn


def read_statement(statement: JsonObject, expected_subject: str | None) -> Attestation:
    """Read an in-toto Statement. Raises ReadFailure `invalid`: no statement, other predicate, other subject."""
    if field(statement, "_type", str) not in _STATEMENTS:
        raise ReadFailure(Outcome.INVALID, "attestation: no in-toto statement")
    kind = field(statement, "predicateType", str)
    predicate = child(statement, "predicate")
    subjects = tuple(_subjects(statement))
    if expected_subject is not None and expected_subject not in subjects:
        raise ReadFailure(Outcome.INVALID, "attestation: it is about another image than the index says")
    if kind.endswith("/provenance/v1"):
        return _slsa_v1(statement, subjects, predicate)
    if kind.endswith("/provenance/v0.2"):
        return _slsa_v02(statement, subjects, predicate)
    raise ReadFailure(Outcome.INVALID, f"attestation: predicate {kind} is not known")


def _slsa_v1(statement: JsonObject, subjects: tuple[str, ...], predicate: JsonObject) -> Attestation:
    source = child(predicate, "buildDefinition.externalParameters.configSource")
    hint = child(predicate, "runDetails.metadata.buildkit_metadata.vcs")
    return Attestation(
        subjects=subjects,
        source_commit=_commit(source, hint),
        base_image_digest=_base_image(objects(predicate, "buildDefinition.resolvedDependencies")),
        builder_id=optional(predicate, "runDetails.builder.id", str) or None,
        statement=statement,
    )


def _slsa_v02(statement: JsonObject, subjects: tuple[str, ...], predicate: JsonObject) -> Attestation:
    metadata = child(predicate, "metadata").get(_V02_METADATA)
    hint = child(metadata, "vcs") if isinstance(metadata, dict) else {}
    return Attestation(
        subjects=subjects,
        source_commit=_commit(child(predicate, "invocation.configSource"), hint),
        base_image_digest=_base_image(objects(predicate, "materials")),
        builder_id=optional(predicate, "builder.id", str) or None,
        statement=statement,
    )


def _subjects(statement: JsonObject) -> list[str]:
    digests = (mapping(subject, "digest").get("sha256") for subject in objects(statement, "subject"))
    return [f"sha256:{digest}" for digest in digests if digest]


def _commit(source: JsonObject, hint: JsonObject) -> str | None:
    """The remote context's commit, which BuildKit fetched itself; else the revision that the client hinted at."""
    return mapping(source, "digest").get("sha1") or optional(hint, "revision", str)


def _base_image(dependencies: list[JsonObject]) -> str | None:
    """Frontends (docker/dockerfile) are listed among the images and are no base."""
    for dependency in dependencies:
        uri = optional(dependency, "uri", str) or ""
        if not uri.startswith(("pkg:docker/", "pkg:oci/")) or "docker/dockerfile" in uri:
            continue
        digest = mapping(dependency, "digest").get("sha256")
        pinned = parse_qs(urlsplit(uri).query).get("digest", [None])[0]
        return f"sha256:{digest}" if digest else pinned
    return None
