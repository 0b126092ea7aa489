"""Each thing that an owner can get wrong is named, with the fix to type, and costs only the rows that need it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lanewatch.doctor.check import Verdict
from lanewatch.doctor.page import doctor_json, doctor_text, exit_code
from lanewatch.output.glyphs import ASCII
from lanewatch.rollout.facts import ACTIONS, ARGO, AUTHORITIES, GITOPS, MIRROR, RUNTIME, TEKTON, Outcome
from lanewatch.simulator.gitea import Access
from lanewatch.simulator.http import Response
from lanewatch.simulator.kubernetes import Rights, answers
from lanewatch.simulator.kubernetes.resources import RESOURCES
from lanewatch.simulator.serving import Tokens
from tests.doctor.examined_lane import Told, check, diagnosis

TOKENS = Tokens()


def rights(**limits: frozenset[str]) -> Rights:
    return Rights(TOKENS.kubernetes, **limits)


async def test_a_lane_that_is_well_has_no_failure(tmp_path: Path) -> None:
    told = await diagnosis(tmp_path)
    assert {one: told.of(one)[0] for one in AUTHORITIES} == dict.fromkeys(AUTHORITIES, Verdict.OK)
    assert exit_code(told) == 0
    page = doctor_text(told, ASCII)
    whole = doctor_text(told, ASCII, everything=True)
    for name in ("reachable", "authenticated", "version", "may list runs", "runner online", "EventListener ready"):
        assert f"{name}:" in whole, name
        assert f"{name}:" not in page
    for name in ("Argo webhook or polling", "log retention", "Tekton Pipelines version", "Argo CD version"):
        assert f"{name}:" in whole, name
    assert page.isascii() or "±" in page
    assert all(authority in page for authority in AUTHORITIES)
    shown = json.loads(doctor_json(told))
    assert [one["authority"] for one in shown["authorities"]] == list(AUTHORITIES)
    assert {one["system"] for one in shown["systems"]} >= {"gitea", "kubernetes.ci", "registry", "health", "upstream"}
    assert all(one["skewSeconds"] for one in shown["systems"] if one["system"].startswith(("gitea", "kubernetes")))


async def test_whom_a_cluster_takes_for_nobody_is_granted_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kubeconfig without a credential: /version is for everybody, each list is a 403 for system:anonymous."""
    forbidden = answers.forbidden

    def for_nobody(*about: Any) -> Response:
        told = forbidden(*about)
        assert isinstance(told.body, bytes)
        return replace(told, body=told.body.replace(b"lanewatch", b"system:anonymous"))

    monkeypatch.setattr(answers, "forbidden", for_nobody)
    kinds = frozenset(resource.name for resource in RESOURCES)
    told = await diagnosis(tmp_path, tokens=TOKENS, rights=rights(denied=kinds))
    refused = check(told, "kubernetes.argo", "authenticated")
    assert refused.says.startswith("403: the server was shown no credential that it knows")
    assert refused.outcome is Outcome.DENIED
    assert "system:anonymous" not in doctor_text(told, ASCII, everything=True)


async def test_a_token_without_the_scope_is_told_its_scope(tmp_path: Path) -> None:
    told = await diagnosis(tmp_path, access=Access(scopes=frozenset({"read:user"})))
    refused = check(told, "gitea", "may read pikasTech/agentrun")
    assert (refused.verdict, refused.outcome) == (Verdict.FAILED, Outcome.DENIED)
    assert "read:repository" in refused.fix
    assert told.of(MIRROR)[0] is Verdict.FAILED
    assert told.of(RUNTIME)[0] is Verdict.OK
    assert exit_code(told) == 5


async def test_a_token_of_no_owner_on_1_25_is_told_so(tmp_path: Path) -> None:
    told = await diagnosis(tmp_path, access=Access(owner=False), gitea_version="1.25.4")
    runs = check(told, "gitea", "may list runs")
    assert runs.verdict is Verdict.FAILED
    assert "Gitea 1.25 lists runs to owners only" in runs.fix
    assert check(told, "gitea", "runner online").verdict is Verdict.UNTOLD
    assert told.of(ACTIONS)[0] is Verdict.FAILED
    assert told.of(MIRROR)[0] is Verdict.OK


async def test_an_older_gitea_says_what_it_lacks(tmp_path: Path) -> None:
    told = await diagnosis(tmp_path, gitea_version="1.23.8")
    assert "no route actions/runs" in check(told, "gitea", "version").says
    assert check(told, "gitea", "may list runs").outcome is Outcome.UNSUPPORTED


async def test_a_wrong_token_and_a_missing_variable(tmp_path: Path) -> None:
    (tmp_path / "other.token").write_text("0" * 40)

    def other(told: Told) -> None:
        told["gitea"]["token"] = {"file": str(tmp_path / "other.token")}

    refused = check(await diagnosis(tmp_path, change=other), "gitea", "may read pikasTech/agentrun")
    assert "401" in refused.says
    assert "gitea.token" in refused.fix
    (tmp_path / "second").mkdir()

    def unset(told: Told) -> None:
        told["gitea"]["token"] = {"env": "LANEWATCH_TEST_UNSET"}

    missing = check(await diagnosis(tmp_path / "second", change=unset), "gitea", "configured")
    assert "LANEWATCH_TEST_UNSET" in missing.says
    assert "gitea.token" in missing.fix


