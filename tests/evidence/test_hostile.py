"""Bundles made to hurt whoever opens them: refused in one line, nothing written anywhere, memory bounded."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lanewatch.evidence import bag
from lanewatch.evidence.bag import TAG_FILES, TAG_MANIFEST, BundleError
from lanewatch.evidence.verify import verify
from tests.evidence.made import all_files, material, of, resealed, written

REPOSITORY = Path(__file__).resolve().parents[2]
Change = Callable[[tarfile.TarFile], None]


@pytest.fixture(scope="module")
def name(tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(tmp_path_factory.mktemp("evidence")).name


def member(path: str, kind: bytes = tarfile.REGTYPE, data: bytes = b"x", link: str = "", **fields: object) -> Change:
    def change(tar: tarfile.TarFile) -> None:
        entry = tarfile.TarInfo(path)
        entry.type, entry.size, entry.linkname, entry.mode = kind, len(data), link, 0o600
        for field, value in fields.items():
            setattr(entry, field, value)
        tar.addfile(entry, io.BytesIO(data))

    return change


TARS: dict[str, Change] = {
    "absolute": member("/etc/cron.d/evil"),
    "up and out": member("NAME/../../evil"),
    "dots inside": member("NAME/data/../../evil"),
    "another folder": member("zzz/data/evil"),
    "no folder": member("zzz"),
    "symbolic link": member("NAME/zzz", tarfile.SYMTYPE, b"", "/etc/passwd"),
    "hard link": member("NAME/zzz", tarfile.LNKTYPE, b"", "/etc/passwd"),
    "device": member("NAME/zzz", tarfile.CHRTYPE, b""),
    "pipe": member("NAME/zzz", tarfile.FIFOTYPE, b""),
    "folder": member("NAME/zzz", tarfile.DIRTYPE, b""),
    "twice": member("NAME/tagmanifest-sha256.txt"),
    "setuid": member("NAME/zzz", mode=0o4755),
    "owner": member("NAME/zzz", uid=1000),
    "long name": member("NAME/" + "z" * 200),
    "look-alike letter": member("NAME/data/summаry.json"),
    "hidden": member("NAME/.profile"),
    "control character": member("NAME/data/\x1b]0;x"),
    "deep": member("NAME/" + "/".join("z" * 20)),
    "another time": member("NAME/zzz", mtime=5),
}


@pytest.mark.parametrize("change", TARS.values(), ids=TARS.keys())
def test_a_tar_with_something_else_in_it_is_refused(tmp_path: Path, name: str, change: Change) -> None:
    path = tmp_path / "bundle.tar"
    files = all_files(material())
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT if "long" not in str(change) else None) as tar:
        for inner in sorted(files):
            entry = tarfile.TarInfo(f"{name}/{inner}")
            entry.size, entry.mtime, entry.mode = len(files[inner]), int(material().at.wall.timestamp()), 0o600
            tar.addfile(entry, io.BytesIO(files[inner]))
        renamed = _named(tar, name)
        try:
            change(renamed)
        except (ValueError, UnicodeError):
            tar.format = tarfile.PAX_FORMAT
            change(renamed)
    path.write_bytes(path.read_bytes().rstrip(b"\0") + b"\0" * 1024)
    _refused(path)
    assert [one.name for one in tmp_path.iterdir()] == ["bundle.tar"]


def _named(tar: tarfile.TarFile, name: str) -> tarfile.TarFile:
    """The same tar, whose next members have the bundle's name for NAME."""
    add = tar.addfile

    def adding(entry: tarfile.TarInfo, source: io.BytesIO | None = None) -> None:
        entry.name = entry.name.replace("NAME", name)
        add(entry, source)

    tar.addfile = adding  # type: ignore[method-assign, assignment]
    return tar


def _refused(path: Path) -> str:
    with pytest.raises(BundleError) as error:
        verify(path)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 200
    assert str(error.value).isascii()
    return str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data + b"\0", "bytes behind the end"),
        (lambda data: data + data, "bytes behind the end"),
        (lambda data: data[:-1], "bytes behind the end"),
        (lambda data: data[:-1024], "ends in the middle"),
        (lambda data: data[: len(data) // 2], "ends in the middle"),
        (lambda data: data[512:], "not the tar that lanewatch writes"),
        (lambda data: b"", "ends in the middle"),
        (lambda data: b"\x1f\x8b" + data, "not the tar that lanewatch writes"),
    ],
)
def test_a_tar_cut_or_lengthened_is_refused(tmp_path: Path, change: Callable[[bytes], bytes], message: str) -> None:
    path = written(tmp_path, as_tar=True)
    path.write_bytes(change(path.read_bytes()))
    assert message in _refused(path)


