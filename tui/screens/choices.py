"""What there is to choose from: values to copy, web addresses, commits to watch. Each as a Chooser with its rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.style import Style

from lanewatch.rollout.rollout import Rollout
from lanewatch.watch.session import NO_RUN, NOT_ASKED, NOT_READ, Recent, RecentCommit
from tui import wording
from tui.screens.chooser import Chooser
from widgets.pick_list import Pick, PickColumns

NEWEST = "newest"
NAMED = PickColumns(("", ""), 1)
COMMITS = PickColumns(("commit", "run", "state", "took", "subject", "author", "age"), 4, frozenset({3, 6}))
RUN_STYLES = {"success": "$good", "failure": "bold $bad", "cancelled": "bold $doubt"}
RUN_STYLES |= {NOT_READ: "bold $doubt", NO_RUN: "$text-muted", NOT_ASKED: "$text-muted"}


def value_chooser(values: Sequence[tuple[str, str]]) -> Chooser:
    """Gives the index of a value, each under its name."""
    picks = [Pick(str(index), ((name, "$text-muted"), (value, ""))) for index, (name, value) in enumerate(values)]
    return Chooser("copy which value?", NAMED, picks, word="copy", empty="nothing to copy")


def address_chooser(stage_id: str, found: Sequence[tuple[str, str]]) -> Chooser:
    """Gives an address. They are links where the terminal knows such (OSC 8)."""
    picks = [Pick(url, ((name, "$text-muted"), (url, Style(link=url)))) for name, url in found]
    empty = "no authority has named a web page of this stage yet"
    return Chooser(f"{stage_id} in a browser", NAMED, picks, word="copy", empty=empty)


def commit_chooser() -> Chooser:
    """Gives a commit, or NEWEST; its rows come when Gitea has answered."""
    return Chooser("watch which commit?", COMMITS, (), word="watch", empty="asking…")


def commit_picks(recent: Recent, watched: Rollout, now: datetime) -> list[Pick]:
    """The rows of `commit_chooser`."""
    newest = Pick(NEWEST, (("newest", "bold"), ("", ""), ("", ""), ("", ""),
                           ("follow each new commit as it comes", ""), ("", ""), ("", "")))  # fmt: skip
    return [newest, *(_commit_pick(commit, watched, now) for commit in recent.commits)]


def _commit_pick(commit: RecentCommit, watched: Rollout, now: datetime) -> Pick:
    is_watched = commit.sha == watched.commit
    age = wording.age((now - commit.committed_at).total_seconds()) if commit.committed_at else ""
    cells = (
        (wording.short(commit.sha) + (" ◀" if is_watched else ""), "bold" if is_watched else ""),
        (commit.run, ""),
        (commit.state or "no run", RUN_STYLES.get(commit.state, "$running")),
        (f"{commit.seconds:.0f} s" if commit.seconds is not None else "", ""),
        (commit.subject, ""),
        (commit.author, "$text-muted"),
        (age, "$text-muted"),
    )
    return Pick(commit.sha, cells)
