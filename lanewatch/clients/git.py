"""git over http(s) by the git command line: refs of a remote, and a bounded piece of history in the user's cache."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import Clock
from lanewatch.clients.credentials import Credential
from lanewatch.clients.git_failures import git_failure
from lanewatch.clients.git_process import Done, run_git
from lanewatch.clients.meter import Exchange, record
from lanewatch.clients.trust import OwnCertificate
from lanewatch.rollout.facts import Outcome

REF_SECONDS = 8.0
FETCH_SECONDS = 20.0
CROWD = 2000  # refs: 130 kB at each question
DEPTH = 256  # commits fetched to decide ancestry; gitops branches see a few commits a day

_PACKETS = " packet: "  # in the trace when a server speaks git's protocol
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


@dataclass(frozen=True, slots=True)
class GitAccess:
    """What one URL prefix needs (connections `git: {PREFIX: …}`)."""

    prefix: str
    credential: Credential | None = None
    ca: Path | None = None
    own: OwnCertificate | None = None
    proxy: str | None = None


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of a history."""

    sha: str
    parents: tuple[str, ...]  # empty for a root, and for the oldest commit that was fetched
    committed_at: datetime  # the committer's clock, UTC
    message: str


class Git:
    """Every git remote of a lane. `cache` is a folder of ours; `allow_file` lets tests read file:// remotes."""

    def __init__(
        self, cache: Path, *, clock: Clock, access: Sequence[GitAccess] = (), allow_file: bool = False
    ) -> None:
        self._cache = cache
        self._clock = clock
        self._access = sorted(access, key=lambda entry: len(entry.prefix), reverse=True)
        self._schemes = ("http", "https", "file") if allow_file else ("http", "https")
        self._crowded: set[str] = set()
        self._locks: dict[str, asyncio.Lock] = {}

    async def ls_remote(self, url: str, patterns: Sequence[str], *, at_once: bool = False) -> dict[str, str]:
        """Full ref name → sha, for refs named exactly by a pattern, or below one that ends in "/*".

        An annotated tag gives the commit that it points to. With two requests, the second of which names what is
        wanted; `at_once`: with one that has all refs told, unless these are too many. Raises ReadFailure.
        """
        for pattern in patterns:
            if not pattern.startswith("refs/"):
                raise ValueError("a ref pattern starts with refs/")
        peeled = [f"{pattern}^{{}}" for pattern in patterns if not pattern.endswith("*")]
        arguments = ["ls-remote", "--", url, *patterns, *peeled]
        if at_once and not self.is_crowded(url):
            done = await self._told_all(url, arguments)
        else:
            done = await self._remote(url, arguments, REF_SECONDS)
        if _PACKETS not in done.errors:
            raise git_failure("dumb http", urlsplit(url).netloc)
        refs: dict[str, str] = {}
        for line in done.output.decode("utf-8", "replace").splitlines():
            sha, _, name = line.partition("\t")
            plain = name.removesuffix("^{}")
            if _SHA.fullmatch(sha) and any(_matches(plain, pattern) for pattern in patterns):
                refs[plain] = sha  # the peeled line follows its tag and wins
        return refs

    def is_crowded(self, url: str) -> bool:
        """Whether it was seen to have more refs than are worth a request that is saved."""
        return url in self._crowded

    async def history(self, url: str, ref: str, limit: int = DEPTH) -> tuple[Commit, ...]:
        """The newest `limit` commits of `ref` (full name or full sha), newest first. Raises ReadFailure."""
        async with self._lock(url):
            tip = await self._fetched(url, ref, limit)
            arguments = ["log", f"--max-count={limit}", "--format=%H%x00%P%x00%ct%x00%B%x1e", "--end-of-options", tip]
            done = await self._local(url, arguments)
        records = done.output.decode("utf-8", "replace").split("\x1e")
        return tuple(_commit(text.lstrip("\n")) for text in records if text.strip())

    async def is_ancestor(self, url: str, ancestor: str, descendant: str) -> bool | None:
        """Whether one full sha is reachable from the other; None when the fetched history does not tell.

        Raises ReadFailure when the remote cannot be asked.
        """
        if ancestor == descendant:
            return True
        async with self._lock(url):
            await self._fetched(url, descendant, DEPTH)
            arguments = ["rev-list", f"--max-count={DEPTH + 1}", "--end-of-options", descendant]
            reachable = (await self._local(url, arguments)).output.decode("ascii", "replace").split()
            cut = self._shallow(url)
        if ancestor in reachable:
            return True
        complete = len(reachable) <= DEPTH and not cut.intersection(reachable)
        return False if complete else None

    async def _told_all(self, url: str, arguments: list[str]) -> Done:
        """By git's first protocol, in which a server begins with all its refs."""
        try:
            done = await self._remote(url, ["-c", "protocol.version=0", *arguments], REF_SECONDS)
        except ReadFailure as failure:
            if failure.outcome in (Outcome.TIMEOUT, Outcome.INVALID):
                self._crowded.add(url)
            raise
        if done.errors.count(_PACKETS) > CROWD:
            self._crowded.add(url)
        return done

    def _lock(self, url: str) -> asyncio.Lock:
        return self._locks.setdefault(url, asyncio.Lock())

    def _folder(self, url: str) -> Path:
        return self._cache / f"{hashlib.sha256(url.encode()).hexdigest()[:16]}.git"

    def _shallow(self, url: str) -> frozenset[str]:
        """Commits whose parents were not fetched."""
        with suppress(FileNotFoundError):
            return frozenset((self._folder(url) / "shallow").read_text("ascii").split())
        return frozenset()

    async def _fetched(self, url: str, ref: str, depth: int) -> str:
        """Fetch `ref` without file contents, `depth` commits deep; the local name of its tip."""
        folder = self._folder(url)
        if not folder.exists():
            await self._init(url, folder)
        local = f"refs/lanewatch/{hashlib.sha256(ref.encode()).hexdigest()[:16]}"
        arguments = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"]
        arguments += ["--filter=blob:none", f"--depth={depth}", "origin", f"+{ref}:{local}"]
        await self._remote(url, [f"--git-dir={folder}", *arguments], FETCH_SECONDS)
        return local

    async def _init(self, url: str, folder: Path) -> None:
        try:
            folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            reason = f"no cache for git history: {(error.strerror or 'unwritable').lower()}"
            raise ReadFailure(Outcome.UNCONFIGURED, reason) from None
        await self._local(url, ["init", "--quiet", "--bare", "--template=", "--", str(folder)], bare=True)

    async def _local(self, url: str, arguments: list[str], *, bare: bool = False) -> Done:
        """A command that needs no network and gets none, or a missing object would be fetched behind our back."""
        place = [] if bare else [f"--git-dir={self._folder(url)}"]
        done = await run_git([*place, *arguments], [("protocol.allow", "never")], FETCH_SECONDS, "git")
        if done.code != 0:
            raise git_failure(done.errors, urlsplit(url).netloc)
        return done

    async def _remote(self, url: str, arguments: list[str], seconds: float) -> Done:
        parts = urlsplit(url)
        if parts.scheme not in self._schemes:
            raise ReadFailure(Outcome.UNCONFIGURED, f"git over {parts.scheme or 'a local path'} is not supported")
        if parts.username is not None:
            raise ReadFailure(Outcome.UNCONFIGURED, f"git URL of {parts.hostname} carries a credential: name it in git")
        started = self._clock.now().steady
        done: Done | None = None
        try:
            done = await run_git(arguments, self._configuration(url), seconds, parts.netloc)
        finally:
            self._record(url, started, done)
        if done.code != 0:
            raise git_failure(done.errors, parts.netloc)
        return done

    def _configuration(self, url: str) -> list[tuple[str, str]]:
        entries = [("protocol.allow", "never"), ("remote.origin.url", url)]
        entries += [(f"protocol.{scheme}.allow", "always") for scheme in self._schemes]
        entry = next((entry for entry in self._access if _below(url, entry.prefix)), None)
        if entry is not None and entry.ca is not None:
            entries.append((f"http.{entry.prefix}.sslCAInfo", str(entry.ca)))
        if entry is not None and entry.own is not None:
            entries.append((f"http.{entry.prefix}.sslCert", str(entry.own.certificate)))
            entries.append((f"http.{entry.prefix}.sslKey", str(entry.own.key)))
        if entry is not None and entry.proxy is not None:
            entries.append((f"http.{entry.prefix}.proxy", entry.proxy))
        if entry is not None and entry.credential is not None:
            entries.append((f"http.{entry.prefix}.extraHeader", f"Authorization: {entry.credential.header()}"))
        return entries

    def _record(self, url: str, started: float, done: Done | None) -> None:
        parts = urlsplit(url)
        record(
            Exchange(
                method="git-upload-pack",
                host=parts.netloc,
                path=parts.path,
                started=started,
                finished=self._clock.now().steady,
                status=None,
                bytes=0 if done is None else len(done.output),
                skew=None,
            )
        )


def _matches(name: str, pattern: str) -> bool:
    """ls-remote matches the tail of a name; only the whole name counts here."""
    return name.startswith(pattern[:-1]) if pattern.endswith("/*") else name == pattern


def _below(url: str, prefix: str) -> bool:
    """A host must not match another that merely begins alike."""
    return url == prefix or url.startswith(prefix.rstrip("/") + "/")


def _commit(text: str) -> Commit:
    sha, parents, seconds, message = text.split("\x00", 3)
    committed = datetime.fromtimestamp(int(seconds), UTC)
    return Commit(sha, tuple(parents.split()), committed, message.rstrip("\n"))
