"""What every connection gets: probes that find a dead peer, and a name look-up that cannot hold anything up.

Without keep-alive a half-open connection stays for a quarter of an hour (fault N09). asyncio looks names up in the
threads that all other blocking work shares, where eight hung look-ups stop everything (fault N02).
"""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress
from typing import Any

SocketOption = tuple[int, int, int]

LOOKUP_SECONDS = 1.0
MOST_LOOKUPS = 32  # threads that a dead resolver may hold at once; further look-ups fail at once

_WANTED = {  # seconds, seconds, probes, milliseconds: a dead peer is known after 30 s
    "TCP_KEEPIDLE": 15,
    "TCP_KEEPINTVL": 5,
    "TCP_KEEPCNT": 3,
    "TCP_USER_TIMEOUT": 20_000,
}


def keepalive_options() -> list[SocketOption]:
    """As far as this platform has them."""
    named = [(getattr(socket, name), value) for name, value in _WANTED.items() if hasattr(socket, name)]
    return [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), *((socket.IPPROTO_TCP, key, value) for key, value in named)]


def probing_socket(address: tuple[Any, ...]) -> socket.socket:
    """A socket for an address as getaddrinfo gives it."""
    family, kind, protocol = address[:3]
    made = socket.socket(family, kind, protocol)
    for level, option, value in keepalive_options():
        made.setsockopt(level, option, value)
    made.setblocking(False)
    return made


def look_names_up_apart(loop: asyncio.AbstractEventLoop) -> None:
    """From now on this loop looks names up in threads of their own, within a second; once for a loop."""
    if not isinstance(getattr(loop.getaddrinfo, "__self__", None), _Names):
        loop.getaddrinfo = _Names(loop).getaddrinfo  # type: ignore[method-assign]


class _Names:
    """The look-ups of one loop. What a name last led to is used again while the resolver is silent."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._known: dict[tuple[Any, ...], Any] = {}
        self._under_way: dict[tuple[Any, ...], asyncio.Future[Any]] = {}

    async def getaddrinfo(
        self, host: Any, port: Any, *, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> Any:
        """As socket.getaddrinfo. Raises socket.gaierror, EAI_AGAIN where the resolver is silent."""
        question = (host, port, family, type, proto, flags)
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                found = await asyncio.shield(self._asked(question))
        except TimeoutError:
            if question in self._known:
                return self._known[question]
            raise socket.gaierror(socket.EAI_AGAIN, "no answer from the resolver") from None
        self._known[question] = found
        return found

    def _asked(self, question: tuple[Any, ...]) -> asyncio.Future[Any]:
        """One look-up of the same name at a time, however often it is asked for while the resolver is silent."""
        if question not in self._under_way:
            if len(self._under_way) >= MOST_LOOKUPS:
                raise socket.gaierror(socket.EAI_AGAIN, "too many look-ups without an answer")
            future = self._under_way[question] = self._loop.create_future()
            future.add_done_callback(lambda done: (self._under_way.pop(question), done.cancelled() or done.exception()))
            threading.Thread(target=self._look_up, args=(question, future), daemon=True).start()
        return self._under_way[question]

    def _look_up(self, question: tuple[Any, ...], future: asyncio.Future[Any]) -> None:
        host, port, family, kind, proto, flags = question
        try:
            found = socket.getaddrinfo(host, port, family, kind, proto, flags)
        except (OSError, UnicodeError) as error:
            problem = error if isinstance(error, OSError) else socket.gaierror(socket.EAI_NONAME, "no name")
            self._tell(future, problem)
        else:
            self._tell(future, found)

    def _tell(self, future: asyncio.Future[Any], told: Any) -> None:
        def settle() -> None:
            if isinstance(told, OSError):
                future.set_exception(told)
            else:
                future.set_result(told)

        with suppress(RuntimeError):  # the loop has ended: nobody waits any more
            self._loop.call_soon_threadsafe(settle)
