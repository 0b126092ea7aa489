"""The native Application, trap by trap (reference argo-k8s-oci 1.1-1.7, 9)."""

from __future__ import annotations

from typing import Any

import pytest

from lanewatch.authorities.application_object import application_report
from lanewatch.authorities.application_source import Wanted, repository_path
from lanewatch.rollout.reports import ApplicationReport, Deployed, Operation
from tests.authorities.native_objects import Object, native, stamp

R, OLDER = "a" * 40, "b" * 40
SOURCE = {
    "repoURL": "http://gitea-http.devops-infra.svc.cluster.local:3000/o/r.git",
    "path": "deploy",
    "targetRevision": "live",
}
VALUES = {"repoURL": "https://charts.example.org/o/values.git", "targetRevision": "main", "ref": "values"}
THERE = {"server": "https://kubernetes.default.svc", "namespace": "run"}
WANTED = Wanted("o/r", "live")


def application(*, annotations: Object | None = None, **parts: Any) -> Object:
    """Synced and Healthy at R, by a sync that succeeded; `parts` replace top-level keys."""
    made = native("Application", "app")
    made["metadata"]["annotations"] = annotations or {}
    status = {
        "sync": {"status": "Synced", "revision": R, "comparedTo": {"source": SOURCE, "destination": THERE}},
        "health": {"status": "Healthy", "lastTransitionTime": stamp(30)},
        "reconciledAt": stamp(20),
    }
    spec = {"source": SOURCE, "destination": THERE, "syncPolicy": {"automated": {}}}
    return {**made, "spec": spec, "status": status, **parts}


def status(**parts: Any) -> Object:
    return {**application()["status"], **parts}


def read(thing: Object) -> ApplicationReport:
    return application_report(thing, WANTED, ())


def operation(**parts: Any) -> Operation:
    state = {"phase": "Succeeded", "startedAt": stamp(5), "finishedAt": stamp(9), **parts}
    found = read(application(status=status(operationState=state))).operation
    assert found is not None
    return found


def test_the_plain_case() -> None:
    told = read(application())
    assert (told.sync_status, told.sync_revision, told.health_status) == ("Synced", R, "Healthy")
    assert (told.compared_to_spec, told.auto_sync, told.operation, told.operation_pending) == (True, True, None, False)
    assert (told.target_revision, told.path, told.deleting, told.skip_reconcile) == ("live", "deploy", False, False)


@pytest.mark.parametrize("revision", ["live", "", "v1.2.3", R[:12], None, 7])
def test_a_revision_that_is_no_full_hash_is_none(revision: Any) -> None:
    """When manifests cannot be generated Argo leaves the branch name there."""
    assert read(application(status=status(sync={"status": "Unknown", "revision": revision}))).sync_revision == ""


def test_a_sha256_repository_has_longer_hashes() -> None:
    assert read(application(status=status(sync={"revision": "A" * 64}))).sync_revision == "a" * 64


def test_before_the_first_comparison_nothing_is_said() -> None:
    told = read(application(status={}))
    assert (told.sync_status, told.sync_revision, told.health_status, told.reconciled_at) == ("", "", "", None)
    assert not told.compared_to_spec


@pytest.mark.parametrize(
    ("spec", "equal"),
    [
        ({"source": {**SOURCE, "targetRevision": "other"}, "destination": THERE}, False),
        ({"source": {**SOURCE, "path": "other"}, "destination": THERE}, False),
        ({"source": SOURCE, "destination": {**THERE, "namespace": "other"}}, False),
        ({"source": SOURCE, "destination": {"server": "https://elsewhere", "namespace": "run"}}, False),
        ({"sources": [SOURCE, VALUES], "destination": THERE}, False),
        ({"source": {**SOURCE, "chart": "", "helm": {}}, "destination": THERE}, True),
        ({"source": SOURCE, "destination": {"name": "in-cluster", "namespace": "run"}}, True),
    ],
)
def test_whether_the_comparison_was_of_the_present_spec(spec: Object, equal: bool) -> None:
    assert read(application(spec=spec)).compared_to_spec is equal


def test_slots_of_several_sources_follow_the_comparison_and_not_the_spec() -> None:
    """The spec was reordered since; the slots still follow what was compared."""
    compared = {"sources": [VALUES, SOURCE], "destination": THERE, "source": {"repoURL": ""}}
    sync = {"status": "Synced", "revisions": [OLDER, R], "comparedTo": compared}
    told = read(application(spec={"sources": [SOURCE, VALUES], "destination": THERE}, status=status(sync=sync)))
    assert told.sync_revision == R
    assert told.repo_url.endswith("/o/r.git")
    assert not told.compared_to_spec


def test_a_source_that_was_not_compared_has_no_revision() -> None:
    sync = {"revisions": [OLDER], "comparedTo": {"sources": [VALUES]}}
    assert read(application(spec={"sources": [SOURCE, VALUES]}, status=status(sync=sync))).sync_revision == ""


