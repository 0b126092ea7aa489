"""The installed command, run far from the checkout."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def run(bin_folder: Path, place: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """To its end, with `place` as home and working folder, and no variables but these."""
    environment = {"PATH": f"{bin_folder}:{os.environ['PATH']}", "HOME": str(place), "LANG": "C.UTF-8", **variables}
    return subprocess.run(
        [bin_folder / "lanewatch", *arguments],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
