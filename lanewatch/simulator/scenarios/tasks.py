"""The pipeline tasks of the lane: plan-artifacts, build-or-reuse, gitops-publish; their steps, logs and results."""

from __future__ import annotations

import json

from lanewatch.simulator.scenarios import papers
from lanewatch.simulator.scenarios.delivery import Delivery
from lanewatch.simulator.scenarios.lane import Lane
from lanewatch.simulator.scenarios.taskrun import Halt, Step, Task

CLIENT = "registry.devops-infra.svc.cluster.local:5000/ci/buildkit-client:1.8"
GIT = "registry.devops-infra.svc.cluster.local:5000/ci/git:1.8"


def plan_artifacts(delivery: Delivery, *, code: int = 0) -> Task:
    """Reads the reuse plan that Actions made and turns it into results; fails to fetch it with `code`."""
    done = delivery.times.decided
    fetching: tuple[tuple[float, str], ...] = ((done - 2.0, f"fetching {delivery.plan_ref}"),)
    if code:
        fetching = (*fetching, (done - 1.7, f"error: {delivery.plan_ref}: 502 Bad Gateway, gave up after 3 tries"))
    return Task(
        "plan-artifacts",
        {
            "sourceCommit": delivery.commit,
            "snapshotRef": delivery.snapshot_ref,
            "reusePlanArtifactRef": delivery.plan_ref,
        },
        (
            Step("fetch-plan", done - 1.6, code, lines=fetching),
            Step(
                "decide",
                done,
                results={"envIdentity": delivery.env_identity, "reuseDecision": delivery.decision},
                lines=((done - 0.8, f"decision: {delivery.decision} ({delivery.env_identity})"),),
            ),
        ),
        ("reuseDecision", "envIdentity"),
    )


def build_or_reuse(lane: Lane, delivery: Delivery, *, code: int = 0, halt: Halt | None = None) -> Task:
    """Starts the builder Job and waits for it (exits with `code` when the Job failed), or takes the reused image.

    `halt` stops it while it waits.
    """
    times, start = delivery.times, delivery.times.decided + 2.6
    work = _waiting(delivery, code) if delivery.origin is None else _reusing(delivery)
    proof = json.dumps(papers.provenance(lane, delivery), separators=(",", ":"), ensure_ascii=False)
    results = {
        "imageDigest": delivery.image.digest,
        "envIdentity": delivery.env_identity,
        "reuseDecision": delivery.decision,
        "provenance": proof,
    }
    if delivery.origin is None:
        results["builderJobName"] = delivery.job_name
    ends = max(times.proven, work.ends + 0.5)
    return Task(
        "build-or-reuse",
        {"sourceCommit": delivery.commit, "reuseDecision": delivery.decision},
        (
            Step("prepare", start, lines=((start - 0.4, f"checked out {delivery.snapshot_ref}"),)),
            work,
            Step(
                "publish-provenance",
                ends,
                results=results,
                lines=((ends - 0.6, f"provenance of {delivery.image.digest} written"),),
            ),
        ),
        ("imageDigest", "envIdentity", "reuseDecision", "builderJobName", "provenance"),
        halt=halt,
    )


def gitops_publish(delivery: Delivery, revision: str | None, image: str) -> Task:
    """Commits the new image; without a revision the task is skipped by its when expression."""
    done = delivery.times.published - 1.0
    steps = (
        Step("render", done - 2.2, lines=((done - 2.6, f"rendering {image}"),)),
        Step(
            "commit",
            done,
            results={"gitopsRevision": revision or ""},
            lines=((done - 1.2, f"pushed {revision}"),),
            image=GIT,
        ),
    )
    when = None
    if revision is None:
        when = {"input": delivery.decision, "operator": "notin", "values": ["reused-image", "skipped"]}
    return Task("gitops-publish", {"imageDigest": delivery.image.digest}, steps, ("gitopsRevision",), when)


def _waiting(delivery: Delivery, code: int) -> Step:
    times, name = delivery.times, delivery.job_name
    ends = times.built + 1.4
    last = f"job.batch/{name} condition met" if not code else f"error: job {name} failed: BackoffLimitExceeded"
    lines = (
        (times.build + 0.1, f"job.batch/{name} created"),
        (times.build + 0.6, f"waiting for job.batch/{name}"),
        (ends - 0.3, last),
    )
    return Step("build", ends, code, lines=lines, image=CLIENT)


def _reusing(delivery: Delivery) -> Step:
    ends = delivery.times.proven - 1.2
    return Step("reuse", ends, lines=((ends - 0.8, f"reusing {delivery.image.digest}: nothing to build"),))
