"""Lints about what is allowed, switched on, or asked for: modes, planes, and words that nobody answers for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal

from lanewatch.spec.errors import KeyPath, nearest
from lanewatch.spec.lints.subject import Lint, Rule, Subject
from lanewatch.spec.tables import (
    AUTHORITIES,
    EVIDENCE_AUTHORITY,
    FIELD_AUTHORITY,
    MIRROR,
    PLAN_ARTIFACTS,
    PROVENANCE_FIELDS,
    RUNTIME_WORD_FACTS,
)


def _mode(subject: Subject) -> Iterator[Lint]:
    scope = subject.loaded.spec.spec.scope
    switches = f"rolloutEnabled {_word(scope.rollout_enabled)}, productionFollowerReplacement " + _word(
        scope.production_follower_replacement
    )
    severity: Literal["info", "warning"] = "info" if scope.rollout_mode == "diagnostic-only" else "warning"
    message = f"rolloutMode {scope.rollout_mode} ({switches}); whatever it says, lanewatch only reads"
    yield subject.lint("rollout-mode", severity, message, "spec", "scope", "rolloutMode")


def _planes(subject: Subject) -> Iterator[Lint]:
    body = subject.loaded.spec.spec
    runtime = {
        "dockerAllowed": body.runtime_plane.docker_allowed,
        "buildAllowed": body.runtime_plane.build_allowed,
        "dockerSocketAllowed": body.runtime_plane.docker_socket_allowed,
        "hostWorktreeAllowed": body.runtime_plane.host_worktree_allowed,
    }
    allowed = [key for key, value in runtime.items() if value]
    severity: Literal["info", "warning"] = "warning" if allowed else "info"
    said = f"allows {', '.join(allowed)}" if allowed else f"forbids all of {', '.join(runtime)}"
    message = f"the runtime plane {said}: stated policy, which lanewatch does not probe"
    yield subject.lint("runtime-plane", severity, message, "spec", "runtimePlane")
    build = body.build_plane
    if not build.build_allowed:
        message = "the build plane forbids building: a plan that asks for a build cannot succeed"
        yield subject.lint("build-plane", "warning", message, "spec", "buildPlane", "buildAllowed")
    if build.selected_engine_for_poc not in build.engine_candidates:
        message = f"selected engine {build.selected_engine_for_poc} is not among engineCandidates"
        yield subject.lint("engine", "warning", message, "spec", "buildPlane", "selectedEngineForPoc")


def _switched_off(subject: Subject) -> Iterator[Lint]:
    body = subject.loaded.spec.spec
    switches: tuple[tuple[bool, KeyPath], ...] = (
        (
            body.source_authority.gitea_mirror.enabled_for_poc,
            ("spec", "sourceAuthority", "giteaMirror", "enabledForPoc"),
        ),
        (body.actions.enabled_for_poc, ("spec", "actions", "enabledForPoc")),
        (body.tekton.enabled_for_poc, ("spec", "tekton", "enabledForPoc")),
        (body.argo.enabled_for_poc, ("spec", "argo", "enabledForPoc")),
        (subject.lane.enabled, (*subject.target, "enabled")),
    )
    for is_on, path in switches:
        if not is_on:
            yield subject.lint("switched-off", "warning", f"{path[-2]} is switched off here but still watched", *path)


def _fallback(subject: Subject) -> Iterator[Lint]:
    message = (
        f"trigger.fallback {subject.lane.trigger_fallback}: while it is in use there is no EventListener,"
        f" and a missing event is no finding (primary: {subject.lane.trigger_primary})"
    )
    yield subject.lint("trigger-fallback", "info", message, "spec", "actions", "trigger", "fallback")


def _missing_authorities(subject: Subject) -> Iterator[Lint]:
    for authority in AUTHORITIES:
        if subject.lane.stage_of(authority) is None:
            message = f"no stage has statusAuthority {authority}: its row says unconfigured"
            yield subject.lint("authority-missing", "warning", message, "spec", "stages")


def _unknown_words(subject: Subject) -> Iterator[Lint]:
    lane = subject.lane
    lists: tuple[tuple[str, Iterable[str], Iterable[str], KeyPath], ...] = (
        ("field", lane.required_fields, FIELD_AUTHORITY, ("spec", "statusProjection", "requiredFields")),
        (
            "evidence item",
            lane.required_evidence,
            EVIDENCE_AUTHORITY,
            (*subject.target, "closeout", "requiredEvidence"),
        ),
        ("status word", lane.runtime_status_words, RUNTIME_WORD_FACTS, ("spec", "runtimePlane", "statusAuthority")),
        ("plan artifact", lane.plan_artifacts, PLAN_ARTIFACTS, ("spec", "reuse", "requiredArtifacts")),
        ("decision", lane.required_decisions, PLAN_ARTIFACTS, ("spec", "reuse", "requiredDecisions")),
        ("provenance field", lane.provenance_fields, PROVENANCE_FIELDS, ("spec", "buildPlane", "provenance", "fields")),
    )
    for kind, words, known, path in lists:
        for index, word in enumerate(words):
            if word not in known:
                message = f"nobody produces the {kind} {word}{nearest(word, known)}"
                yield subject.lint("nobody-produces", "warning", message, *path, index)


def _orphaned_evidence(subject: Subject) -> Iterator[Lint]:
    for index, item in enumerate(subject.lane.required_evidence):
        authority = EVIDENCE_AUTHORITY.get(item)
        if authority is not None and subject.lane.stage_of(authority) is None:
            message = f"required evidence {item} comes from {authority}, which no stage has"
            yield subject.lint(
                "nobody-produces", "warning", message, *subject.target, "closeout", "requiredEvidence", index
            )


def _workload(subject: Subject) -> Iterator[Lint]:
    if subject.lane.workload_kind != "Deployment":
        message = f"{subject.lane.workload_kind} is not judged; only the rollout of a Deployment is"
        yield subject.lint("workload-kind", "warning", message, *subject.target, "runtime", "workload")


def _mirror_lag(subject: Subject) -> Iterator[Lint]:
    status = subject.loaded.spec.spec.source_authority.gitea_mirror.mirror_lag_status
    if status == "required" and "giteaMirrorLag" not in subject.lane.required_fields:
        message = (
            f"mirrorLagStatus is required, but giteaMirrorLag is not among requiredFields ({MIRROR} reads it anyway)"
        )
        yield subject.lint(
            "mirror-lag", "warning", message, "spec", "sourceAuthority", "giteaMirror", "mirrorLagStatus"
        )


def _word(switch: bool) -> str:
    return "true" if switch else "false"


RULES: Final[tuple[Rule, ...]] = (
    _mode,
    _planes,
    _switched_off,
    _fallback,
    _missing_authorities,
    _unknown_words,
    _orphaned_evidence,
    _workload,
    _mirror_lag,
)
