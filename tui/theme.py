"""The colours. Good is blue and bad is orange-red, which people with any common colour blindness tell apart.

Our own names ($good, $bad, $doubt, $running) are theme variables, so that every theme of Textual works too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from textual.theme import Theme

# The palette of Okabe and Ito, lightened for a dark ground and darkened for a light one.
DARK: Final = Theme(
    name="lanewatch-dark",
    primary="#56b4e9",
    secondary="#009e73",
    accent="#f0c040",
    foreground="#d8dee4",
    background="#101418",
    surface="#161b21",
    panel="#1c232b",
    success="#56b4e9",
    warning="#e9a23b",
    error="#ff7847",
    dark=True,
    variables={
        "good": "#56b4e9",
        "bad": "#ff7847",
        "doubt": "#e9c46a",
        "running": "#7fd6c2",
        "text-muted": "#95a1ae",
        "cursor-row": "#243240",
    },
)

LIGHT: Final = Theme(
    name="lanewatch-light",
    primary="#00507f",
    secondary="#00664a",
    accent="#7a5000",
    foreground="#1a2026",
    background="#fbfbf8",
    surface="#f2f3ef",
    panel="#e8eae5",
    success="#00639c",
    warning="#8a5a00",
    error="#b83200",
    dark=False,
    variables={
        "good": "#00639c",
        "bad": "#b83200",
        "doubt": "#7d5200",
        "running": "#00664f",
        "text-muted": "#505b65",
        "cursor-row": "#dbe4ec",
    },
)

HIGH_CONTRAST: Final = Theme(
    name="lanewatch-contrast",
    primary="#7fd0ff",
    secondary="#00ffc0",
    accent="#ffff00",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#101010",
    success="#7fd0ff",
    warning="#ffd000",
    error="#ff9060",
    dark=True,
    variables={
        "good": "#7fd0ff",
        "bad": "#ff9060",
        "doubt": "#ffd000",
        "running": "#00ffc0",
        "text-muted": "#c8c8c8",
        "cursor-row": "#003a66",
    },
)

THEMES: Final = (DARK, LIGHT, HIGH_CONTRAST)


def own_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """Our colour names for a theme that does not know them, from the names that every theme has."""
    return {
        "good": variables.get("success", "ansi_blue"),
        "bad": variables.get("error", "ansi_red"),
        "doubt": variables.get("warning", "ansi_yellow"),
        "running": variables.get("primary", "ansi_cyan"),
        "cursor-row": variables.get("panel", "ansi_default"),
    }
