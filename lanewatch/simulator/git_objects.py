"""Bare git repositories written object by object: the same bytes in give the same ids out, and no process is started.

What belongs here: git's loose object format. Which commits exist is the scenarios' business, when refs move is
`refs.py`'s.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CONFIG = """[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
[receive]
\tdenyCurrentBranch = refuse
"""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who and when, as a commit names its author and committer."""

    name: str
    email: str
    seconds: int  # since the epoch, UTC

    def line(self) -> str:
        """As the commit object writes it."""
        return f"{self.name} <{self.email}> {self.seconds} +0000"


class GitObjects:
    """Writes objects into one bare repository."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def blob(self, data: bytes) -> str:
        """The id of a blob, written."""
        return self._write("blob", data)

    def tree(self, files: Mapping[str, bytes]) -> str:
        """The tree of `path: content`; paths use slashes."""
        here: dict[str, tuple[str, str]] = {}
        below: dict[str, dict[str, bytes]] = {}
        for path, data in files.items():
            name, _, rest = path.partition("/")
            if rest:
                below.setdefault(name, {})[rest] = data
            else:
                here[name] = ("100644", self.blob(data))
        here.update({name: ("40000", self.tree(inner)) for name, inner in below.items()})
        return self._write("tree", b"".join(_entry(name, *here[name]) for name in sorted(here, key=_order(here))))

    def commit(self, tree: str, parents: Sequence[str], author: Signature, message: str) -> str:
        """The id of a commit, written; author and committer are the same."""
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
        lines += [f"author {author.line()}", f"committer {author.line()}", "", message.rstrip("\n"), ""]
        return self._write("commit", "\n".join(lines).encode())

    def _write(self, kind: str, data: bytes) -> str:
        whole = f"{kind} {len(data)}".encode() + b"\0" + data
        sha = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
        file = _file(self._folder, sha)
        if not file.exists():
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(zlib.compress(whole, 1))
        return sha


def bring(origin: Path, target: Path, sha: str) -> None:
    """What a fetch does: everything that commit `sha` of `origin` needs and `target` lacks, deepest first."""
    missing: list[str] = []
    waiting = [sha]
    while waiting:
        one = waiting.pop()
        if not _file(target, one).exists():
            missing.append(one)
            waiting += _needs(zlib.decompress(_file(origin, one).read_bytes()))
    for one in reversed(missing):
        file = _file(target, one)
        file.parent.mkdir(exist_ok=True)
        partial = file.with_name("partial-" + file.name)
        partial.write_bytes(_file(origin, one).read_bytes())
        partial.replace(file)


def _needs(whole: bytes) -> list[str]:
    """The objects that a commit or a tree names."""
    head, _, body = whole.partition(b"\0")
    if head.startswith(b"commit"):
        lines = body.partition(b"\n\n")[0].decode().splitlines()
        return [line.split(" ")[1] for line in lines if line.startswith(("tree ", "parent "))]
    if not head.startswith(b"tree"):
        return []
    found = []
    while body:
        _, _, rest = body.partition(b"\0")
        found.append(rest[:20].hex())
        body = rest[20:]
    return found


def _file(folder: Path, sha: str) -> Path:
    return folder / "objects" / sha[:2] / sha[2:]


def create_bare(folder: Path, branch: str) -> None:
    """An empty bare repository whose HEAD names `branch`."""
    for name in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
        (folder / name).mkdir(parents=True)
    (folder / "HEAD").write_text(f"ref: refs/heads/{branch}\n")
    (folder / "config").write_text(CONFIG)


def _entry(name: str, mode: str, sha: str) -> bytes:
    return f"{mode} {name}".encode() + b"\0" + bytes.fromhex(sha)


class _order:  # git sorts a folder as if its name ended in a slash
    def __init__(self, entries: Mapping[str, tuple[str, str]]) -> None:
        self._entries = entries

    def __call__(self, name: str) -> bytes:
        return (name + "/" if self._entries[name][0] == "40000" else name).encode()
