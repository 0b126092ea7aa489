"""One question to the simulated Gitea: the state it is asked of, the caller, and the answers all routes share.

Source: reference gitea.md 8 and 9 (404 flavours, paging).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from lanewatch.simulator.clock import WorldClock
from lanewatch.simulator.dated import Dated
from lanewatch.simulator.git_repository import GitRepository
from lanewatch.simulator.gitea_access import Access
from lanewatch.simulator.http_messages import Request, Response, base_url, json_response, text_response
from lanewatch.simulator.world import Json, World

MAX_ITEMS = 50  # [api] MAX_RESPONSE_ITEMS, Gitea's default
PAGE_ITEMS = 30  # [api] DEFAULT_PAGING_NUM
_JSON = "application/json;charset=utf-8"
_UNCACHED = ("Cache-Control", "max-age=0, private, must-revalidate, no-transform")

T = TypeVar("T")
Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Gitea:
    """The whole server: a world at a moving second, dressed as one release."""

    world: World
    clock: WorldClock
    version: str
    release: Version
    tokens: Mapping[str, Access] = field(repr=False)
    documents: Dated[tuple[str, str], Json | None]  # by collection and key
    artifacts: Dated[int, bytes]  # zips by artifact id

    def document(self, collection: str, key: str) -> Json | None:
        """One document as it stands now."""
        return self.documents.get((collection, key), self.clock.at())

    def listed(self, collection: str, repository: str) -> list[Json]:
        """A repository's documents as they stand now, by id."""
        keys = [key for kind, key in self.documents if kind == collection and key.startswith(f"{repository}/")]
        found = (self.document(collection, key) for key in keys)
        return sorted((value for value in found if value is not None), key=lambda value: int(value["id"]))

    def git(self, repository: str) -> GitRepository:
        """The repository's git side, on disk."""
        return GitRepository(self.world.repositories / "gitea" / f"{repository}.git")


@dataclass(frozen=True, slots=True)
class Call:
    """One routed request. `repository` and `document` are empty on routes above repositories."""

    gitea: Gitea
    request: Request
    parts: Mapping[str, str]  # the route's named parts, decoded
    access: Access | None = None
    repository: str = ""  # owner/name
    document: Json = field(default_factory=dict)

    @property
    def root(self) -> str:
        """The server's web root as the client sees it."""
        return base_url(self.request)

    @property
    def api(self) -> str:
        """The API root of this repository."""
        return f"{self.root}/api/v1/repos/{quote(self.repository)}"

    @property
    def web(self) -> str:
        """The web page of this repository."""
        return f"{self.root}/{quote(self.repository)}"

    @property
    def git(self) -> GitRepository:
        """This repository's git side."""
        return self.gitea.git(self.repository)

    @property
    def default_branch(self) -> str:
        """The default branch by its short name."""
        return str(self.document.get("default_branch") or "main")


def answer(value: Any, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """A JSON answer: no ETag, no Last-Modified, never to be cached."""
    return json_response(value, status, (_UNCACHED, *headers), _JSON)


def route_absent() -> Response:
    """The 404 of a route that this release does not have."""
    return text_response("404 page not found\n", 404)


def problem(call: Call, status: int, message: str) -> Response:
    """Any other refusal: `{"message", "url"}`."""
    return answer({"message": message, "url": f"{call.root}/api/swagger"}, status)


def not_found(call: Call, message: str = "") -> Response:
    """The 404 of an object that is absent or hidden."""
    default = "not found" if call.gitea.release >= (1, 26, 0) else "The target couldn't be found."
    value = {"message": message or default, "url": f"{call.root}/api/swagger"}
    return answer(value if call.gitea.release >= (1, 27, 0) else {**value, "errors": None}, 404)


def page_of(call: Call, default: int = PAGE_ITEMS) -> tuple[int, int]:
    """(page from 1, items a page), capped as Gitea caps them; nonsense reads as not given."""
    page, limit = (_number(call.request.first(name)) for name in ("page", "limit"))
    return max(page, 1), min(limit if limit > 0 else default, MAX_ITEMS)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.lstrip("-").isdigit() and len(text) < 12 else 0


def cut(items: Sequence[T], page: int, limit: int) -> Sequence[T]:
    """One page of a list."""
    return items[(page - 1) * limit : page * limit]


def paging_headers(call: Call, total: int, page: int, limit: int) -> tuple[tuple[str, str], ...]:
    """X-Total-Count, and Link where there are other pages."""
    last = max(1, -(-total // limit))
    wanted = {"next": page + 1, "last": last} if page < last else {}
    wanted |= {"first": 1, "prev": page - 1} if page > 1 else {}
    links = ",".join(f'<{_page_url(call, number)}>; rel="{name}"' for name, number in wanted.items())
    return (("X-Total-Count", str(total)), *((("Link", links),) if links else ()))


def _page_url(call: Call, page: int) -> str:
    others = [(key, value) for key, value in call.request.query if key != "page"]
    return f"{call.root}{call.request.raw_path}?{urlencode([*others, ('page', page)])}"
