"""Lints about names: the same thing named twice, or differently, or as nobody would spell it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lanewatch.spec.errors import KeyPath
from lanewatch.spec.lints.subject import Lint, Rule, Subject
from lanewatch.spec.tables import GITOPS


def _snapshot_prefixes(subject: Subject) -> Iterator[Lint]:
    ours, stage = subject.lane.snapshot_ref_prefix, subject.lane.stage_ref_prefix
    if ours != stage:
        message = f"two snapshot prefixes: {ours} is looked at first, then {stage} (stageRefPrefix)"
        yield subject.lint("snapshot-prefixes", "warning", message, *subject.target, "source", "snapshotRef")


def _branch_names(subject: Subject) -> Iterator[Lint]:
    lane = subject.lane
    names = {"branch": lane.branch}
    names["branchRef"] = str(subject.loaded.resolved[(*subject.target, "source", "branchRef")].value)
    for repository in lane.mirror_repositories:
        if repository.repository == lane.repository:
            names["upstreamBranch"] = repository.upstream_branch
    said = ", ".join(f"{key} {name}" for key, name in names.items())
    if len(set(names.values())) > 1:
        message = f"the branch is named differently: {said}; branch {lane.branch} is watched"
        yield subject.lint("branch-names-differ", "warning", message, *subject.target, "branch")
    else:
        message = f"the branch is named {len(names)} times: {said}; change all of them together"
        yield subject.lint("branch-named-often", "info", message, *subject.target, "branch")


def _repository_not_mirrored(subject: Subject) -> Iterator[Lint]:
    own = [entry for entry in subject.lane.mirror_repositories if entry.repository == subject.lane.repository]
    if not own:
        message = (
            f"{subject.lane.repository} is not among giteaMirror.repositories: mirror and gitops branch are unknown"
        )
        yield subject.lint("not-mirrored", "warning", message, *subject.target, "repository")
    elif subject.lane.gitops_branch is None:
        message = f"{subject.lane.repository} has no gitopsBranch: {GITOPS} cannot look anywhere but in the Application"
        yield subject.lint("no-gitops-branch", "warning", message, *subject.target, "repository")


def _mirror_addresses(subject: Subject) -> Iterator[Lint]:
    existing = str(subject.loaded.resolved["spec", "sourceAuthority", "existingMirrorRef"].value)
    if existing != subject.lane.mirror_read_url:
        message = f"existingMirrorRef reads {existing}, the target {subject.lane.mirror_read_url}: two mirrors"
        yield subject.lint("two-mirrors", "warning", message, "spec", "sourceAuthority", "existingMirrorRef")


def _named_twice(subject: Subject) -> Iterator[Lint]:
    pairs: tuple[tuple[KeyPath, KeyPath], ...] = (
        (("spec", "tekton", "pipeline", "nameRef"), ("tekton", "pipelineRef")),
        (("spec", "tekton", "pipeline", "runPrefixRef"), ("tekton", "pipelineRunPrefixRef")),
        (("spec", "argo", "applicationRef"), ("argo", "applicationRef")),
    )
    for shared, own in pairs:
        first, second = subject.loaded.resolved[shared].value, subject.loaded.resolved[(*subject.target, *own)].value
        if first != second:
            message = f"{shared[-1]} leads to {first}, the target's {own[-1]} to {second}; the target's is watched"
            yield subject.lint("named-differently", "warning", message, *subject.target, *own)


def _reuse_spelling(subject: Subject) -> Iterator[Lint]:
    if subject.lane.reuse_path.endswith(".ymal"):
        message = (
            f"{subject.lane.reuse_path} is read as spelled (.ymal); renaming it here and there belongs in one change"
        )
        yield subject.lint("reuse-spelling", "info", message, "spec", "reuse", "sourceTruth")


def _self_holding_ref(subject: Subject) -> Iterator[Lint]:
    for path, resolved in subject.loaded.resolved.items():
        is_own = resolved.document is subject.loaded.document
        if is_own and path[: len(resolved.path)] == resolved.path:
            message = f"{path[-1]} names the section that holds it: that is legal, and says no more than the section"
            yield subject.lint("self-reference", "info", message, *path)


RULES: Final[tuple[Rule, ...]] = (
    _snapshot_prefixes,
    _branch_names,
    _repository_not_mirrored,
    _mirror_addresses,
    _named_twice,
    _reuse_spelling,
    _self_holding_ref,
)
