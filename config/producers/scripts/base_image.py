#!/usr/bin/env python3
"""Which base image a build rests on, by digest: what the plan or the recipe pins, else what its registry says now.

Writes two lines, the image as the recipe names it and its digest. The build is then pinned to just that digest, so that
the one in the provenance is the one that was used. Credentials, if any, from config.json in DOCKER_CONFIG.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from hashlib import sha256
from pathlib import Path
from typing import Any

RECIPE = "Dockerfile.env"
LIMIT = 4 << 20
SECONDS = 20
TYPES = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def base_of(recipe: str) -> str:
    """The image of the first FROM, with the defaults of the ARGs before it."""
    known: dict[str, str] = {}
    for line in recipe.splitlines():
        argument = re.match(r"\s*ARG\s+(\w+)=[\"']?([^\s\"']*)", line, re.IGNORECASE)
        if argument:
            known[argument[1]] = argument[2]
        found = re.match(r"\s*FROM\s+(?:--\S+\s+)*(\S+)", line, re.IGNORECASE)
        if found:
            return re.sub(r"\$\{?(\w+)(?::-[^}]*)?\}?", lambda one: known.get(one[1], ""), found[1])
    raise SystemExit(f"{RECIPE} has no FROM")


def located(image: str) -> tuple[str, str, str]:
    """(host, repository, tag or digest) as docker understands a name."""
    name, at, digest = image.partition("@")
    first, slash, rest = name.partition("/")
    if not slash or not (re.search(r"[.:]", first) or first == "localhost"):
        first, rest = "registry-1.docker.io", name if slash else f"library/{name}"
    repository, colon, tag = rest.rpartition(":")
    return first, repository if colon else rest, digest if at else (tag if colon else "latest")


def ask(url: str, authorization: str, method: str = "GET") -> Any:
    headers = {"Accept": TYPES} | ({"Authorization": authorization} if authorization else {})
    return urllib.request.urlopen(urllib.request.Request(url, headers=headers, method=method), timeout=SECONDS)


def basic(host: str) -> str:
    """What `docker login` left for this host, "" for nobody."""
    file = Path(os.environ.get("DOCKER_CONFIG", ""), "config.json")
    if not os.environ.get("DOCKER_CONFIG") or not file.is_file():
        return ""
    auths = json.loads(file.read_text()).get("auths", {})
    alias = "https://index.docker.io/v1/" if host == "registry-1.docker.io" else host
    value = auths.get(alias, {}).get("auth", "")
    return f"Basic {value}" if value else ""


def token(challenge: str, authorization: str) -> str:
    """What the realm of a Bearer challenge gives; for a Basic one what there is already."""
    told = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    if not challenge.lower().startswith("bearer") or "realm" not in told:
        return authorization
    query = urllib.parse.urlencode({name: told[name] for name in ("service", "scope") if name in told})
    with ask(f"{told['realm']}?{query}", authorization) as answer:
        given = json.loads(answer.read(LIMIT))
    return f"Bearer {given.get('token') or given.get('access_token')}"


def resolved(image: str) -> str:
    """The digest of the index or manifest that the name stands for now."""
    host, repository, reference = located(image)
    if DIGEST.fullmatch(reference):
        return reference
    for scheme in ("https", "http") if ":" in host else ("https",):
        url = f"{scheme}://{host}/v2/{repository}/manifests/{urllib.parse.quote(reference)}"
        try:
            answer = ask(url, "")
        except urllib.error.HTTPError as refused:
            if refused.code != 401:
                raise SystemExit(f"{image}: {refused.code} from {host}") from None
            answer = ask(url, token(refused.headers.get("WWW-Authenticate", ""), basic(host)))
        except OSError:
            continue
        with answer:
            return "sha256:" + sha256(answer.read(LIMIT)).hexdigest()
    raise SystemExit(f"{image}: {host} does not answer")


def kept(plan: dict[str, Any], workload: str) -> str:
    """Of a reused image or environment: what its own build rested on, as the plan found it; "" before a build."""
    rows = {row["service"]: row for row in plan["artifactProvenanceAudit"]}
    came = rows.get(workload, {}).get("provenance")
    mine = came.get("baseImageDigest") if isinstance(came, dict) else None
    return str(mine or plan.get("baseImageDigest") or "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for flag in ("plan", "repository", "commit", "workload", "output"):
        parser.add_argument(f"--{flag}", required=True)
    options = parser.parse_args()
    show = ["git", "-C", options.repository, "show", f"{options.commit}:{RECIPE}"]
    image = base_of(subprocess.run(show, check=True, capture_output=True).stdout.decode())
    digest = kept(json.loads(Path(options.plan).read_bytes()), options.workload) or resolved(image)
    if not DIGEST.fullmatch(digest):
        print(f"{image}: {digest!r} is no digest", file=sys.stderr)
        return 1
    Path(options.output).write_text(f"{image}\n{digest}\n", encoding="utf-8")
    print(f"base image {image} at {digest[:19]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
