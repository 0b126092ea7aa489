"""Requests and Roles in the same words: what the API server would ask its authorizer, and what a manifest grants."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

from lanewatch.simulator.http import Logged
from tests.producers.test_render import documents

Granted = set[tuple[str, str, str, str]]  # namespace ("" for the cluster), group, resource, verb
_PATH = re.compile(r"/(?:api|apis/(?P<group>[^/]+))/\w+/(?:namespaces/(?P<namespace>[^/]+)/)?(?P<rest>.+)")


def granted(*producers: str) -> Granted:
    """By the Roles and ClusterRoles of these manifests."""
    roles = [one for name in producers for one in documents(name) if one["kind"] in ("Role", "ClusterRole")]
    return {
        (role["metadata"].get("namespace", ""), group, resource, verb)
        for role in roles
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def asked(entries: Iterable[Logged]) -> Granted:
    """By the API server's own rules of path and query."""
    found: Granted = set()
    for request in (one for one in entries if one.server == "kubernetes"):
        match = _PATH.fullmatch(request.path)
        if match is None:
            assert request.path == "/version", request.path
            continue
        resource, _, below = match["rest"].partition("/")
        name, _, sub = unquote(below).partition("/")
        verb = "get" if name else "watch" if {("watch", "true"), ("watch", "1")} & set(request.query) else "list"
        whole = f"{resource}/{sub.partition('/')[0]}" if sub else resource
        found.add((match["namespace"] or "", match["group"] or "", whole, verb))
    return found
