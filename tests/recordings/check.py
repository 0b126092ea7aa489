"""`python -m tests.recordings.check FOLDER…`: recordings through the same fold that the Tekton authority uses.

A FOLDER is a recording, or a folder of recordings. Prints one line a mismatch, then `N passed, N failed`; exit 1 when
any failed, 2 when nothing was given.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.recordings.comparison import mismatches
from tests.recordings.reading import expected, folded, is_recording, lines


def recordings(folder: Path) -> Iterator[Path]:
    """The folder itself, or the recordings in it; itself again when there are none, so that it fails visibly."""
    inside = [child for child in sorted(folder.iterdir()) if is_recording(child)] if folder.is_dir() else []
    yield from [folder] if is_recording(folder) or not inside else inside


def failures(folder: Path) -> list[str]:
    """One line for each way in which the conclusion differs; a recording that cannot be read is one too."""
    try:
        return mismatches(folded(lines(folder)), expected(folder))
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        return [f"cannot be checked: {type(error).__name__}: {error}"]


def main(arguments: list[str]) -> int:
    if not arguments:
        print("usage: python -m tests.recordings.check FOLDER...", file=sys.stderr)
        return 2
    failed = 0
    checked = [recording for argument in arguments for recording in recordings(Path(argument))]
    for recording in checked:
        found = failures(recording)
        failed += bool(found)
        for line in found:
            print(f"{recording.name}: {' '.join(line.splitlines())}")
    print(f"{len(checked) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
