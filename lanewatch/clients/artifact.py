"""Taking the one file that is wanted out of an artifact, in memory, without trusting the archive."""

from __future__ import annotations

import codecs
import io
import zipfile
import zlib

from lanewatch.clients.answers import ReadFailure
from lanewatch.rollout.facts import Outcome

ENTRY_LIMIT = 64  # a plan, dispatch or provenance artifact has one to three files
FILE_CAP = 4 << 20  # bytes unpacked: a zip of 200 kB can hold 200 MB
ZIP_MAGIC = b"PK"
# What reading a broken, encrypted or unknown archive raises.
BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)


def single_file(data: bytes, name: str | None) -> bytes:
    """The file `name` of the zip `data`, at any folder depth (None: its only file); a JSON object is the file itself.

    From Gitea 1.26 an artifact may be one bare file; all that are read here are JSON objects. Raises ReadFailure
    `absent` when the archive holds no such file, `invalid` when it is broken, encrypted, ambiguous or over its caps,
    and for anything else.
    """
    if data.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{"):
        return data
    if not data.startswith(ZIP_MAGIC):
        raise ReadFailure(Outcome.INVALID, "artifact: neither a zip nor a JSON object")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _unpacked(archive, _entry(archive, name))
    except BROKEN_ZIP:
        raise ReadFailure(Outcome.INVALID, "artifact: broken or unreadable zip") from None


def _entry(archive: zipfile.ZipFile, name: str | None) -> zipfile.ZipInfo:
    entries = archive.infolist()
    if len(entries) > ENTRY_LIMIT:
        raise ReadFailure(Outcome.INVALID, f"artifact: over {ENTRY_LIMIT} files")
    if any(_climbs(entry.filename) for entry in entries):
        raise ReadFailure(Outcome.INVALID, "artifact: a path in the zip leaves its folder")
    files = [entry for entry in entries if not entry.is_dir()]
    found = [entry for entry in files if name is None or entry.filename.rsplit("/", 1)[-1] == name]
    if not found:
        raise ReadFailure(Outcome.ABSENT, f"artifact: no {name or 'file'} in it")
    if len(found) > 1:
        raise ReadFailure(Outcome.INVALID, f"artifact: {len(found)} files{f' named {name}' if name else ''} in it")
    return found[0]


def _climbs(path: str) -> bool:
    return path.startswith(("/", "\\")) or ".." in path.replace("\\", "/").split("/")


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The size in the directory may lie, so the cap is on what really comes out."""
    with archive.open(entry) as file:
        data = file.read(FILE_CAP + 1)
    if len(data) > FILE_CAP:
        raise ReadFailure(Outcome.INVALID, f"artifact: {entry.filename} over {FILE_CAP >> 20} MiB")
    return data
