"""Every raw answer of a sweep, redacted, so that the whole lane can be asked again where it is not.

One JSON object a line: `{"url", "status", "headers", …}` with the body as `text`, or `zip` (names and texts), or
`omitted` (its size: too large, or neither text nor zip). Of an address that was asked again the last answer stays.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lanewatch.clients.answers import Answer
from lanewatch.clients.artifact import BROKEN_ZIP, ENTRY_LIMIT, FILE_CAP, ZIP_MAGIC
from lanewatch.clients.strict_json import JsonError, parse_json
from lanewatch.text import Redactor, mask_object

BODY_CAP: Final = 4 << 20  # bytes of one body that are kept: a list of a thousand Pods, not a log
HEADERS: Final = frozenset(
    {"age", "content-type", "date", "docker-content-digest", "etag", "link", "location", "retry-after",
     "www-authenticate", "x-total-count"}
)  # fmt: skip
_UNCHANGED = 304


@dataclass(slots=True)
class RawAnswers:
    """Listens (`clients.overhearing`) and keeps; redacted at the end, when every token in use is known."""

    kept: dict[str, Answer] = field(default_factory=dict)

    def hear(self, url: str, answer: Answer) -> None:
        if answer.status != _UNCHANGED:
            self.kept[url] = answer

    def lines(self, redactor: Redactor) -> Iterator[str]:
        """The file's lines, in the order in which the addresses were first asked."""
        for url, answer in self.kept.items():
            shown = {name: redactor.redact(value) for name, value in answer.headers.items() if name in HEADERS}
            line = {"url": _plain(url, redactor), "status": answer.status, "headers": shown}
            yield json.dumps({**line, **_body(answer.body, redactor)}, ensure_ascii=False, separators=(",", ":")) + "\n"


def _plain(url: str, redactor: Redactor) -> str:
    """The address with the values of its query redacted; nothing of ours is signed, but an artifact's may be."""
    parts = urlsplit(url)
    query = [(name, redactor.redact(f"{name}={value}")[len(name) + 1 :]) for name, value in parse_qsl(parts.query)]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _body(body: bytes, redactor: Redactor) -> dict[str, Any]:
    if len(body) > BODY_CAP:
        return {"omitted": len(body)}
    if body.startswith(ZIP_MAGIC):
        return _archive(body, redactor)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return {"omitted": len(body)}
    return {"text": _native(body, redactor) or redactor.redact(text)}


def _native(body: bytes, redactor: Redactor) -> str:
    """A Kubernetes object or list as `get` would show it; "" for any other text, whose bytes may be a digest's."""
    try:
        told = parse_json(body)
    except JsonError:
        return ""
    if not isinstance(told, dict) or not {"kind", "apiVersion"} <= told.keys():
        return ""
    return json.dumps(mask_object(told, redactor), ensure_ascii=False, separators=(",", ":"))


def _archive(body: bytes, redactor: Redactor) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            entries = archive.infolist()[:ENTRY_LIMIT]
            texts = {one.filename: archive.open(one).read(FILE_CAP).decode("utf-8", "replace") for one in entries}
    except BROKEN_ZIP:
        return {"omitted": len(body)}
    return {"zip": {redactor.redact(name): redactor.redact(text) for name, text in texts.items()}}
