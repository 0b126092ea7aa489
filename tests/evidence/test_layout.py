"""What stands in the files of a bundle: for tickets, tracing tools, verifiers and people."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from lanewatch.evidence.coverage import coverage
from lanewatch.evidence.difference import difference
from lanewatch.evidence.form import spec_name
from lanewatch.evidence.layout import layout
from lanewatch.evidence.summary_md import summary_md
from lanewatch.evidence.svg import number
from lanewatch.evidence.timeline_svg import timeline_svg
from lanewatch.evidence.trace import trace
from lanewatch.output.status_json import status_json
from lanewatch.output.status_text import status_text
from lanewatch.rollout.facts import ACTIONS, MIRROR, PLAN, PROVENANCE, RUNTIME, TEKTON, Knowledge
from lanewatch.rollout.reports import Attestation, Report
from lanewatch.rollout.rollout import Rollout
from tests.evidence.made import all_files, entries, material
from tests.rollout import story


def changed(**reports: Report | None) -> Knowledge:
    return story.delivered(60, **reports)


def rows_of(known: Knowledge) -> dict[str, Any]:
    """coverage.json's provenance of what was told."""
    read = tuple(seen.last for seen in known.seen.values())
    made = material(entries=read)
    rows: dict[str, Any] = coverage(made, made.rollout())["provenance"]
    return rows


def test_summary_files_are_what_status_prints() -> None:
    rollout, files = material().rollout(), all_files(material())
    assert files["data/summary.json"].decode() == status_json(rollout)
    assert files["data/summary.txt"].decode() == status_text(rollout)


def test_every_required_item_says_its_standing_and_what_proves_it() -> None:
    items = coverage(material(), material().rollout())["evidence"]
    assert list(items) == list(story.lane().required_evidence)
    assert {item["standing"] for item in items.values()} == {"present"}
    assert all(item["value"] and item["authority"] and item["source"] for item in items.values())
    assert items["builderJobName"]["objects"] == [material().exhibits[0].digest]


def test_a_missing_item_says_why() -> None:
    known = changed(runtime=None, argo=None)
    made = material(entries=tuple(seen.last for seen in known.seen.values()))
    item = coverage(made, made.rollout())["evidence"]["imageDigest"]
    assert item["standing"] in ("pending", "missing")
    assert (item["value"], item["objects"]) == ("", [])


def test_every_provenance_field_is_put_beside_another_authority() -> None:
    rows = rows_of(changed())
    assert list(rows) == list(story.lane().provenance_fields)
    verdicts = {name: row["verdict"] for name, row in rows.items()}
    unconfirmed = {"recipeHash", "baseImageDigest", "builderId"}
    assert {name for name, verdict in verdicts.items() if verdict == "unconfirmed"} == unconfirmed
    assert {verdict for name, verdict in verdicts.items() if name not in unconfirmed} == {"confirmed"}
    assert rows["pipelineRunName"]["reason"] == f"it carries commit {story.A}"
    assert rows["imageDigest"]["reason"] == "the Pods run it and the registry serves it"
    assert all(row["reason"] for name, row in rows.items() if name in unconfirmed)


def provenance(**fields: str) -> Report:
    report = story.PROVENANCE_REPORT
    assert report.provenance is not None
    return replace(report, provenance=replace(report.provenance, **fields))


@pytest.mark.parametrize(
    ("field", "value", "witness"),
    [
        ("source_commit", story.B, MIRROR),
        ("snapshot_ref", "refs/other", MIRROR),
        ("env_identity", "env-9", PLAN),
        ("reuse_decision", "reused-env", PLAN),
        ("actions_run_id", "9", ACTIONS),
        ("pipeline_run_name", "another", TEKTON),
    ],
)
def test_a_field_that_its_authority_tells_otherwise_is_contradicted(field: str, value: str, witness: str) -> None:
    name = re.sub("_(.)", lambda match: match[1].upper(), field)
    row = rows_of(changed(provenance=provenance(**{field: value})))[name]
    assert (row["verdict"], row["value"], row["witness"]) == ("contradicted", value, witness)
    assert row["witnessed"] not in ("", value)


def test_an_image_that_does_not_run_is_contradicted_and_one_not_served_is_not_confirmed() -> None:
    workload = story.WORKLOAD
    pods = tuple(replace(pod, digest=story.OTHER_IMAGE) for pod in workload.pods)
    elsewhere = replace(workload, pods=pods, digests=(*workload.digests, story_set(story.OTHER_IMAGE)))
    assert rows_of(changed(runtime=elsewhere))["imageDigest"]["verdict"] == "contradicted"
    unread = replace(workload, digests=())
    bare = replace(story.PROVENANCE_REPORT, digests=None)
    row = rows_of(changed(runtime=unread, provenance=bare))["imageDigest"]
    assert (row["verdict"], row["reason"]) == ("unconfirmed", "the registry was not read, or does not serve it")


