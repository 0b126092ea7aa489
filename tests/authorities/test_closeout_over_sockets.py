"""Tekton, gitops, Argo and workload authorities against the simulated lane, over real sockets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lanewatch.authorities.interface import Authority
from lanewatch.rollout.facts import Correlation, Observation, Outcome, Quality
from lanewatch.rollout.reports import ApplicationReport, GitopsReport, TektonReport, WorkloadReport
from tests.authorities.closeout_lane import fact, lane, lane_at


def tekton_report(observation: Observation) -> TektonReport:
    assert isinstance(observation.report, TektonReport)
    return observation.report


def workload_report(observation: Observation) -> WorkloadReport:
    assert isinstance(observation.report, WorkloadReport)
    return observation.report


async def test_everything_a_finished_lane_says(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "build") as watched:
        subject = replace(watched.subject, image_digest=str(watched.last("runtime-provenance")["imageDigest"]))
        tekton = await watched.tekton.read(subject)
        gitops = await watched.gitops.read(subject)
        argo = await watched.argo.read(subject)
        runtime = await watched.runtime.read(subject)
        truth = {**watched.last("tekton-pipelinerun"), **watched.last("argo-closeout")}
        truth |= watched.last("runtime-provenance")

    assert {one.outcome for one in (tekton, gitops, argo, runtime)} == {Outcome.OK}
    assert fact(tekton, "pipelineRunName").value == truth["pipelineRunName"]
    assert fact(gitops, "gitopsRevision").value == truth["gitopsRevision"]
    assert fact(argo, "argoRevision").value == truth["gitopsRevision"]
    assert (fact(argo, "argoSync").value, fact(argo, "argoHealth").value) == ("Synced", "Healthy")
    assert fact(runtime, "runtimeTargetSha").value == subject.commit
    assert fact(runtime, "imageDigest").value == truth["imageDigest"]
    assert fact(runtime, "health").value == "200 ok"
    run = tekton_report(tekton).run
    assert run is not None
    assert [(task.name, task.state) for task in run.tasks] == [
        ("plan-artifacts", "succeeded"), ("build-or-reuse", "succeeded"), ("gitops-publish", "succeeded"),
    ]  # fmt: skip
    assert tekton_report(tekton).server_time is not None
    (digests,) = workload_report(runtime).digests
    assert digests.digest == truth["imageDigest"]
    assert digests.manifests


async def test_every_observation_says_what_it_cost_and_where_its_objects_are(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "build") as watched:
        read = [await one.read(watched.subject) for one in (watched.tekton, watched.argo, watched.runtime)]
        gitops = await watched.gitops.read(watched.subject)
    for observation in (*read, gitops):
        assert observation.cost.requests > 0
        assert observation.host
        assert observation.skew is not None
        assert observation.raw_digest.startswith("sha256:")
        assert observation.handles
        for told in observation.facts:
            assert told.authority == observation.authority
            assert told.source
    drilldowns = [next(h.drilldown for h in one.handles if h.kind == "object") for one in read]
    assert drilldowns == ["cicd-pipelinerun", "argo-application", "cicd-runtime"]
    assert all(name in lane().drilldowns for name in drilldowns)
    locators = [handle.locator for one in read for handle in one.handles]
    assert any(
        one.startswith("k8s-log:ci/agentrun-ci/") and one.endswith("/step-fetch-plan,step-decide") for one in locators
    )
    assert any(locator.startswith("k8s-log:runtime/agentrun-v02/agentrun-mgr-") for locator in locators)
    assert gitops.handles[0].locator.startswith("gitea-commit:pikasTech/agentrun/")


async def test_reading_again_says_the_same(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "build") as watched:
        for authority in (watched.tekton, watched.gitops, watched.argo, watched.runtime):
            first, second = await authority.read(watched.subject), await authority.read(watched.subject)
            assert [told for told in first.facts if told.name != "eventListenerReady"] == [
                told for told in second.facts if told.name != "eventListenerReady"
            ]
            assert first.handles == second.handles


async def test_before_anything_was_started(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "build", 15.0) as watched:
        tekton = await watched.tekton.read(watched.subject)
        gitops = await watched.gitops.read(watched.subject)
        runtime = await watched.runtime.read(watched.subject)
    assert tekton.outcome is Outcome.OK
    assert (fact(tekton, "pipelineRunName").value, fact(tekton, "pipelineRunName").quality) == (None, Quality.ABSENT)
    assert tekton_report(tekton).event_listener_ready is True
    assert fact(gitops, "gitopsRevision").quality is Quality.ABSENT
    assert isinstance(gitops.report, GitopsReport)
    assert gitops.report.revision is None
    assert len(gitops.report.history) >= 1
    assert gitops.report.read_where == "application"
    assert fact(runtime, "runtimeTargetSha").value not in (None, watched.world.commit)


async def test_a_run_that_was_followed_ends_as_one_that_was_met_at_its_end(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "build", 15.0) as watched:
        states: list[str] = []
        for second in (24, 30, 36, 48, 60, 64, 68, 70, 110):
            watched.move_to(second)
            followed = tekton_report(await watched.tekton.read(watched.subject))
            if followed.run is not None:
                states.append(next(task.state for task in followed.run.tasks if task.name == "build-or-reuse"))
    async with lane_at(tmp_path / "late", "build") as late:
        met = tekton_report(await late.tekton.read(late.subject))
    assert states == sorted(states, key=("pending", "running", "succeeded").index)
    assert {"running", "succeeded"} <= set(states)
    assert followed.run == met.run


async def test_a_failed_build_names_its_step(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "build-fails") as watched:
        run = tekton_report(await watched.tekton.read(watched.subject)).run
    assert run is not None
    assert run.condition is not None
    assert run.condition.status == "False"
    failed = next(task for task in run.tasks if task.state == "failed")
    assert failed.name == "build-or-reuse"
    assert any(step.exit_code not in (0, None) for step in failed.children[0].steps)


async def test_drift_is_reported_and_not_judged(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "image-drift") as watched:
        truth = watched.last("lane")
        runtime = await watched.runtime.read(replace(watched.subject, image_digest=str(truth["built"])))
    assert (fact(runtime, "imageDigest").value, fact(runtime, "imageDigest").quality) == (
        truth["running"],
        Quality.GOOD,
    )
    assert {digests.digest for digests in workload_report(runtime).digests} == {truth["built"], truth["running"]}


async def test_argo_that_has_not_noticed_still_compares_the_old_revision(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "argo-unnoticed") as watched:
        gitops = await watched.gitops.read(watched.subject)
        argo = await watched.argo.read(watched.subject)
    assert fact(gitops, "gitopsRevision").quality is Quality.GOOD
    assert fact(argo, "argoRevision").value != fact(gitops, "gitopsRevision").value


async def test_no_planted_secret_and_no_control_character_is_kept(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "hostile") as watched:
        assert watched.world.secrets
        for authority in (watched.tekton, watched.gitops, watched.argo, watched.runtime):
            text = repr(await authority.read(watched.subject))
            assert not [secret for secret in watched.world.secrets if secret in text]
            assert all(character.isprintable() for character in text)
            assert "\\x1b" not in text


@pytest.mark.parametrize(
    ("group", "reason"),
    [
        ("tekton.dev", "no Tekton CRDs (tekton.dev/v1) in this cluster"),
        ("argoproj.io", "no Argo CD CRDs in this cluster"),
    ],
)
async def test_a_cluster_without_the_crds(tmp_path: Path, group: str, reason: str) -> None:
    async with lane_at(tmp_path, "build", absent=frozenset({group})) as watched:
        asked = watched.tekton if group == "tekton.dev" else watched.argo
        observation = await asked.read(watched.subject)
        gitops = await watched.gitops.read(watched.subject)
    assert observation.outcome is Outcome.UNSUPPORTED
    assert reason in observation.reason
    assert {told.quality for told in observation.facts} == {Quality.ERROR}
    assert gitops.outcome is Outcome.OK
    assert isinstance(gitops.report, GitopsReport)
    assert gitops.report.read_where == ("application" if group == "tekton.dev" else "mirror")
    assert gitops.report.revision is not None


@pytest.mark.parametrize("plural", ["pipelineruns", "applications", "deployments"])
async def test_what_an_authority_is_for_may_be_denied(tmp_path: Path, plural: str) -> None:
    async with lane_at(tmp_path, "build", denied=frozenset({plural})) as watched:
        by_plural: dict[str, Authority] = {"pipelineruns": watched.tekton, "applications": watched.argo}
        asked = by_plural.get(plural, watched.runtime)
        observation = await asked.read(watched.subject)
    assert observation.outcome is Outcome.DENIED
    assert f"may not list {plural}" in observation.reason
    assert Quality.DENIED in {told.quality for told in observation.facts}


async def test_what_is_denied_besides_takes_nothing_else_with_it(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "build", denied=frozenset({"pods", "events", "taskruns", "replicasets"})) as watched:
        tekton, runtime = await watched.tekton.read(watched.subject), await watched.runtime.read(watched.subject)
        argo = await watched.argo.read(watched.subject)
    assert {one.outcome for one in (tekton, runtime, argo)} == {Outcome.OK}
    for observation, names in ((tekton, ("taskRuns", "pods", "events")), (runtime, ("pods", "replicasets", "events"))):
        assert {fact(observation, name).quality for name in names} == {Quality.DENIED}
    assert fact(argo, "events").quality is Quality.DENIED
    run = tekton_report(tekton).run
    assert run is not None
    assert [child.name for task in run.tasks for child in task.children] == [
        f"{run.name}-{task.name}" for task in run.tasks
    ]
    assert {child.pod_exists for task in run.tasks for child in task.children} == {None}
    assert fact(runtime, "imageDigest").quality is Quality.DENIED
    commit = fact(runtime, "runtimeTargetSha")
    assert (commit.value, commit.quality) == (watched.world.commit, Quality.ESTIMATED)


async def test_another_commit_has_another_history(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "build") as watched:
        before = tekton_report(await watched.tekton.read(watched.subject))
        other = tekton_report(await watched.tekton.read(Correlation(commit="0" * 40)))
        again = tekton_report(await watched.tekton.read(watched.subject))
    assert before.run is not None
    assert other.runs == ()
    assert (before.run.name, watched.world.commit) in other.other_runs
    assert again.runs == before.runs


async def test_the_application_is_read_once_for_both_who_want_it(tmp_path: Path) -> None:
    async with lane_at(tmp_path, "build") as watched:
        argo = await watched.argo.read(watched.subject)
    assert isinstance(argo.report, ApplicationReport)
    assert argo.report.repo_url == f"{lane().mirror_base_url}/{lane().repository}.git"
    assert argo.report.compared_to_spec
    assert argo.cost.requests == 2
