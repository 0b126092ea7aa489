"""`python -m tests.faults [ID…]`: play the faults and write docs/faults.md (all), or say what is seen of these.

For all it also measures what the other rows notice of each (see `latency`), which takes some minutes.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.faults import latency, rows
from tests.faults.document import document
from tests.faults.table import IDS, ROWS


def main(wanted: list[str]) -> int:
    lines: dict[str, str] = {}
    for id in wanted or [id for id in IDS if id in ROWS]:
        with tempfile.TemporaryDirectory() as folder:
            try:
                observed = ROWS[id].play(Path(folder))
            except AssertionError as problem:
                print(f"{id} FAILED {str(problem)[:1500]}", flush=True)
                continue
        lines[id] = observed.line
        print(f"{id} fired {observed.fired}: {observed.line}", flush=True)
    print(f"{len(lines)} of {len(wanted or ROWS)} faults played, {len(rows.MISSING)} missing")
    if not wanted and len(lines) == len(ROWS):
        rows.DOCUMENT.parent.mkdir(exist_ok=True)
        rows.DOCUMENT.write_text(document(lines, IDS, rows.MISSING, latency.told(latency.all_measured())))
    return 0 if len(lines) == len(wanted or ROWS) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
