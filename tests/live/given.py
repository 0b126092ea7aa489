"""Which real systems the live tests were given, by variables; nothing is asked, and nothing written, without them.

LANEWATCH_LIVE_GITEA        address; LANEWATCH_LIVE_REPOSITORY OWNER/NAME; its token in LANEWATCH_LIVE_GITEA_TOKEN
LANEWATCH_LIVE_KUBECONFIG   file; LANEWATCH_LIVE_CONTEXT, LANEWATCH_LIVE_NAMESPACE (default: default)
LANEWATCH_LIVE_REGISTRY     address; LANEWATCH_LIVE_IMAGE REPOSITORY:TAG; user:password in LANEWATCH_LIVE_REGISTRY_AUTH
LANEWATCH_LIVE_WRITE=1      allows the tests to create, and remove again, a ConfigMap in the namespace given
With the first two, test_authorities.py sweeps the whole lane as well: see there for what else it takes.
"""

from __future__ import annotations

import os

import pytest

from lanewatch.clients.credentials import Credential, EnvironmentSource


def live(name: str) -> str:
    """The value of LANEWATCH_LIVE_NAME; "" when it was not given."""
    return os.environ.get(f"LANEWATCH_LIVE_{name}", "")


def needs(*names: str) -> pytest.MarkDecorator:
    """Skips without these variables, naming them."""
    missing = [f"LANEWATCH_LIVE_{name}" for name in names if not live(name)]
    return pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)}")


def secret(name: str, form: object) -> Credential | None:
    """The credential in that variable, None without one."""
    assert callable(form)
    return Credential(EnvironmentSource(f"LANEWATCH_LIVE_{name}"), form) if live(name) else None
