"""Git's smart HTTP, read side only, through `git http-backend`.

The upstream serves it as plain git does, Gitea with a preamble and refusals of its own (reference argo-k8s-oci 5).
"""

from __future__ import annotations

import re
from pathlib import Path

from lanewatch.simulator.git_repository import GitFailed, run_git
from lanewatch.simulator.http import Handler, Request, Response, method_not_allowed, text_response

GIT_PATH = re.compile(
    r"/(?P<owner>[A-Za-z0-9_-][A-Za-z0-9._-]*)/(?P<name>[A-Za-z0-9_-][A-Za-z0-9._-]*?)(?:\.git)?"
    r"/(?P<service>info/refs|git-upload-pack|git-receive-pack)"
)

_REQUEST_TYPE = "application/x-git-upload-pack-request"
_PREAMBLE = b"001e# service=git-upload-pack\n0000"
_READ_ONLY = "mirror repository is read-only\n"


def handler(folder: Path) -> Handler:
    """Anonymous smart HTTP over every `OWNER/NAME.git` under `folder`; the upstream's side of the lane."""

    async def answer(request: Request) -> Response:
        matched = GIT_PATH.fullmatch(request.path)
        repository = folder / matched["owner"] / f"{matched['name']}.git" if matched else None
        if matched is None or repository is None or not repository.is_dir():
            return text_response("Not Found\n", 404)
        return await answer_git(request, repository, matched["service"])

    return answer


async def answer_git(request: Request, repository: Path, service: str, *, preamble: bool = False) -> Response:
    """One smart HTTP request for a bare repository on disk. service: the path's tail.

    preamble: begin the v2 advertisement with `# service=`, as Gitea and GitHub do. Any push is refused with 403, as a
    pull mirror does; a POST of the wrong Content-Type is a 400, as Gitea answers it.
    """
    pushes = service == "git-receive-pack" or request.first("service") == "git-receive-pack"
    if pushes:
        return text_response(_READ_ONLY, 403)
    if service == "info/refs":
        if request.method not in ("GET", "HEAD"):
            return method_not_allowed()
        if request.first("service") != "git-upload-pack":
            return text_response("dumb HTTP is not served\n", 403)
    elif request.method != "POST":
        return method_not_allowed("POST")
    elif request.headers.get("content-type") != _REQUEST_TYPE:
        return text_response("Bad Request\n", 400)
    answer = _from_cgi(await _backend(request, repository, service))
    if preamble and service == "info/refs" and isinstance(answer.body, bytes):
        body = answer.body if answer.body.startswith(_PREAMBLE) else _PREAMBLE + answer.body
        return Response(answer.status, body, answer.headers)
    return answer


async def _backend(request: Request, repository: Path, service: str) -> bytes:
    """What the CGI says. When git refuses a want ("not our ref") it has said so in its answer before it fails."""
    try:
        return await run_git(["http-backend"], given=request.body, environment=_cgi(request, repository, service))
    except GitFailed as failed:
        if not failed.output:
            raise
        return failed.output


def _cgi(request: Request, repository: Path, service: str) -> dict[str, str]:
    """The CGI variables git http-backend reads."""
    return {
        "GIT_PROJECT_ROOT": str(repository.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{repository.name}/{service}",
        "REQUEST_METHOD": "POST" if request.method == "POST" else "GET",
        "QUERY_STRING": "service=git-upload-pack" if service == "info/refs" else "",
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
    }


def _from_cgi(output: bytes) -> Response:
    """A CGI answer as a response; its Status header becomes the status."""
    head, _, body = output.partition(b"\r\n\r\n")
    headers = [line.partition(": ")[::2] for line in head.decode("latin-1").split("\r\n") if line]
    status = next((value for name, value in headers if name.lower() == "status"), "200")
    kept = tuple((name, value) for name, value in headers if name.lower() not in ("status", "content-length"))
    return Response(int(status.split(" ")[0]), body, kept)
