"""Copying inside tmux: as it comes, tmux ignores the sequence by which a program sets the clipboard (OSC 52)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

COMMAND: Final = ("tmux", "load-buffer", "-w", "-")  # its own buffer, and the clipboard of the terminal around it
SECONDS: Final = 5.0


async def into_tmux(text: str, environ: Mapping[str, str]) -> bool:
    """Put a text into tmux's buffer, where we run inside one; whether it is there. The text is never an argument."""
    if "TMUX" not in environ:
        return False
    try:
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return False
    try:
        async with asyncio.timeout(SECONDS):
            await process.communicate(text.encode())
    except TimeoutError:
        process.kill()
        await process.wait()
    return process.returncode == 0
