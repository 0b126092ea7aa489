"""How states and qualities look: glyph, word and style for each, so that colour never tells anything alone.

Styles name theme variables, so a theme decides the colours; every glyph is one cell wide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lanewatch.rollout.facts import Quality
from lanewatch.rollout.rollout import BurnState, LaneState, Severity, StageState


@dataclass(frozen=True, slots=True)
class Mark:
    """How a state looks."""

    glyph: str
    word: str
    style: str


STAGE: Final[Mapping[StageState, Mark]] = {
    "pending": Mark("·", "pending", "$text-muted"),
    "running": Mark("◐", "running", "bold $running"),
    "succeeded": Mark("✔", "succeeded", "$good"),
    "reused": Mark("↺", "reused", "$good"),
    "failed": Mark("✖", "failed", "bold $bad"),
    "cancelled": Mark("⊘", "cancelled", "bold $doubt"),
    "skipped": Mark("↷", "skipped", "$text-muted"),
    "unknown": Mark("?", "unknown", "bold $doubt"),
}

LANE: Final[Mapping[LaneState, Mark]] = {
    "pending": Mark("·", "pending", "bold"),
    "running": Mark("▶", "running", "bold $running"),
    "succeeded": Mark("✔", "succeeded", "bold $good"),
    "failed": Mark("✖", "failed", "bold $bad"),
    "superseded": Mark("⊘", "superseded", "bold $doubt"),
    "unknown": Mark("?", "unknown", "bold $doubt"),
}

QUALITY: Final[Mapping[Quality, Mark]] = {
    Quality.GOOD: Mark(" ", "good", "$text-muted"),
    Quality.ESTIMATED: Mark("≈", "estimated", "$text-muted"),
    Quality.AGEING: Mark("◷", "ageing", "$doubt"),
    Quality.STALE: Mark("◷", "stale", "bold $doubt"),
    Quality.UNKNOWN: Mark("?", "unknown", "$text-muted"),
    Quality.ABSENT: Mark("–", "absent", "$text-muted"),
    Quality.GONE: Mark("∅", "gone", "$doubt"),
    Quality.DENIED: Mark("⊘", "denied", "bold $bad"),
    Quality.INVALID: Mark("!", "invalid", "bold $bad"),
    Quality.ERROR: Mark("✖", "error", "bold $bad"),
    Quality.CONFLICT: Mark("≠", "conflict", "bold $bad"),
    Quality.UNCONFIGURED: Mark("–", "unconfigured", "$text-muted"),
}

VALUE: Final[Mapping[Quality, str]] = {
    Quality.AGEING: "dim",
    Quality.STALE: "dim strike",
    Quality.GONE: "dim strike",
    Quality.ESTIMATED: "italic",
}

SEVERITY: Final[Mapping[Severity, Mark]] = {
    "error": Mark("✖", "error", "bold $bad"),
    "warning": Mark("⚠", "warning", "bold $doubt"),
    "info": Mark("i", "info", "bold $accent"),
}

BURN: Final[Mapping[BurnState, str]] = {
    "within": "",
    "at-risk": "bold $doubt",
    "over": "bold $bad",
    "none": "$text-muted",
    "unknown": "$text-muted",
}

BAR: Final[Mapping[StageState, str]] = {
    "pending": "$text-muted",
    "running": "$running",
    "succeeded": "$good",
    "reused": "$good",
    "failed": "$bad",
    "cancelled": "$doubt",
    "skipped": "$text-muted",
    "unknown": "$text-muted",
}

END_TO_END: Final = "│"
BASELINE: Final = "╎"
FORECAST: Final = "┊"
READ: Final = "┇"  # the moment of a log that was looked at

# What an ASCII terminal gets for each glyph of ours; any other character that it cannot show becomes "?".
ASCII: Final[Mapping[str, str]] = {
    **dict.fromkeys("▏▎▍▌", "-"),
    **dict.fromkeys("▋▊▉█▐", "="),
    **dict.fromkeys("┃│", "|"),
    **dict.fromkeys("╎", ":"),
    **dict.fromkeys("┊", ";"),
    **{"┇": "!", "▾": "v", "▸": ">"},
    **dict.fromkeys("▁▂▃▄▅▆▇", " "),  # the ends of a scrollbar
    **dict.fromkeys("─–—", "-"),
    **dict.fromkeys("┬┴┼├┤", "+"),
    **{"░": ".", "▓": "#", "┐": "\\", "┘": "/", "·": ".", "◐": "*", "▶": ">", "›": ">", "✔": "+", "↺": "~"},
    **{"✖": "x", "⊘": "/", "↷": ">", "⚠": "!", "≈": "~", "◷": "o", "∅": "0", "≠": "!", "→": ">", "…": "~"},
    **{"±": "~", "×": "x", "↑": "^", "↓": "v", "←": "<", "“": '"', "”": '"', "’": "'", "≥": ">", "≤": "<"},
    **{"◀": "<", "✓": "+"},
}
