"""Bundles of the told story, for tests: what they are made of, and how they are written and changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path

from lanewatch.evidence.bag import BAG_INFO, MANIFEST, TAG_FILES, TAG_MANIFEST, Digest, manifest
from lanewatch.evidence.layout import layout, tag_files
from lanewatch.evidence.material import Exhibit, Material, SpecFile
from lanewatch.evidence.rules import tools
from lanewatch.evidence.writing import LogStream, Progress, write_bundle
from lanewatch.rollout.facts import OPERATOR, Confirmation, Entry
from tests.rollout import story

JOB_TEXT = b"kind: Job\nmetadata:\n  name: build\n"
LOG_TEXT = b"step 1\nstep 2\nerror: no\n"
SPEC_TEXT = "spec:\n  scope: {}\n"


def exhibit(text: bytes, kind: str, locator: str, stage: str = "build-or-reuse", **more: object) -> Exhibit:
    made = Exhibit("object", stage, "", locator, f"the {kind}", sha256(text).hexdigest() if text else "", len(text))
    return replace(made, kind=kind, **more)  # type: ignore[arg-type]


@cache
def entries() -> tuple[Entry, ...]:
    """What was read of the delivered lane, one read a second, and confirmations after it."""
    known = [seen.last for authority, seen in story.delivered(60).seen.items() if authority != OPERATOR]
    read = [replace(one, read_at=story.moment(60 + second)) for second, one in enumerate(known)]
    again = [Confirmation(one.authority, story.moment(84), 0.25) for one in read]
    return (story.operator(59), *read, *again)


def material(**changes: object) -> Material:
    made = Material(
        lane=story.lane(),
        entries=entries(),
        at=story.moment(90),
        tools=tools(),
        spec_files=(SpecFile("config/lane.yaml", sha256(SPEC_TEXT.encode()).hexdigest(), SPEC_TEXT, False),),
        exhibits=(
            exhibit(JOB_TEXT, "object", "k8s:ci/batch/v1/jobs/ci/build"),
            exhibit(LOG_TEXT, "log", "k8s-log:ci/ci/build-1/buildkit"),
            exhibit(b"", "log", "k8s-log:ci/ci/gone/buildkit", note="not found"),
        ),
        texts={sha256(text).hexdigest(): text for text in (JOB_TEXT, LOG_TEXT)},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def logs(*texts: bytes) -> list[LogStream]:
    return [
        LogStream("build-or-reuse", f"k8s-log:ci/ci/build-1/step-{number}", f"step {number}", "", [text])
        for number, text in enumerate(texts)
    ]


def written(folder: Path, made: Material | None = None, *, as_tar: bool = False, **more: object) -> Path:
    return write_bundle(made or material(), folder, as_tar=as_tar, **more)  # type: ignore[arg-type]


def quiet(_: str) -> None:
    """A Progress that says nothing."""


QUIET: Progress = quiet


def changed(bundle: Path, change: Callable[[Path], None]) -> Path:
    """A copy of a bundle, changed and given the manifests that its files now have: as a forger would."""
    copy = bundle.with_name("forged")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(bundle, copy)
    change(copy)
    resealed(copy)
    return copy


def resealed(bundle: Path) -> None:
    """Manifests and Payload-Oxum over whatever lies there."""
    payload = digests(bundle, bundle / "data")
    (bundle / MANIFEST).write_bytes(manifest(payload))
    size = sum(one.size for one in payload.values())
    rows = (bundle / BAG_INFO).read_text().splitlines()[:-1]
    (bundle / BAG_INFO).write_text("\n".join([*rows, f"Payload-Oxum: {size}.{len(payload)}", ""]))
    tags = {path: of(bundle / path) for path in TAG_FILES if (bundle / path).exists()}
    (bundle / TAG_MANIFEST).write_bytes(manifest(tags))


def digests(root: Path, folder: Path) -> Mapping[str, Digest]:
    return {path.relative_to(root).as_posix(): of(path) for path in folder.rglob("*") if path.is_file()}


def of(path: Path) -> Digest:
    data = path.read_bytes()
    return Digest(sha256(data).hexdigest(), len(data))


def all_files(made: Material) -> dict[str, bytes]:
    """Every file of a bundle without full logs, in memory."""
    found = layout(made)
    payload = {**found.primary, **found.derived}
    sums = {path: Digest(sha256(data).hexdigest(), len(data)) for path, data in payload.items()}
    return {**payload, **tag_files(found, made.tools, sums)}
