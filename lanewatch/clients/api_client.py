"""The Kubernetes client library, loaded late and once, and its client with read-only requests and sockets of ours.

With `kubernetes` the only module that knows the library: its configuration, certificates and connection are used.
"""

from __future__ import annotations

import asyncio
import atexit
import shutil
import ssl
import tempfile
from functools import lru_cache
from threading import Lock
from typing import Any

from lanewatch.clients.kubeconfig import Access, one_context, unusable_certificate
from lanewatch.clients.read_only import USER_AGENT
from lanewatch.clients.read_only_trace import read_only_trace
from lanewatch.clients.sockets import look_names_up_apart, probing_socket
from lanewatch.clients.trust import leniently

_IMPORTING = Lock()


async def api_client(access: Access) -> Any:
    """An `ApiClient` of the library, which takes a second to load. Raises ReadFailure `unconfigured`."""
    aio = await asyncio.to_thread(_library)
    configuration = aio.client.Configuration()
    configuration.trace_configs = [read_only_trace()]
    configuration.client_session_kwargs = {"trust_env": False, "auto_decompress": False}
    try:
        await aio.config.load_kube_config_from_dict(
            one_context(access), client_configuration=configuration, temp_file_path=_private_folder()
        )
        api = aio.client.ApiClient(configuration)
    except (aio.config.ConfigException, OSError, ssl.SSLError, ValueError) as error:
        raise unusable_certificate(access, error) from None
    api.user_agent = USER_AGENT
    _own_sockets(api)
    return api


def _own_sockets(api: Any) -> None:
    """aiohttp's connections have no keep-alive of their own, and a watch would wait for a dead peer for ever."""
    import aiohttp

    look_names_up_apart(asyncio.get_running_loop())
    rest = api.rest_client
    leniently(rest.ssl_context)
    rest._create_connector = lambda: aiohttp.TCPConnector(  # the library's own place for it: then it is closed too
        limit=rest.maxsize, ssl=rest.ssl_context, socket_factory=probing_socket
    )


def _library() -> Any:
    """The client library. Planes open at once, each in a thread: two that begin to import it see it half loaded."""
    with _IMPORTING:
        import kubernetes.aio.client
        import kubernetes.aio.config

        return kubernetes.aio


@lru_cache(maxsize=1)
def _private_folder() -> str:
    """Inline certificates and keys become files for OpenSSL's sake: 0700, gone with the process."""
    folder = tempfile.mkdtemp(prefix="lanewatch-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
