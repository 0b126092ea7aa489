"""Addresses: what a base URL may be, and where a redirect may lead (reliability reference 5.3)."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from lanewatch.clients.answers import ReadFailure
from lanewatch.rollout.facts import Outcome


def checked_base(base: str) -> SplitResult:
    """The parts of a base URL. Raises ValueError, without quoting it, for one that is none or carries a secret."""
    parts = urlsplit(base.rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("a base URL starts with http:// or https:// and names a host")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("a base URL carries no user, password, query or fragment")
    return parts


def redirect_target(base: SplitResult, asked: str, location: str, trusted_hosts: frozenset[str]) -> str:
    """The URL to ask after a redirect of `asked` (a path under `base`) to `location`.

    The same origin; else, where the path asked for goes on in it, the same server under a wrongly guessed name or
    leading path, which is asked under ours; else a trusted host over https. Raises ReadFailure `error` otherwise.
    """
    to = urlsplit(location)
    query = f"?{to.query}" if to.query else ""
    if to.netloc in ("", base.netloc) and to.scheme in ("", base.scheme) and to.path.startswith("/"):
        return f"{base.scheme}://{base.netloc}{to.path}{query}"
    _, goes_on, rest = to.path.partition(asked)
    if goes_on:
        return f"{base.scheme}://{base.netloc}{base.path}{asked}{rest}{query}"
    if trusted_hosts.intersection({to.hostname, to.netloc}) and to.scheme == "https" and to.username is None:
        return to.geturl()
    raise ReadFailure(Outcome.ERROR, f"redirect to other origin refused: {to.hostname or 'no host'}")
