"""Status objects: how the API server says no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lanewatch.simulator.http import Response, json_response, text_response
from lanewatch.simulator.kubernetes.resources import Resource

REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    410: "Expired",
    503: "ServiceUnavailable",
}


def refusal(code: int, message: str, details: Mapping[str, Any] | None = None) -> Response:
    """A Status of this code as the whole answer."""
    return json_response(status(code, message, details), code)


def status(code: int, message: str, details: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A Status object."""
    told: dict[str, Any] = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": REASONS[code],
        "code": code,
    }
    if details:
        told["details"] = dict(details)
    return told


def unauthorized() -> Response:
    """401: no token, or a wrong one."""
    return refusal(401, "Unauthorized")


def no_such_path() -> Response:
    """A path that nothing serves, a CRD that is not installed among them: plain text, no Status."""
    return text_response("404 page not found\n", 404)


def no_such_object(resource: Resource, name: str) -> Response:
    """404: the path is served, the object is not there."""
    details = {"name": name, "kind": resource.name, **({"group": resource.group} if resource.group else {})}
    return refusal(404, f'{resource.called} "{name}" not found', details)


def forbidden(resource: Resource, verb: str, namespace: str, name: str) -> Response:
    """403: the token is known, the right is missing."""
    where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    about = f'{resource.called} "{name}"' if name else resource.called
    who = 'User "lanewatch" cannot'
    group = f'in API group "{resource.group}"'
    message = f'{about} is forbidden: {who} {verb} resource "{resource.name}" {group} {where}'
    return refusal(403, message, {"name": name, "group": resource.group, "kind": resource.name})
