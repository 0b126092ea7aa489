"""The registry's token service: Bearer challenges, `/token`, and pull tokens that expire.

Source: reference argo-k8s-oci 4.1.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.http_messages import Request, Response, base_url, json_response

_LIFETIME = 300  # seconds of world time
_SERVICE = "lane-registry"


@dataclass(frozen=True, slots=True)
class RegistryTokens:
    """Issues and checks tokens that say `EXPIRES SCOPE SCOPE…`, signed with the world's seed."""

    credentials: Mapping[str, str]
    clock: WorldClock
    seed: str

    def challenge(self, request: Request, name: str | None) -> tuple[tuple[str, str], ...]:
        """The WWW-Authenticate header that sends a client to /token."""
        scope = f',scope="repository:{name}:pull"' if name else ""
        realm = f'Bearer realm="{base_url(request)}/token",service="{_SERVICE}"{scope}'
        return (("Www-Authenticate", realm),)

    def issue(self, request: Request) -> Response:
        """A token for the pull scopes that were asked for; 401 for anybody unknown."""
        user, _, password = _basic(request).partition(":")
        if not hmac.compare_digest(self.credentials.get(user, "").encode(), password.encode()) or not password:
            refusal = {"errors": [{"code": "UNAUTHORIZED", "message": "authentication required", "detail": None}]}
            return json_response(refusal, 401, (("Www-Authenticate", f'Basic realm="{_SERVICE}"'),))
        scopes = [value for key, value in request.query if key == "scope"]
        granted = [scope for scope in scopes if scope.split(":")[-1].split(",").count("pull")]
        said = " ".join([str(int(self.clock.at()) + _LIFETIME), *granted])
        token = f"{base64.urlsafe_b64encode(said.encode()).decode()}.{self._signature(said)}"
        issued_at = self.clock.wall().strftime("%Y-%m-%dT%H:%M:%SZ")
        value = {"token": token, "access_token": token, "expires_in": _LIFETIME, "issued_at": issued_at}
        return json_response(value)

    def admits(self, request: Request, name: str | None) -> bool:
        """May this request read repository `name` (None: the base endpoint)?"""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        payload, _, signature = token.partition(".")
        said = _decoded(payload)
        if scheme.lower() != "bearer" or not hmac.compare_digest(signature, self._signature(said)):
            return False
        expires, *scopes = said.split(" ")
        repositories = {scope.split(":")[1] for scope in scopes if scope.count(":") == 2}
        return self.clock.at() < int(expires) and (name is None or name in repositories)

    def _signature(self, said: str) -> str:
        return hmac.new(self.seed.encode(), said.encode(), "sha256").hexdigest()


def _basic(request: Request) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return _decoded(value) if scheme.lower() == "basic" else ""


def _decoded(text: str) -> str:
    """Base64 text; what is none decodes to nothing, which no check admits."""
    try:
        return base64.urlsafe_b64decode(text.encode()).decode()
    except (binascii.Error, UnicodeError):
        return ""