def test_a_hydrator_compares_what_it_writes() -> None:
    hydrator = {
        "drySource": {"repoURL": SOURCE["repoURL"], "targetRevision": "main", "path": "dry"},
        "syncSource": {"targetBranch": "live", "path": "deploy"},
    }
    told = read(application(spec={"source": VALUES, "sourceHydrator": hydrator, "destination": THERE}))
    assert (told.repo_url, told.target_revision, told.path) == (SOURCE["repoURL"], "live", "deploy")
    assert told.compared_to_spec


def test_a_source_without_a_revision_means_head() -> None:
    assert read(application(spec={"source": {"repoURL": "https://g/o/r"}})).target_revision == "HEAD"


@pytest.mark.parametrize(
    ("automated", "on"),
    [({}, True), ({"enabled": True}, True), ({"enabled": False}, False), ({"prune": True}, True), (None, False)],
)
def test_when_auto_sync_is_on(automated: Any, on: bool) -> None:
    policy = {"automated": automated} if automated is not None else {}
    assert read(application(spec={"source": SOURCE, "syncPolicy": policy})).auto_sync is on
    assert not read(application(spec={"source": SOURCE})).auto_sync


@pytest.mark.parametrize(
    ("annotations", "refresh", "frozen"),
    [
        ({"argocd.argoproj.io/refresh": "normal"}, True, False),
        ({"argocd.argoproj.io/refresh": "hard"}, True, False),
        ({"argocd.argoproj.io/hydrate": "normal"}, True, False),
        ({"argocd.argoproj.io/skip-reconcile": "true"}, False, True),
        ({"argocd.argoproj.io/skip-reconcile": "false"}, False, False),
        ({}, False, False),
    ],
)
def test_annotations(annotations: Object, refresh: bool, frozen: bool) -> None:
    told = read(application(annotations=annotations))
    assert (told.refresh_pending, told.skip_reconcile) == (refresh, frozen)


def test_a_requested_operation_is_pending_until_it_is_null() -> None:
    assert read(application(operation={"sync": {}})).operation_pending
    assert not read(application(operation=None)).operation_pending


def test_a_waiting_retry_is_running_and_finished() -> None:
    told = operation(phase="Running", retryCount=2, message="Retrying attempt #3 at 3:04PM.")
    assert (told.phase, told.retry_count, told.finished_at is not None) == ("Running", 2, True)


def test_an_operation_that_is_no_full_sync_says_so() -> None:
    assert operation(operation={"sync": {"dryRun": True}}).dry_run
    assert operation(operation={"sync": {"resources": [{"kind": "Deployment"}]}}).partial
    assert not operation(operation={"sync": {"resources": []}}).partial


def test_what_was_applied_is_a_hash_or_nothing() -> None:
    assert operation(syncResult={"revision": R, "source": SOURCE}).revision == R
    assert operation(syncResult={"revision": "live"}).revision == ""
    assert operation(syncResult=None).revision == ""
    several = {"revisions": [OLDER, R], "sources": [VALUES, SOURCE]}
    assert operation(syncResult=several).revision == R


def test_failed_resources_are_named() -> None:
    rows = [
        {"kind": "Deployment", "name": "d", "status": "SyncFailed", "message": "is invalid"},
        {"kind": "Job", "name": "j", "status": "", "hookType": "PostSync", "hookPhase": "Failed", "message": "no"},
        {"kind": "Service", "name": "s", "status": "Synced", "hookPhase": "Running", "message": "configured"},
    ]
    assert operation(syncResult={"revision": R, "resources": rows}).failed_resources == (
        "Deployment/d: is invalid",
        "Job/j: no",
    )


def test_history_keeps_its_order_and_its_own_sources() -> None:
    rows = [
        {"revision": OLDER, "deployedAt": stamp(1), "source": {**SOURCE, "path": "before"}},
        {"revisions": [OLDER, R], "deployedAt": stamp(2), "sources": [VALUES, SOURCE]},
    ]
    told = read(application(status=status(history=rows))).history
    assert [row.revision for row in told] == [OLDER, R]
    assert all(isinstance(row, Deployed) and row.deployed_at for row in told)


def test_conditions_are_said_as_they_are() -> None:
    rows = [{"type": "ComparisonError", "message": "cannot \x1b[31mload", "lastTransitionTime": stamp(3)}]
    (condition,) = read(application(status=status(conditions=rows))).conditions
    assert condition.type == "ComparisonError"
    assert "\x1b" not in condition.message


def test_an_object_that_drifted_reads_as_silence() -> None:
    told = read(application(spec="text", status=["list"]))
    assert (told.repo_url, told.sync_status, told.operation, told.history) == ("", "", None, ())


@pytest.mark.parametrize(
    ("url", "repository"),
    [
        ("http://gitea-http.devops-infra.svc:3000/Org/Repo.git", "Org/Repo"),
        ("https://host/gitea/org/repo/", "org/repo"),
        ("git@host:org/repo.git", "org/repo"),
        ("ssh://git@host:22/org/repo", "org/repo"),
        ("https://host/only", ""),
        ("https://host/org//repo", ""),
        ("https://[host/org/repo", ""),
        ("", ""),
    ],
)
def test_the_repository_of_an_address(url: str, repository: str) -> None:
    assert repository_path(url) == repository