async def test_a_right_that_lacks_is_told_as_the_rule_and_the_line_to_type(tmp_path: Path) -> None:
    told = await diagnosis(tmp_path, tokens=TOKENS, rights=rights(denied=frozenset({"taskruns", "replicasets"})))
    refused = check(told, "kubernetes.ci", "taskruns.tekton.dev in agentrun-ci")
    assert (refused.verdict, refused.outcome) == (Verdict.FAILED, Outcome.DENIED)
    assert 'apiGroups: ["tekton.dev"], resources: ["taskruns"], verbs: [get, list, watch]' in refused.fix
    assert "create role lanewatch-taskruns --verb=get,list,watch --resource=taskruns.tekton.dev" in refused.fix
    assert "--user=lanewatch" in refused.fix
    assert told.of(TEKTON)[0] is told.of(RUNTIME)[0] is Verdict.FAILED
    assert told.of(ARGO)[0] is Verdict.OK
    assert check(told, "kubernetes.ci", "pods in agentrun-ci").verdict is Verdict.OK


async def test_what_may_not_be_watched_is_polled_and_no_failure(tmp_path: Path) -> None:
    told = await diagnosis(tmp_path, tokens=TOKENS, rights=rights(unwatched=frozenset({"*"})))
    assert check(told, "kubernetes.runtime", "pods in agentrun-v02").verdict is Verdict.NOTE
    assert exit_code(told) == 0


async def test_a_missing_crd_names_the_product_and_the_plane(tmp_path: Path) -> None:
    absent = frozenset({"argoproj.io", "triggers.tekton.dev"})
    told = await diagnosis(tmp_path, tokens=TOKENS, rights=rights(absent=absent))
    missing = check(told, "kubernetes.argo", "applications.argoproj.io in argocd")
    assert missing.outcome is Outcome.UNSUPPORTED
    assert "no Argo CD CRDs" in missing.says
    assert "kubernetes.argo" in missing.fix
    listener = check(told, "kubernetes.ci", "EventListener ready")
    assert listener.verdict is Verdict.NOTE
    assert "actions-to-unidesk-controlled-api" in listener.says
    assert told.of(GITOPS)[0] is Verdict.FAILED


async def test_a_wrong_context_names_those_there_are(tmp_path: Path) -> None:
    def wrong(told: Told) -> None:
        told["kubernetes"]["context"] = "production"

    told = await diagnosis(tmp_path, change=wrong)
    reached = check(told, "kubernetes.runtime", "configured")
    assert check(told, "health", "configured").fix == reached.fix
    assert "no context production (there is simulated-lane)" in reached.says
    assert "kubernetes.context of connections.yaml (there is simulated-lane)" in reached.fix
    assert told.of(MIRROR)[0] is Verdict.OK


async def test_a_refused_cluster_token_is_told_once(tmp_path: Path) -> None:
    told = await diagnosis(tmp_path, rights=Rights("another"))
    (system,) = (one for one in told.systems if one.system == "kubernetes.ci")
    assert [one.name for one in system.checks if one.says.startswith("401")] == ["reachable"]
    assert exit_code(told) == 5


async def test_nothing_there_and_nothing_allowed_have_their_own_ends(tmp_path: Path) -> None:
    def only_dead(told: Told) -> None:
        for key in ("upstream", "registry", "health", "kubernetes"):
            del told[key]
        told["gitea"]["url"] = "http://127.0.0.1:1"

    told = await diagnosis(tmp_path, change=only_dead)
    assert exit_code(told) == 1
    assert "refused" in check(told, "gitea", "reachable").says
    assert "curl" in check(told, "gitea", "reachable").fix
    (tmp_path / "second").mkdir()

    def only_gitea(told: Told) -> None:
        for key in ("upstream", "registry", "health", "kubernetes"):
            del told[key]

    refused = await diagnosis(tmp_path / "second", change=only_gitea, access=Access(scopes=frozenset()))
    assert exit_code(refused) == 4
    (tmp_path / "third").mkdir()
    well = await diagnosis(tmp_path / "third", change=only_gitea)
    assert exit_code(well) == 7
    assert dict(well.unconfigured)[TEKTON].startswith("connections name no kubernetes")


async def test_a_clock_that_is_far_off_is_noted(tmp_path: Path) -> None:
    told = await diagnosis(tmp_path, behind=40.0)
    noted = check(told, "gitea", "clock")
    assert noted.verdict is Verdict.NOTE
    assert "s ahead of ours" in noted.says


async def test_a_credential_plugin_is_run_once_it_is_named_and_not_before(tmp_path: Path) -> None:
    plugin = tmp_path / "get-token"
    version, status = "client.authentication.k8s.io/v1", {"token": TOKENS.kubernetes}
    said = json.dumps({"apiVersion": version, "kind": "ExecCredential", "status": status})
    plugin.write_text(f"#!/bin/sh\necho '{said}'\n")
    plugin.chmod(0o700)

    def by_plugin(told: Told) -> None:
        file = Path(told["kubernetes"]["kubeconfig"])
        config = json.loads(file.read_text())
        user = {"apiVersion": version, "command": str(plugin), "interactiveMode": "Never"}
        config["users"][0]["user"] = {"exec": user}
        file.write_text(json.dumps(config))

    def allowed(told: Told) -> None:
        by_plugin(told)
        told["kubernetes"]["execPlugins"] = [str(plugin)]

    refused = check(await diagnosis(tmp_path, change=by_plugin, tokens=TOKENS), "kubernetes.ci", "configured")
    assert "is not allowed" in refused.says
    assert "add its name to kubernetes.execPlugins" in refused.fix
    (tmp_path / "second").mkdir()
    told = await diagnosis(tmp_path / "second", change=allowed, tokens=TOKENS)
    assert told.of(TEKTON)[0] is Verdict.OK
