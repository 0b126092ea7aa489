"""A real registry (Debian's docker-registry) on loopback, its token server, and an image pushed as BuildKit does."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

PROGRAM = shutil.which("docker-registry")
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
SERVICE = "registry.test"
ISSUER = "test issuer"


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def registry(folder: Path, auth: dict[str, Any] | None = None) -> Iterator[str]:
    """The registry's address, HOST:PORT, once it answers."""
    assert PROGRAM is not None
    port = free_port()
    told: dict[str, Any] = {
        "version": "0.1",
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "storage")}},
        "http": {"addr": f"127.0.0.1:{port}"},
    }
    (folder / "registry.yml").write_text(json.dumps(told | ({"auth": auth} if auth else {})))
    with subprocess.Popen(
        [PROGRAM, "serve", str(folder / "registry.yml")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _await_answer(process, port)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()


def _await_answer(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("docker-registry did not start")


@dataclass(frozen=True)
class Pusher:
    """Pushes by the registry's own API. `bearer` gives the token for a scope, "" where none is asked for."""

    host: str
    repository: str
    bearer: str = ""

    def blob(self, data: bytes) -> dict[str, Any]:
        place = self._ask("POST", f"/v2/{self.repository}/blobs/uploads/", b"").headers["Location"]
        joint = "&" if "?" in place else "?"
        self._ask("PUT", f"{place}{joint}digest={digest_of(data)}", data)
        return {"mediaType": "application/octet-stream", "digest": digest_of(data), "size": len(data)}

    def manifest(self, reference: str, value: dict[str, Any]) -> dict[str, Any]:
        data = json.dumps(value).encode()
        reference = reference or digest_of(data)
        self._ask("PUT", f"/v2/{self.repository}/manifests/{reference}", data, value["mediaType"])
        return {"mediaType": value["mediaType"], "digest": digest_of(data), "size": len(data)}

    def image(self, content: bytes) -> dict[str, Any]:
        config = {**self.blob(b'{"architecture":"amd64","os":"linux","x":"%s"}' % content),
                  "mediaType": "application/vnd.oci.image.config.v1+json"}  # fmt: skip
        layer = {**self.blob(content), "mediaType": "application/vnd.oci.image.layer.v1.tar"}
        made = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]}
        return {**self.manifest("", made), "platform": {"architecture": "amd64", "os": "linux"}, "config": config}

    def index(self, tag: str, content: bytes, commit: str) -> dict[str, Any]:
        """An index of one platform and its unsigned provenance; gives the descriptors of what is in it."""
        image = self.image(content)
        statement = {
            "_type": "https://in-toto.io/Statement/v1",
            "predicateType": "https://slsa.dev/provenance/v1",
            "subject": [{"name": "x", "digest": {"sha256": image["digest"][7:]}}],
            "predicate": {
                "buildDefinition": {"externalParameters": {"configSource": {"digest": {"sha1": commit}}}},
                "runDetails": {"builder": {"id": "https://builder.example.org"}},
            },
        }
        layer = self.blob(json.dumps(statement).encode())
        layer |= {
            "mediaType": "application/vnd.in-toto+json",
            "annotations": {"in-toto.io/predicate-type": "https://slsa.dev/provenance/v1"},
        }
        config = {**self.blob(b"{}"), "mediaType": "application/vnd.oci.image.config.v1+json"}
        proof = self.manifest("", {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]})
        proof |= {
            "platform": {"architecture": "unknown", "os": "unknown"},
            "annotations": {
                "vnd.docker.reference.type": "attestation-manifest",
                "vnd.docker.reference.digest": image["digest"],
            },
        }
        entry = {key: value for key, value in image.items() if key != "config"}
        whole = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry, proof]}
        return {"index": self.manifest(tag, whole)["digest"], "manifest": image["digest"],
                "config": image["config"]["digest"]}  # fmt: skip

    def _ask(self, method: str, path: str, data: bytes, kind: str = "application/octet-stream") -> Any:
        url = path if path.startswith("http") else f"http://{self.host}{path}"
        headers = {"Content-Type": kind, **({"Authorization": f"Bearer {self.bearer}"} if self.bearer else {})}
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            return urllib.request.urlopen(request, timeout=10)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {urlsplit(url).path}: {error.code} {error.read()!r}") from None


class TokenServer:
    """Signs the registry's tokens (RS256, certificate in the header) for who knows the password, over https."""

    def __init__(self, folder: Path, user: str, password: str) -> None:
        self.folder = folder
        self.basic = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.asked: list[tuple[str, str]] = []  # scope, Authorization
        self.port = free_port()
        self._openssl(
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "5", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "token.key", "-out", "token.pem"),
        )

    @property
    def certificate(self) -> Path:
        return self.folder / "token.pem"

    def auth(self) -> dict[str, Any]:
        """The registry's `auth` section."""
        realm = f"https://127.0.0.1:{self.port}/token"
        bundle = str(self.certificate)
        return {"token": {"realm": realm, "service": SERVICE, "issuer": ISSUER, "rootcertbundle": bundle}}

    def token(self, repository: str, *actions: str) -> str:
        now = int(time.time())
        access = [{"type": "repository", "name": repository, "actions": list(actions)}]
        claims = {"iss": ISSUER, "sub": "x", "aud": SERVICE, "exp": now + 300, "nbf": now - 10, "iat": now, "jti": "1",
                  "access": access}  # fmt: skip
        body = "".join(self.certificate.read_text().splitlines()[1:-1])
        signed = f"{_encoded({'typ': 'JWT', 'alg': 'RS256', 'x5c': [body]})}.{_encoded(claims)}"
        signature = self._openssl("dgst", "-sha256", "-sign", "token.key", given=signed.encode())
        return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"

    @contextmanager
    def serving(self) -> Iterator[None]:
        outer = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                scope = parse_qs(urlsplit(self.path).query).get("scope", [""])[0]
                given = self.headers.get("Authorization", "")
                outer.asked.append((scope, given))
                _, repository, actions = scope.split(":")
                allowed = actions.split(",") if given == outer.basic else []
                body = json.dumps({"token": outer.token(repository, *allowed), "expires_in": 300}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing on stderr."""

        server = ThreadingHTTPServer(("127.0.0.1", self.port), Answer)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.folder / "token.key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def _openssl(self, *arguments: str, given: bytes = b"") -> bytes:
        return subprocess.run(
            ["openssl", *arguments], cwd=self.folder, input=given, check=True, capture_output=True
        ).stdout


def _encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
