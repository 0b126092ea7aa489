"""The BagIt 1.0 form of a bundle (RFC 8493): manifests and tag files as exact bytes, and which names may stand in one.

Pure. There is one way to write each of these files, so that checking one is writing it again and comparing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

BAGIT = "bagit.txt"
BAG_INFO = "bag-info.txt"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
STATEMENT = "statement.json"
SIGNATURE = "tagmanifest-sha256.txt.sig"
ENVELOPE = "statement.dsse.json"
TAG_FILES = (BAG_INFO, BAGIT, MANIFEST, STATEMENT)  # those that the tag manifest lists
UNLISTED = (ENVELOPE, SIGNATURE)  # made over what is listed, so they cannot be listed
PAYLOAD = "data/"

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MOST_FILES = 4096
MOST_KEPT = 128 << 20  # bytes beside full logs, which are only hashed: a journal at its cap and every object
MOST_PARSED = 4 << 20  # bytes of any file but the journal: an index of a thousand logs has some 300 KiB
PREFIX, PARTIAL = ".lanewatch-evidence-", ".partial"  # of the hidden folder in which an export is written
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_DEEPEST = 6


class BundleError(Exception):
    """The bundle is not what it claims; one line that names the first broken thing."""


class UnreadableError(Exception):
    """The bundle could not be read, or not be judged; one line."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What is known of one file's bytes."""

    sha256: str
    size: int


def check_name(path: str) -> None:
    """Raise BundleError unless the path is plain ASCII, relative and shallow: nothing to confuse, nowhere to escape."""
    parts = path.split("/")
    if len(parts) > _DEEPEST or not all(_NAME.fullmatch(part) for part in parts):
        raise BundleError(f"{ascii(path)[:120]}: a name that no bundle has")


def manifest(files: Mapping[str, Digest]) -> bytes:
    """The lines that `sha256sum -c` reads, sorted by path."""
    return "".join(f"{files[path].sha256}  {path}\n" for path in sorted(files)).encode()


@dataclass(frozen=True, slots=True)
class BagInfo:
    """What bag-info.txt says; every value follows from the journal, the payload or the tools."""

    name: str
    date: str
    head: str
    version: str
    rules: str
    size: int
    files: int

    def written(self) -> bytes:
        rows = {
            "Bagging-Date": self.date,
            "External-Identifier": self.name,
            "Journal-Head": self.head,
            "Lanewatch-Rules": self.rules,
            "Lanewatch-Version": self.version,
            "Payload-Oxum": f"{self.size}.{self.files}",
        }
        return "".join(f"{name}: {value}\n" for name, value in rows.items()).encode()


def oxum(payload: Iterable[Digest]) -> tuple[int, int]:
    """Bytes and number of the payload's files."""
    sizes = [one.size for one in payload]
    return sum(sizes), len(sizes)
