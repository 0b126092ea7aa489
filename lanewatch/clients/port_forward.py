"""A way to a Service that only the cluster reaches: `pods/portforward` over a websocket, as kubectl does it.

A loopback port is held open; each connection to it becomes one websocket to a ready Pod of the Service, so that a Pod
that goes costs one request and the next finds its successor. Used only where connections ask for it: it needs the
right to `pods/portforward`, which lanewatch's own Role does not grant. The upgrade itself is a GET.

Wire (v4.channel.k8s.io, as kubelet's portforward/websocket.go has it): binary messages, the first byte is the channel:
0 data, 1 errors, for the one port asked for; each channel's first message is that port's number, two bytes,
little-endian. An error is one message of text, after which the server closes; neither end can close one direction only.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from typing import Final

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.native import PODS, SERVICES, read_list, read_object
from lanewatch.clients.shape import JsonObject, child, field, objects, optional
from lanewatch.clients.websocket import Socket, websocket
from lanewatch.rollout.facts import Outcome
from lanewatch.text import clean

PROTOCOL: Final = "v4.channel.k8s.io"
CHUNK: Final = 32 << 10
DATA, ERRORS = 0, 1


class PortForward:
    """One Service's port on loopback. Nothing is asked before the first connection; bind happens here."""

    def __init__(self, cluster: Cluster, namespace: str, service: str, port: int) -> None:
        self.cluster = cluster
        self._namespace = namespace
        self._service = service
        self._port = port
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._server: asyncio.Server | None = None
        self._failure: ReadFailure | None = None
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"

    async def open(self) -> None:
        """Begin to accept; the second time nothing. Called before each request, in the loop of the client."""
        self._failure = None
        if self._server is None:
            self._server = await asyncio.start_server(self._accepted, sock=self._socket)

    def explained(self, failure: ReadFailure) -> ReadFailure:
        """What broke the way, where that is why a request failed."""
        return self._failure or failure

    async def close(self) -> None:
        """Stop accepting. Connections under way end with their clients."""
        if self._server is not None:
            self._server.close()
        self._socket.close()

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            pod, port = await self.target()
            path = f"{PODS.path(self._namespace, pod)}/portforward"
            async with websocket(self.cluster, path, (("ports", str(port)),), PROTOCOL) as channel:
                await self._joined(reader, writer, channel, port)
        except ReadFailure as failure:
            self._failure = failure
        except (ConnectionError, asyncio.CancelledError):
            pass  # the client has left, or the loop ends: nobody is there to be told
        finally:
            writer.close()

    async def target(self) -> tuple[str, int]:
        """A ready Pod behind the Service, and the port that it listens at. Raises ReadFailure."""
        service = await read_object(self.cluster, SERVICES, self._namespace, self._service)
        labels = ",".join(f"{key}={value}" for key, value in sorted(child(service, "spec.selector").items()))
        wanted = next((one for one in objects(service, "spec.ports") if one.get("port") == self._port), None)
        if not labels or wanted is None:
            what = "has no selector" if not labels else f"has no port {self._port}"
            raise ReadFailure(Outcome.ABSENT, f"service {self._namespace}/{self._service} {what}")
        listing = await read_list(self.cluster, PODS, self._namespace, labels=labels)
        pod = next((pod for pod in listing.items if _is_ready(pod)), None)
        if pod is None:
            raise ReadFailure(Outcome.ABSENT, f"service {self._namespace}/{self._service} has no ready Pod")
        return field(pod, "metadata.name", str), _port_of(pod, wanted.get("targetPort"), self._port)

    async def _joined(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, channel: Socket, port: int
    ) -> None:
        """Both directions, until either end has no more."""
        up = asyncio.create_task(_sent(reader, channel))
        down = asyncio.create_task(self._received(channel, writer, port.to_bytes(2, "little")))
        _, left = await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        for task in left:
            task.cancel()
        for ended in await asyncio.gather(up, down, return_exceptions=True):
            if isinstance(ended, ReadFailure | ConnectionError):
                raise ended

    async def _received(self, channel: Socket, writer: asyncio.StreamWriter, port: bytes) -> None:
        """Raises ReadFailure for what the error channel says, and for a message that is none of this protocol."""
        announced: set[int] = set()
        async for message in channel:
            if not isinstance(message.data, bytes) or not message.data or message.data[0] not in (DATA, ERRORS):
                raise self._another_protocol()
            number, data = message.data[0], message.data[1:]
            if number not in announced:
                if data != port:
                    raise self._another_protocol()
                announced.add(number)
            elif number == ERRORS:
                reason = f"port-forward to {self._service}: {clean(data.decode('utf-8', 'replace'), limit=160)}"
                raise ReadFailure(Outcome.ERROR, reason, again=True)
            else:
                writer.write(data)
                await writer.drain()

    def _another_protocol(self) -> ReadFailure:
        return ReadFailure(Outcome.INVALID, f"port-forward: not {PROTOCOL}: {self.cluster.host}")


async def _sent(reader: asyncio.StreamReader, channel: Socket) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(CHUNK):
            await channel.send_bytes(bytes([DATA]) + data)


def _is_ready(pod: JsonObject) -> bool:
    if optional(pod, "metadata.deletionTimestamp", str):
        return False
    conditions: Sequence[JsonObject] = objects(pod, "status.conditions") if "conditions" in child(pod, "status") else ()
    return any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)


def _port_of(pod: JsonObject, target: object, port: int) -> int:
    """A Service's targetPort is a number, a name of a container's port, or the port itself."""
    if isinstance(target, int):
        return target
    named = [
        one
        for container in objects(pod, "spec.containers")
        if "ports" in container
        for one in objects(container, "ports")
        if isinstance(target, str) and one.get("name") == target
    ]
    return field(named[0], "containerPort", int) if named else port