def test_pods_of_another_rollout_say_nothing_of_the_image() -> None:
    row = rows_of(changed(runtime=story.OLD_WORKLOAD, argo=story.OLD_APPLICATION))["imageDigest"]
    reason = "the Pods are not those of this rollout"
    assert (row["verdict"], row["witness"], row["reason"]) == ("unconfirmed", RUNTIME, reason)


def story_set(digest: str) -> Any:
    from lanewatch.rollout.reports import DigestSet

    return DigestSet(digest, None, (digest,), ("sha256:" + "c" * 64,))


def test_an_attestation_confirms_base_and_builder_and_is_called_a_claim() -> None:
    found = story.PROVENANCE_REPORT.provenance
    assert found is not None
    claim = Attestation(found.image_digest, story.A, found.builder_id, found.base_image_digest)
    rows = rows_of(changed(provenance=replace(story.PROVENANCE_REPORT, attestation=claim)))
    assert {rows[name]["verdict"] for name in ("baseImageDigest", "builderId")} == {"confirmed"}
    assert rows["builderId"]["reason"] == "unsigned: a claim"
    other = replace(claim, base_image_digest="sha256:" + "7" * 64)
    rows = rows_of(changed(provenance=replace(story.PROVENANCE_REPORT, attestation=other)))
    assert rows["baseImageDigest"]["verdict"] == "contradicted"


def test_without_provenance_nothing_is_confirmed() -> None:
    rows = rows_of(changed(provenance=replace(story.PROVENANCE_REPORT, provenance=None)))
    assert {(row["verdict"], row["reason"]) for row in rows.values()} == {("unconfirmed", "there is no provenance")}
    assert {row["witness"] for row in rows.values()} >= {PROVENANCE}


def spans_of(rollout: Rollout) -> list[dict[str, Any]]:
    [resource] = trace(rollout)["resourceSpans"]
    [scope] = resource["scopeSpans"]
    spans: list[dict[str, Any]] = scope["spans"]
    return spans


def attributes(span: dict[str, Any]) -> dict[str, str]:
    return {one["key"]: next(iter(one["value"].values())) for one in span["attributes"]}


def test_the_trace_has_a_span_for_the_lane_and_one_for_each_stage() -> None:
    rollout = material().rollout()
    root, *stages = spans_of(rollout)
    assert (root["kind"], root["name"]) == (2, "deliver agentrun-jd01-v02")
    assert attributes(root)["cicd.pipeline.result"] == "success"
    assert attributes(root)["vcs.ref.head.revision"] == story.A
    assert [attributes(span)["cicd.pipeline.task.name"] for span in stages] == [stage.id for stage in rollout.stages]
    assert {span["parentSpanId"] for span in stages} == {root["spanId"]}
    assert {span["traceId"] for span in (root, *stages)} == {root["traceId"]}
    assert len({span["spanId"] for span in (root, *stages)}) == 9
    assert re.fullmatch("[0-9a-f]{32}", root["traceId"])
    assert re.fullmatch("[0-9a-f]{16}", root["spanId"])
    for span, stage in zip(stages, rollout.stages, strict=True):
        assert stage.started_at is not None
        assert int(span["startTimeUnixNano"]) == int(stage.started_at.timestamp()) * 10**9
        assert int(root["startTimeUnixNano"]) <= int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"])
        assert int(span["endTimeUnixNano"]) <= int(root["endTimeUnixNano"])


def test_a_stage_without_a_start_has_no_span_and_is_named() -> None:
    rollout = material().rollout()
    stages = tuple(replace(stage, started_at=None) if stage.id == "reuse-plan" else stage for stage in rollout.stages)
    root, *rest = spans_of(replace(rollout, stages=stages))
    assert attributes(root)["lanewatch.stages.without.span"] == "reuse-plan"
    assert len(rest) == 7
    assert spans_of(replace(rollout, stages=())) == []


def test_the_statement_names_image_commits_and_journal() -> None:
    files, found = all_files(material()), layout(material())
    claim = json.loads(files["statement.json"])
    subjects = {one["name"]: one["digest"] for one in claim["subject"]}
    assert subjects == {
        "data/journal.jsonl#head": {"sha256": found.head},
        "image": {"sha256": story.IMAGE.removeprefix("sha256:")},
        "pikasTech/agentrun@source": {"gitCommit": story.A},
        "pikasTech/agentrun@gitops": {"gitCommit": story.G},
    }
    assert claim["_type"] == "https://in-toto.io/Statement/v1"


