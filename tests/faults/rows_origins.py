"""Faults of names, connections, certificates and credentials: the Argo cluster or a token is not what it should be."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import re
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

from lanewatch.clients import exec_plugin
from lanewatch.clients.certificate import SOON
from lanewatch.rollout.facts import ARGO
from lanewatch.simulator.serving import Served
from lanewatch.spec.connections import Connections
from tests.clients.scripted import serving
from tests.clients.test_tls import Authority
from tests.faults.lane import faulty_lane
from tests.faults.playing import played, seen, settled
from tests.faults.table import Observed, row
from tests.simulator.stories import START

HURTS = (ARGO,)
KUBECONFIG = "name the right server in the kubeconfig of kubernetes.argo"


def argo_at(
    folder: Path,
    url: str,
    ca: Path | None = None,
    user: dict[str, Any] | None = None,
    plugins: tuple[str, ...] = (),
) -> Callable[..., Connections]:
    """Connections whose Argo plane is a cluster of its own, at `url`."""
    file = folder / "argo-kubeconfig"

    def change(connections: Connections, running: Served) -> Connections:
        cluster: dict[str, Any] = {"server": url or running.kubernetes}
        if ca is not None:
            cluster["certificate-authority"] = str(ca)
        told = {
            "current-context": "argo",
            "contexts": [{"name": "argo", "context": {"cluster": "argo", "user": "argo"}}],
            "clusters": [{"name": "argo", "cluster": cluster}],
            "users": [{"name": "argo", "user": user or {"token": running.tokens.kubernetes}}],
        }
        file.write_text(json.dumps(told))
        assert connections.kubernetes is not None
        plane = connections.kubernetes.argo.model_copy(update={"kubeconfig": file, "context": "argo"})
        clusters = connections.kubernetes.model_copy(update={"argo": plane, "exec_plugins": plugins})
        return connections.model_copy(update={"kubernetes": clusters})

    return change


def argo(folder: Path, sees: str, fired: Callable[[], int] | int, seconds: int = 45, **plane: Any) -> Observed:
    """A lane whose Argo cluster is at fault from the beginning; every other row must be good all the time.

    fired: counts, or the port to which connections are counted.
    """

    async def story() -> Observed:
        count = connections_to(fired) if isinstance(fired, int) else fired
        async with faulty_lane(folder, change=argo_at(folder, **plane)) as one:
            line = await seen(one, sees, seconds, HURTS)
            others = [read for read in one.session.rollout.reads if read.authority not in HURTS]
            assert all(read.outcome is not None for read in others)
            return Observed(count(), line)

    return played(story)


def connections_to(port: int) -> Callable[[], int]:
    """How often from now on this loop tries to connect to the port."""
    loop, tries = asyncio.get_running_loop(), 0
    connect = loop.sock_connect

    async def counted(made: Any, address: Any) -> None:
        nonlocal tries
        tries += address[1] == port
        await connect(made, address)

    loop.sock_connect = counted  # type: ignore[method-assign, assignment]
    return lambda: tries


@row("N01", "a host's name does not exist", sees="name not found: x.invalid", do=KUBECONFIG)
def no_such_name(folder: Path) -> Observed:
    real, asked = socket.getaddrinfo, 0

    def resolve(host: Any, *rest: Any, **options: Any) -> Any:
        nonlocal asked
        asked += "invalid" in str(host)
        return real(host, *rest, **options)

    with mock.patch.object(socket, "getaddrinfo", resolve):
        return argo(folder, "name not found: x.invalid", lambda: asked, url="http://x.invalid:6443")


@row(
    "N02",
    "the name server does not answer",
    sees="no DNS answer within 1 s",
    do="ask this machine's resolver by hand; is /etc/resolv.conf right?",
)
def no_dns_answer(folder: Path) -> Observed:
    real, asked, release = socket.getaddrinfo, 0, threading.Event()

    def resolve(host: Any, *rest: Any, **options: Any) -> Any:
        nonlocal asked
        if "hang" in str(host):
            asked += 1
            release.wait(30)
            raise socket.gaierror(socket.EAI_NONAME, "never")
        return real(host, *rest, **options)

    with mock.patch.object(socket, "getaddrinfo", resolve):
        try:
            return argo(folder, "no DNS answer within 1 s", lambda: asked, url="http://lane.hang:6443")
        finally:
            release.set()


@row("N03", "a server's port is closed", sees="refused", do="start that server, or name the right port")
def port_closed(folder: Path) -> Observed:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: every connection is refused, and nobody else gets it
        port = held.getsockname()[1]

        async def story() -> Observed:
            tries = connections_to(port)
            async with faulty_lane(folder, change=argo_at(folder, f"http://127.0.0.1:{port}")) as one:
                line = await seen(one, "refused", 60, HURTS)
                assert tries() <= 4 * 60 / 10 + 12, f"{tries()} connections in a minute is a tight loop"
                return Observed(tries(), line.replace(f"127.0.0.1:{port}", "argo"))

        return played(story)


@row(
    "N04",
    "connections are neither taken nor refused",
    sees="no connection within 3 s",
    do="look for a firewall that drops what is sent, or a server that is overrun",
)
def black_hole(folder: Path) -> Observed:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        port = deaf.getsockname()[1]
        filling = [socket.socket() for _ in range(4)]
        for one in filling:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        try:
            observed = argo(folder, "no connection within 3 s", port, url=f"http://127.0.0.1:{port}")
        finally:
            for one in filling:
                one.close()
    return Observed(observed.fired, observed.line.replace(f"127.0.0.1:{port}", "argo"))


@functools.cache
def certificates() -> Authority:
    return Authority(Path(tempfile.mkdtemp(prefix="lanewatch-tls-")))


def tls(folder: Path, context: ssl.SSLContext | None, sees: str, ca: Path | None, scheme: str = "https") -> Observed:
    """A real TLS server where the Argo cluster should be."""

    async def story() -> Observed:
        async with serving(context) as server:
            change = argo_at(folder, f"{scheme}://{server.host}", ca)
            tries = connections_to(int(server.host.rpartition(":")[2]))
            async with faulty_lane(folder, change=change) as one:
                line = (await seen(one, sees, 45, HURTS)).replace(server.host, "argo")
                return Observed(tries(), line)

    return played(story)


@row("T01", "a certificate has expired", sees="TLS: certificate expired", do="renew that server's certificate")
def expired(folder: Path) -> Observed:
    return tls(folder, certificates().context("127.0.0.1", -1), "TLS: certificate expired", certificates().ca)


@row(
    "T02", "a certificate is of an unknown authority", sees="TLS: unknown issuer", do="name the CA where the line says"
)
def unknown_issuer(folder: Path) -> Observed:
    return tls(folder, certificates().context("127.0.0.1"), "TLS: unknown issuer", None)


@row(
    "T03",
    "a certificate is for another name",
    sees="TLS: name mismatch",
    do="write the name that the certificate has into the kubeconfig",
)
def wrong_name(folder: Path) -> Observed:
    return tls(folder, certificates().context("other.example"), "TLS: name mismatch", certificates().ca)


@row("T04", "http is spoken to an https port", sees="is this https?", do="write https:// in the kubeconfig")
def wrong_scheme(folder: Path) -> Observed:
    return tls(folder, certificates().context("127.0.0.1"), "is this https?", None, scheme="http")


@row("T05", "a certificate ends in five days", sees="ends within a week", do="renew that server's certificate")
def ends_soon(folder: Path) -> Observed:
    context, ca = certificates().context("127.0.0.1", 5), certificates().ca
    fronts: list[TlsFront] = []

    def change(connections: Connections, served: Served) -> Connections:
        if not fronts:  # the files are read more than once
            fronts.extend((TlsFront(context, served.gitea), TlsFront(context, served.kubernetes)))
        with_argo = argo_at(folder, f"https://127.0.0.1:{fronts[1].port}", ca)(connections, served)
        assert connections.gitea is not None
        gitea = connections.gitea.model_copy(update={"url": f"https://127.0.0.1:{fronts[0].port}", "ca": ca})
        return with_argo.model_copy(update={"gitea": gitea})

    async def story() -> Observed:
        async with faulty_lane(folder, change=change) as one:
            for front in fronts:
                await front.open()
            await settled(one)
            lines = [line for line in one.lines() if "ends within a week" in line]
            assert all(any(f":{front.port} on " in line for line in lines) for front in fronts), lines
            assert one.session.rollout.state == "succeeded"
            await one.watch(40)
            hidden = re.sub(
                r"\d{4}-\d\d-\d\d \d\d:\d\dZ", "DATE", next(line for line in lines if f":{fronts[0].port} on " in line)
            )
            for front, name in zip(fronts, ("gitea", "argo"), strict=True):
                hidden = hidden.replace(f"127.0.0.1:{front.port}", name)
            taken = sum(front.taken for front in fronts)
            for front in fronts:
                await front.close()
            return Observed(taken, hidden)

    world_is_behind = datetime.now(UTC) - START  # the certificates are of today, the lane's story is not
    with mock.patch("lanewatch.authorities.reading.SOON", SOON + world_is_behind):
        return played(story)


class TlsFront:
    """TLS in front of a server of the lane, on a port that is known before it opens."""

    def __init__(self, context: ssl.SSLContext, url: str) -> None:
        self._context, self._behind = context, urlsplit(url)
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port, self.taken = self._socket.getsockname()[1], 0
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, sock=self._socket, ssl=self._context)

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.taken += 1
        inner_reader, inner_writer = await asyncio.open_connection(self._behind.hostname, self._behind.port)
        await asyncio.gather(_pour(reader, inner_writer), _pour(inner_reader, writer))


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@row("A01", "a token is rotated while lanewatch runs", do="nothing; the file is read again when a token is refused")
def rotated(folder: Path) -> Observed:
    async def story() -> Observed:
        async with faulty_lane(folder) as one:
            await settled(one)
            token, old = folder / "gitea.token", f"token {one.served.tokens.gitea}"
            token.write_text(f"lanewatch:{one.served.tokens.gitea}\n")  # another credential of the same user
            refused = refuse_header(one.layer, old)
            before = one.standing()
            line = await seen(one, "(nothing changes)", 60, before=before)
            return Observed(refused(), line)

    return played(story)


def refuse_header(layer: Any, value: str) -> Callable[[], int]:
    """From now on the Gitea server takes no request with this Authorization."""
    from lanewatch.simulator.faults import Fault
    from lanewatch.simulator.faults_wire import refused
    from lanewatch.simulator.http import Exchange, send

    hits = 0

    async def lay(exchange: Exchange) -> None:
        nonlocal hits
        if exchange.arrival.request.headers.get("authorization") != value:
            await send(exchange)
            return
        hits += 1
        await refused(401)(exchange)

    layer.arm(Fault("A01", "the old token", lay, path=""))
    return lambda: hits


@row(
    "A04",
    "a credential plugin of the kubeconfig hangs, waiting for the keyboard",
    sees="no answer within 10 s",
    do="run it by hand and see what it asks; it has to work without a keyboard",
)
def plugin(folder: Path) -> Observed:
    """Another one than connections allow is never run: see tests/clients/test_exec_plugin.py."""
    script, ran = folder / "plugin", folder / "ran"
    script.write_text(f"#!/bin/sh\necho began >>{ran}\nread answer </dev/tty && echo stole >>{ran}\nsleep 60\n")
    script.chmod(0o700)
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(script)}}
    with mock.patch.object(exec_plugin, "SECONDS", 0.2):  # the row waits as long for each read
        begun = partial(_began, ran)
        observed = argo(folder, "no answer within", begun, url="", user=user, plugins=(str(script),))
    assert "stole" not in ran.read_text(), "a plugin has the keyboard"
    return replace(observed, line=observed.line.replace("n.n s", f"{exec_plugin.SECONDS:g} s"))


def _began(record: Path) -> int:
    """How often the plugin was started, by its own record."""
    return record.read_text().count("began")
