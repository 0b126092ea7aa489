#!/usr/bin/env python3
"""Posts the payload to the EventListener and keeps what was sent and answered as dispatch.json. It needs no secret."""

from __future__ import annotations

import argparse
import json
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime
from typing import Any


def send(listener: str, payload: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """Status and JSON of the answer; its content type is not to be relied on."""
    data = json.dumps(payload).encode()
    request = urllib.request.Request(listener, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            status, body = answer.status, answer.read(65536)
    except urllib.error.HTTPError as error:
        status, body = error.code, error.read(65536)
    try:
        reply = json.loads(body)
    except ValueError:
        reply = {}
    return status, reply if isinstance(reply, dict) else {}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listener", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("fields", nargs="+", metavar="NAME=VALUE", help="every name of trigger.payloadMustInclude")
    options = parser.parse_args()
    payload = dict(field.partition("=")[::2] for field in options.fields)
    if not all(payload.values()):
        print(f"empty: {', '.join(name for name, value in payload.items() if not value)}", file=sys.stderr)
        return 1
    sent_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    status, reply = send(options.listener, payload)
    with open(options.output, "w", encoding="utf-8") as file:
        json.dump({"payload": payload, "sentAt": sent_at, "status": status, "reply": reply}, file, indent=2)
    print(f"EventListener answered {status}, event {reply.get('eventID', 'none')}")
    return 0 if status in (200, 201, 202) and reply.get("eventID") else 1


if __name__ == "__main__":
    sys.exit(main())
