"""All rows of the fault table, and those that are still missing."""

from __future__ import annotations

from pathlib import Path

from tests.faults import rows_config, rows_logs, rows_origins, rows_process, rows_stories, rows_wire

MODULES = (rows_wire, rows_origins, rows_stories, rows_logs, rows_process, rows_config)
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "faults.md"

# Faults without a row, each with the reason. Empty when the table is complete.
MISSING: dict[str, str] = {}
