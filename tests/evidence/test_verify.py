"""Verify: a whole bundle is proven, and whatever is changed in one is noticed and named."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from lanewatch.evidence import bundle as bundles
from lanewatch.evidence.bag import BundleError, Digest, UnreadableError
from lanewatch.evidence.bundle import read_bundle
from lanewatch.evidence.files import Found, find
from lanewatch.evidence.verify import verify
from lanewatch.watch.journal_lines import GENESIS
from tests.evidence.made import JOB_TEXT, changed, logs, material, written


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("evidence"), logs=logs(b"long\n" * 1000, b"", b"other\n"))


@pytest.mark.parametrize("as_tar", [False, True])
def test_what_was_written_is_proven_and_holds_what_it_was_made_from(tmp_path: Path, as_tar: bool) -> None:
    path = written(tmp_path, as_tar=as_tar, logs=logs(b"text\n"))
    found = verify(path)
    assert (found.signed_by, found.envelope, found.contradicted) == ("", "", ())
    assert found.rollout == material().rollout()
    assert found.name == path.name.removesuffix(".tar")
    assert replace(read_bundle(path).material, logs=()) == material()


def test_a_bundle_without_anything_read_is_proven(tmp_path: Path) -> None:
    bare = material(entries=(), exhibits=(), texts={}, spec_files=())
    assert verify(written(tmp_path, bare)).entries == 0


def test_every_byte_of_every_file_counts(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All bytes: each file is read once and changed in memory; the way from the disk is tested by sample below."""
    there = find(whole)
    for path, data in [*there.kept.items()]:
        for place in range(len(data)):
            flipped = bytearray(data)
            flipped[place] ^= 1 << (place % 8)
            found = Found(whole, digests=dict(there.digests), kept={**there.kept, path: bytes(flipped)})
            found.digests[path] = Digest(sha256(flipped).hexdigest(), len(flipped))
            monkeypatch.setattr(bundles, "find", lambda _, found=found: found)
            with pytest.raises(BundleError):
                read_bundle(whole)


@pytest.mark.parametrize("as_tar", [False, True])
def test_sampled_bytes_on_the_disk_count(tmp_path: Path, as_tar: bool) -> None:
    path = written(tmp_path, as_tar=as_tar, logs=logs(b"long\n" * 100))
    files = [path] if as_tar else [one for one in path.rglob("*") if one.is_file()]
    for file in files:
        data = file.read_bytes()
        for place in range(0, len(data), 509 if as_tar else 2003):
            with file.open("r+b") as target:
                target.seek(place)
                target.write(bytes([data[place] ^ 0x20]))
            with pytest.raises(BundleError):
                verify(path)
            file.write_bytes(data)
    assert verify(path)


def edit(path: str, old: str, new: str) -> Callable[[Path], None]:
    def change(bundle: Path) -> None:
        text = (bundle / path).read_text()
        assert old in text
        (bundle / path).write_text(text.replace(old, new, 1))

    return change


def remove(path: str) -> Callable[[Path], None]:
    return lambda bundle: (bundle / path).unlink()


def add(path: str) -> Callable[[Path], None]:
    def change(bundle: Path) -> None:
        (bundle / path).parent.mkdir(parents=True, exist_ok=True)
        (bundle / path).write_text("added")

    return change


def swap_objects(bundle: Path) -> None:
    first, second = sorted(path for path in (bundle / "data/objects").rglob("*") if path.is_file())
    one, other = first.read_bytes(), second.read_bytes()
    first.write_bytes(other)
    second.write_bytes(one)


def rechain(old: str, new: str) -> Callable[[Path], None]:
    """A journal with another content and a chain that holds."""

    def change(bundle: Path) -> None:
        head, lines = GENESIS, []
        for line in (bundle / "data/journal.jsonl").read_text().splitlines():
            body = json.loads(line)["body"].replace(old, new)
            previous, head = head, sha256((head + body).encode()).hexdigest()
            lines.append(json.dumps({"prev": previous, "hash": head, "body": body}, separators=(",", ":")))
        (bundle / "data/journal.jsonl").write_text("\n".join([*lines, ""]))

    return change


def cut_journal(bundle: Path) -> None:
    lines = (bundle / "data/journal.jsonl").read_text().splitlines()
    (bundle / "data/journal.jsonl").write_text("\n".join([*lines[:-1], ""]))


