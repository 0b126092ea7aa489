"""OCI images as BuildKit pushes them: an index with one platform manifest and one provenance attestation.

Every digest is computed from the bytes that the registry serves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lanewatch.simulator.world import Blob, Json

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
IN_TOTO = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
SLSA = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md"


@dataclass(frozen=True, slots=True)
class Image:
    """One pushed image. `digest` is the index digest, as `containerimage.digest` and imageID say it."""

    digest: str
    manifest_digest: str
    parts: tuple[tuple[str, bytes, str | None], ...]  # (digest, bytes, media type for manifests)

    def blobs(self, at: float, repository: str) -> tuple[Blob, ...]:
        """The parts as the registry holds them from `at` on."""
        return tuple(Blob(at, repository, digest, data, media) for digest, data, media in self.parts)


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """What BuildKit knows about one build."""

    source_url: str
    commit: str
    dockerfile: str
    builder_id: str
    base_name: str
    base_digest: str
    started: str
    finished: str
    invocation: str
    labels: Mapping[str, str]


def digest_of(data: bytes) -> str:
    """`sha256:` and the hex of the bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def build_image(layers: Sequence[bytes], facts: BuildFacts) -> Image:
    """An image of these layers with labels and provenance of this build."""
    config = _json(_config(layers, facts))
    manifest = _json(_manifest(MANIFEST, CONFIG, config, [(LAYER, layer, {}) for layer in layers]))
    statement = _json(_statement(digest_of(manifest), facts))
    empty = _json({"architecture": "unknown", "os": "unknown", "config": {}, "rootfs": {"type": "layers"}})
    predicate = {"in-toto.io/predicate-type": SLSA}
    attestation = _json(_manifest(MANIFEST, CONFIG, empty, [(IN_TOTO, statement, predicate)]))
    index = _json(_index(manifest, attestation))
    plain = [config, *layers, statement, empty]
    return Image(
        digest=digest_of(index),
        manifest_digest=digest_of(manifest),
        parts=(
            *((digest_of(data), data, None) for data in plain),
            (digest_of(manifest), manifest, MANIFEST),
            (digest_of(attestation), attestation, MANIFEST),
            (digest_of(index), index, INDEX),
        ),
    )


def _config(layers: Sequence[bytes], facts: BuildFacts) -> Json:
    return {
        "architecture": "amd64",
        "os": "linux",
        "created": facts.finished,
        "config": {"Labels": dict(facts.labels), "Entrypoint": ["bun", "run", "main.ts"], "WorkingDir": "/srv"},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(b"tar:" + layer) for layer in layers]},
        "history": [{"created": facts.finished, "created_by": "COPY . /srv # buildkit"}],
    }


def _manifest(kind: str, config_kind: str, config: bytes, layers: Sequence[tuple[str, bytes, Json]]) -> Json:
    described = [
        {**_descriptor(media, data), **({"annotations": notes} if notes else {})} for media, data, notes in layers
    ]
    return {
        "schemaVersion": 2,
        "mediaType": kind,
        "config": _descriptor(config_kind, config),
        "layers": described,
    }


def _index(manifest: bytes, attestation: bytes) -> Json:
    about = {
        "vnd.docker.reference.digest": digest_of(manifest),
        "vnd.docker.reference.type": "attestation-manifest",
    }
    real = {**_descriptor(MANIFEST, manifest), "platform": {"architecture": "amd64", "os": "linux"}}
    claim = {
        **_descriptor(MANIFEST, attestation),
        "annotations": about,
        "platform": {"architecture": "unknown", "os": "unknown"},
    }
    return {"schemaVersion": 2, "mediaType": INDEX, "manifests": [real, claim]}


def _statement(subject: str, facts: BuildFacts) -> Json:
    """SLSA v1 as BuildKit writes it, mode=max (reference argo-k8s-oci 4.2)."""
    base = f"pkg:docker/{facts.base_name.replace(':', '@')}?platform=linux%2Famd64"
    return {
        "_type": STATEMENT,
        "predicateType": SLSA,
        "subject": [{"name": "_", "digest": {"sha256": subject.removeprefix("sha256:")}}],
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {
                    "configSource": {
                        "uri": facts.source_url,
                        "digest": {"sha1": facts.commit},
                        "path": facts.dockerfile,
                    },
                    "request": {
                        "frontend": "dockerfile.v0",
                        "args": {f"label:{name}": value for name, value in facts.labels.items()},
                    },
                },
                "internalParameters": {"builderPlatform": "linux/amd64"},
                "resolvedDependencies": [
                    {"uri": base, "digest": {"sha256": facts.base_digest.removeprefix("sha256:")}},
                ],
            },
            "runDetails": {
                "builder": {"id": facts.builder_id},
                "metadata": {
                    "invocationId": facts.invocation,
                    "startedOn": facts.started,
                    "finishedOn": facts.finished,
                },
            },
        },
    }


def _descriptor(media: str, data: bytes) -> dict[str, object]:
    return {"mediaType": media, "digest": digest_of(data), "size": len(data)}


def _json(value: Json) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
