"""Reads the bytes of a configuration file, whole and bounded, and says how the file is named to people."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from lanewatch.spec.errors import ConfigurationError, Problem

LARGEST_FILE: Final = 256 * 1024  # bytes; the given spec has 11 KiB, and parsing costs about 2 s a MiB


def shown(path: Path) -> str:
    """A path as people are told it: relative to the working folder where that is shorter."""
    absolute = Path(os.path.abspath(path))
    working = Path.cwd()
    return str(absolute.relative_to(working)) if absolute.is_relative_to(working) else str(absolute)


def read_file(path: Path) -> bytes:
    """The file's bytes. Raises ConfigurationError for what is no readable regular file of at most LARGEST_FILE."""
    label = shown(path)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe must not hang us
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a path"
        raise ConfigurationError([Problem(label, 0, 0, "", f"cannot be read: {reason}")]) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ConfigurationError([Problem(label, 0, 0, "", "is no regular file")])
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        message = f"is larger than {LARGEST_FILE // 1024} KiB"
        raise ConfigurationError([Problem(label, 0, 0, "", message)])
    return data
