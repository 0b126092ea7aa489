"""Makes the pictures of the README: starts the demo in a real terminal (tmux), types keys, writes PNG and text.

    python -m tests.terminal.screenshots [NAME...]

Needs tmux and a monospace font. Every picture comes from the simulator, never from a hand-made screen.
"""

from __future__ import annotations

import os
import shlex
import signal as signals
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from types import MappingProxyType

import resvg_py
from rich.ansi import AnsiDecoder
from rich.cells import cell_len
from rich.color import Color, ColorType
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

FOLDER = Path(__file__).parents[2] / "screenshots"
CELL_WIDTH, CELL_HEIGHT, FONT_SIZE, BASELINE = 8.43, 18, 14, 14
INK, PAPER = "#d8dee4", "#101418"
FIRST_PICTURE_SECONDS = 30.0
EVERY_AUTHORITY = "8/8 live"
READING = "reading…"


@dataclass(frozen=True, slots=True)
class Picture:
    """What to show: a scenario at a second of its life, in a terminal of this size, after these keys."""

    name: str
    scenario: str
    at: str
    width: int = 120
    height: int = 36
    keys: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    module: tuple[str, ...] = ()  # what is run instead of the demo
    shows: str = EVERY_AUTHORITY  # once this stands there, it is ready


PICTURES = (
    Picture("dashboard", "build", "36"),
    Picture("dashboard-80x24", "build", "36", width=80, height=24),
    Picture("delivered", "build", "end"),
    Picture("failed", "build-fails", "end"),
    Picture("failed-log", "build-fails", "end", keys=("4", "l")),
    Picture("image-drift", "image-drift", "end"),
    Picture("facts", "image-drift", "end", keys=("8", "Enter")),
    Picture("hostile", "hostile", "end"),
    Picture("rewind", "build", "70", keys=("[", "[", "[", "[")),
    Picture("breaches", "slow", "end"),
    Picture("board", "all", "end", height=24, module=("tests.tui.demo", "board"), shows="19 lanes"),
    Picture("commits", "superseded", "end", keys=("c",)),
    Picture("history", "build", "end", keys=("5", "i")),
    Picture("gate", "build", "end", keys=("v",)),
    Picture("no-color", "build-fails", "end", width=80, height=24, environ={"NO_COLOR": "1"}),
)


