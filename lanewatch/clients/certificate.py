"""When the certificate of a server that answered ends: one that ends soon is told while all is still good (T05)."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta

SOON = timedelta(days=7)


def certificate_ends(tls: object) -> datetime | None:
    """Of a connection's TLS object; None without TLS."""
    told = tls.getpeercert() if isinstance(tls, ssl.SSLObject | ssl.SSLSocket) else None
    ends = (told or {}).get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if isinstance(ends, str) else None
