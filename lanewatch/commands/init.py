"""`init`: a first connections.yaml. At most five questions, the rest is discovered; it ends with `doctor`.

Non-interactive with flags, or wherever stdin is no terminal: then what is not given and not discovered is left out.
"""

from __future__ import annotations

import asyncio
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import SystemClock
from lanewatch.clients.credentials import Credential, EnvironmentSource, FileSource, gitea_form
from lanewatch.clients.kubeconfig import context_names
from lanewatch.commands import doctor
from lanewatch.commands.errors import UsageError
from lanewatch.commands.lane import selected_lane
from lanewatch.commands.sources import default_connections_path
from lanewatch.doctor.discovering import contexts_of, gitea_at, mirrored_forge, registry_address, workload_service
from lanewatch.doctor.first_file import Answers, Contexts, TokenPlace, connections_text, token_place
from lanewatch.spec.connecting import load_connections
from lanewatch.spec.lane import Lane
from lanewatch.text import looks_like_credential

DEFAULT_TOKEN: Final = "GITEA_TOKEN"  # noqa: S105 - the name of a variable

Ask = Callable[[str, str], str]


def run(arguments: Namespace) -> int:
    path: Path = arguments.connections or default_connections_path()
    if path.exists() and not arguments.force:
        raise UsageError(f"{path} is there already: --force replaces it, --connections FILE writes another")
    lane = selected_lane(arguments)
    answers = asyncio.run(_answers(lane, arguments, _asker(arguments)))
    text = connections_text(answers)
    _write(path, text)
    connections = load_connections(path)  # what was written is read as every other command reads it
    print(f"wrote {path}", file=sys.stderr)
    for section in _left_out(answers, lane):
        print(f"left out, for it was not found: {section}", file=sys.stderr)
    print(file=sys.stderr)
    return doctor.report(lane, connections, "table")


def _left_out(answers: Answers, lane: Lane) -> Iterator[str]:
    """The sections that a lane usually has and this file has not, each with the flag that names it."""
    if not answers.upstream:
        yield "upstream, without which a stuck mirror is not seen as stuck (--upstream URL)"
    if not answers.registry:
        yield f"registry: {lane.registry_prefix.partition('/')[0]} does not answer from here (--registry URL)"
    if not answers.service:
        yield f"health: no Service of {lane.workload} was seen (--health-service NAME:PORT)"


def _asker(arguments: Namespace) -> Ask:
    """Asks on a terminal; elsewhere, and with --yes, takes what is proposed."""
    if arguments.yes or not sys.stdin.isatty():
        return lambda _, proposed: proposed

    def ask(question: str, proposed: str) -> str:
        shown = f" [{proposed}]" if proposed else ""
        print(f"{question}{shown}: ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            raise UsageError("no answer: give the flags instead (lanewatch init --help)")
        return line.strip() or proposed

    return ask


async def _answers(lane: Lane, given: Namespace, ask: Ask) -> Answers:
    clock = SystemClock()
    url = _address("--gitea-url", given.gitea_url or ask("1/5 Address of the Gitea, as a browser opens it", ""))
    if not url:
        raise UsageError("the Gitea's address is needed: --gitea-url https://gitea.example.org")
    place = _token(given, ask)
    try:
        gitea, origin = gitea_at(url, _credential(place), clock)
    except ValueError as error:
        raise UsageError(f"--gitea-url: {error}") from None
    try:
        forge = given.upstream or await mirrored_forge(gitea, lane)
    except ReadFailure as failure:
        print(f"lanewatch: {failure.reason}: what it mirrors is not known; doctor says what to do", file=sys.stderr)
        forge = ""
    finally:
        await origin.close()
    contexts = await _contexts(lane, given, ask, clock)
    upstream = _address("--upstream", given.upstream or ask("4/5 Forge that is mirrored (- for none)", forge))
    found = given.registry or await registry_address(lane, clock)
    registry = _address("--registry", given.registry or ask("5/5 Image registry (- for none)", found))
    service, port = await _service(lane, given, contexts, clock)
    return Answers(url, place, contexts, upstream, registry, service, port)


def _token(given: Namespace, ask: Ask) -> TokenPlace:
    """Where it lies, never what it is: what looks like a token is refused and not repeated."""
    if given.token_env or given.token_file:
        return TokenPlace(given.token_env or "", str(given.token_file.absolute()) if given.token_file else "")
    told = ask("2/5 Where its token is: name of a variable, or path of a file", DEFAULT_TOKEN)
    if looks_like_credential(told):
        raise UsageError("that looks like the token itself: put it into a file (0600) or a variable, and name that")
    place = token_place(told)
    return TokenPlace(file=str(Path(os.path.expanduser(place.file)).absolute())) if place.file else place


def _credential(place: TokenPlace) -> Credential:
    source = EnvironmentSource(place.env) if place.env else FileSource(Path(place.file))
    return Credential(source, gitea_form)


async def _contexts(lane: Lane, given: Namespace, ask: Ask, clock: SystemClock) -> Contexts | None:
    kubeconfig = given.kubeconfig.absolute() if given.kubeconfig else None
    plugins = tuple(given.exec_plugin)
    if given.context:
        return Contexts(str(kubeconfig or ""), given.context, plugins=plugins)
    try:
        names = context_names(kubeconfig)
    except ReadFailure as failure:
        print(f"lanewatch: {failure.reason}: no cluster is written down", file=sys.stderr)
        return None
    found = await contexts_of(lane, kubeconfig, names, clock, plugins)
    told = ask(f"3/5 kubectl context of the lane (there is {', '.join(names[:8])})", found.default)
    return found if told == found.default else Contexts(found.kubeconfig, told, plugins=plugins)


async def _service(lane: Lane, given: Namespace, contexts: Contexts | None, clock: SystemClock) -> tuple[str, int]:
    if given.health_service:
        name, _, port = given.health_service.partition(":")
        if not name or not port.isdigit():
            raise UsageError("--health-service: NAME:PORT is wanted")
        return name, int(port)
    if contexts is None:
        return "", 0
    return await workload_service(lane, contexts, clock)


def _address(flag: str, value: str) -> str:
    """An address without a trailing slash; "" for none. Whether it is one is told before anything is written."""
    value = "" if value == "-" else value.strip().rstrip("/")
    if value and not value.startswith(("http://", "https://")):
        raise UsageError(f"{flag}: an address that begins with https:// (or http://) is wanted")
    if "@" in value or "?" in value:
        raise UsageError(f"{flag}: an address without user, password or query is wanted (it is not repeated here)")
    return value


def _write(path: Path, text: str) -> None:
    """Whole or not at all, for its owner alone."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        partial.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {(error.strerror or 'unwritable').lower()}") from None
    finally:
        partial.unlink(missing_ok=True)
