"""Who may read what in the simulated Gitea: tokens, scopes, private repositories (reference gitea.md 7)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from lanewatch.simulator.http_messages import Request
from lanewatch.simulator.world import Json

_READERS = frozenset({"all", "read:repository", "write:repository"})


@dataclass(frozen=True, slots=True)
class Access:
    """What one token may do: its scopes, the repositories its user sees (None: all), whether that user owns them."""

    scopes: frozenset[str] = frozenset({"read:repository"})
    owner: bool = False
    repositories: frozenset[str] | None = None

    @property
    def reads_repositories(self) -> bool:
        """Has it the scope that every repository route asks for?"""
        return bool(self.scopes & _READERS)


class BadToken(Exception):
    """A token was sent that nobody has: 401, even on public repositories."""


def access_of(request: Request, tokens: Mapping[str, Access]) -> Access | None:
    """The access of the request's token, None for an anonymous one. Raises BadToken."""
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, value = header.partition(" ")
    if scheme.lower() in ("token", "bearer"):
        candidates = [value.strip()]
    elif scheme.lower() == "basic":
        user, _, password = _basic(value).partition(":")
        candidates = [password, user]  # Gitea takes the token in either place
    else:
        candidates = []
    found = next((tokens[token] for token in candidates if token in tokens), None)
    if found is None:
        raise BadToken
    return found


def visible(repository: str, document: Json, access: Access | None) -> bool:
    """Is the repository there at all for this reader? (A private one that is not: 404, same as absent.)"""
    if not document.get("private"):
        return True
    if access is None or "public-only" in access.scopes:
        return False
    return access.repositories is None or repository in access.repositories


def _basic(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeError):
        return ""
