#!/usr/bin/env python3
"""What /health has to answer: 200 and {status, sourceCommit}. A workload of its own language answers the same."""

from __future__ import annotations

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = self.path == os.environ.get("HEALTH_PATH", "/health")
        told = {"status": "ok", "sourceCommit": os.environ["SOURCE_COMMIT"]} if found else {"status": "not found"}
        body = json.dumps(told).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Probes every two seconds are no news."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("", int(os.environ.get("PORT", "8080"))), Health)
    print(server.server_port, flush=True)
    sys.exit(server.serve_forever())
