"""Where the provenance of one rollout is found: TaskRun result, Actions artifact, OCI attestation, in this order.

CONTRACTS §6. The first that is there counts, also when it is invalid.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from lanewatch.authorities.native import Native, moment, name, rows, text
from lanewatch.authorities.paper_faults import BrokenPaper
from lanewatch.authorities.papers import NotThere, Paper, Papers
from lanewatch.authorities.provenance_document import Elsewhere, parse_provenance
from lanewatch.authorities.tekton_history import Kept
from lanewatch.clients.answers import ReadFailure
from lanewatch.rollout.facts import Outcome
from lanewatch.rollout.reports import Attestation, Provenance

ARTIFACT: Final = "provenance"
FILE: Final = "provenance.json"
RESULT: Final = "provenance"

Origin = Literal["taskrun-result", "actions-artifact", "oci-attestation", ""]


@dataclass(frozen=True, slots=True)
class Found:
    """What the search came to. Without provenance: `invalid`, or `failure`, or neither (it is not there yet)."""

    provenance: Provenance | None = None
    origin: Origin = ""
    recorded_at: datetime | None = None
    source: str = ""
    invalid: str = ""
    failure: ReadFailure | None = None


def raw_results(run: Native) -> dict[str, str]:
    """TaskRun results as they were written, without the newline that a script's `echo` leaves: JSON in them must stay
    parseable, and an object result is JSON. v1beta1 calls them taskResults."""
    found = rows(run, "status", "results") or rows(run, "status", "taskResults")
    told = {text(row, "name"): row.get("value") for row in found}
    written = {key: value if isinstance(value, str) else json.dumps(value) for key, value in told.items() if value}
    return {key: stripped for key, value in written.items() if (stripped := value.strip())}


class ProvenanceSearch:
    """Reads papers; `said` redacts and cleans what is kept of them."""

    def __init__(self, papers: Papers | None, namespace: str, said: Callable[[str], str]) -> None:
        self._papers = papers
        self._namespace = namespace
        self._said = said

    async def in_results(self, tasks: Sequence[Kept]) -> Found | None:
        """The newest TaskRun's result `provenance`; None when no TaskRun has one."""
        carrying = [task.object for task in tasks if raw_results(task.object).get(RESULT)]
        if not carrying:
            return None
        run = carrying[-1]
        source = f"taskruns/{self._namespace}/{name(run)} .status.results[provenance]"
        recorded = moment(run, "status", "completionTime")
        try:
            document = parse_provenance(raw_results(run)[RESULT].encode(), self._said)
            if isinstance(document, Elsewhere):
                document, source = await self._elsewhere(document)
        except ReadFailure as failure:
            return _failed("taskrun-result", failure, recorded, source)
        return Found(document, "taskrun-result", recorded, source)

    async def in_artifact(self, run_id: str) -> Found | None:
        """The run's artifact; None when the run has none, or artifacts are not configured."""
        if self._papers is None:
            return None
        try:
            paper = await self._papers.newest(run_id, ARTIFACT, FILE)
        except ReadFailure as failure:
            return _failed("actions-artifact", failure, None, self._papers.artifacts.list_locator(run_id))
        if isinstance(paper, NotThere):
            return None
        recorded = None if paper.artifact is None else paper.artifact.updated_at
        try:
            document = parse_provenance(paper.data, self._said)
            if isinstance(document, Elsewhere):
                document, _ = await self._elsewhere(document)
        except ReadFailure as failure:
            return _failed("actions-artifact", failure, recorded, paper.source)
        return Found(document, "actions-artifact", recorded, paper.source)

    async def _elsewhere(self, place: Elsewhere) -> tuple[Provenance, str]:
        """The document that a result refers to. Raises ReadFailure."""
        if self._papers is None:
            raise ReadFailure(Outcome.UNCONFIGURED, "provenance lies elsewhere, and connections name no gitea")
        paper = await self._papers.read(place.ref, FILE, place.digest)
        if not isinstance(paper, Paper):
            raise ReadFailure(Outcome.ABSENT, f"provenance is referred to and not there: {paper.reason}")
        document = parse_provenance(paper.data, self._said)
        if isinstance(document, Elsewhere):
            raise BrokenPaper("provenance: a reference leads to another reference")
        return document, paper.source


def in_attestation(attestation: Attestation, commit: str, digest: str, source: str) -> Found | None:
    """An attestation of this commit as provenance: it can say only commit, base, builder and subject.

    That of another commit proves where a reused image came from and nothing of this rollout.
    """
    if attestation.source_commit != commit:
        return None
    claimed = Provenance(
        source_commit=commit,
        snapshot_ref="",
        env_identity="",
        image_digest=digest,
        recipe_hash="",
        base_image_digest=attestation.base_image_digest,
        reuse_decision="",
        builder_id=attestation.builder_id,
        actions_run_id="",
        pipeline_run_name="",
    )
    return Found(claimed, "oci-attestation", None, source)


def _failed(origin: Origin, failure: ReadFailure, recorded: datetime | None, source: str) -> Found:
    """An answer that is no provenance is something to report; a place that did not answer is a failure."""
    if isinstance(failure, BrokenPaper):
        return Found(origin=origin, recorded_at=recorded, source=source, invalid=failure.reason)
    return Found(origin=origin, recorded_at=recorded, source=source, failure=failure)