FORGED: list[tuple[Callable[[Path], None], str]] = [
    (edit("data/summary.json", '"state": "succeeded"', '"state": "failed"'), "summary.json: not what the journal"),
    (edit("data/summary.md", "succeeded", "failed"), "data/summary.md: not what the journal projects"),
    (edit("data/timeline.svg", "succeeded", "failed"), "data/timeline.svg: not what the journal projects"),
    (edit("data/coverage.json", "confirmed", "confirmeD"), "data/coverage.json: not what the journal projects"),
    (edit("data/trace.json", "success", "failure"), "data/trace.json: not what the journal projects"),
    (edit("data/README.txt", "sha256sum", "md5sum"), "data/README.txt: not what the journal projects"),
    (edit("bag-info.txt", "Bagging-Date: 2026", "Bagging-Date: 2025"), "bag-info.txt: not what the journal projects"),
    (edit("statement.json", "succeeded", "failed"), "statement.json: not what the journal projects"),
    (edit("bagit.txt", "1.0", "0.9"), "bagit.txt: not BagIt 1.0"),
    (edit("data/index.json", '"schema": "lanewatch.evidence/v1"', '"schema": "v9"'), "data/index.json: its schema"),
    (edit("data/index.json", '"branch": "v0.2"', '"branch": "v0.3"'), "data/summary"),
    (edit("data/index.json", ' "tools"', '  "tools"'), "data/index.json: not written as this schema writes it"),
    (edit("data/index.json", '"kind": "object"', '"kind": "secret"'), "data/index.json: exhibits.kind: none of the"),
    (remove("data/journal.jsonl"), "data/journal.jsonl is missing"),
    (remove("data/index.json"), "data/index.json is missing"),
    (remove("data/timeline.svg"), "data/timeline.svg is missing"),
    (remove("bagit.txt"), "no bagit.txt: not a bundle of lanewatch"),
    (remove("statement.json"), "statement.json is missing"),
    (add("data/more.txt"), "data/more.txt: a file too many"),
    (add("data/objects/aa/" + "a" * 64), "a file too many, an object that nothing names"),
    (add("more.txt"), "more.txt: a file too many"),
    (swap_objects, "not the text that the index names"),
    (rechain("fix: lease renewal", "fix: lease renewaL"), "not what the journal projects"),
    (rechain('"outcome":"ok"', '"outcome":"fine"'), "data/journal.jsonl: line 2: outcome: none of the known words"),
    (rechain('"wall":"2026', '"wall":"0001'), "data/"),
    (rechain("agentrun-jd01-v02", "another-lane"), "not the journal of this lane"),
    (cut_journal, "its last line is no picture: something is cut off"),
]


@pytest.mark.parametrize(("change", "message"), FORGED)
def test_a_forger_who_writes_manifests_anew_is_found_out(
    whole: Path, change: Callable[[Path], None], message: str
) -> None:
    with pytest.raises(BundleError) as error:
        verify(changed(whole, change))
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 200


def test_without_new_manifests_the_first_file_that_differs_is_named(whole: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(whole, tmp_path / "copy")
    (copy / "data/summary.txt").write_text("all is well")
    with pytest.raises(BundleError, match=r"^data/summary\.txt: its hash is not the one in manifest-sha256\.txt$"):
        verify(copy)
    (copy / "data/summary.txt").unlink()
    with pytest.raises(BundleError, match=r"^data/summary\.txt: listed in manifest-sha256\.txt, but not there$"):
        verify(copy)


def test_a_manifest_in_another_order_or_spelling_is_refused(whole: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(whole, tmp_path / "copy")
    rows = (whole / "tagmanifest-sha256.txt").read_text().splitlines(keepends=True)
    for spelled in ("".join(reversed(rows)), "".join(rows).upper(), "".join(rows) + "\n", "".join(rows).rstrip()):
        (copy / "tagmanifest-sha256.txt").write_text(spelled)
        with pytest.raises(BundleError, match=r"tagmanifest-sha256\.txt"):
            verify(copy)


def test_a_summary_by_other_rules_is_told_apart_from_a_forged_one(tmp_path: Path) -> None:
    made = material()
    older = replace(made, tools=replace(made.tools, lanewatch="0.0.9", rules="0" * 64))
    path = written(tmp_path, older)
    assert verify(path)  # the rules give the same today
    with pytest.raises(UnreadableError, match=r"other rules made data/summary\.txt \(lanewatch 0\.0\.9, rules 0000"):
        verify(changed(path, edit("data/summary.txt", "succeeded", "Succeeded")))


def test_what_cannot_be_read_is_not_called_forged(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="nowhere: No such file or directory"):
        verify(tmp_path / "nowhere")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_may_not_be_read_is_not_called_forged(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o000)
    with pytest.raises(UnreadableError, match="closed: Permission denied"):
        verify(closed)


def test_the_objects_of_a_bundle_are_its_own(whole: Path) -> None:
    texts = read_bundle(whole).material.texts
    assert JOB_TEXT in texts.values()
    assert all(sha256(text).hexdigest() == digest for digest, text in texts.items())