class Terminal:
    """One tmux server of our own with one window, in which a command runs."""

    def __init__(
        self, command: list[str], width: int, height: int, environ: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._socket = str(Path(self._folder.name) / "tmux")
        kept = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "LC_ALL", "LC_CTYPE"}}
        environment = {**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        named = ["env", *(f"{name}={value}" for name, value in environ.items())]
        line = f"{shlex.join([*named, *command])}; echo left with $?; sleep 600"
        start = ["new-session", "-d", "-x", str(width), "-y", str(height), line]
        self._tmux(*start, ";", "set", "-g", "status", "off", environment=environment)
        self._tmux("set", "-ga", "terminal-overrides", ",*:Tc")
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def type(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    def resize(self, width: int, height: int) -> None:
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def signal(self, name: str) -> None:
        """Send it to what runs in the window, not to the shell around it."""
        shell = self._tmux("display-message", "-p", "#{pane_pid}").strip()
        found = subprocess.run(["pgrep", "-P", shell], check=True, capture_output=True, text=True).stdout.split()
        os.kill(int(found[0]), getattr(signals, f"SIG{name}"))

    def until(self, expected: str, seconds: float) -> str:
        """The screen, plain, once it shows `expected`; raises TimeoutError."""
        return self._watched(lambda screen: expected in screen, seconds, expected)

    def gone(self, unwanted: str, seconds: float) -> str:
        return self._watched(lambda screen: unwanted not in screen, seconds, f"no {unwanted}")

    def _watched(self, wanted: Callable[[str], bool], seconds: float, words: str) -> str:
        end, screen = time.monotonic() + seconds, ""
        while time.monotonic() < end:
            screen = self.screen(colours=False)
            if wanted(screen):
                return screen
            time.sleep(0.05)
        raise TimeoutError(f"not seen: {words}; it shows:\n{screen}")

    def screen(self, *, colours: bool = True) -> str:
        return self._tmux("capture-pane", "-p", "-N", *(["-e"] if colours else []))

    def settled(self, seconds: float, expected: str = "") -> str:
        """The screen once it shows `expected` and its shape stays; raises TimeoutError."""
        end, last = time.monotonic() + seconds, ""
        while time.monotonic() < end:
            time.sleep(0.7)
            screen = self.screen(colours=False)
            shape = "".join("0" if character.isdigit() else character for character in screen)
            if shape == last and expected in screen and READING not in screen:
                return self.screen()
            last = shape
        raise TimeoutError(f"the screen does not settle; it shows:\n{self.screen(colours=False)}")

    def close(self) -> None:
        self._tmux("kill-server")
        self._folder.cleanup()

    def _tmux(self, *words: str, environment: dict[str, str] | None = None) -> str:
        command = ["tmux", "-S", self._socket, "-f", "/dev/null", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


def main() -> None:
    wanted = set(sys.argv[1:])
    if unknown := wanted - {picture.name for picture in PICTURES}:
        sys.exit(f"no such picture: {', '.join(sorted(unknown))}; there are {', '.join(p.name for p in PICTURES)}")
    for picture in PICTURES:
        if not wanted or picture.name in wanted:
            demo = [str(Path(sys.executable).with_name("lanewatch")), "demo", picture.scenario, "--at", picture.at]
            make(picture, [sys.executable, "-m", *picture.module] if picture.module else demo)


def make(picture: Picture, command: list[str]) -> None:
    """Write NAME.png and NAME.txt of what the command shows after the keys."""
    FOLDER.mkdir(exist_ok=True)
    terminal = Terminal(command, picture.width, picture.height, picture.environ)
    try:
        screen = terminal.settled(FIRST_PICTURE_SECONDS, picture.shows)
        for key in picture.keys:
            terminal.type(key)
            screen = terminal.settled(FIRST_PICTURE_SECONDS)
        terminal.type("q")
    finally:
        terminal.close()
    decoder = AnsiDecoder()  # one for all: a line begins in the colours in which the one before ended
    lines = [decoder.decode_line(line) for line in screen.split("\n")[: picture.height]]
    (FOLDER / f"{picture.name}.txt").write_text("\n".join(line.plain.rstrip() for line in lines) + "\n")
    drawing = svg(lines, picture.width, picture.height)
    (FOLDER / f"{picture.name}.png").write_bytes(bytes(resvg_py.svg_to_bytes(svg_string=drawing)))
    print(f"{picture.name}: {picture.width}×{picture.height}, {' '.join([Path(command[0]).name, *command[1:]])}")


def svg(lines: list[Text], width: int, height: int) -> str:
    """The screen as SVG, one text element a character, so that every glyph stands in its cell."""
    console = Console(width=10_000)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * CELL_WIDTH:.0f}" height="{height * CELL_HEIGHT}">',
        f'<rect width="100%" height="100%" fill="{PAPER}"/>',
        f'<g font-family="DejaVu Sans Mono, monospace" font-size="{FONT_SIZE}">',
    ]
    for y, line in enumerate(lines):
        x = 0
        for segment in line.render(console, end=""):
            parts += _run(segment, x, y)
            x += cell_len(segment.text)
    return "\n".join([*parts, "</g></svg>"])


def _run(segment: Segment, x: int, y: int) -> list[str]:
    style = segment.style or Style.null()
    ink, paper = _colour(style.color, INK), _colour(style.bgcolor, PAPER)
    if style.reverse:
        ink, paper = paper, ink
    span = cell_len(segment.text) * CELL_WIDTH
    top, left = y * CELL_HEIGHT, x * CELL_WIDTH
    parts = []
    if paper != PAPER:
        size = f'width="{span + 0.3:.2f}" height="{CELL_HEIGHT + 0.5}"'
        parts.append(f'<rect x="{left:.2f}" y="{top}" {size} fill="{paper}"/>')
    for character in segment.text:
        if character != " ":
            place = f'x="{left:.2f}" y="{top + BASELINE}"'
            parts.append(f'<text {place} fill="{ink}"{_extra(style)}>{escape(character)}</text>')
        left += cell_len(character) * CELL_WIDTH
    return parts


def _extra(style: Style) -> str:
    decoration = "underline" if style.underline else "line-through" if style.strike else ""
    return "".join(
        (
            ' font-weight="bold"' if style.bold else "",
            ' font-style="italic"' if style.italic else "",
            ' opacity="0.6"' if style.dim else "",
            f' text-decoration="{decoration}"' if decoration else "",
        )
    )


def _colour(colour: Color | None, default: str) -> str:
    if colour is None or colour.type is ColorType.DEFAULT:
        return default
    return "#{:02x}{:02x}{:02x}".format(*colour.get_truecolor(DIMMED_MONOKAI))


if __name__ == "__main__":
    main()
