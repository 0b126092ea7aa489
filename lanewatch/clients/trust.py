"""TLS trust: one context per CA file, and what a refused certificate means in words (faults T01-T04)."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lanewatch.clients.answers import ReadFailure
from lanewatch.rollout.facts import Outcome

_EXPIRED = 10  # OpenSSL X509_V_ERR codes
_NOT_YET_VALID = 9
_UNKNOWN_ISSUER = frozenset({2, 18, 19, 20, 21})
_NAME_MISMATCH = frozenset({62, 64})


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """What we show to a server that asks for a certificate: PEM files, the key without a passphrase."""

    certificate: Path
    key: Path


@lru_cache(maxsize=16)
def trust(ca: Path | None, own: OwnCertificate | None = None) -> ssl.SSLContext:
    """The shared context that trusts `ca` (the system's store when None) and shows `own`; building one costs 24 ms.

    Raises ReadFailure `unconfigured` when a file cannot be read or holds no certificate.
    """
    context = _trusting(ca)
    if own is not None:
        try:
            context.load_cert_chain(own.certificate, own.key, password=lambda: b"")
        except (OSError, ssl.SSLError):
            raise ReadFailure(
                Outcome.UNCONFIGURED, f"client certificate {own.certificate}, key {own.key}: not readable as a pair"
            ) from None
    return context


def _trusting(ca: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=None if ca is None else str(ca))
        return leniently(context)
    except FileNotFoundError:
        raise ReadFailure(Outcome.UNCONFIGURED, f"no CA file {ca}") from None
    except (OSError, ssl.SSLError):
        raise ReadFailure(Outcome.UNCONFIGURED, f"CA file {ca} holds no certificate") from None


def leniently(context: ssl.SSLContext) -> ssl.SSLContext:
    """As kubectl trusts: a CA file may hold just an intermediate, and the certificates of older clusters lack the key
    identifiers that Python insists on from 3.13 on."""
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def certificate_reason(error: ssl.SSLError, ca_key: str) -> str:
    """One phrase for a failed handshake; `ca_key` is the connections key that names a CA file ("gitea.ca")."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        words = _library_words(error)
        return f"TLS: {words} ({'' if 'certificate required' in words else 'is this https?'})".removesuffix(" ()")
    code = error.verify_code
    if code == _EXPIRED:
        return "TLS: certificate expired"
    if code == _NOT_YET_VALID:
        return "TLS: certificate not yet valid (is our clock right?)"
    if code in _UNKNOWN_ISSUER:
        return f"TLS: unknown issuer (set {ca_key})"
    if code in _NAME_MISMATCH:
        return f"TLS: name mismatch, {error.verify_message.partition(', ')[2].rstrip('.')}"
    return f"TLS: {error.verify_message}"


def _library_words(error: ssl.SSLError) -> str:
    return (error.reason or "handshake failed").replace("_", " ").lower()
