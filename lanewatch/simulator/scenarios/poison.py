"""Poisoned texts: control sequences, invisible characters, markup, and planted secrets.

No credential stands here: every secret is put together from parts, so that the source holds only its shape.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from lanewatch.simulator.recorder import Recorder

ESCAPES = (
    "\x1b[2J\x1b[H",  # clear the screen
    "\x1b]52;c;cm0gLXJmIH4=\x07",  # write the clipboard
    "\x1b]0;owned\x1b\\",  # the window's title
    "\x1b]8;;https://evil.example\x1b\\here\x1b]8;;\x1b\\",  # a link
    "\x9b31mred\x9b0m",  # CSI as one C1 byte
    "\x1bP+q544e\x1b\\",  # DCS
    "\u202egnp.exe\u202c",  # text that runs backwards
    "\u2066isolated\u2069",
    "zero\u200bwidth\ufeffjoiner\u200d",
    "\x00nul\x08\x08back\x7f",
    "overwritten\rcarriage",
)
MARKUP = ("[/x]", "[@click=app.quit]quit[/]", "[bold red]loud[/bold red]", "[link=https://evil.example]x[/link]", "\\[")


@dataclass(frozen=True, slots=True)
class Poison:
    """Poisons any text, always in the same way. carriers: texts that each hold one planted secret."""

    carriers: tuple[str, ...]

    def __call__(self, text: str) -> str:
        """The text with an escape, some markup and one carrier after it; still one line."""
        turn = zlib.crc32(text.encode())
        parts = (
            ESCAPES[turn % len(ESCAPES)],
            MARKUP[turn // 7 % len(MARKUP)],
            self.carriers[turn // 3 % len(self.carriers)],
        )
        return f"{text} {' '.join(parts)}"


def planted(recorder: Recorder) -> tuple[Poison, tuple[str, ...]]:
    """The poison of this seed, and the secrets it plants."""
    github = "ghp" + "_" + recorder.hexes(36, "github")
    gitlab = "gl" + "pat-" + recorder.hexes(20, "gitlab")
    aws = "AK" + "IA" + _letters(recorder, 16)
    password, basic = recorder.hexes(18, "password"), recorder.hexes(20, "basic")
    bearer, jwt = recorder.hexes(40, "bearer"), _jwt(recorder)
    carriers = (
        f"using {github}",
        f"token {gitlab}",
        f"key {aws}",
        f"password={password}",
        f"clone https://ci:{basic}@git.example/x.git",
        f"Authorization: Bearer {bearer}",
        f"session {jwt}",
    )
    return Poison(carriers), (github, gitlab, aws, password, basic, bearer, jwt)


def private_key(recorder: Recorder) -> tuple[str, tuple[str, ...]]:
    """A PEM block of noise, and the lines that must not leave."""
    noise = base64.b64encode(bytes.fromhex("".join(recorder.hexes(64, "pem", n) for n in range(6)))).decode()
    lines = tuple(noise[n : n + 64] for n in range(0, len(noise), 64))
    frame = "PRIVATE" + " KEY-----"
    return "\n".join([f"-----BEGIN {frame}", *lines, f"-----END {frame}"]), lines


def _letters(recorder: Recorder, count: int) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return "".join(alphabet[recorder.number(32, "aws", n)] for n in range(count))


def _jwt(recorder: Recorder) -> str:
    parts: Sequence[bytes] = (
        json.dumps({"alg": "HS256", "typ": "JWT"}).encode(),
        json.dumps({"sub": "ci", "jti": recorder.hexes(12, "jti")}).encode(),
        bytes.fromhex(recorder.hexes(64, "signature")),
    )
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
