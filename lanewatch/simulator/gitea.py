"""The simulated Gitea: one table of routes by release, who may ask them, and git over HTTP beside them.

Source: reference gitea.md 3.1 (which route exists where), 7 (tokens), 9 (errors).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from lanewatch.simulator import gitea_actions as actions
from lanewatch.simulator import gitea_artifacts as artifacts
from lanewatch.simulator import gitea_commits as commits
from lanewatch.simulator import gitea_contents as contents
from lanewatch.simulator import gitea_forgejo as forgejo
from lanewatch.simulator import gitea_older as older
from lanewatch.simulator import gitea_repositories as repositories
from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.dated import Dated
from lanewatch.simulator.git_http import GIT_PATH, answer_git
from lanewatch.simulator.gitea_access import Access, BadToken, access_of, visible
from lanewatch.simulator.gitea_call import Call, Gitea, Version, answer, not_found, problem, route_absent
from lanewatch.simulator.http import Handler, Request, Response, method_not_allowed, text_response
from lanewatch.simulator.http_messages import READS
from lanewatch.simulator.world import World

__all__ = ["Access", "handler"]

Needs = Literal["nothing", "read", "token", "owner", "signature"]
_NEVER: Version = (9999, 0, 0)


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint: from `since` up to but not including `until`.

    needs: "read" the repository's visibility, "token" a token too, "owner" the repository's owner, "signature" only
    the URL itself, "nothing" not even a repository.
    """

    path: str  # under the repository, or under the API for "nothing"; {part} is a segment, {part:rest} all that follows
    answer: Callable[[Call], Awaitable[Response]]
    needs: Needs = "read"
    since: Version = (1, 22, 0)
    until: Version = _NEVER

    def pattern(self) -> re.Pattern[str]:
        """What a decoded path must look like."""
        prefix = r"/api/v1/" if self.needs == "nothing" else r"/api/v1/repos/(?P<owner>[^/]+)/(?P<name>[^/]+)/"
        named = re.sub(r"\\{(\w+):rest\\}", r"(?P<\1>.+)", re.escape(self.path))
        named = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", named)
        return re.compile((prefix + named).rstrip("/"))


ROUTES = (
    Route("version", repositories.version, "nothing"),
    Route("settings/api", repositories.settings, "nothing"),
    Route("", repositories.repository),
    Route("git/refs", repositories.refs),
    Route("git/refs/{prefix:rest}", repositories.refs),
    Route("git/commits/{revision}.diff", commits.diff),
    Route("git/commits/{revision}", commits.single),
    Route("git/tags/{sha}", commits.tag),
    Route("git/trees/{sha}", contents.trees),
    Route("branches", commits.branches),
    Route("branches/{branch:rest}", commits.branch),
    Route("commits", commits.history),
    Route("commits/{revision}/statuses", older.statuses),
    Route("compare/{base:rest}...{head:rest}", commits.compare),
    Route("contents", contents.contents),
    Route("contents/{path:rest}", contents.contents),
    Route("raw/{path:rest}", contents.raw),
    Route("actions/tasks", older.tasks, "read", (1, 23, 0)),
    Route("actions/workflows", actions.workflows, "token", (1, 24, 0)),
    Route("actions/workflows/{id}", actions.workflow, "token", (1, 24, 0)),
    Route("actions/runs", actions.runs, "owner", (1, 25, 0), (1, 26, 0)),
    Route("actions/runs", actions.runs, "token", (1, 26, 0)),
    Route("actions/runs/{id}", actions.run, "read", (1, 25, 0)),
    Route("actions/runs/{id}/jobs", actions.run_jobs, "read", (1, 25, 0)),
    Route("actions/runs/{id}/artifacts", artifacts.run_artifacts, "read", (1, 24, 0)),
    Route("actions/jobs", actions.jobs, "owner", (1, 25, 0), (1, 26, 0)),
    Route("actions/jobs", actions.jobs, "token", (1, 26, 0)),
    Route("actions/jobs/{id}", actions.job, "token", (1, 25, 0)),
    Route("actions/jobs/{id}/logs", actions.job_logs, "token", (1, 24, 0)),
    Route("actions/artifacts", artifacts.artifacts, "read", (1, 24, 0)),
    Route("actions/artifacts/{id}", artifacts.artifact, "read", (1, 24, 0)),
    Route("actions/artifacts/{id}/zip", artifacts.artifact_zip, "read", (1, 24, 0)),
    Route("actions/artifacts/{id}/zip/raw", artifacts.artifact_raw, "signature", (1, 24, 0)),
    Route("actions/runners", actions.runners, "owner", (1, 24, 0)),
    Route("actions/runners/{id}", actions.runner, "owner", (1, 24, 0)),
)

