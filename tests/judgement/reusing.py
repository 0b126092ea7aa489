"""Lanes that reuse, told by their authorities, and what their builders log: what the gate is tested on."""

from __future__ import annotations

from dataclasses import replace

from lanewatch.rollout.facts import Knowledge
from lanewatch.rollout.gate import CHECKS
from lanewatch.rollout.gate.build_log import parse_build_log
from lanewatch.rollout.record import Record
from tests.rollout import story
from tests.rollout.story import OLD, OLD_IMAGE, delivered, time

ENV_IMAGE = "sha256:" + "b" * 64
BEFORE = Record(
    "agentrun-jd01-v02", OLD, "40/1", "succeeded", time(-7000), env_identity="env-1", env_digest=ENV_IMAGE,
    image_digest=OLD_IMAGE, checks=dict.fromkeys(CHECKS, "pass"),
)  # fmt: skip
LOG = """#1 [internal] load build definition from Dockerfile
#1 DONE 0.1s
#3 [env 1/2] FROM base
#3 CACHED
#4 [env 2/2] RUN install
#4 CACHED
#5 [stage 1/1] COPY services /srv
#5 DONE 0.4s
#8 pushing manifest for registry/x/mgr:v1@sha256:5
"""
BUILT = parse_build_log(LOG.splitlines(), "k8s-log:ci/ns/pod/buildkit")
ENV_BUILT = parse_build_log(LOG.replace("#4 CACHED", "#4 DONE 9.1s").splitlines(), "log")
ALSO_WEB = parse_build_log((LOG + "#9 pushing manifest for registry/x/web:v1@sha256:5\n").splitlines(), "log")
AUDIT = (replace(story.PLAN_DOCUMENT.audit[0], env_image_digest=ENV_IMAGE),)
ENV_PLAN = replace(story.PLAN_DOCUMENT, reuse_env_image=True, audit=AUDIT)
REUSE_PLAN = replace(story.REUSE_PLAN, audit=(replace(story.REUSE_PLAN.audit[0], env_image_digest=ENV_IMAGE),))
CARRIED = replace(
    story.PIPELINE_RUN, params={**story.PIPELINE_RUN.params, "reusePlanArtifactRef": "actions-run/41/reuse-plan"}
)
TEKTON = replace(story.TEKTON_REPORT, runs=(CARRIED,))


def env_reused(**changes: object) -> Knowledge:
    """The environment stands, the service is built."""
    found = replace(story.PROVENANCE_DOCUMENT, reuse_decision="reused-env")
    told: dict[str, object] = {
        "plan": replace(story.PLAN_REPORT, plan=ENV_PLAN),
        "provenance": replace(story.PROVENANCE_REPORT, provenance=found),
        "tekton": TEKTON,
    }
    return delivered(**{**told, **changes})  # type: ignore[arg-type]


def reused(**changes: object) -> Knowledge:
    """Everything is reused: no Job, no gitops commit, the old Pods go on."""
    found = replace(story.PROVENANCE_DOCUMENT, image_digest=OLD_IMAGE, reuse_decision="reused-image")
    old = replace(story.POD, name="old-a", uid="u", replica_set_uid="uid-rs1", digest=OLD_IMAGE, started_at=time(-7900))
    told: dict[str, object] = {
        "plan": replace(story.PLAN_REPORT, plan=REUSE_PLAN),
        "provenance": replace(story.PROVENANCE_REPORT, provenance=found, job=None, digests=None),
        "tekton": TEKTON,
        "gitops": replace(story.GITOPS_REPORT, revision=None, history=(story.OLD_PUBLISHED,)),
        "argo": story.OLD_APPLICATION,
        "runtime": replace(story.OLD_WORKLOAD, pods=(old,)),
    }
    return delivered(**{**told, **changes})  # type: ignore[arg-type]
