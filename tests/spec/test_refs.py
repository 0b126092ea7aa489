"""References lead where they say, one step at a time, and nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lanewatch.spec.fields import Ref
from lanewatch.spec.loading import load_spec, references
from lanewatch.spec.refs import RefError, RefResolver
from tests.spec.site import SPEC_NAME, Site

PIPELINE = "nameRef: config/agentrun.yaml#controlPlane.lanes.jd01-v02.ci.pipeline"


def ref(text: str) -> Ref:
    file, _, keys = text.partition("#")
    return Ref(file, tuple(keys.split(".")))


def test_every_reference_of_the_given_spec_is_found_and_placed(site: Site) -> None:
    loaded = load_spec(site.spec)
    written = [line for line in site.spec.read_text().splitlines() if ".yaml#" in line]
    assert len(list(references(loaded.spec))) == len(loaded.resolved) == len(written) == 19
    found = loaded.resolved["spec", "tekton", "pipeline", "nameRef"]
    assert found.value == "agentrun-v02-ci"
    assert found.line == site.line_of("pipeline: agentrun-v02-ci", name="agentrun.yaml")
    assert found.file.endswith("config/agentrun.yaml")


def test_what_looks_like_a_reference_by_name_is_none(site: Site) -> None:
    paths = ["/".join(map(str, path)) for path in load_spec(site.spec).resolved]
    assert not [path for path in paths if "specRef" in path or "credentialsRef" in path]


def test_a_reference_to_the_own_file_is_the_loaded_spec_whatever_its_folder(site: Site) -> None:
    moved = site.folder.rename(site.folder.parent / "settings")
    (site.folder.parent / "config").mkdir()
    for name in ("agentrun.yaml", "cicd-branch-followers.yaml"):
        (moved / name).rename(site.folder.parent / "config" / name)
    assert load_spec(moved / SPEC_NAME).lane().end_to_end_seconds == 120


def test_references_inside_a_mapping_so_reached_are_not_followed(site: Site) -> None:
    cache = load_spec(site.spec).resolved["spec", "buildPlane", "cache", "policyRef"].value
    assert cache["policyRef"] == f"config/{SPEC_NAME}#spec.buildPlane.cache"


def test_a_chain_of_scalar_references_is_followed(site: Site) -> None:
    site.edit("pipeline: agentrun-v02-ci", "pipeline: config/cicd-branch-followers.yaml#pipeline", name="agentrun.yaml")
    path = site.folder / "cicd-branch-followers.yaml"
    path.write_text(path.read_text() + "pipeline: chained\n")
    loaded = load_spec(site.spec)
    found = loaded.resolved["spec", "tekton", "pipeline", "nameRef"]
    assert (found.value, len(found.chain)) == ("chained", 2)
    assert found.file.endswith("cicd-branch-followers.yaml")


def test_items_of_lists_can_be_named(site: Site) -> None:
    resolver = load_spec(site.spec).resolver
    assert resolver.resolve(ref(f"config/{SPEC_NAME}#spec.targets.0.id")).value == "agentrun-jd01-v02"


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (
            "nameRef: config/agentrun.yaml#controlPlane.lanes.jd01-v02.ci.pipelin",
            'no key "pipelin" in controlPlane.lanes.jd01-v02.ci',
        ),
        ("nameRef: config/agentrun.yaml#controlPlane.lanes.jd01-v02.ci.pipelin", 'did you mean "pipeline"?'),
        ("nameRef: config/agentrun.yaml#controlPlane.lanes.jd01-v02.ci.pipeline.deeper", 'no key "deeper"'),
        ("nameRef: config/agentrun.yaml#controlPlane.lanes.jd01-v02.ci", "must lead to text"),
        ("nameRef: config/missing.yaml#a", "missing.yaml: cannot be read: No such file or directory"),
        ("nameRef: ../outside.yaml#a", "leaves the folder of the spec"),
        ("nameRef: config/../../outside.yaml#a", "leaves the folder of the spec"),
        ("nameRef: /etc/passwd#a", "leaves the folder of the spec"),
        ("nameRef: https://example.org/x.yaml#a", "names an address"),
        ("nameRef: file:///etc/x.yaml#a", "names an address"),
        ("nameRef: config/agentrun.yaml", "must be a reference such as"),
        ("nameRef: config/agentrun.yaml#a..b", "must be a reference such as"),
        ("nameRef: 5", "must be a reference such as"),
        (f"nameRef: config/{SPEC_NAME}#spec.budgets.statusSeconds", "must lead to text"),
        (f"nameRef: config/{SPEC_NAME}#spec.tekton.pipeline.nameRef", "is a cycle"),
    ],
)
def test_a_reference_that_leads_nowhere_is_told_with_its_line(site: Site, new: str, expected: str) -> None:
    line = site.line_of(PIPELINE)
    found = [problem for problem in site.edit(PIPELINE, new).problems() if expected in problem]
    assert found
    assert found[0].startswith(f"{SPEC_NAME}:{line}:")


def test_a_cycle_shows_the_whole_chain(site: Site) -> None:
    here = "config/agentrun.yaml#controlPlane.lanes.jd01-v02.ci"
    site.edit("pipeline: agentrun-v02-ci", f"pipeline: {here}.namespace", name="agentrun.yaml")
    site.edit("namespace: agentrun-ci", f"namespace: {here}.pipeline", name="agentrun.yaml")
    (problem,) = [line for line in site.problems() if "pipeline.nameRef" in line]
    assert f"is a cycle: {here}.pipeline -> {here}.namespace -> {here}.pipeline" in problem


def test_a_link_out_of_the_folder_is_refused(site: Site) -> None:
    (site.folder.parent.parent / "outside.yaml").write_text("a: secret-from-outside\n")
    os.symlink(site.folder.parent.parent / "outside.yaml", site.folder / "link.yaml")
    told = "\n".join(site.edit(PIPELINE, "nameRef: config/link.yaml#a").problems())
    assert "through a link" in told
    assert "secret-from-outside" not in told


def test_a_mounted_folder_whose_files_are_links_inside_it_is_read(site: Site) -> None:
    (site.folder / "..data").mkdir()
    (site.folder / "agentrun.yaml").rename(site.folder / "..data" / "agentrun.yaml")
    os.symlink(Path("..data") / "agentrun.yaml", site.folder / "agentrun.yaml")
    assert load_spec(site.spec).lane().pipeline == "agentrun-v02-ci"


def test_a_spoiled_file_behind_a_reference_is_told_with_its_own_lines(site: Site) -> None:
    site.edit("namespace: agentrun-ci", "namespace: &x agentrun-ci", name="agentrun.yaml")
    assert any(problem.startswith("agentrun.yaml:24:") for problem in site.problems())


def test_an_empty_value_is_no_value(site: Site) -> None:
    site.edit("pipeline: agentrun-v02-ci", "pipeline:", name="agentrun.yaml")
    assert any("names an empty value" in problem for problem in site.problems())


def test_a_chain_without_end_ends(site: Site) -> None:
    chain = "".join(f"k{n}: config/chain.yaml#k{n + 1}\n" for n in range(12))
    (site.folder / "chain.yaml").write_text(chain + "k12: end\n")
    resolver = RefResolver(load_spec(site.spec).document)
    with pytest.raises(RefError, match="longer than 8"):
        resolver.resolve(ref("config/chain.yaml#k0"))
    assert resolver.resolve(ref("config/chain.yaml#k6")).value == "end"
