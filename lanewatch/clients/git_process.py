"""One run of the git command line: nothing of it outlives the call, however the call ends.

The one module that starts git. Its environment is built here from nothing: no user configuration, no helper, no
prompt, no proxy, no protocol but http(s); the credential is a header in the environment, never in the argument list.
Whatever ends a call early kills the whole process group, because git's transport is a child of its own.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.failures import timed_out
from lanewatch.rollout.facts import Outcome

OUTPUT_CAP = 16 << 20  # bytes: 100,000 refs are 8 MB


@dataclass(frozen=True, slots=True)
class Done:
    """How git ended: its exit code, what it printed, and what it complained of."""

    code: int
    output: bytes
    errors: str


async def run_git(
    arguments: Sequence[str], configuration: Sequence[tuple[str, str]], seconds: float, host: str
) -> Done:
    """Run git with these entries of configuration for at most `seconds`. Raises ReadFailure, which names `host`."""
    process = _started(arguments, _environment(configuration))  # no await before the `try`: it is ours from its birth
    try:
        async with asyncio.timeout(seconds):
            return await _finished(process, host)
    except TimeoutError:
        raise timed_out(host, "answer from git", seconds) from None
    finally:
        await _ended(process)


def _environment(configuration: Sequence[tuple[str, str]]) -> dict[str, str]:
    """All that git is told besides its arguments."""
    entries = [
        ("protocol.version", "2"),
        ("credential.helper", ""),
        ("http.followRedirects", "false"),
        ("core.hooksPath", os.devnull),
        ("safe.bareRepository", "all"),
        *configuration,
    ]
    told = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_TRACE_PACKET": "1",  # any web page passes for a repository without refs; this tells them apart
        "GIT_CONFIG_COUNT": str(len(entries)),
    }
    for number, (key, value) in enumerate(entries):
        told[f"GIT_CONFIG_KEY_{number}"] = key
        told[f"GIT_CONFIG_VALUE_{number}"] = value
    return told


def _started(arguments: Sequence[str], told: Mapping[str, str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            ["git", *arguments],  # noqa: S607 - whichever git the user's PATH leads to
            env=dict(told),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
    except FileNotFoundError:
        raise ReadFailure(Outcome.UNCONFIGURED, "git is not installed") from None
    except OSError as error:
        reason = f"git cannot be started: {(error.strerror or 'unknown').lower()}"
        raise ReadFailure(Outcome.ERROR, reason) from None


async def _finished(process: subprocess.Popen[bytes], host: str) -> Done:
    assert process.stdout is not None
    assert process.stderr is not None
    output, errors = await asyncio.gather(_capped(process.stdout, host), _capped(process.stderr, host))
    return Done(await asyncio.to_thread(process.wait), output, errors.decode("utf-8", "replace"))


async def _capped(pipe: IO[bytes], host: str) -> bytes:
    reader, data = asyncio.StreamReader(), bytearray()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    try:
        while chunk := await reader.read(1 << 16):
            data += chunk
            if len(data) > OUTPUT_CAP:
                raise ReadFailure(Outcome.INVALID, f"git answered over {OUTPUT_CAP >> 20} MiB: {host}")
    finally:
        transport.close()
    return bytes(data)


async def _ended(process: subprocess.Popen[bytes]) -> None:
    """Its group is killed before it is waited for: until then its number belongs to nobody else."""
    try:
        if process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):  # macOS: nothing but a dead process is in the group
                os.killpg(process.pid, signal.SIGKILL)
            await _outlasting(asyncio.get_running_loop().run_in_executor(None, process.wait))
    finally:
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()


async def _outlasting(work: asyncio.Future[int]) -> None:
    """Until the work is done, however often the caller is cancelled meanwhile: it takes no time at all."""
    cancelled = False
    while not work.done():
        try:
            await asyncio.wait({work})
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError
