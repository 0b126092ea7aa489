"""Which files a bundle has and what each holds: a pure function of the Material, in both directions.

Primary files hold the Material itself (journal, lane, indexes, texts); derived files are what people and other tools
read. `verify` reads the primary ones back, derives the others anew, and compares bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from lanewatch.evidence import bag, guide
from lanewatch.evidence.coverage import coverage
from lanewatch.evidence.form import (
    INDEX,
    JOURNAL,
    SCHEMA,
    SCREEN,
    SPEC,
    SUMMARY,
    Index,
    IndexedSpec,
    object_path,
    pretty,
    spec_name,
)
from lanewatch.evidence.material import Material, Tools
from lanewatch.evidence.statement import statement
from lanewatch.evidence.summary_md import summary_md
from lanewatch.evidence.timeline_svg import timeline_svg
from lanewatch.evidence.trace import trace
from lanewatch.output.status_json import status_json
from lanewatch.output.status_text import status_text
from lanewatch.output.words import stamp
from lanewatch.rollout.codec import encode
from lanewatch.rollout.rollout import Rollout
from lanewatch.watch.journal_lines import Chain


@dataclass(frozen=True, slots=True)
class Layout:
    """Every file of a bundle but the full logs, and what was projected on the way."""

    name: str
    head: str
    rollout: Rollout
    primary: Mapping[str, bytes]
    derived: Mapping[str, bytes]


def layout(material: Material) -> Layout:
    """The payload's files by path."""
    journal, head = _journal(material)
    rollout = material.rollout()
    name = bundle_name(rollout, head)
    primary = {JOURNAL: journal, INDEX: pretty(encode(_index(material))), **_texts(material)}
    return Layout(name, head, rollout, primary, _derived(material, rollout, name, head))


def bundle_name(rollout: Rollout, head: str) -> str:
    """TARGET_COMMIT_TIME_HEAD: sorts by lane, tells what it is about, never the same for two journals."""
    target = "".join(each if each.isascii() and (each.isalnum() or each in "._-") else "-" for each in rollout.target)
    time = rollout.now.wall.strftime("%Y%m%dT%H%M%SZ")
    return f"{target[:48].lstrip('.-') or 'lane'}_{(rollout.commit or 'none')[:8]}_{time}_{head[:8]}"


def tag_files(found: Layout, tools: Tools, payload: Mapping[str, bag.Digest]) -> dict[str, bytes]:
    """The tag files over a payload whose digests are known, the tag manifest last."""
    manifest = bag.manifest(payload)
    size, files = bag.oxum(payload.values())
    seen = stamp(found.rollout.now.wall) or ""
    info = bag.BagInfo(found.name, seen[:10], found.head, tools.lanewatch, tools.rules, size, files)
    claim = statement(found.rollout, found.head, sha256(manifest).hexdigest(), tools.lanewatch)
    tags = {
        bag.BAGIT: bag.DECLARATION,
        bag.BAG_INFO: info.written(),
        bag.MANIFEST: manifest,
        bag.STATEMENT: pretty(claim),
    }
    digests = {path: bag.Digest(sha256(data).hexdigest(), len(data)) for path, data in tags.items()}
    return {**tags, bag.TAG_MANIFEST: bag.manifest(digests)}


def _journal(material: Material) -> tuple[bytes, str]:
    chain = Chain()
    lines = [chain.line(body) for body in (material.lane.target, *material.entries, material.at)]
    return b"".join(lines), chain.head


def _index(material: Material) -> Index:
    specs = (IndexedSpec(spec_name(one.label), one.label, one.digest, one.redacted) for one in material.spec_files)
    return Index(
        SCHEMA, material.tools, material.lane, tuple(specs), material.exhibits, material.logs, material.history
    )


def _texts(material: Material) -> dict[str, bytes]:
    texts = {object_path(digest): text for digest, text in material.texts.items()}
    texts |= {SPEC + spec_name(one.label): one.text.encode() for one in material.spec_files}
    return texts if material.screen is None else {**texts, SCREEN: material.screen}


def _derived(material: Material, rollout: Rollout, name: str, head: str) -> dict[str, bytes]:
    return {
        SUMMARY: status_json(rollout).encode(),
        "data/summary.txt": status_text(rollout).encode(),
        "data/summary.md": summary_md(rollout, name, head).encode(),
        "data/timeline.svg": timeline_svg(rollout, head).encode(),
        "data/trace.json": pretty(trace(rollout)),
        "data/coverage.json": pretty(coverage(material, rollout)),
        "data/clocks.json": pretty(_clocks(rollout)),
        "data/README.txt": guide.TEXT.encode(),
    }


def _clocks(rollout: Rollout) -> dict[str, Any]:
    """By how many seconds each host's clock was off ours, as bounds."""
    skews = {host: {"lowSeconds": low, "highSeconds": high} for host, (low, high) in rollout.skews.items()}
    return {"schema": "lanewatch.clocks/v1", "seenAt": stamp(rollout.now.wall), "skews": skews}
