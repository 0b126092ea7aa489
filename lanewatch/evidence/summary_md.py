"""The summary as Markdown, ready to paste into a ticket: what, when, against which budget, what is wrong and proven.

Outside text is escaped so that a commit message can neither link, mention, nor draw a table of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lanewatch.output import words
from lanewatch.rollout.rollout import Rollout, Stage

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#!|~&])")
MOST_FINDINGS = 20


def summary_md(rollout: Rollout, name: str, head: str) -> str:
    """The text; `name` is the bundle's, `head` its journal's head hash."""
    return "\n".join([*_head(rollout), *_stages(rollout), *_findings(rollout), *_fields(rollout), *_proof(rollout),
                      *_origin(name, head), ""])  # fmt: skip


def escaped(text: str) -> str:
    """Plain text as Markdown; "@" and "#1" keep their look but reach nobody."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split())).replace("@", "@\u200b").replace("://", ":\u200b//")


def _head(rollout: Rollout) -> Iterator[str]:
    yield f"### {escaped(rollout.target)}: {rollout.state}{' (partial)' if rollout.partial else ''}"
    yield ""
    yield f"Commit `{rollout.commit or 'unknown'}` {escaped(words.cut(rollout.commit_subject, 100))}"
    where = f"{rollout.repository} {rollout.branch} → {rollout.node}"
    whole = f", {since}" if (since := words.since_push(rollout)) else ""
    took = f"{words.of_budget(rollout)} ({rollout.budget.state}){whole}"
    yield f"{escaped(where)}, {took}, seen {words.stamp(rollout.now.wall)}"
    good = rollout.last_good
    if good is not None and rollout.state != "succeeded":
        yield f"Last good before it: `{good.commit}` `{good.image_digest}`, gitops `{good.gitops_revision}`"
    yield ""


def _stages(rollout: Rollout) -> Iterator[str]:
    yield "| stage | state | started | used / budget (s) | says |"
    yield "| --- | --- | --- | ---: | --- |"
    for stage in rollout.stages:
        used = f"{words.seconds(stage.budget.used_seconds)} / {words.budget(stage.budget.seconds)}"
        over = " **over**" if stage.budget.state == "over" else ""
        says = escaped(words.short(_says(stage)))
        yield f"| {escaped(stage.id)} | {stage.state} | {words.clock(stage.started_at)} | {used}{over} | {says} |"
    yield ""


def _says(stage: Stage) -> str:
    return f"{stage.says}: {stage.reason}" if stage.reason and stage.reason not in stage.says else stage.says


def _findings(rollout: Rollout) -> Iterator[str]:
    if not rollout.findings:
        return
    yield "**Findings**"
    yield ""
    for finding in rollout.findings[:MOST_FINDINGS]:
        yield f"- {finding.severity}: {escaped(finding.message)}"
    if len(rollout.findings) > MOST_FINDINGS:
        yield f"- {len(rollout.findings) - MOST_FINDINGS} more in summary.json"
    yield ""


def _fields(rollout: Rollout) -> Iterator[str]:
    yield "<details><summary>Fields</summary>"
    yield ""
    yield "| field | value | quality | authority |"
    yield "| --- | --- | --- | --- |"
    for name, cell in rollout.fields.items():
        value = escaped(words.cut(words.cell(cell), 120))
        yield f"| {escaped(name)} | {value} | {cell.quality} | {escaped(cell.fact.authority)} |"
    yield ""
    yield "</details>"
    yield ""


def _proof(rollout: Rollout) -> Iterator[str]:
    evidence = rollout.evidence
    yield f"**Evidence** {len(evidence.present)} of {len(evidence.required)} present"
    lists = (("missing", evidence.missing), ("unreadable", evidence.unreadable), ("pending", evidence.pending),
             ("not applicable", evidence.not_applicable))  # fmt: skip
    for word, items in lists:
        for item in items:
            yield f"- {word}: {escaped(item.name)}{f' ({escaped(item.reason)})' if item.reason else ''}"
    yield ""


def _origin(name: str, head: str) -> Iterator[str]:
    yield f"Bundle `{name}`, journal head `{head}`. Check it with `lanewatch evidence verify`."
