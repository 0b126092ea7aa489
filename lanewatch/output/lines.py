"""What changed between two pictures, as lines: `watch` where stdout is no terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lanewatch.output import words
from lanewatch.output.glyphs import UNICODE
from lanewatch.rollout.facts import Quality
from lanewatch.rollout.rollout import Rollout, Stage


def changes(before: Rollout | None, after: Rollout, glyphs: Mapping[str, str] = UNICODE) -> Iterator[str]:
    """One line for each stage, finding or lane state that is not as it was; the first picture tells all it knows."""
    at = words.clock(after.now.wall)
    if before is None or before.commit != after.commit:
        commit = after.commit[:12] if after.commit else "no commit known yet"
        yield f"{at} {after.target} {commit} {words.cut(after.commit_subject, 60)}".rstrip()
    for stage in after.stages:
        old = before.stage(stage.id) if before is not None else None
        if _tells_more(old, stage):
            yield f"{at} {glyphs[stage.state]} {stage.id}: {_told(stage)}"
    known = {(finding.id, finding.stage) for finding in before.findings} if before is not None else set()
    for finding in after.findings:
        if (finding.id, finding.stage) not in known:
            yield f"{at} {glyphs[finding.severity]} {words.short(finding.message)}"
    if before is None or before.state != after.state:
        yield f"{at} {glyphs[after.state]} lane {after.state} ({words.end_to_end(after)})"


def _tells_more(old: Stage | None, stage: Stage) -> bool:
    """Whether a stage is not as it was; one of which nothing is known yet is no news."""
    if old is None:
        return stage.state != "pending" or stage.quality is not Quality.UNKNOWN
    return (old.state, old.says, old.reason) != (stage.state, stage.says, stage.reason)


def _told(stage: Stage) -> str:
    is_timed = stage.finished_at is not None and stage.elapsed_seconds is not None
    used = f" ({words.seconds(stage.elapsed_seconds)} s)" if is_timed else ""
    reason = f": {stage.reason}" if stage.reason and stage.reason not in stage.says else ""
    return words.short(f"{stage.state}{used}, {stage.says}{reason}" if stage.says else f"{stage.state}{used}{reason}")
