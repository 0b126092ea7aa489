"""docs/faults.md out of what the rows observed."""

from __future__ import annotations

from tests.faults.table import ROWS, Row

HEAD = """\
# What lanewatch says when something else is broken

Every fault below is injected in the tests, over real sockets, files, processes or clocks; the third column is the line
that was then on the screen, with a server's name in place of its address. Try one on a served lane:
`lanewatch demo --serve --fault ID` (those that `lanewatch demo --list-faults` names).
In every case the other rows go on, nothing old is shown without its age, and when the fault is over the row is good
again within 35 s.

| id | what is broken | what the screen says | what to do |
| --- | --- | --- | --- |
"""


def documented(one: Row, line: str) -> str:
    """The row of one fault."""
    said = line.replace("|", "\\|")
    return f"| {one.id} | {one.what} | {said} | {one.do} |"


def document(lines: dict[str, str], order: tuple[str, ...], missing: dict[str, str], foot: str) -> str:
    """The whole page; `lines` by id. `foot`: what the other rows notice."""
    table = "\n".join(documented(ROWS[id], lines[id]) for id in order if id in lines)
    rest = "".join(f"- {id}: {why}\n" for id, why in missing.items())
    return HEAD + table + "\n" + (f"\n## Not injected yet\n\n{rest}" if rest else "") + foot
