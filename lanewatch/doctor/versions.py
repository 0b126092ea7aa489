"""Which Tekton and Argo CD a cluster runs, as far as a reader can see; where it cannot, how to look.

Neither tells its version at an address of the Kubernetes API. Tekton puts it into a ConfigMap that every user may read;
Argo CD's stands in the image of its Deployment, which a Role may grant. Supported versions: docs/connect.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.native import CONFIG_MAPS, DEPLOYMENTS, read_object
from lanewatch.clients.shape import JsonObject, objects, optional
from lanewatch.doctor.check import Sheet
from lanewatch.doctor.remedies import ClusterPlace
from lanewatch.text import safe

Release = tuple[int, int]
TEKTON_NAMESPACE: Final = "tekton-pipelines"
ARGO_SERVER: Final = "argocd-server"


@dataclass(frozen=True, slots=True)
class Supported:
    """A product, and from which release to which lanewatch knows it."""

    product: str
    oldest: Release
    newest: Release


TEKTON: Final = Supported("Tekton Pipelines", (0, 44), (1, 15))  # childReferences only: Tekton reference 10
TRIGGERS: Final = Supported("Tekton Triggers", (0, 20), (0, 37))  # v1beta1
ARGO_CD: Final = Supported("Argo CD", (2, 10), (3, 5))


async def examine_tekton(place: ClusterPlace, sheet: Sheet) -> None:
    """Pipelines and Triggers, each by its ConfigMap. Only what can be read is said of Triggers: it may be elsewhere."""
    look = f"{place.kubectl} -n {TEKTON_NAMESPACE} get configmap pipelines-info -o jsonpath={{.data.version}}"
    said = await _by_config_map(place, "pipelines-info")
    say_version(TEKTON, said, look, sheet)
    triggers = await _by_config_map(place, "triggers-info")
    if triggers:
        say_version(TRIGGERS, triggers, "", sheet)


async def examine_argo(place: ClusterPlace, namespace: str, sheet: Sheet) -> None:
    """Argo CD by the image, or the label, of the Deployment that its own manifests call argocd-server."""
    look = f"{place.kubectl} -n {namespace} get deployments -l app.kubernetes.io/part-of=argocd -o wide"
    try:
        deployment = await read_object(place.cluster, DEPLOYMENTS, namespace, ARGO_SERVER)
    except ReadFailure:
        deployment = {}
    say_version(ARGO_CD, version_of(deployment), look, sheet)


async def _by_config_map(place: ClusterPlace, name: str) -> str:
    try:
        found = await read_object(place.cluster, CONFIG_MAPS, TEKTON_NAMESPACE, name)
    except ReadFailure:
        return ""
    return optional(found, "data.version", str) or ""


def version_of(deployment: JsonObject) -> str:
    """The image's tag, else the label that charts set; an image pinned by digest alone tells nothing."""
    if not deployment:
        return ""
    images = [optional(one, "image", str) or "" for one in objects(deployment, "spec.template.spec.containers")]
    tags = [image.partition("@")[0].rpartition(":")[2] for image in images]
    labels = deployment.get("metadata")
    named = labels.get("labels") if isinstance(labels, dict) else None
    label = named.get("app.kubernetes.io/version") if isinstance(named, dict) else None
    return next((one for one in [*tags, str(label or "")] if _release(one)), "")


def _release(version: str) -> Release | None:
    found = re.match(r"v?(\d{1,4})\.(\d{1,4})", version)
    return (int(found[1]), int(found[2])) if found else None


def say_version(known: Supported, version: str, look: str, sheet: Sheet) -> None:
    name, release = f"{known.product} version", _release(version)
    version = safe(version, limit=40)
    if release is None:
        says = f"{version}: not understood" if version else "not visible with these rights; nothing depends on it"
        sheet.note(name, says, f"to see it:\n{look}")
    elif release < known.oldest:
        oldest = ".".join(map(str, known.oldest))
        sheet.note(name, f"{version} is older than {oldest}, the oldest supported", f"upgrade {known.product}")
    elif release > known.newest:
        newest = ".".join(map(str, known.newest))
        sheet.ok(name, f"{version}, newer than {newest}, the newest tried")
    else:
        sheet.ok(name, f"{version}, supported")
