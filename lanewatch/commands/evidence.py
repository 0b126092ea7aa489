"""`evidence export|verify|replay|diff`: what was seen, as a bundle that proves itself."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lanewatch.commands.errors import UsageError, reading_bundles
from lanewatch.output.exit_codes import DONE, INTERNAL, of_rollout

if TYPE_CHECKING:
    from lanewatch.evidence.verify import Verified
    from lanewatch.evidence.writing import Seal

SHOWN_AFTER = 1.0  # seconds; what ends sooner needs no word


def run(arguments: Namespace) -> int:
    """One action."""
    actions: dict[str, Callable[[Namespace], int]] = {
        "export": _export, "verify": _verify, "replay": _replay, "diff": _diff
    }  # fmt: skip
    return reading_bundles(lambda: actions[arguments.action](arguments))


def _export(arguments: Namespace) -> int:
    from lanewatch.evidence.signing import SigningError
    from lanewatch.evidence.writing import WritingError

    for key in (arguments.sign, arguments.envelope):
        if key is not None and not key.is_file():
            raise UsageError(f"{key}: no such key")
    try:
        return asyncio.run(_written(arguments))
    except (WritingError, SigningError) as error:
        print(f"lanewatch: {error}", file=sys.stderr)
    except OSError as error:
        print(f"lanewatch: {error.filename or arguments.output}: {error.strerror}; nothing exported", file=sys.stderr)
    return INTERNAL


async def _written(arguments: Namespace) -> int:
    """Sweep once, write, print the path."""
    from lanewatch.commands.lane import open_lane
    from lanewatch.evidence.export import export
    from lanewatch.watch.waiting import settle

    tell = teller()
    async with open_lane(arguments) as session:
        tell("asking every authority")
        if not await settle(session, session.lane.status_seconds):
            print("lanewatch: not every authority has answered: the bundle says which", file=sys.stderr)
        path = await export(
            session,
            arguments.output,
            as_tar=arguments.tar,
            whole_logs=arguments.logs,
            seal=_seal(arguments),
            progress=tell,
        )
    print(path)
    return DONE


def teller() -> Callable[[str], None]:
    """Says on stderr what is being done, once a second, and nothing of what takes less."""
    told = time.monotonic()

    def tell(text: str) -> None:
        nonlocal told
        if time.monotonic() - told >= SHOWN_AFTER:
            told = time.monotonic()
            print(f"lanewatch: {text}", file=sys.stderr)

    return tell


def _seal(arguments: Namespace) -> Seal:
    from lanewatch.evidence.signing import sign_envelope, sign_ssh

    def seal(folder: Path) -> Iterable[str]:
        signed = sign_ssh(folder, arguments.sign) if arguments.sign else []
        return [*signed, *(sign_envelope(folder, arguments.envelope) if arguments.envelope else [])]

    return seal


def _verify(arguments: Namespace) -> int:
    from lanewatch.evidence.verify import verify

    for file in (arguments.signers, arguments.key):
        if file is not None and not file.is_file():
            raise UsageError(f"{file}: no such file")
    print(_words(verify(arguments.bundle, signers=arguments.signers, key=arguments.key)))
    return DONE


def _words(found: Verified) -> str:
    rollout, evidence = found.rollout, found.rollout.evidence
    lines = [
        f"intact, {f'signed by {found.signed_by}' if found.signed_by else 'unsigned'}",
        f"  {found.name}",
        f"  journal {found.head[:8]}: {found.entries} entries, every hash and the chain hold",
        f"  {rollout.target} {(rollout.commit or 'no commit')[:12]} {rollout.state}, as the journal projects it",
        f"  evidence {len(evidence.present)} of {len(evidence.required)} present; provenance: {found.confirmed} fields "
        f"confirmed by another authority{_contradicted(found)}",
    ]
    return "\n".join([*lines, f"  DSSE envelope {found.envelope}"] if found.envelope else lines)


def _contradicted(found: Verified) -> str:
    return f", contradicted: {', '.join(found.contradicted)}" if found.contradicted else ""


def _replay(arguments: Namespace) -> int:
    from lanewatch.evidence.replay import open_replay

    start = 0.0 if arguments.at is None and arguments.speed else arguments.at
    session = open_replay(arguments.bundle, start=start, speed=arguments.speed or 0.0)
    if arguments.print:
        from lanewatch.output.status_json import status_json

        sys.stdout.write(status_json(session.rollout))
        return of_rollout(session.rollout)
    from lanewatch.commands.watch import on_a_terminal

    if not on_a_terminal():
        raise UsageError("a replay needs a terminal; `evidence replay --print` writes the summary")
    from tui.app import watch

    gc.freeze()  # what was read so far stays; the command line began without collecting
    gc.enable()
    return asyncio.run(watch(session))


def _diff(arguments: Namespace) -> int:
    from lanewatch.evidence.bundle import read_bundle
    from lanewatch.evidence.difference import difference

    one, other = (read_bundle(path).material.rollout() for path in (arguments.first, arguments.second))
    sys.stdout.write(difference(one, other))
    return DONE
