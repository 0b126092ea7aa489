"""The steps of a TaskRun's Pod as one log: in their order, each a section, also where the Pod goes in between."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lanewatch.clients.kubernetes import Cluster
from lanewatch.logs.pod_steps import PodSteps
from lanewatch.logs.sources import Asked, Source
from lanewatch.simulator.objects.pods import Container, running, terminated
from lanewatch.simulator.world import LogChunk, ObjectChange, World
from tests.logs.followed import follow, stamp, world

STEPS = tuple(Container(f"step-{name}", "i:1", "i@sha256:0", "containerd://1") for name in ("fetch", "build", "push"))


def pod(at: float, *ends: float, phase: str = "Running", told: Any = "MODIFIED") -> ObjectChange:
    """A Pod whose first steps have ended at these seconds; the others run, as Tekton starts them all at once."""
    states = [terminated(step, stamp(0), stamp(end), 0) for step, end in zip(STEPS, ends, strict=False)]
    states += [running(step, stamp(0)) for step in STEPS[len(ends) :]]
    meta = {"name": "p", "namespace": "ci", "uid": "u1"}
    spec = {"containers": [step.spec() for step in STEPS], "restartPolicy": "Never"}
    status = {"phase": phase, "containerStatuses": states}
    return ObjectChange(at, told, {"kind": "Pod", "apiVersion": "v1", "metadata": meta, "spec": spec, "status": status})


def said(at: float, step: str, text: str) -> LogChunk:
    return LogChunk(at, ("container", "ci", "p", f"step-{step}"), text.encode() + b"\n")


LINES = (said(1, "fetch", "one"), said(2, "fetch", "two"), said(8, "build", "three"), said(20, "push", "four"))
WHOLE = world(pod(0, told="ADDED"), pod(5, 5), pod(10, 5, 10), pod(25, 5, 10, 25, phase="Succeeded"), logs=LINES)


def steps(cluster: Cluster) -> Source:
    return PodSteps(cluster, "ci", "p", tuple(step.name for step in STEPS))


def lines(folder: Path, story: World, **how: Any) -> list[str]:
    return [line.text for line in follow(folder, story, source=steps, **how)]


@pytest.mark.parametrize("cuts", [(), (20,), (40, 9, 33)])
def test_steps_are_read_one_after_another_and_each_begins_a_section(tmp_path: Path, cuts: tuple[int, ...]) -> None:
    told = ["section: step-fetch", "one", "two", "section: step-build", "three", "section: step-push", "four"]
    assert lines(tmp_path, WHOLE, cuts=cuts) == told
    assert lines(tmp_path, WHOLE, asked=Asked(), at=100.0) == told


def test_what_a_cancelled_run_takes_along_is_kept_and_the_steps_after_it_are_not_waited_for(tmp_path: Path) -> None:
    gone = replace(pod(9, 5), type="DELETED")
    told = lines(tmp_path, world(pod(0, told="ADDED"), pod(5, 5), gone, logs=LINES[:3]))
    assert told[:5] == ["section: step-fetch", "one", "two", "section: step-build", "three"]
    assert told[5] == "the Pod was deleted"
    assert len(told) == 7
    assert told[6].startswith("step-push: 404")
