"""The digest in a container status' imageID, which every runtime writes in its own way (argo-k8s-oci 2.4)."""

from __future__ import annotations

import re
from typing import Final

_SCHEME: Final = re.compile(r"[a-z-]+://")
_DIGEST: Final = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


def digest_of_image_id(image_id: str) -> str:
    """The digest as "sha256:…", or "" when the imageID holds none.

    `repo@sha256:…`, `docker-pullable://repo@sha256:…`, `docker://sha256:…`, `sha256:…`, 64 bare hex digits.
    The last two are the digest of the image's config, which a DigestSet tells apart.
    """
    tail = _SCHEME.sub("", image_id, count=1).rpartition("@")[2].lower()
    match = _DIGEST.fullmatch(tail)
    return f"sha256:{match[1]}" if match else ""
