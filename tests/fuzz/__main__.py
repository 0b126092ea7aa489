"""`python -m tests.fuzz [SECONDS] [SEED]`: random logs through ingress and the readers of stored lines, for a while.

Prints the seed of the first log that breaks a property, and exits 1; the same seed breaks it again.
"""

from __future__ import annotations

import random
import sys
import time

from lanewatch.logs import ingress
from lanewatch.logs.ingress import Ingress
from lanewatch.logs.lines import read_line
from lanewatch.text import Redactor
from tests.logs.canaries import GIVEN, canaries
from tests.logs.test_ingress import FORBIDDEN, STAMP

SECONDS = 60.0
FRAGMENTS = (
    b"\x1b[", b"\x1b]52;c;", b"\x07", b"\x1b\\", b"\x1bP", b"\x9b", b"m", b"1;31", b"\r", b"\n", b"\r\n", b"\xff",
    b"\xc3", b"\xf0\x9f\x98\x80", "\u202e".encode(), "\u200b".encode(), "e\u0301\u0301\u0301\u0301\u0301".encode(),
    b"\0", b"\x01", b"::group::", b"#7 ",
    b"token=", b"password: ", b'"auth": "', b"data:\n", b"stringData:\n", b"  key: ", b"kind: Secret\n",
    b"-----BEGIN PRIVATE" + b" KEY-----\n",
    b"-----END PRIVATE" + b" KEY-----\n", b"://", b"@", b"Bearer ", STAMP.encode(),
    "␍".encode(), b"\t", b" ", b"{", b"}", b'"', b"plain words of a log ", b"deadbeef" * 8,
)  # fmt: skip
SECRETS = tuple(canaries().values())


def one_log(dice: random.Random) -> tuple[bytes, list[str]]:
    """A log of fragments and noise, and the secrets that stand whole and undisturbed in it."""
    parts, planted = [], []
    for _ in range(dice.randrange(40)):
        if dice.random() < 0.15:
            line, secret = dice.choice(SECRETS)
            parts.append(b"\n" + line.encode() + b"\n")
            planted.append(secret)
        elif dice.random() < 0.8:
            parts.append(dice.choice(FRAGMENTS) * dice.choice((1, 1, 1, 2, 9)))
        else:
            parts.append(dice.randbytes(dice.randrange(12)))
    return b"".join(parts), planted


def stored(data: bytes, dice: random.Random) -> bytes:
    way, at, kept = Ingress(Redactor([GIVEN])), 0, []
    while at < len(data):
        size = dice.choice((1, 2, 7, 64, 4096))
        kept.append(way.feed(data[at : at + size]))
        at += size
    return b"".join([*kept, way.finish()])


def broken(seed: int) -> str:
    """Which property the log of this seed breaks; "" for none."""
    dice = random.Random(seed)
    data, planted = one_log(dice)
    whole = Ingress(Redactor([GIVEN]))
    kept = whole.feed(data) + whole.finish()
    if stored(data, dice) != kept:
        return "chunks change what is stored"
    if FORBIDDEN.search(kept):
        return "a control byte is stored"
    text = kept.decode()
    if any(secret in text for secret in planted):
        return "a planted secret is stored"
    for number, line in enumerate(text.splitlines()):
        shown = read_line(number, line)
        if any(ord(c) < 32 and c != "\t" for c in shown.text) or any(s.end > len(shown.text) for s in shown.styles):
            return "a shown line holds a control character or a style beyond its end"
    return ""


def main(seconds: float, seed: int) -> int:
    ends, first = time.monotonic() + seconds, seed
    while time.monotonic() < ends:
        ingress.WINDOW, ingress.SURROUNDINGS = (256 << 10, 24 << 10) if seed % 2 else (4096, 2048)  # type: ignore[misc]
        if problem := broken(seed):
            print(f"seed {seed}: {problem} (again by: python -m tests.fuzz 1 {seed})")
            return 1
        seed += 1
    print(f"{seed - first} logs from seed {first} on: nothing broke")
    return 0


if __name__ == "__main__":
    given = sys.argv[1:]
    first_seed = int(given[1]) if len(given) > 1 else random.SystemRandom().randrange(1 << 30)
    sys.exit(main(float(given[0]) if given else SECONDS, first_seed))
