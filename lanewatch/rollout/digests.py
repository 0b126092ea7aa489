"""Whether two digests name the same image: index, then member manifests, then config digests (CONTRACTS 3)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lanewatch.rollout.reports import DigestSet

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def digest_in(image: str) -> str:
    """The sha256 digest that an image reference or imageID ends in, "" where it has none."""
    found = _DIGEST.search(image.lower())
    return found[0] if found else ""


def is_same_image(first: str, second: str, known: Iterable[DigestSet]) -> bool | None:
    """True where any digest of one is one of the other; None where the registry was not read: they may be the same."""
    if first.lower() == second.lower():
        return True
    sets = tuple(known)
    ours, theirs = _names(first, sets), _names(second, sets)
    if ours & theirs:
        return True
    return False if len(ours) > 1 and len(theirs) > 1 else None


def is_another_image(digest: str, image: DigestSet) -> bool:
    """Whether the registry told all names of the image and this digest is none of them."""
    names = _names(image.digest, (image,))
    return len(names) > 1 and digest.lower() not in names


def _names(digest: str, known: tuple[DigestSet, ...]) -> set[str]:
    """All digests of the image that has this one."""
    names = {digest.lower()}
    for entry in known:
        every = {name.lower() for name in (entry.digest, entry.index, *entry.manifests, *entry.configs) if name}
        if names & every:
            names |= every
    return names
