"""The native object behind a stage, read anew, masked and as YAML or JSON.

Locators (Handle.locator, kind "object"):
  k8s:PLANE/GROUP/VERSION/PLURAL/NAMESPACE/NAME   the core group is written "core"
  gitea-run:OWNER/NAME/RUN                        the run with its jobs
  gitea-commit:OWNER/NAME/SHA
  gitea-artifact:OWNER/NAME/ARTIFACT              the JSON file inside
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.gitea import Gitea
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.native import Resource, read_object
from lanewatch.clients.strict_json import parse_json
from lanewatch.rollout.facts import Outcome
from lanewatch.text import Redactor, mask_object


@dataclass(frozen=True, slots=True)
class ObjectReader:
    """Reads the object behind a locator. `clusters` by plane: ci, argo, runtime."""

    gitea: Gitea | None
    clusters: Mapping[str, Cluster]
    redactor: Redactor

    async def read(self, locator: str) -> Any:
        """The object as plain values, secrets masked, texts cleaned. Raises ReadFailure."""
        form, _, rest = locator.partition(":")
        parts = rest.split("/")
        if form == "k8s" and len(parts) >= 6:
            return mask_object(await self._native(parts), self.redactor)
        if form.startswith("gitea-") and len(parts) == 3:
            return mask_object(await self._gitea(form, f"{parts[0]}/{parts[1]}", parts[2]), self.redactor)
        raise ReadFailure(Outcome.INVALID, f"no object of the form {form}")

    async def _native(self, parts: list[str]) -> Any:
        plane, group, version, plural, namespace, name = parts
        if plane not in self.clusters:
            raise ReadFailure(Outcome.UNCONFIGURED, f"connections name no kubernetes for plane {plane}")
        resource = Resource("" if group == "core" else group, version, plural)
        return await read_object(self.clusters[plane], resource, namespace, name)

    async def _gitea(self, form: str, repository: str, key: str) -> Any:
        if self.gitea is None:
            raise ReadFailure(Outcome.UNCONFIGURED, "connections name no gitea")
        match form:
            case "gitea-run":
                run = await self.gitea.run(repository, int(key))
                return {**run, "jobs": await self.gitea.jobs(repository, int(key))}
            case "gitea-commit":
                return await self.gitea.commit(repository, key)
            case "gitea-artifact":
                return parse_json(await self.gitea.artifact_file(repository, int(key)))
            case _:
                raise ReadFailure(Outcome.INVALID, f"no object of the form {form}")


def as_yaml(value: Any) -> str:
    """Plain values as YAML in the order in which the system sent them."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 1000
    stream = io.StringIO()
    yaml.dump(value, stream)
    return stream.getvalue()


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
