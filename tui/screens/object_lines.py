"""A native object as YAML with `managedFields` folded: who owns which field is the last thing an on-call asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

FOLDED = "managedFields:"


def folded(lines: Sequence[str]) -> tuple[str, ...]:
    """The lines with each managedFields block replaced by one that says how many are hidden."""
    return tuple(_folded(lines))


def _folded(lines: Sequence[str]) -> Iterator[str]:
    index = 0
    while index < len(lines):
        line = lines[index]
        index += 1
        if line.strip() != FOLDED:
            yield line
            continue
        end = index
        while end < len(lines) and _belongs(lines[end], line):
            end += 1
        yield f"{line} … {end - index} lines folded (- unfolds)"
        index = end


def _belongs(line: str, parent: str) -> bool:
    """Whether a line is inside the block: deeper, or an item of its list on the same level."""
    depth, own = _depth(line), _depth(parent)
    return depth > own or (depth == own and line.lstrip().startswith("- "))


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
