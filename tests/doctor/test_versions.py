"""Which Tekton and Argo CD it is: told where a reader sees it, and how to look where it does not."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from lanewatch.clients.answers import Answer
from lanewatch.clients.kubernetes import Cluster
from lanewatch.clients.native import PIPELINE_RUNS
from lanewatch.doctor.check import Sheet, Verdict
from lanewatch.doctor.remedies import ClusterPlace
from lanewatch.doctor.rights import Kind, probe
from lanewatch.doctor.versions import ARGO_CD, TEKTON, Supported, say_version, version_of
from lanewatch.rollout.facts import Moment
from lanewatch.simulator.kubernetes import Rights
from lanewatch.simulator.serving import Tokens
from tests.doctor.examined_lane import check, diagnosis

DIGEST = "@sha256:" + "0" * 64
RUNS = Kind(PIPELINE_RUNS, "ci", (), older="v1beta1")


async def test_both_are_told(tmp_path: Path) -> None:
    told = await diagnosis(tmp_path)
    assert check(told, "kubernetes.ci", "Tekton Pipelines version").says == "v1.15.0, supported"
    assert check(told, "kubernetes.ci", "Tekton Triggers version").verdict is Verdict.OK
    assert check(told, "kubernetes.argo", "Argo CD version").says == "v3.4.2, supported"


async def test_what_may_not_be_seen_is_no_failure_and_says_how_to_look(tmp_path: Path) -> None:
    tokens = Tokens()
    hidden = Rights(tokens.kubernetes, denied=frozenset({"configmaps", "deployments"}))
    told = await diagnosis(tmp_path, tokens=tokens, rights=hidden)
    tekton, argo = (
        check(told, "kubernetes.ci", "Tekton Pipelines version"),
        check(told, "kubernetes.argo", "Argo CD version"),
    )
    assert tekton.verdict is argo.verdict is Verdict.NOTE
    assert "get configmap pipelines-info" in tekton.fix
    assert "get deployments -l app.kubernetes.io/part-of=argocd" in argo.fix


@pytest.mark.parametrize(
    ("image", "labels", "version"),
    [
        ("quay.io/argoproj/argocd:v2.14.9", {}, "v2.14.9"),
        (f"registry:5000/argocd:v3.0.1{DIGEST}", {}, "v3.0.1"),
        (f"registry:5000/argocd{DIGEST}", {"app.kubernetes.io/version": "v2.11.0"}, "v2.11.0"),
        ("argocd:latest", {}, ""),
    ],
)
def test_a_version_is_the_images_tag_else_the_label(image: str, labels: dict[str, Any], version: str) -> None:
    containers = [{"name": "server", "image": image}]
    deployment = {"metadata": {"labels": labels}, "spec": {"template": {"spec": {"containers": containers}}}}
    assert version_of(deployment) == version


@pytest.mark.parametrize(
    ("known", "version", "verdict", "word"),
    [
        (ARGO_CD, "v2.9.3", Verdict.NOTE, "older than 2.10"),
        (ARGO_CD, "v2.10.0", Verdict.OK, "supported"),
        (ARGO_CD, "v4.0.0", Verdict.OK, "newer than 3.5"),
        (TEKTON, "devel", Verdict.NOTE, "not understood"),
        (TEKTON, "v0.43.2", Verdict.NOTE, "older than 0.44"),
    ],
)
def test_a_version_is_compared_by_number(known: Supported, version: str, verdict: Verdict, word: str) -> None:
    sheet = Sheet()
    say_version(known, version, "look", sheet)
    assert sheet.checks[0].verdict is verdict
    assert word in sheet.checks[0].says


async def test_a_cluster_that_serves_an_older_tekton_api_only_is_read_by_it() -> None:
    cluster, sheet = OldTekton(), Sheet()
    found = await probe(ClusterPlace("kubernetes", cast("Cluster", cluster)), RUNS, sheet)
    assert [one["metadata"]["name"] for one in found] == ["run-1"]
    assert (sheet.checks[0].verdict, sheet.checks[0].says) == (Verdict.OK, "may get, list, watch (5001 there)")
    assert {path.split("/")[3] for path in cluster.asked[1:]} == {"v1beta1"}


class OldTekton:
    """Answers for tekton.dev/v1beta1 alone, with the first page of a long list."""

    credential_key = "kubernetes"

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def get(self, path: str, *_: object, **__: object) -> Answer:
        self.asked.append(path)
        runs = {
            "metadata": {"resourceVersion": "7", "remainingItemCount": 5000},
            "items": [{"metadata": {"name": "run-1"}}],
        }
        return Answer(
            status=404 if "/v1/" in path else 200,
            headers={},
            body=json.dumps(runs).encode(),
            host="api.example.org",
            path=path,
            read_at=Moment(datetime.now(UTC), 0.0),
            seconds=0.0,
            skew=None,
            proven_whole=True,
        )
