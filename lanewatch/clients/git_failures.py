"""What git means by what it prints: it tells its failures in English only (LC_ALL=C)."""

from __future__ import annotations

import re

from lanewatch.clients.answers import ReadFailure
from lanewatch.rollout.facts import Outcome
from lanewatch.text import safe

_MEANINGS: tuple[tuple[re.Pattern[str], Outcome, str], ...] = (
    (re.compile(r"Could not resolve host"), Outcome.UNREACHABLE, "name not found"),
    (re.compile(r"Failed to connect|Couldn't connect|Connection refused"), Outcome.UNREACHABLE, "refused"),
    (
        re.compile(r"unable to get local issuer|self.signed certificate"),
        Outcome.UNREACHABLE,
        "TLS: unknown issuer (set ca)",
    ),
    (re.compile(r"certificate has expired"), Outcome.UNREACHABLE, "TLS: certificate expired"),
    (re.compile(r"SSL|TLS|certificate"), Outcome.UNREACHABLE, "TLS: handshake failed"),
    (
        re.compile(r"Authentication failed|could not read (Username|Password)|error: 401"),
        Outcome.DENIED,
        "401: credential not accepted",
    ),
    (re.compile(r"error: 403"), Outcome.DENIED, "403: credential lacks the right to read"),
    (
        re.compile(r"error: 404|repository '.*' not found"),
        Outcome.ABSENT,
        "404: no such repository or no right to see it",
    ),
    (re.compile(r"error: 429"), Outcome.THROTTLED, "429: throttled"),
    (re.compile(r"error: 5\d\d"), Outcome.ERROR, "server failed"),
    (re.compile(r"couldn't find remote ref|not our ref"), Outcome.ABSENT, "no such ref or commit"),
    (re.compile(r"unable to update url base|error: 30\d"), Outcome.ERROR, "redirect refused"),
    (re.compile(r"Empty reply|RPC failed|early EOF|hung up|unexpected disconnect"), Outcome.ERROR, "connection lost"),
    (
        re.compile(r"protocol error|bad line length|not valid|dumb http"),
        Outcome.INVALID,
        "no git answer (is this a git URL?)",
    ),
)

_TRACE = re.compile(r"\d\d:\d\d:\d\d\.\d+ ")  # GIT_TRACE_PACKET: holds what the server sent


def git_failure(errors: str, host: str) -> ReadFailure:
    """The ReadFailure behind git's standard error; what is not known is quoted, redacted and cleaned."""
    lines = [line for line in errors.splitlines() if line.strip() and not _TRACE.match(line)]
    told = "\n".join(lines)
    for pattern, outcome, reason in _MEANINGS:
        if pattern.search(told):
            return ReadFailure(outcome, f"git: {reason}: {host}")
    return ReadFailure(Outcome.ERROR, f"git: {safe(lines[-1]) if lines else 'failed'}: {host}")
