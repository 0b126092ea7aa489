"""The native Application, read into a report (reference argo-k8s-oci 1.1-1.4): what it says, nothing concluded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lanewatch.authorities.application_source import (
    Wanted,
    full_hash,
    gitops_source,
    repository_path,
    revision_of,
    same,
    sources_of,
    spec_sources,
)
from lanewatch.authorities.native import (
    Native,
    annotation,
    deleting,
    leaf,
    moment,
    name,
    number,
    one_line,
    rows,
    said,
    text,
    uid,
    words,
)
from lanewatch.clients.shape import ShapeError, field
from lanewatch.rollout.reports import ApplicationReport, ArgoCondition, Deployed, Operation

REFRESH: Final = ("argocd.argoproj.io/refresh", "argocd.argoproj.io/hydrate")
SKIP_RECONCILE: Final = "argocd.argoproj.io/skip-reconcile"
ROWS_SHOWN: Final = 20  # conditions, failed resources, images: a lane's Application has a handful
FAILED_HOOK: Final = ("Failed", "Error")


def application_report(application: Native, wanted: Wanted, events: tuple[str, ...]) -> ApplicationReport:
    """Everything but `server_time`, which no object tells."""
    status = leaf(application, "status")
    source = gitops_source(application, wanted)
    return ApplicationReport(
        name=one_line(name(application)),
        uid=one_line(uid(application)),
        repo_url=said(source, "repoURL"),
        target_revision=said(source, "targetRevision") or "HEAD",
        path=said(source, "path"),
        sync_status=said(status, "sync", "status"),
        sync_revision=sync_revision(application, source),
        compared_to_spec=_compared_to_spec(application),
        health_status=said(status, "health", "status"),
        health_since=moment(status, "health", "lastTransitionTime"),
        reconciled_at=moment(status, "reconciledAt"),
        operation_pending=isinstance(leaf(application, "operation"), dict),
        operation=_operation(leaf(status, "operationState"), source),
        conditions=tuple(_condition(row) for row in rows(status, "conditions")[:ROWS_SHOWN]),
        history=tuple(_deployed(row, source) for row in rows(status, "history")),
        auto_sync=_auto_sync(application),
        refresh_pending=any(annotation(application, key) for key in REFRESH),
        skip_reconcile=annotation(application, SKIP_RECONCILE) == "true",
        deleting=deleting(application),
        images=tuple(one_line(image) for image in words(status, "summary", "images")[:ROWS_SHOWN]),
        events=events,
    )


def drifted(application: Native) -> ShapeError | None:
    """The first of the two words that decide a closeout which is none: null, or of another type (fault S01).

    Health may lack before the first comparison only: since then Argo always writes it.
    """
    if not leaf(application, "status", "sync"):
        return None
    try:
        if field(dict(application), "status.sync.status", str):
            field(dict(application), "status.health.status", str)
    except ShapeError as error:
        return error
    return None


def sync_revision(application: Native, source: Native) -> str:
    """The revision of the last comparison for this source, "" when it is no full hash."""
    sync = leaf(application, "status", "sync")
    return revision_of(sync, sources_of(leaf(sync, "comparedTo")) or spec_sources(application), source)


def _compared_to_spec(application: Native) -> bool:
    """The last comparison was of the present sources and destination; generation tells nothing (1.1)."""
    compared = leaf(application, "status", "sync", "comparedTo")
    theirs, ours = sources_of(compared), spec_sources(application)
    if len(theirs) != len(ours):
        return False
    sources = all(_same_source(one, other, application) for one, other in zip(theirs, ours, strict=True))
    return sources and _same_destination(leaf(compared, "destination"), leaf(application, "spec", "destination"))


def _same_source(compared: Native, wanted: Native, application: Native) -> bool:
    """Of a hydrated source only address, branch and path are known."""
    if leaf(application, "spec", "sourceHydrator") is None:
        return same(compared, wanted)
    return all(text(compared, key) == text(wanted, key) for key in ("repoURL", "targetRevision", "path"))


def _same_destination(one: object, other: object) -> bool:
    """Older controllers write the server's address beside the cluster's name, so what both give must agree."""
    pairs = [(text(one, key), text(other, key)) for key in ("server", "name", "namespace")]
    told = [(mine, theirs) for mine, theirs in pairs if mine and theirs]
    return pairs[2][0] == pairs[2][1] and all(mine == theirs for mine, theirs in told)


def _operation(state: object, source: Native) -> Operation | None:
    if not isinstance(state, dict):
        return None
    result = leaf(state, "syncResult")
    return Operation(
        phase=said(state, "phase"),
        message=said(state, "message"),
        started_at=moment(state, "startedAt"),
        finished_at=moment(state, "finishedAt"),
        revision=revision_of(result, sources_of(result), source),
        dry_run=leaf(state, "operation", "sync", "dryRun") is True,
        partial=bool(rows(state, "operation", "sync", "resources")),
        retry_count=number(state, "retryCount") or 0,
        failed_resources=tuple(_failed(rows(result, "resources")))[:ROWS_SHOWN],
    )


def _failed(resources: Sequence[Native]) -> list[str]:
    """`hookPhase` is set on ordinary resources too (1.3)."""
    failed = [row for row in resources if text(row, "status") == "SyncFailed" or text(row, "hookPhase") in FAILED_HOOK]
    return [one_line(f"{text(row, 'kind')}/{text(row, 'name')}: {text(row, 'message')}", limit=400) for row in failed]


def _condition(row: Native) -> ArgoCondition:
    return ArgoCondition(said(row, "type"), said(row, "message"), moment(row, "lastTransitionTime"))


def _deployed(row: Native, source: Native) -> Deployed:
    """History keeps the sources of its time; one that is no longer there is told by its repository."""
    sources = sources_of(row)
    repository = repository_path(text(source, "repoURL")).lower()
    then = next((s for s in sources if same(s, source)), None) or next(
        (s for s in sources if repository_path(text(s, "repoURL")).lower() == repository), source
    )
    return Deployed(revision_of(row, sources, then) or full_hash(text(row, "revision")), moment(row, "deployedAt"))


def _auto_sync(application: Native) -> bool:
    """`automated: {}` is on, `automated: {enabled: false}` is off (1.2)."""
    automated = leaf(application, "spec", "syncPolicy", "automated")
    return isinstance(automated, dict) and automated.get("enabled") is not False
