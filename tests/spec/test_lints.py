"""What `plan` tells of the given spec, and that each lint goes when its cause goes."""

from __future__ import annotations

import pytest

from lanewatch.spec.lints import Lint, lints
from lanewatch.spec.loading import load_spec
from tests.spec.site import Site


def told(site: Site) -> tuple[Lint, ...]:
    loaded = load_spec(site.spec)
    return lints(loaded, loaded.lane())


def test_the_given_spec_has_exactly_these(site: Site) -> None:
    found = told(site)
    assert [lint.id for lint in found] == [
        "budget-sum",
        "needs-forced-sync",
        "needs-argo-webhook",
        "snapshot-prefixes",
        "stage-without-budget",
        "stage-without-budget",
        "branch-named-often",
        "reuse-spelling",
        "self-reference",
        "rollout-mode",
        "runtime-plane",
        "trigger-fallback",
    ]
    assert "180 s > 120 s" in found[0].message
    assert "gitea-ui-or-controlled-cli" in found[1].message
    assert "120 s" in found[2].message
    assert all(lint.where.rpartition(":")[2].isdigit() for lint in found)


@pytest.mark.parametrize(
    ("old", "new", "gone"),
    [
        ("endToEndSeconds: 120", "endToEndSeconds: 180", "budget-sum"),
        ("sourceSyncSeconds: 20", "sourceSyncSeconds: 900", "needs-forced-sync"),
        ("gitopsArgoCloseoutSeconds: 50", "gitopsArgoCloseoutSeconds: 200", "needs-argo-webhook"),
        ("snapshots/gitea-actions/agentrun-v0.2", "snapshots/agentrun-v0.2", "snapshot-prefixes"),
        ("sourceTruth: gitops/reuse.ymal", "sourceTruth: gitops/reuse.yaml", "reuse-spelling"),
        (
            "policyRef: config/cicd-gitea-actions-poc.yaml#spec.buildPlane.cache",
            "policyRef: config/agentrun.yaml#controlPlane",
            "self-reference",
        ),
        ("upstreamBranch: v0.2", "upstreamBranch: v0.3", "branch-named-often"),
    ],
)
def test_a_lint_goes_with_its_cause(site: Site, old: str, new: str, gone: str) -> None:
    assert gone in [lint.id for lint in told(site)]
    assert gone not in [lint.id for lint in told(site.edit(old, new))]


@pytest.mark.parametrize(
    ("old", "new", "id", "words"),
    [
        (
            "          - envIdentity\n          - reuseDecision\n\n",
            "          - envIdentit\n\n",
            "nobody-produces",
            'evidence item envIdentit; did you mean "envIdentity"?',
        ),
        ("      - elapsedSeconds\n", "      - elapsed\n", "nobody-produces", "the field elapsed"),
        ("      - runtime-health\n", "      - rumour\n", "nobody-produces", "the status word rumour"),
        ("      - artifactProvenanceAudit\n", "      - horoscope\n", "nobody-produces", "the plan artifact horoscope"),
        ("        - builderId\n", "        - builderMood\n", "nobody-produces", "the provenance field builderMood"),
        (
            "upstreamBranch: v0.2",
            "upstreamBranch: v0.3",
            "branch-names-differ",
            "branch v0.2, branchRef v0.2, upstreamBranch v0.3",
        ),
        ("          gitopsBranch: jd01-v0.2-gitops\n", "", "no-gitops-branch", "has no gitopsBranch"),
        (
            "          repository: pikasTech/agentrun\n",
            "          repository: pikasTech/other\n",
            "not-mirrored",
            "is not among",
        ),
        ("rolloutMode: diagnostic-only", "rolloutMode: live", "rollout-mode", "whatever it says, lanewatch only reads"),
        ("dockerSocketAllowed: false", "dockerSocketAllowed: true", "runtime-plane", "allows dockerSocketAllowed"),
        ("selectedEngineForPoc: buildkit", "selectedEngineForPoc: kaniko", "engine", "kaniko"),
        (
            "    - id: agentrun-jd01-v02\n      enabled: true",
            "    - id: agentrun-jd01-v02\n      enabled: false",
            "switched-off",
            "switched off",
        ),
        (
            "workload: Deployment/agentrun-mgr",
            "workload: StatefulSet/agentrun-mgr",
            "workload-kind",
            "StatefulSet is not judged",
        ),
        ("statusSeconds: 35", "statusSeconds: 350", "status-too-slow", "statusSeconds"),
        ("      - giteaMirrorLag\n", "", "mirror-lag", "mirrorLagStatus"),
        (
            "currentMirrorReadUrlRef: config/agentrun.yaml#controlPlane.lanes.jd01-v02.gitMirror.readUrl",
            "currentMirrorReadUrlRef: config/agentrun.yaml#controlPlane.lanes.jd01-v02.runtime.namespace",
            "two-mirrors",
            "two mirrors",
        ),
        (
            "      nameRef: config/agentrun.yaml#controlPlane.lanes.jd01-v02.ci.pipeline\n",
            "      nameRef: config/agentrun.yaml#controlPlane.lanes.jd01-v02.ci.namespace\n",
            "named-differently",
            "the target's pipelineRef",
        ),
    ],
)
def test_a_lint_comes_with_its_cause(site: Site, old: str, new: str, id: str, words: str) -> None:
    before = told(site)
    after = told(site.edit(old, new))
    added = [lint for lint in after if lint not in before and lint.id == id]
    assert any(words in lint.message for lint in added), [lint.message for lint in after]


def test_a_missing_stage_is_a_lint_and_so_is_its_evidence(site: Site) -> None:
    lines = site.spec.read_text().splitlines(keepends=True)
    start = next(index for index, line in enumerate(lines) if "- id: gitops-publish" in line)
    site.spec.write_text("".join(lines[:start] + lines[start + 4 :]))
    messages = [lint.message for lint in told(site)]
    assert "no stage has statusAuthority gitops-commit: its row says unconfigured" in messages
    assert "required evidence gitopsRevision comes from gitops-commit, which no stage has" in messages
