"""The two top lines of every screen: what is watched, and how the lane stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from textual.content import Content

from lanewatch.output import words
from lanewatch.rollout.facts import Cost, Quality
from lanewatch.rollout.rollout import Rollout, Stage
from tui import wording
from tui.attention import matters
from tui.look import BURN, LANE, STAGE
from tui.showing import WELL, PastMark, Showing

LIVE = frozenset({Quality.GOOD, Quality.ESTIMATED, Quality.ABSENT, Quality.GONE, Quality.CONFLICT})
STALE = frozenset({Quality.AGEING, Quality.STALE})


def header(showing: Showing) -> tuple[list[Content], list[Content]]:
    """Left and right parts of the first line: name, target, where it goes; mode and time. In the past, where in it."""
    rollout, local = showing.rollout, showing.local_time
    clock = Content(wording.clock(rollout.now.wall, local=local))
    target = Content(rollout.target).stylize("bold")
    if showing.past is not None:
        return [_past(showing.past), target], [Content("] later  end live").stylize("bold"), clock]
    place = f"{rollout.repository} {rollout.branch} → {rollout.node}"
    left = [Content("lanewatch").stylize("bold $accent"), target, Content(place)]
    return left, [Content(rollout.mode).stylize("$text-muted"), clock]


def _past(mark: PastMark) -> Content:
    news = f", {mark.news} newer read{'s' if mark.news > 1 else ''} since" if mark.news else ""
    ago = wording.span(mark.seconds_ago)
    return Content(f"◀ PAST, as known {ago} ago: change {mark.change} of {mark.changes}{news}").stylize("bold")


def banner(showing: Showing) -> list[Content]:
    """The line above the timeline that is only there when something must be read first."""
    if not showing.banner:
        return []
    is_good = showing.banner.startswith(WELL)
    return [
        Content(showing.banner if is_good else f"⚠ {showing.banner}").stylize(
            "bold $good" if is_good else "bold $doubt"
        )
    ]


def lane(showing: Showing) -> tuple[list[Content], list[Content]]:
    """Left and right parts of the second line: state, commit, time used, forecast; how many authorities are live."""
    rollout = showing.rollout
    mark = LANE[rollout.state]
    state = f"{mark.glyph} {mark.word}" + (" (partial)" if rollout.partial else "")
    left = [
        Content(state).stylize(mark.style),
        _commit(rollout),
        _subject(showing),
        _elapsed(rollout),
        _forecast(rollout),
    ]
    return left, [_liveness(rollout)]


LANE_SHRINKS = 2  # the subject of the commit


def _commit(rollout: Rollout) -> Content:
    if rollout.commit is None:
        return Content("no commit known yet").stylize("$text-muted")
    return Content(wording.short(rollout.commit)).stylize("bold")


def _subject(showing: Showing) -> Content:
    """What the commit is about, after whether it stays or the newest one is watched."""
    if showing.rollout.commit is None:
        return Content("")
    which = "(newest)" if showing.follows else "(pinned)"
    return Content.assemble((which, "$text-muted"), " ", showing.rollout.commit_subject)


def _elapsed(rollout: Rollout) -> Content:
    if rollout.elapsed_seconds is None:
        return Content("")
    over = ", over" if rollout.budget.state == "over" else ""
    used = Content(words.of_budget(rollout) + over).stylize(BURN[rollout.budget.state])
    whole = words.since_push(rollout)
    return Content.assemble(used, (f"  {whole}", "$text-muted")) if whole else used


def _forecast(rollout: Rollout) -> Content:
    if rollout.state not in {"running", "pending"} or rollout.elapsed_seconds is None:
        return Content("")
    if rollout.forecast_seconds is None:
        return Content("")
    total = rollout.forecast.total if rollout.forecast else None
    spread = f" ({total.low:.0f} to {total.high:.0f})" if total else ""
    return Content(f"forecast {rollout.forecast_seconds:.0f} s{spread}")


def outlook(rollout: Rollout) -> str:
    """Of a lane that runs, what its forecast rests on or why there is none; else what one would go back to."""
    if rollout.state not in {"running", "pending"}:
        return _last_good(rollout)
    if rollout.elapsed_seconds is None:
        return ""
    total = rollout.forecast.total if rollout.forecast else None
    if total is not None:
        return f"forecast by {total.samples} earlier rollouts"
    return f"no forecast: {rollout.forecast_reason}" if rollout.forecast_seconds is None else ""


def _last_good(rollout: Rollout) -> str:
    good = rollout.last_good
    if good is None or rollout.state == "succeeded":
        return ""
    ago = f"{wording.age((rollout.now.wall - good.at).total_seconds())} ago" if good.at else "time unknown"
    published = f", gitops {wording.short(good.gitops_revision)}" if good.gitops_revision else ""
    return f"last good before it {wording.short(good.commit)}, {ago}{published}"


def coverage(rollout: Rollout) -> str:
    """How much of the required evidence there is, and what will not come by itself."""
    proof = rollout.evidence
    if not proof.required:
        return ""
    needed = len(proof.required) - len(proof.not_applicable)
    lacks = [(len(proof.unreadable), "unread"), (len(proof.missing), "missing")]
    return ", ".join([f"evidence {len(proof.present)}/{needed}", *(f"{n} {word}" for n, word in lacks if n)])


def summary(rollout: Rollout) -> str:
    """The lane in one line, to be pasted where others read it."""
    first = rollout.stage(matters(rollout))
    parts = [f"{rollout.target} {rollout.commit or 'no commit known yet'}: {LANE[rollout.state].word}"]
    if rollout.elapsed_seconds is not None:
        parts.append(words.end_to_end(rollout))
    if first is not None:
        parts.append(f"{first.id} {STAGE[first.state].word}: {first.reason or first.says}")
    return f"{', '.join(parts)} (as of {wording.day_and_clock(rollout.now.wall, local=False)})"


def cost(rollout: Rollout) -> str:
    """What asking has taken so far, all authorities together."""
    total = sum((read.cost for read in rollout.reads), Cost())
    return f"cost so far: {wording.cost(total)}"


def _liveness(rollout: Rollout) -> Content:
    unread = {read.authority for read in rollout.reads if read.has_failed}
    counts = Counter(_standing(stage, unread) for stage in rollout.stages)
    parts = [(f"{counts['live']}/{len(rollout.stages)} live", "")]
    if counts["stale"]:
        parts.append((f"  {counts['stale']} stale", "bold $doubt"))
    if counts["unread"]:
        parts.append((f"  {counts['unread']} unread", "bold $doubt"))
    if counts["unasked"]:
        parts.append((f"  {counts['unasked']} not read yet", "$text-muted"))
    return Content.assemble(*parts)


def _standing(stage: Stage, unread: Collection[str]) -> str:
    if stage.authority in unread:
        return "unread"
    return "live" if stage.quality in LIVE else "stale" if stage.quality in STALE else "unasked"
