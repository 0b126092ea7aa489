"""Every fault of the reference's table is injected for real, fires, and comes to what docs/faults.md says."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from types import ModuleType

import pytest

from tests.faults import rows
from tests.faults.document import documented
from tests.faults.table import IDS, ROWS, Row


def test_every_fault_has_its_row_or_is_named_as_missing() -> None:
    assert sorted(ROWS) == sorted(set(IDS) - set(rows.MISSING))
    assert len(IDS) == 83


@pytest.mark.parametrize("one", ROWS.values(), ids=lambda one: one.id)
def test_a_fault(one: Row, tmp_path: Path) -> None:
    observed = one.play(tmp_path)
    assert observed.fired > 0, "the fault was never injected"
    assert one.sees in observed.line
    assert documented(one, observed.line) in (rows.DOCUMENT.read_text().splitlines())


@pytest.mark.parametrize("module", rows.MODULES, ids=lambda module: module.__name__)
def test_how_often_a_fault_fired_is_counted_never_written_down(module: ModuleType) -> None:
    tree = ast.parse(inspect.getsource(module))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    made = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Observed"]
    assert [call.lineno for call in made if isinstance(call.args[0], ast.Constant)] == []
