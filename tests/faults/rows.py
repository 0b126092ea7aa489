"""All rows of the fault table, and those that are still missing."""

from __future__ import annotations

from pathlib import Path

from tests.faults import rows_origins, rows_stories, rows_wire

MODULES = (rows_wire, rows_origins, rows_stories)
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "faults.md"

# Faults without a row, each with the reason. Empty when the table is complete.
MISSING: dict[str, str] = {
    "N10": "a log without length",
    "T05": "a certificate that ends soon",
    **{f"G0{number}": "logs" for number in range(1, 7)},
    **{f"D0{number}": "files" for number in range(1, 6)},
    **{f"P0{number}": "the process" for number in range(1, 10)},
    **{f"C0{number}": "configuration" for number in range(1, 5)},
}
