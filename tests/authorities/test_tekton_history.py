"""The fold: what it believes, what it refuses, and that the way in which news arrives does not change the end."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from lanewatch.authorities import tekton_history
from lanewatch.authorities.interface import ObjectEvent
from lanewatch.authorities.tekton_history import History, Kept, differences, fold
from lanewatch.authorities.tekton_runs import oldest_first, run_state
from tests.authorities.native_objects import Object, changed, native, pipeline_run, pod, succeeded, task_run
from tests.recordings.reading import folded, lines

RECORDINGS = Path(__file__).parents[1] / "recordings" / "tekton"
TOLD = (
    "cancel", "retries-then-success", "same-name-recreated", "taskrun-deleted-recreated", "watch-gap-410",
    "image-pull-backoff", "matrix", "custom-task-unserved", "child-pipeline-cancel", "builder-job-success",
)  # fmt: skip

Change = Literal["ADDED", "MODIFIED", "DELETED"]


def news(type_: Change, thing: Object) -> ObjectEvent:
    return ObjectEvent(type_, thing["kind"], thing, 0.0)


def kept_of(history: History, thing: Object) -> Kept:
    return history.objects[thing["metadata"]["uid"]]


def test_the_newest_state_of_each_uid_is_kept() -> None:
    run = pipeline_run()
    later = changed(run, 2, status=succeeded("True", "Succeeded"))
    history = fold(History(), [news("ADDED", run), news("MODIFIED", later)])
    assert kept_of(history, run) == Kept("PipelineRun", later)


def test_the_fold_leaves_the_history_before_as_it_was() -> None:
    run = pipeline_run()
    before = fold(History(), [news("ADDED", run)])
    fold(before, [news("DELETED", run)])
    assert not kept_of(before, run).deleted


def test_an_older_version_that_arrives_late_changes_nothing() -> None:
    run = pipeline_run()
    later = changed(run, 10, status=succeeded("True", "Succeeded"))  # as text "9" would be newer
    history = fold(History(), [news("ADDED", later), news("MODIFIED", changed(run, 9))])
    assert kept_of(history, run).object == later


def test_a_verdict_is_not_taken_back() -> None:
    run = pipeline_run()
    done = changed(run, 2, status=succeeded("False", "Failed"))
    again = changed(run, 3, status=succeeded("Unknown", "Running"))
    history = fold(History(), [news("ADDED", run), news("MODIFIED", done), news("MODIFIED", again)])
    assert kept_of(history, run).object["status"] == done["status"]
    assert kept_of(history, run).object["metadata"]["resourceVersion"] == "3"


def test_a_retry_takes_back_the_verdict_of_its_attempt() -> None:
    task = task_run(pipeline_run())
    failed = changed(task, 2, status=succeeded("False", "StepFailed"))
    archived = {**succeeded("Unknown", "ToBeRetried"), "retriesStatus": [{"podName": "first"}]}
    retried = changed(task, 3, status=archived)
    history = fold(History(), [news("ADDED", task), news("MODIFIED", failed), news("MODIFIED", retried)])
    assert kept_of(history, task).object["status"] == archived


def test_what_was_deleted_stays_known_and_deleted() -> None:
    thing = pod(task_run(pipeline_run()))
    gone = changed(thing, 5)
    history = fold(History(), [news("ADDED", thing), news("DELETED", gone), news("MODIFIED", changed(thing, 4))])
    assert kept_of(history, thing) == Kept("Pod", gone, deleted=True)


def test_an_object_that_a_list_forgot_comes_back_with_the_next_list() -> None:
    thing = pod(task_run(pipeline_run()))
    history = fold(History(), [news("ADDED", thing)])
    history = fold(history, differences(history, "Pod", [], 1.0))
    assert kept_of(history, thing).deleted
    history = fold(history, differences(history, "Pod", [thing], 2.0))
    assert not kept_of(history, thing).deleted


def test_a_list_is_told_as_what_changed_since() -> None:
    old, same, new = native("Pod", "old"), native("Pod", "same"), native("Pod", "new")
    later = changed(same, 2, status={"phase": "Running"})
    history = fold(History(), [news("ADDED", old), news("ADDED", same)])
    told = differences(history, "Pod", [later, new], 3.0)
    assert [(event.type, event.object["metadata"]["name"]) for event in told] == [
        ("MODIFIED", "same"), ("ADDED", "new"), ("DELETED", "old"),
    ]  # fmt: skip
    assert differences(fold(history, told), "Pod", [later, new], 4.0) == []


def test_a_list_of_one_kind_says_nothing_of_another() -> None:
    history = fold(History(), [news("ADDED", pipeline_run())])
    assert differences(history, "Pod", [], 1.0) == []


def test_objects_without_a_uid_and_unknown_kinds_are_not_kept() -> None:
    assert fold(History(), [news("ADDED", {"kind": "Pod"}), news("ADDED", native("Secret", "s"))]) == History()


def test_the_history_is_bounded(monkeypatch: Any) -> None:
    monkeypatch.setattr(tekton_history, "DELETED_KEPT", 3)
    monkeypatch.setattr(tekton_history, "EVENTS_KEPT", 2)
    pods = [native("Pod", f"p{number}") for number in range(6)]
    history = fold(History(), [news(type_, thing) for thing in pods for type_ in ("ADDED", "DELETED")])
    assert [kept.object["metadata"]["name"] for kept in history.objects.values()] == ["p3", "p4", "p5"]
    events = [native("Event", f"e{number}") for number in range(5)]
    history = fold(history, [news("ADDED", event) for event in events])
    assert [kept.object["metadata"]["name"] for kept in history.of_kind("Event")] == ["e3", "e4"]


# Properties: the same recording, arriving in another way.


@cache
def recorded(name: str) -> list[dict[str, Any]]:
    return list(lines(RECORDINGS / name))


def conclusions(stream: list[dict[str, Any]]) -> list[object]:
    history = folded(stream)
    return [(kept.deleted, run_state(history, kept)) for kept in oldest_first(history)]


@cache
def end_of(name: str) -> list[object]:
    return conclusions(recorded(name))


streams = st.sampled_from(TOLD)


@given(streams, st.data())
@settings(max_examples=40)
def test_hearing_news_twice_changes_nothing(name: str, data: st.DataObject) -> None:
    stream = recorded(name)
    twice = data.draw(st.sets(st.integers(0, len(stream) - 1), max_size=40))
    doubled = [line for place, line in enumerate(stream) for _ in range(2 if place in twice else 1)]
    assert conclusions(doubled) == end_of(name)


@given(streams, st.integers(20, 400), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_the_order_between_kinds_within_an_instant_changes_nothing(name: str, milliseconds: int, random: Any) -> None:
    shuffled: list[dict[str, Any]] = []
    for instant in instants(recorded(name), milliseconds):
        kinds = [line["kind"] for line in instant]
        random.shuffle(kinds)
        by_kind = {kind: iter([line for line in instant if line["kind"] == kind]) for kind in kinds}
        shuffled += [next(by_kind[kind]) for kind in kinds]
    assert conclusions(shuffled) == end_of(name)


def instants(stream: list[dict[str, Any]], milliseconds: int) -> Iterator[list[dict[str, Any]]]:
    found: list[dict[str, Any]] = []
    for line in stream:
        if found and line["t"] // milliseconds != found[0]["t"] // milliseconds:
            yield found
            found = []
        found.append(line)
    yield found


@given(streams, st.sampled_from(["PipelineRun", "TaskRun", "Pod", "Event"]), st.data())
@settings(max_examples=60)
def test_a_list_instead_of_a_stretch_changes_nothing(name: str, kind: str, data: st.DataObject) -> None:
    stream = recorded(name)
    start = data.draw(st.integers(0, len(stream) - 1))
    end = data.draw(st.integers(start, len(stream)))
    assert conclusions(listed(stream, kind, start, end)) == end_of(name)


def listed(stream: list[dict[str, Any]], kind: str, start: int, end: int) -> list[dict[str, Any]]:
    """The stream without the changes of `kind` from start to end, and a LIST there instead.

    What a list cannot tell stays: the last changes of objects that were gone before it was made.
    """
    live, vanished = server_at(stream[:end], kind), {
        line["object"]["metadata"]["uid"] for line in stream[start:end] if is_change(line, kind, "DELETED")
    }  # fmt: skip
    kept = [
        line
        for place, line in enumerate(stream[:end])
        if place < start or not is_change(line, kind) or line["object"]["metadata"]["uid"] in vanished
    ]
    answer = {"t": stream[end - 1]["t"], "kind": kind, "type": "LIST", "object": {"items": list(live.values())}}
    return [*kept, answer, *stream[end:]]


def is_change(line: dict[str, Any], kind: str, *types: str) -> bool:
    return line["kind"] == kind and line["type"] in (types or ("ADDED", "MODIFIED", "DELETED"))


def server_at(stream: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """What the server holds after these lines, in the order of a list: by name."""
    live: dict[str, Any] = {}
    for line in stream:
        if line["kind"] == kind and line["type"] == "LIST":
            live = {item["metadata"]["uid"]: item for item in line["object"]["items"]}
        elif is_change(line, kind, "DELETED"):
            live.pop(line["object"]["metadata"]["uid"], None)
        elif is_change(line, kind):
            live[line["object"]["metadata"]["uid"]] = line["object"]
    return dict(sorted(live.items(), key=lambda entry: entry[1]["metadata"]["name"]))
