"""Is a bundle what it claims: every byte accounted for, the chain whole, the summary what the journal projects.

What is derived is derived anew and compared. Where other rules made the bundle (another version of lanewatch) a summary
that differs is no proof of a forgery, and is told as what it is: not judged here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lanewatch.evidence import bag
from lanewatch.evidence.bag import BundleError, UnreadableError
from lanewatch.evidence.bundle import Bundle, read_bundle
from lanewatch.evidence.coverage import coverage
from lanewatch.evidence.layout import Layout, layout, tag_files
from lanewatch.evidence.rules import rules_digest
from lanewatch.evidence.signing import SigningError, check_envelope, check_ssh
from lanewatch.rollout.rollout import Rollout


@dataclass(frozen=True, slots=True)
class Verified:
    """A bundle that is what it claims."""

    name: str
    head: str
    rollout: Rollout
    entries: int
    signed_by: str  # "" when it is not signed
    envelope: str  # what is known of a DSSE envelope; "" when there is none
    confirmed: int  # provenance fields that another authority confirms
    contradicted: tuple[str, ...]


def verify(path: Path, *, signers: Path | None = None, key: Path | None = None) -> Verified:
    """Check everything. Raises BundleError with the first broken thing, UnreadableError where it cannot be judged."""
    bundle = read_bundle(path)
    found = projected(bundle)
    _check_derived(bundle, found)
    try:
        signed_by, envelope = _signatures(bundle, signers, key)
    except SigningError as error:
        raise UnreadableError(f"its signature cannot be checked: {error}") from None
    rows = coverage(bundle.material, found.rollout)["provenance"]
    return Verified(
        name=found.name,
        head=bundle.head,
        rollout=found.rollout,
        entries=len(bundle.material.entries),
        signed_by=signed_by,
        envelope=envelope,
        confirmed=sum(row["verdict"] == "confirmed" for row in rows.values()),
        contradicted=tuple(name for name, row in rows.items() if row["verdict"] == "contradicted"),
    )


def projected(bundle: Bundle) -> Layout:
    """What the bundle's journal gives under today's rules."""
    try:
        return layout(bundle.material)
    except (ArithmeticError, ValueError, LookupError, TypeError, RecursionError):  # values that no authority could say
        raise BundleError("data/journal.jsonl: nothing can be projected from it") from None


def _check_derived(bundle: Bundle, found: Layout) -> None:
    """Every file that follows from the primary ones is exactly that."""
    kept = bundle.found.kept
    for path, data in found.derived.items():
        if kept[path] != data:
            _differs(bundle, path)
    payload = {path: one for path, one in bundle.found.digests.items() if path.startswith(bag.PAYLOAD)}
    for path, data in tag_files(found, bundle.material.tools, payload).items():
        if kept[path] != data:
            _differs(bundle, path)
    if bundle.found.bundle and bundle.found.bundle != found.name:
        raise BundleError(f"the tar's folder is not {found.name}")
    seconds = int(bundle.material.at.wall.timestamp())
    if bundle.found.seconds not in (None, max(0, seconds)):
        raise BundleError("the tar's times are not the journal's")


def _differs(bundle: Bundle, path: str) -> None:
    made = bundle.material.tools
    if made.rules == rules_digest():
        raise BundleError(f"{path}: not what the journal projects")
    raise UnreadableError(
        f"every hash and the chain hold, but other rules made {path} (lanewatch {made.lanewatch}, rules "
        f"{made.rules[:8]}): verify it with that version, or see `evidence replay`"
    )


def _signatures(bundle: Bundle, signers: Path | None, key: Path | None) -> tuple[str, str]:
    kept = bundle.found.kept
    signature, envelope = kept.get(bag.SIGNATURE), kept.get(bag.ENVELOPE)
    if signature is None and signers is not None:
        raise BundleError(f"no {bag.SIGNATURE}, although signers are given")
    if envelope is None and key is not None:
        raise BundleError(f"no {bag.ENVELOPE}, although a key is given")
    signed_by = "" if signature is None else check_ssh(signature, kept[bag.TAG_MANIFEST], signers)
    if signed_by and signers is None:
        signed_by = f"{signed_by}, a key that no allowed signers vouch for"
    if envelope is None:
        return signed_by, ""
    checked = check_envelope(envelope, kept[bag.STATEMENT], key)
    return signed_by, "signed with the given key" if checked else "not checked: no key was given"
