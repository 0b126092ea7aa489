"""WWW-Authenticate of a registry: what it wants, and whether its token realm may be asked (Argo reference 4.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from lanewatch.clients.answers import ReadFailure
from lanewatch.rollout.facts import Outcome

_PARAMETER = re.compile(r'([a-zA-Z_]+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Challenge:
    """`scheme` is "basic" or "bearer"; the rest only for bearer."""

    scheme: str
    realm: str = ""
    service: str = ""
    scope: str = ""

    def token_url(self, registry_host: str) -> str:
        """Where to ask for a token. The realm is chosen by whoever answered: it must be the registry, or https.

        Raises ReadFailure `denied`.
        """
        parts = urlsplit(self.realm)
        if (
            parts.username is not None
            or not parts.hostname
            or (parts.scheme != "https" and parts.netloc != registry_host)
        ):
            raise ReadFailure(
                Outcome.DENIED, f"token realm refused: {parts.hostname or 'no host'} is neither https nor the registry"
            )
        query = [(key, value) for key, value in (("service", self.service), ("scope", self.scope)) if value]
        joint = "&" if parts.query else "?"
        return self.realm + (joint + urlencode(query) if query else "")

    def realm_host(self) -> str:
        return urlsplit(self.realm).netloc


def parse_challenge(header: str) -> Challenge | None:
    """The first Bearer or Basic challenge in the header; None when there is none."""
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() == "basic":
        return Challenge("basic")
    if scheme.lower() != "bearer":
        return None
    parameters = {key.lower(): value for key, value in _PARAMETER.findall(rest)}
    return Challenge("bearer", parameters.get("realm", ""), parameters.get("service", ""), parameters.get("scope", ""))