def test_a_tar_by_another_tool_says_what_to_do(tmp_path: Path) -> None:
    folder = written(tmp_path)
    path = tmp_path / "other.tar"
    with tarfile.open(path, "w") as tar:
        tar.add(folder, folder.name)
    assert _refused(path) == "not the tar that lanewatch writes (unpack it and verify the folder)"


def link_out(bundle: Path) -> None:
    (bundle / "data/summary.txt").unlink()
    (bundle / "data/summary.txt").symlink_to("/etc/passwd")


def link_folder(bundle: Path) -> None:
    shutil.move(bundle / "data", bundle.with_name("moved"))
    (bundle / "data").symlink_to(bundle.with_name("moved"))


def pipe(bundle: Path) -> None:
    os.mkfifo(bundle / "data/pipe")


def look_alike(bundle: Path) -> None:
    (bundle / "data/summаry.json").write_text("{}")


def hidden(bundle: Path) -> None:
    (bundle / ".git").mkdir()


def empty_folder(bundle: Path) -> None:
    (bundle / "data/more").mkdir()


def many(bundle: Path) -> None:
    for number in range(5000):
        (bundle / f"data/{number}").touch()


def manifest_outside(bundle: Path) -> None:
    with (bundle / "manifest-sha256.txt").open("a") as manifest:
        manifest.write(f"{'0' * 64}  ../../etc/passwd\n")
    tags = {path: of(bundle / path) for path in TAG_FILES}
    (bundle / TAG_MANIFEST).write_bytes(bag.manifest(tags))


def deep_json(bundle: Path) -> None:
    (bundle / "data/index.json").write_text("[" * 100_000)
    resealed(bundle)


def long_index(bundle: Path) -> None:
    (bundle / "data/index.json").write_text("[" + "0," * 3_000_000 + "0]")
    resealed(bundle)


def no_lines(bundle: Path) -> None:
    (bundle / "data/journal.jsonl").write_bytes(b"\n" * 10_000_000)
    resealed(bundle)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (link_out, "data/summary.txt: a link"),
        (link_folder, "data: a link"),
        (pipe, "data/pipe: neither a file nor a folder"),
        (look_alike, "'data/summ\\u0430ry.json': a name that no bundle has"),
        (hidden, "'.git': a name that no bundle has"),
        (empty_folder, "data/more: a folder with nothing in it"),
        (many, "more than 4096 files"),
        (manifest_outside, "../../etc/passwd: listed in manifest-sha256.txt, but not there"),
        (deep_json, "data/index.json: JSON nested over 64 deep"),
        (long_index, "data/index.json: larger than 4 MiB"),
        (no_lines, "data/journal.jsonl: line 1: not JSON"),
    ],
)
def test_a_folder_with_something_else_in_it_is_refused(
    tmp_path: Path, change: Callable[[Path], None], message: str
) -> None:
    bundle = written(tmp_path)
    change(bundle)
    assert message in _refused(bundle)


def test_a_link_to_a_bundle_and_what_is_no_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(written(tmp_path))
    assert _refused(tmp_path / "link") == "a link, not a bundle"
    os.mkfifo(tmp_path / "pipe")
    assert _refused(tmp_path / "pipe") == "neither a folder nor a file"


MEASURED = """
import resource, sys
from pathlib import Path
from lanewatch.evidence.bag import BundleError
from lanewatch.evidence.verify import verify
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    verify(Path(sys.argv[1]))
except BundleError as error:
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10, error)
"""


def test_a_journal_of_ten_million_lines_costs_bounded_memory(tmp_path: Path) -> None:
    """2 GB that the disk holds as a hole: the reader stops at its cap."""
    bundle = written(tmp_path)
    os.truncate(bundle / "data/journal.jsonl", 2 << 30)
    command = [sys.executable, "-c", MEASURED, str(bundle)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=60)
    mebibytes, _, message = done.stdout.partition(" ")
    assert "more than 128 MiB beside the full logs" in message
    assert int(mebibytes) < 300
