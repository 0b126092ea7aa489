"""The authorities of the Gitea side against a server that says exactly what a test scripted."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from lanewatch.authorities.actions import ActionsAuthority
from lanewatch.authorities.artifacts import RunArtifacts
from lanewatch.authorities.mirror import MirrorAuthority
from lanewatch.authorities.papers import Papers
from lanewatch.authorities.plan import PlanAuthority
from lanewatch.authorities.reading import Witness
from lanewatch.authorities.snapshots import Snapshots
from lanewatch.authorities.upstream import Upstream
from lanewatch.clients.git import Git
from lanewatch.clients.gitea import Gitea
from lanewatch.clients.http import Origin
from lanewatch.rollout.facts import ACTIONS, MIRROR, PLAN
from tests.authorities.served_lane import ServedClock, lane
from tests.clients.scripted import Scripted, http, serving
from tests.simulator.small_world import Steady

COMMIT = "3f9c2a7d51e84b06a9d7c0e15b8f6a2d4c1e9b73"
R = "/api/v1/repos/pikasTech/agentrun"
RUNS = f"{R}/actions/runs"
NO_OBJECT = http(404, {"message": "not found", "errors": None})
NO_ROUTE = http(404, "404 page not found\n", "text/plain; charset=utf-8")
HTML = http(200, "<html><body>please log in</body></html>", "text/html")
DATE = "Sun, 05 Jul 2026 14:01:40 GMT"


@dataclass(frozen=True, slots=True)
class ScriptedLane:
    server: Scripted
    gitea: Gitea
    mirror: MirrorAuthority
    actions: ActionsAuthority
    plan: PlanAuthority

    def says(self, path: str, *answers: bytes) -> None:
        """What is said at this path, one answer after the other; the last one again and again."""
        self.server.answers[path] = list(answers)


@asynccontextmanager
async def scripted_lane(folder: Path) -> AsyncIterator[ScriptedLane]:
    clock = ServedClock(Steady())
    async with serving() as server:
        origin = Origin(server.url, clock=clock)
        gitea = Gitea(origin)
        artifacts = RunArtifacts(gitea, lane().workflow_repository, clock, Witness(PLAN).text)
        papers = Papers(artifacts, clock)
        git = Git(folder / "cache", clock=clock)
        prefixes = (lane().snapshot_ref_prefix, lane().stage_ref_prefix)
        server.answers["/api/v1/version"] = http(200, {"version": "1.26.3"})
        try:
            yield ScriptedLane(
                server,
                gitea,
                MirrorAuthority(
                    lane(),
                    gitea,
                    Upstream(git, None, Witness(MIRROR).text),
                    Snapshots(gitea, lane().repository, prefixes),
                    clock,
                    Witness(MIRROR),
                ),
                ActionsAuthority(lane(), gitea, artifacts, clock, Witness(ACTIONS)),
                PlanAuthority(lane(), gitea, papers, clock, Witness(PLAN)),
            )
        finally:
            await papers.close()
            await origin.close()


def repository(**values: object) -> bytes:
    native = {"full_name": "pikasTech/agentrun", "mirror": True, "mirror_interval": "10m0s", "has_actions": True}
    return http(200, {**native, "mirror_updated": "2026-07-05T14:00:08Z", **values}, Date=DATE)


def run(number: int, **values: object) -> dict[str, object]:
    native: dict[str, object] = {
        "id": number,
        "run_number": number - 4000,
        "run_attempt": 0,
        "path": "unidesk-agentrun-jd01-v02.yaml@refs/heads/v0.2",
        "event": "push",
        "head_sha": COMMIT,
        "head_branch": "v0.2",
        "display_title": "fix: lease renewal",
        "status": "in_progress",
        "started_at": "2026-07-05T16:00:12+02:00",
        "completed_at": "1970-01-01T01:00:00+01:00",
    }
    return {**native, **values}


def job(number: int, **values: object) -> dict[str, object]:
    native: dict[str, object] = {
        "id": number,
        "name": f"job {number}",
        "labels": ["unidesk-ci-builder"],
        "status": "queued",
    }
    return {**native, "created_at": "2026-07-05T14:00:08Z", "started_at": "1970-01-01T00:00:00Z", **values}


def artifact(number: int, name: str = "reuse-plan-x", **values: object) -> dict[str, object]:
    native: dict[str, object] = {"id": number, "name": name, "size_in_bytes": 900, "expired": False}
    times = {"created_at": "2026-07-05T14:00:21Z", "updated_at": "2026-07-05T14:00:21Z"}
    return {**native, **times, "expires_at": "2026-10-03T14:00:21Z", **values}


def page(key: str, *items: object, total: int | None = None) -> bytes:
    return http(200, {key: list(items), "total_count": len(items) if total is None else total}, Date=DATE)


def zipped(file: str, document: object) -> bytes:
    """The answer that holds an artifact's archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(file, document if isinstance(document, bytes) else json.dumps(document))
    return http(200, buffer.getvalue(), "application/zip")
