"""The files that tell others where a served world is and what truly happens in it: each written whole or not at all."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from lanewatch.simulator.serving import Served
from lanewatch.simulator.world import World

CONTEXT = "simulated-lane"
ELSEWHERE = "other-cluster"
STALE = "old-lane"
GONE = "http://127.0.0.1:9"  # nobody listens at the discard port
SERVICE_PORT = 8080


def write_whole(file: Path, text: str, mode: int = 0o644) -> None:
    """Replace `file` in one step. Raises OSError."""
    partial = file.with_name(f".{file.name}.{os.getpid()}.partial")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def connections(
    world: World, served: Served, folder: Path, workload: str, snapshots: str, *, stale_context: bool = False
) -> dict[str, Any]:
    """What connections.yaml says, its token files and kubeconfig written into `folder` (0600).

    stale_context: the kubeconfig's current context, which the connections then use, leads to a cluster that is gone.
    """
    token, kubeconfig = folder / "gitea.token", folder / "kubeconfig"
    write_whole(token, served.tokens.gitea + "\n", 0o600)
    write_whole(folder / "gitea-reader.token", served.tokens.reader + "\n", 0o600)
    write_whole(kubeconfig, json.dumps(_kubeconfig(served, stale_context), indent=1), 0o600)
    told: dict[str, Any] = {
        "gitea": {"url": served.gitea, "token": {"file": str(token)}},
        "upstream": {"url": served.upstream},
        "kubernetes": {"kubeconfig": str(kubeconfig), "context": STALE if stale_context else CONTEXT},
        "registry": {"url": served.registry},
        "health": {"service": workload, "port": SERVICE_PORT},
        "snapshots": {"repository": snapshots},
    }
    if world.commit is not None:
        told["commit"] = world.commit
    return {**told, "pushedAt": world.stamp(0)}


def as_yaml(value: Mapping[str, Any]) -> str:
    """Block style, in the order given."""
    yaml, text = YAML(typ="safe", pure=True), io.StringIO()
    yaml.default_flow_style, yaml.width = False, 4096
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.dump(dict(value), text)
    return text.getvalue()


def ledger(world: World) -> str:
    """What truly happened, as JSON. It names planted secrets: write it for its owner only."""
    entries = [
        {
            "at": entry.at,
            "time": (world.start + timedelta(seconds=entry.at)).isoformat().replace("+00:00", "Z"),
            "stage": entry.stage,
            "state": entry.state,
            "what": entry.what,
            "facts": entry.facts,
        }
        for entry in world.ledger
    ]
    told = {
        "scenario": world.scenario,
        "seed": world.seed,
        "start": world.stamp(0),
        "end": world.end,
        "commit": world.commit,
        "entries": entries,
        "secrets": world.secrets,
    }
    return json.dumps(told, indent=1) + "\n"


def _kubeconfig(served: Served, stale_context: bool) -> dict[str, Any]:
    servers = {CONTEXT: served.kubernetes} | ({STALE: GONE} if stale_context else {})
    servers |= {ELSEWHERE: served.elsewhere} if served.elsewhere else {}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": STALE if stale_context else CONTEXT,
        "clusters": [{"name": name, "cluster": {"server": server}} for name, server in servers.items()],
        "users": [{"name": CONTEXT, "user": {"token": served.tokens.kubernetes}}],
        "contexts": [
            {"name": name, "context": {"cluster": name, "user": CONTEXT, "namespace": "default"}} for name in servers
        ],
    }
