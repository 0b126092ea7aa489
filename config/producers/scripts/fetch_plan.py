#!/usr/bin/env python3
"""Reads the plan that reusePlanArtifactRef names (actions-run/RUN/ARTIFACT) and tells the tasks what it decided.

The token comes from the environment (GITEA_TOKEN), goes to Gitea alone and not to the signed address that follows.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

LIMIT = 16 << 20


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def get(url: str, token: str) -> Any:
    request = urllib.request.Request(url, headers={"Authorization": f"token {token}"} if token else {})
    return urllib.request.build_opener(_NoRedirect).open(request, timeout=20)


def artifact(api: str, repository: str, reference: str, token: str) -> bytes:
    """The only file of the artifact with the highest id."""
    kind, run, name = reference.split("/", 2)
    if kind != "actions-run" or not run.isdigit():
        raise SystemExit(f"reusePlanArtifactRef {reference!r}: actions-run/RUN/NAME is wanted")
    base = f"{api}/api/v1/repos/{repository}/actions"
    with get(f"{base}/runs/{run}/artifacts?limit=50", token) as answer:
        rows = json.loads(answer.read(LIMIT))["artifacts"]
    number = max(row["id"] for row in rows if row["name"] == name)
    try:
        data = get(f"{base}/artifacts/{number}/zip", token).read(LIMIT)
    except urllib.error.HTTPError as redirect:
        if redirect.code not in (301, 302, 303, 307):
            raise
        data = get(redirect.headers["Location"], "").read(LIMIT)
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        (only,) = packed.namelist()
        return packed.read(only)


def decision(plan: dict[str, Any]) -> str:
    if not plan["affectedServices"]:
        return "skipped"
    if plan["skipImageBuild"]:
        return "reused-image"
    return "reused-env" if plan["reuseEnvImage"] else "built"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for flag in ("gitea", "repository", "reference", "commit", "workload", "output", "results"):
        parser.add_argument(f"--{flag}", required=True)
    options = parser.parse_args()
    data = artifact(options.gitea, options.repository, options.reference, os.environ.get("GITEA_TOKEN", ""))
    plan = json.loads(data)
    if plan["sourceCommit"] != options.commit:
        print(f"the plan is for {plan['sourceCommit']}, not {options.commit}", file=sys.stderr)
        return 1
    Path(options.output).write_bytes(data)
    digests = {row["service"]: row.get("imageDigest") or "" for row in plan["artifactProvenanceAudit"]}
    results = {
        "reuseDecision": decision(plan),
        "envIdentity": plan["envIdentity"],
        "imageDigest": digests.get(options.workload, ""),
        "buildServices": " ".join(plan["buildServices"]),
        "actionsRunId": options.reference.split("/")[1],
    }
    for name, value in results.items():
        Path(options.results, name).write_text(value, encoding="utf-8")
    print(f"plan of run {results['actionsRunId']}: {results['reuseDecision']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