def test_markdown_from_outside_stays_text() -> None:
    hostile = "[x](http://evil) <img src=x> @all #1 | `a` **b** ~~c~~ <!--\n# head"
    text = summary_md(replace(material().rollout(), commit_subject=hostile), "NAME", "0" * 64)
    line = next(line for line in text.splitlines() if line.startswith("Commit"))
    bare = re.sub(r"\\.", "", line.replace(f"`{story.A}`", ""))
    assert not re.search(r"[\[\]<>#|*~]|://|@\w|`", bare)
    assert "head" in line


def test_the_markdown_table_has_a_row_for_every_stage() -> None:
    text = summary_md(material().rollout(), "NAME", "0" * 64)
    assert [line for line in text.splitlines() if line.startswith("| reuse-plan | succeeded |")]
    assert "**Evidence** 11 of 11 present" in text


def texts_of(svg: str) -> list[str]:
    tree = ElementTree.fromstring(svg)
    return [element.text or "" for element in tree.iter("{http://www.w3.org/2000/svg}text")]


def test_the_picture_tells_every_stage_its_state_the_budget_and_the_journal() -> None:
    texts = texts_of(timeline_svg(material().rollout(), "0123456789" * 7))
    for stage in material().rollout().stages:
        assert stage.id in texts
    assert "82.0 s of 120 s" in texts
    assert "Evidence: 11 of 11 proven" in texts
    assert "lanewatch evidence, journal 01234567" in texts
    assert "budget 120 s" in texts


def bare(_: Rollout) -> Rollout:
    return material(entries=()).rollout()


def hostile(rollout: Rollout) -> Rollout:
    return replace(rollout, commit_subject="</text><script>alert(1)</script>&amp;\"'", target='"><x>')


def endless(rollout: Rollout) -> Rollout:
    return replace(rollout, now=story.moment(1e8), elapsed_seconds=1e8)


@pytest.mark.parametrize("change", [bare, hostile, endless])
def test_any_rollout_has_a_picture_that_is_valid_and_stays_on_the_paper(change: Callable[[Rollout], Rollout]) -> None:
    picture = timeline_svg(change(material().rollout()), "0" * 64)
    tree = ElementTree.fromstring(picture)
    assert {element.tag.rpartition("}")[2] for element in tree.iter()} <= {
        "svg", "title", "rect", "text", "circle", "line", "path"
    }  # fmt: skip
    for box in tree.iter("{http://www.w3.org/2000/svg}rect"):
        x, width = float(box.get("x", "")), float(box.get("width", ""))
        assert width >= 0
        assert 0 <= x <= x + width <= 1200


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (-0.01, "0"), (1.25, "1.2"), (10.0, "10"), (-3.0, "-3")])
def test_a_number_is_written_one_way(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize("label", ["config/lane.yaml", "../../etc/passwd", "ünï/cödé .yaml", "." * 300, ""])
def test_a_spec_file_has_a_name_that_a_bundle_may_have(label: str) -> None:
    from lanewatch.evidence.bag import check_name

    check_name(f"data/spec/{spec_name(label)}")


def test_a_difference_tells_durations_values_and_findings() -> None:
    first = material().rollout()
    slower = {stage.id: stage for stage in first.stages}["build-or-reuse"]
    stages = tuple(replace(one, elapsed_seconds=75.5) if one is slower else one for one in first.stages)
    known = changed(runtime=None)
    second = replace(material(entries=tuple(seen.last for seen in known.seen.values())).rollout(), stages=stages)
    page = difference(first, second)
    assert re.search(r"build-or-reuse +40\.0 s +75\.5 s +\+35\.5 s +succeeded\n", page)
    assert re.search(r"imageDigest +sha256:5555+ +(none|\?|–)", page)
    assert re.search(r"evidence imageDigest +present +(pending|missing)", page)
    assert max(map(len, page.splitlines())) <= 100


def test_values_that_begin_alike_are_told_apart_by_their_ends() -> None:
    first = material().rollout()
    cell = first.fields["snapshotRef"]
    other = replace(cell, fact=replace(cell.fact, value=f"{str(cell.fact.value)[:-4]}last"))
    page = difference(first, replace(first, fields={**first.fields, "snapshotRef": other}))
    row = next(line for line in page.splitlines() if "snapshotRef" in line)
    assert row.count("…") == 2
    assert row.endswith("last")


def test_a_rollout_does_not_differ_from_itself() -> None:
    page = difference(material().rollout(), material().rollout())
    assert "changed" not in page
    assert "only in" not in page


def test_the_name_says_lane_commit_time_and_journal() -> None:
    found = layout(material())
    assert found.name == f"agentrun-jd01-v02_{story.A[:8]}_20260706T120130Z_{found.head[:8]}"
    assert layout(material(entries=entries()[:-1])).name != found.name
