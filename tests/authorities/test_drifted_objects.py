"""Native objects in which any one leaf or branch has become something else: readers fall silent, they never raise."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lanewatch.authorities.application_object import application_report
from lanewatch.authorities.gitops_repository import application_place
from lanewatch.authorities.interface import ObjectEvent
from lanewatch.authorities.kubernetes_events import event_lines
from lanewatch.authorities.tekton_history import History, fold
from lanewatch.authorities.tekton_runs import oldest_first, run_state
from lanewatch.authorities.workload_objects import (
    Counting,
    deployment_state,
    pod_state,
    pods_of,
    replica_set_state,
    replica_sets_of,
)
from tests.authorities.closeout_lane import lane
from tests.authorities.native_objects import Object
from tests.authorities.test_application_object import OLDER, SOURCE, VALUES, WANTED, R, application, status
from tests.authorities.test_workload_objects import deployment, pod, replica_set
from tests.recordings.reading import lines

OTHERS: list[Any] = [None, 0, -1, True, 1e9, "", "text", "https://[a/b/c", "2026-99-99T00:00:00Z"]
JUNK = st.sampled_from([*OTHERS, [], [None], ["a"], {}, {"name": {}}])
Path_ = tuple[str | int, ...]


def branches(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    """The place of everything inside, containers too."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield (*path, key)
        yield from branches(inner, (*path, key))


def drifted(thing: Object, path: Path_, junk: Any) -> Object:
    changed = copy.deepcopy(thing)
    place: Any = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = copy.deepcopy(junk)
    return changed


@cache
def recorded(name: str) -> list[ObjectEvent]:
    folder = Path(__file__).parents[1] / "recordings" / "tekton" / name
    changes = (line for line in lines(folder) if line["type"] in ("ADDED", "MODIFIED", "DELETED"))
    return [ObjectEvent(line["type"], line["kind"], line["object"], 0.0) for line in changes]


@given(st.sampled_from(["retries-then-success", "cancel", "child-pipeline-cancel"]), JUNK, st.data())
@settings(max_examples=120)
def test_tekton_objects(name: str, junk: Any, data: st.DataObject) -> None:
    events = recorded(name)
    place = data.draw(st.integers(0, len(events) - 1))
    event = events[-1 - place]
    path = data.draw(st.sampled_from(list(branches(event.object))))
    spoiled = ObjectEvent(event.type, event.kind, drifted(dict(event.object), path, junk), 0.0)
    history = fold(History(), [*events[: len(events) - 1 - place], spoiled, *events[len(events) - place :]])
    for kept in oldest_first(history):
        run_state(history, kept)


def whole_application() -> Object:
    operation = {
        "phase": "Succeeded",
        "operation": {"sync": {"resources": [{"kind": "Deployment"}]}},
        "syncResult": {"revision": R, "source": SOURCE, "resources": [{"kind": "K", "status": "SyncFailed"}]},
    }
    parts: Object = {
        "operationState": operation,
        "conditions": [{"type": "SyncError", "message": "m"}],
        "history": [{"revisions": [OLDER, R], "sources": [VALUES, SOURCE], "deployedAt": "2026-07-05T14:00:00Z"}],
        "summary": {"images": ["a"]},
    }
    compared = {"sources": [VALUES, SOURCE], "destination": {"server": "s", "namespace": "n"}}
    sync = {"status": "Synced", "revisions": [OLDER, R], "comparedTo": compared}
    spec = {"sources": [SOURCE, VALUES], "destination": compared["destination"], "syncPolicy": {"automated": {}}}
    return application(spec=spec, status=status(sync=sync, **parts), operation={"sync": {}})


@given(JUNK, st.data())
@settings(max_examples=120)
def test_applications(junk: Any, data: st.DataObject) -> None:
    thing = whole_application()
    spoiled = drifted(thing, data.draw(st.sampled_from(list(branches(thing)))), junk)
    application_report(spoiled, WANTED, ())
    application_place(spoiled, lane(), "gitea.example.org")


COUNTING = Counting("mgr", "registry.example.org/lane")


def of_workload(thing: Object) -> None:
    deployment_state(thing, COUNTING)
    replica_set_state(thing, COUNTING)
    pod_state(thing, COUNTING)
    own = replica_sets_of(thing, [thing])
    pods_of([thing, *own], [thing])
    event_lines([thing], {"uid"})


def whole_objects() -> list[Object]:
    ended = {"terminated": {"exitCode": 1, "reason": "Error"}}
    conditions = [{"type": "PodScheduled", "status": "False", "reason": "U"}, {"type": "Ready", "status": "True"}]
    event = {"involvedObject": {"uid": "uid"}, "type": "Warning", "reason": "r", "message": "m", "count": 3}
    return [
        deployment(conditions=[{"type": "Progressing", "status": "True", "reason": "r"}], replicas=1),
        replica_set(deployment(), "rs", "7"),
        pod({"waiting": {"reason": "CrashLoopBackOff"}}, last=ended, conditions=conditions),
        {**event, "metadata": {"name": "e.1"}, "series": {"count": 2}, "source": {"component": "kubelet"}},
    ]


@given(st.integers(0, 3), JUNK, st.data())
@settings(max_examples=120)
def test_workload_objects_and_events(number: int, junk: Any, data: st.DataObject) -> None:
    thing = whole_objects()[number]
    of_workload(drifted(thing, data.draw(st.sampled_from(list(branches(thing)))), junk))


readers: list[Callable[[Object], object]] = [of_workload, lambda thing: application_report(thing, WANTED, ())]


@given(st.sampled_from(readers), st.dictionaries(st.sampled_from(["metadata", "spec", "status"]), JUNK))
def test_objects_of_nothing(reader: Callable[[Object], object], thing: Object) -> None:
    reader(thing)
