"""What reaches a person who does not look, and what a link may be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lanewatch.rollout.facts import Knowledge, Quality
from lanewatch.rollout.rollout import Cell
from tests.tui import pictures
from tui.addresses import addresses
from tui.attention import MOST_ENDED, Attention, title
from tui.signals import LONGEST, Signals


def test_joining_a_lane_that_has_ended_raises_no_alarm() -> None:
    assert Attention().hear(pictures.failed()) == ()


def test_a_failure_a_breach_and_the_end_are_told_once_each() -> None:
    attention = Attention()
    attention.hear(pictures.running())
    assert attention.hear(pictures.failed()) == (
        "agentrun-jd01-v02: failed at build-or-reuse",
        "agentrun-jd01-v02: actions-dispatch is over its budget",
        "agentrun-jd01-v02: build-or-reuse is over its budget",
    )
    assert attention.hear(pictures.failed()) == ()
    assert attention.hear(pictures.done()) == ("agentrun-jd01-v02: succeeded",)


def test_another_commit_has_a_story_of_its_own() -> None:
    attention = Attention()
    attention.hear(pictures.failed())
    assert attention.hear(replace(pictures.done(), commit="aa" * 20)) == ()
    assert attention.ended == ()


def test_an_error_in_other_words_is_not_over() -> None:
    attention = Attention()
    attention.hear(pictures.failed())
    attention.hear(replace(pictures.failed(), findings=()))
    assert attention.ended == ()
    attention.hear(replace(pictures.failed(), partial=True))
    attention.hear(replace(pictures.running(), findings=()))
    assert attention.ended == ()


def test_errors_that_are_over_are_kept_until_acknowledged_and_bounded() -> None:
    attention = Attention()
    for _ in range(MOST_ENDED + 5):
        attention.hear(pictures.failed())
        attention.hear(replace(pictures.running(), findings=()))
    assert len(attention.ended) == MOST_ENDED
    attention.acknowledge()
    assert attention.ended == ()


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        ("running", "▶ running tekton-pipelinerun – agentrun-jd01-v02 3f9c2e1 – lanewatch"),
        ("failed", "✖ failed build-or-reuse – agentrun-jd01-v02 3f9c2e1 – lanewatch"),
        ("done", "✔ succeeded – agentrun-jd01-v02 3f9c2e1 – lanewatch"),
        ("nothing", "· pending – agentrun-jd01-v02 – lanewatch"),
    ],
)
def test_the_title_tells_state_and_stage(picture: str, expected: str) -> None:
    assert title(getattr(pictures, picture)()) == expected


def test_a_title_is_sent_once_and_holds_no_control() -> None:
    signals = Signals({"TERM": "xterm"})
    assert signals.title("a\x07b\x1b]0;c") == "\x1b]2;ab]0,c\x07"
    assert signals.title("a\x07b\x1b]0;c") == ""


@pytest.mark.parametrize(
    ("term", "alarm", "sent"),
    [
        ("xterm", "none", ""),
        ("xterm", "bell", "\x07"),
        ("xterm", "desktop", "\x1b]9;x, y\x07"),
        ("tmux-256color", "desktop", "\x1bPtmux;\x1b\x1b]9;x, y\x07\x1b\\\x07"),
        ("foot", "desktop", "\x1b]777;notify;lanewatch;x, y\x07"),
        ("linux", "desktop", "\x07"),
    ],
)
def test_each_terminal_gets_the_alarm_that_it_knows(term: str, alarm: str, sent: str) -> None:
    assert Signals({"TERM": term}, alarm).alarm("x; y") == sent  # type: ignore[arg-type]


def test_terminals_made_from_vte_know_their_own_form() -> None:
    environ = {"TERM": "xterm-256color", "VTE_VERSION": "7600"}
    assert Signals(environ, "desktop").alarm("x") == "\x1b]777;notify;lanewatch;x\x07"


def test_an_endless_text_is_cut_and_a_bare_terminal_gets_no_title() -> None:
    assert len(Signals({"TERM": "xterm"}).title("x" * 9999)) < LONGEST + 9
    assert Signals({"TERM": "linux"}).title("x") == ""


@pytest.mark.parametrize(
    ("value", "is_link"),
    [
        ("https://gitea.example/o/r/actions/runs/7?x=[1]#l", True),
        ("http://10.0.0.1:3000/a_b~c", True),
        ("javascript:alert(1)", False),
        ("file:///etc/passwd", False),
        ("https://a/\x1b]8;;evil", False),
        ("https://a b/", False),
        ("https:///no-host", False),
        ("https://[bad", False),
    ],
)
def test_only_plain_web_addresses_are_links(value: str, is_link: bool) -> None:
    cell = Cell(pictures.fact("page", value, "x"), Quality.GOOD, 1.0)
    stage = replace(pictures.running().stages[0], cells=(cell,))
    assert addresses(stage, Knowledge(), pictures.running()) == ((("page", value),) if is_link else ())
