"""The last door: exact secrets leave every text of a report, and nothing else changes."""

from __future__ import annotations

from datetime import UTC, datetime

from lanewatch.authorities.redacted import redacted
from lanewatch.rollout.facts import Fact, Quality
from lanewatch.rollout.reports import ApplicationReport, Operation
from lanewatch.text import Redactor
from tests.authorities.test_application_object import application, read

SECRET = "correct-horse-battery"
REDACTOR = Redactor([SECRET])


def test_every_depth_is_reached() -> None:
    state = {"phase": "Running", "message": SECRET, "syncResult": {"resources": []}}
    thing = application(status={"operationState": state, "summary": {"images": [f"r/{SECRET}"]}})
    report = redacted(read(thing), REDACTOR)
    assert isinstance(report, ApplicationReport)
    assert isinstance(report.operation, Operation)
    assert SECRET not in repr(report)
    assert report.operation.phase == "Running"


def test_what_is_no_text_stays_what_it_is() -> None:
    fact = Fact("x", ("a", SECRET), Quality.GOOD, "authority", "source", datetime(2026, 7, 5, tzinfo=UTC), "", True)
    told = redacted(fact, REDACTOR)
    assert told.quality is Quality.GOOD
    assert (told.source_time, told.final) == (fact.source_time, True)
    assert told.value == ("a", "[redacted:secret]")


def test_mappings_are_redacted_on_both_sides() -> None:
    assert redacted({SECRET: SECRET, "n": 1}, REDACTOR) == {"[redacted:secret]": "[redacted:secret]", "n": 1}


def test_a_report_without_secrets_is_equal() -> None:
    report = read(application())
    assert redacted(report, REDACTOR) == report
