"""Which names promise a secret value: for `key=value` text, environment variables and configuration keys."""

from __future__ import annotations

import re
from typing import Final

SECRET_WORDS: Final = (
    "password", "passwd", "passphrase", "pwd", "secret", "token", "api_key", "api-key", "apikey", "access_key",
    "access-key", "accesskey", "private_key", "private-key", "privatekey", "credential", "auth_key", "authkey",
    "encryption_key", "signing_key",
)  # fmt: skip
"""A name that holds one of these, in any case, holds a secret, unless its last word says otherwise."""

# The last word of names that describe or point at a secret but do not hold it: secretName, TOKEN_URL, tokenFile.
_DESCRIBES: Final = re.compile(
    r"(?:names?|refs?|references?|files?|paths?|dir|urls?|uri|types?|polic(?:y|ies)|seconds|minutes|hours|ttl|count"
    r"|limits?|redaction|provider|manager|audiences?|endpoint|reviews?|requests?|mounts?|volumes?|namespace|version"
    r"|present|enabled|required|rotation|rotated|expir(?:y|es|ation|ed)|issuer|length|format|hash|digest|fingerprint"
    r"|status|state|scopes?|store|class)$",
    re.IGNORECASE,
)
_AUTH: Final = re.compile(r"(?:^|[^a-z])auth$", re.IGNORECASE)


def is_secret_name(name: str) -> bool:
    """True when a value under this name must not be shown: `GITEA_TOKEN`, `clientSecret`, `REGISTRY_AUTH`."""
    lowered = name.lower()
    if _AUTH.search(lowered):
        return True
    return any(word in lowered for word in SECRET_WORDS) and not describes_secret(name)


def describes_secret(name: str) -> bool:
    """True when the name's last word says that it describes a secret: `secretName`, `TOKEN_URL`, `tokenFile`."""
    return bool(_DESCRIBES.search(name))
