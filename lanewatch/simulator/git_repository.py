"""A bare git repository read through the git CLI, as Gitea reads its own.

Revisions from outside reach git on standard input only; what is put on a command line is a full object id.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FULL_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")

_CONFIG = {"uploadpack.allowFilter": "true", "uploadpack.allowAnySHA1InWant": "true", "safe.directory": "*"}


class GitFailed(Exception):
    """git ended with an error; the message is its own. `output` is what it had said by then."""

    def __init__(self, message: str, output: bytes = b"") -> None:
        super().__init__(message)
        self.output = output


@dataclass(frozen=True, slots=True)
class Ref:
    name: str  # refs/...
    type: str  # commit or tag
    sha: str


@dataclass(frozen=True, slots=True)
class GitObject:
    sha: str
    type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class TreeEntry:
    mode: str
    type: str  # blob, tree or commit (submodule)
    sha: str
    size: int | None  # bytes; None for trees and submodules
    path: str


def git_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """A scrubbed environment: nothing of the user's git configuration or credentials reaches the simulated server."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_CONFIG_COUNT": str(len(_CONFIG)),
    }
    for number, (key, value) in enumerate(_CONFIG.items()):
        environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return environment | dict(extra or {})


async def run_git(
    arguments: Sequence[str], *, given: bytes = b"", environment: Mapping[str, str] | None = None
) -> bytes:
    """git's standard output. A cancelled call kills its process. Raises GitFailed."""
    process = await asyncio.create_subprocess_exec(
        "git",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=git_environment(environment),
    )
    try:
        output, complaint = await process.communicate(given)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()  # to the end of its pipes: they are closed then
    if process.returncode:
        raise GitFailed(complaint.decode("utf-8", "replace").strip(), output)
    return output


@dataclass(frozen=True, slots=True)
class GitRepository:
    """One bare repository on disk."""

    folder: Path

    async def _git(self, *arguments: str, given: bytes = b"") -> bytes:
        return await run_git(["--git-dir", str(self.folder), *arguments], given=given)

    async def refs(self, prefix: str = "refs/") -> tuple[Ref, ...]:
        """Refs whose name starts with `prefix` (a plain string prefix), by name."""
        listed = await self._git("for-each-ref", "--format=%(objectname) %(objecttype) %(refname)")
        found = (line.split(" ", 2) for line in listed.decode("utf-8", "replace").splitlines())
        return tuple(Ref(name, type_, sha) for sha, type_, name in found if name.startswith(prefix))

    async def objects(self, names: Sequence[str]) -> tuple[GitObject | None, ...]:
        """Objects by any name git knows (`SHA`, `main`, `SHA:path`, `X^{commit}`), None where there is none."""
        asked = "".join(f"{name}\n" for name in names if "\n" not in name).encode("utf-8", "surrogateescape")
        output = await self._git("cat-file", "--batch", given=asked)
        answers = iter(_batch(output))
        return tuple(None if "\n" in name else next(answers) for name in names)

    async def object(self, name: str) -> GitObject | None:
        """One object by name, or None."""
        return (await self.objects([name]))[0]

    async def history(
        self, head: str, *, without: str | None = None, skip: int = 0, count: int = -1, path: str = ""
    ) -> tuple[str, ...]:
        """Commit ids reachable from `head` and not from `without`, newest first. Both are full ids."""
        asked = ["rev-list", f"--skip={skip}", f"--max-count={count}", head, *([f"^{without}"] if without else [])]
        output = await self._git(*asked, "--", *([f":(literal){path}"] if path else []))
        return tuple(output.decode("ascii").split())

    async def diff(self, sha: str) -> bytes:
        """The commit of this full id against its first parent, or against nothing, as git writes it."""
        return await self._git("diff-tree", "-p", "--root", "--no-commit-id", "--first-parent", "-m", sha)

    async def length(self, head: str, path: str = "") -> int:
        """How many commits `history(head, path=path)` has in all."""
        pathspec = [f":(literal){path}"] if path else []
        return int(await self._git("rev-list", "--count", head, "--", *pathspec))

    async def tree(self, sha: str, *, recursive: bool = False) -> tuple[TreeEntry, ...]:
        """The entries of a tree by full id; recursive lists the trees on the way too."""
        deep = ["-r", "-t"] if recursive else []
        listed = await self._git("ls-tree", "-z", "-l", *deep, sha)
        return tuple(_tree_entry(line) for line in listed.split(b"\0") if line)


def _batch(output: bytes) -> list[GitObject | None]:
    """`cat-file --batch`: `SHA TYPE SIZE`, the bytes, a newline; or `NAME missing|ambiguous`."""
    found: list[GitObject | None] = []
    position = 0
    while position < len(output):
        end = output.index(b"\n", position)
        words = output[position:end].split(b" ")
        position = end + 1
        if len(words) != 3 or not words[2].isdigit():
            found.append(None)
            continue
        size = int(words[2])
        found.append(GitObject(words[0].decode(), words[1].decode(), output[position : position + size]))
        position += size + 1
    return found


def _tree_entry(line: bytes) -> TreeEntry:
    described, _, path = line.partition(b"\t")
    mode, type_, sha, size = described.decode("ascii").split()
    return TreeEntry(mode, type_, sha, None if size == "-" else int(size), path.decode("utf-8", "replace"))