_ACTIONS = "actions/"
FORGEJO_ROUTES = (
    *(route for route in ROUTES if not route.path.startswith(_ACTIONS)),
    Route("actions/runs", forgejo.runs, "token"),
    Route("actions/runs/{id}", forgejo.run, "read"),
    Route("actions/runs/{id}/jobs", forgejo.run_jobs, "read"),
    Route("actions/runs/{id}/artifacts", forgejo.run_artifacts, "read"),
    *(replace(route, since=(1, 22, 0)) for route in ROUTES if route.path.startswith(("actions/artifacts/{id}/zip",))),
    Route("actions/jobs/{id}/logs", actions.job_logs, "token"),
)


def handler(
    world: World, clock: WorldClock, *, tokens: Mapping[str, Access] | None = None, version: str = "1.26.3"
) -> Handler:
    """Gitea over a world. tokens: what each may do (none: everybody is anonymous). version: the release it is.

    Git repositories are read at `<world.repositories>/gitea/OWNER/NAME.git`, which must have its refs moved by then.
    """
    is_forgejo = "+gitea-" in version  # 16.0.0+gitea-1.22.0
    release = _release(version.partition("+gitea-")[2] if is_forgejo else version)
    documents = Dated((one.at, (one.collection, one.key), one.value) for one in world.documents)
    zips = Dated((one.at, one.artifact_id, one.data) for one in world.artifacts)
    gitea = Gitea(world, clock, version, release, tokens or {}, documents, zips)
    table = FORGEJO_ROUTES if is_forgejo else ROUTES
    routes = tuple((route.pattern(), route) for route in table if route.since <= release < route.until)

    async def respond(request: Request) -> Response:
        matched = GIT_PATH.fullmatch(request.path)
        if matched and not request.path.startswith("/api/"):
            return await _git(gitea, request, matched)
        if request.method not in READS:
            return method_not_allowed()
        if request.path == "/api/healthz":
            return answer({"status": "pass", "description": "Gitea: Git with a cup of tea"})
        for pattern, route in routes:
            if found := pattern.fullmatch(request.path):
                return await _routed(Call(gitea, request, found.groupdict()), route)
        return route_absent()

    return respond


def _release(version: str) -> Version:
    """`1.26.3`, `1.27.0-rc0` or `1.27.0+dev-1-gabc` as numbers; raises ValueError for anything else."""
    numbers = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    if numbers is None:
        raise ValueError(f"not a Gitea version: {version}")
    return int(numbers[1]), int(numbers[2]), int(numbers[3])


async def _routed(call: Call, route: Route) -> Response:
    """Refuse in Gitea's order (token, scope, repository, rights), or answer."""
    if route.needs == "nothing":
        return await route.answer(call)
    repository = f"{call.parts['owner']}/{call.parts['name']}"
    document = call.gitea.document("repos", repository)
    call = replace(call, repository=repository, document=document or {})
    if route.needs == "signature":
        return await route.answer(call) if document is not None else not_found(call)
    try:
        call = replace(call, access=access_of(call.request, call.gitea.tokens))
    except BadToken:
        return problem(call, 401, _bad_token(call.gitea.release))
    return _refusal(call, route) or await route.answer(call)


def _refusal(call: Call, route: Route) -> Response | None:
    """Why this caller may not ask this route, or None."""
    access = call.access
    if access is not None and not access.reads_repositories:
        return problem(call, 403, _scope_missing(call.gitea.release, access))
    if not call.document or not visible(call.repository, call.document, access):
        return not_found(call)
    if access is None and route.needs in ("token", "owner"):
        return problem(call, 401, "token is required")
    if route.needs == "owner" and access is not None and not access.owner:
        return problem(call, 403, "user should be the owner of the repo")
    if route.path.startswith("actions/") and not call.document.get("has_actions", True):
        return problem(call, 403, "user should have specific read permission or be a repo admin or a site admin")
    return None


def _bad_token(release: Version) -> str:
    return "invalid username, password or token" if release >= (1, 25, 0) else "user does not exist [uid: 0, name: ]"


def _scope_missing(release: Version, access: Access) -> str:
    told = "token does not have at least one of required scope(s)"
    if release < (1, 25, 0):
        return f"{told}: [read:repository]"
    return f"{told}, required=[read:repository], token scope={','.join(sorted(access.scopes))}"


async def _git(gitea: Gitea, request: Request, matched: re.Match[str]) -> Response:
    """Git over HTTP: the token as Basic password or in the header; hidden repositories ask for it with 401."""
    repository = f"{matched['owner']}/{matched['name']}"
    document = gitea.document("repos", repository)
    try:
        access = access_of(request, gitea.tokens)
    except BadToken:
        return _unauthorised()
    if access is not None and not access.reads_repositories:
        return text_response("Forbidden\n", 403)
    if document is None or not visible(repository, document, access):
        return _unauthorised() if access is None else text_response("Not found.\n", 404)
    folder = gitea.git(repository).folder
    if not folder.is_dir():
        return text_response("Not found.\n", 404)
    return await answer_git(request, folder, matched["service"], preamble=True)


def _unauthorised() -> Response:
    return text_response("Unauthorized\n", 401, (("Www-Authenticate", 'Basic realm="Gitea"'),))
