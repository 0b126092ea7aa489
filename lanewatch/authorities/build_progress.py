"""How far BuildKit is, out of the tail of its plain progress log (Argo reference 4.4).

The plain format is for people and may change, so what is read here is only ever shown as progress, never judged.
"""

from __future__ import annotations

import re

# "#7 [env-image 3/7] RUN ...", "#7 [linux/arm64 env-image 3/7] ...", "#7 [3/7] ..."; runners put a time in front.
_STEP = re.compile(
    r"(?:\d{4}-\S+Z )?#\d+ \[(?:[a-z0-9]+/[a-z0-9/]+ )?(?:(?P<stage>[^\]\s]+) +)?(?P<step>\d{1,4})/(?P<steps>\d{1,4})\]"
)
_EXPORT = re.compile(r"(?:\d{4}-\S+Z )?#\d+ (?P<what>exporting to image|exporting cache[^\n]{0,60})")


def build_progress(log: str) -> str:
    """ "env-image step 3/7", "exporting to image", or "" when the tail shows neither."""
    for line in reversed(log.splitlines()):
        if step := _STEP.match(line):
            stage = f"{step['stage']} " if step["stage"] else ""
            return f"{stage}step {step['step']}/{step['steps']}"
        if export := _EXPORT.match(line):
            return export["what"].rstrip()
    return ""
