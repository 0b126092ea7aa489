"""provenance-artifact: what this rollout says of its image, the builder Job behind it, and what the registry knows.

The Job only shows progress; the provenance is the word that counts (CONTRACTS §3). An attestation is unsigned: a claim.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping

from lanewatch.authorities.ci_builds import CiAnswer, CiBuilds
from lanewatch.authorities.image_registry import ImageRegistry, Registered
from lanewatch.authorities.interface import Period
from lanewatch.authorities.papers import Papers
from lanewatch.authorities.provenance_search import Found, ProvenanceSearch, in_attestation
from lanewatch.authorities.provenance_words import Heard, build_handles, provenance_facts
from lanewatch.authorities.reading import Told, Witness, observed
from lanewatch.authorities.redacted import redacted
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import Clock
from lanewatch.clients.shared_lists import POLLED_PERIOD
from lanewatch.rollout.facts import NEEDS, PROVENANCE, SUBJECT_FIELDS, Correlation, Observation, Outcome
from lanewatch.rollout.freshness import IDLE_SECONDS
from lanewatch.rollout.reports import ProvenanceReport
from lanewatch.spec.lane import Lane

DIGEST_RESULT = "imageDigest"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

SHOWN_RESULTS = ("envIdentity", "reuseDecision", "builderJobName", DIGEST_RESULT)


class ProvenanceAuthority:
    """Asks the CI cluster, the run's artifacts and the registry; each of the three may not be configured."""

    id = PROVENANCE
    needs = NEEDS[PROVENANCE]

    def __init__(
        self,
        lane: Lane,
        clock: Clock,
        witness: Witness,
        *,
        builds: CiBuilds | None,
        papers: Papers | None,
        images: ImageRegistry | None,
    ) -> None:
        self._lane = lane
        self._clock = clock
        self._witness = witness
        self._builds = builds
        self._lists = None if builds is None else builds.lists
        self._papers = papers
        self._images = images
        self._search = ProvenanceSearch(papers, lane.pipeline_namespace, witness.text)

    @property
    def period(self) -> Period:
        return Period(
            active=POLLED_PERIOD if self._lists is None else self._lists.pace(), idle=IDLE_SECONDS[PROVENANCE]
        )

    def subject(self, known: Correlation) -> Correlation:
        return known.only(SUBJECT_FIELDS[PROVENANCE])

    async def read(self, subject: Correlation) -> Observation:
        return await observed(PROVENANCE, subject, self._clock, lambda: self._ask(subject), self._lists)

    async def changed(self) -> None:
        await (asyncio.Event().wait() if self._lists is None else self._lists.changed())

    async def _ask(self, subject: Correlation) -> Told:
        if self._builds is None and self._papers is None:
            raise ReadFailure(Outcome.UNCONFIGURED, "connections name neither a CI cluster nor gitea")
        ci = None
        if self._builds is not None:
            ci = await self._builds.read(subject.commit or "", subject.pipeline_run_uid)
        found = await self._found(subject, ci)
        digest = _digest(subject, found, ci)
        registered = Registered()
        if digest and self._images is not None:
            registered = await self._images.read(digest)
            found = self._attested(subject, found, registered, digest)
        return self._told(found, ci, registered, digest)

    async def _found(self, subject: Correlation, ci: CiAnswer | None) -> Found:
        """The search up to the artifact; a cluster that did not answer is a failure only without the artifact."""
        found = None if ci is None else await self._search.in_results(ci.build.tasks)
        if found is None and subject.run_id is not None:
            found = await self._search.in_artifact(subject.run_id)
        if found is not None:
            return found
        source = f"taskruns/{self._lane.pipeline_namespace} .status.results[provenance]"
        return Found(source=source, failure=None if ci is None else ci.failure)

    def _attested(self, subject: Correlation, found: Found, registered: Registered, digest: str) -> Found:
        """Where neither result nor artifact is there, what an attestation of this very commit can confirm."""
        claims = registered.attestation
        if found.origin or claims is None or isinstance(claims, ReadFailure) or self._images is None:
            return found
        source = self._images.locator(digest)
        return in_attestation(claims, subject.commit or "", digest, source) or found

    def _told(self, found: Found, ci: CiAnswer | None, registered: Registered, digest: str) -> Told:
        source = "" if self._images is None or not digest else self._images.locator(digest)
        heard = Heard(found, ci, registered, self._lane.pipeline_namespace, source)
        report = ProvenanceReport(
            provenance=found.provenance,
            origin=found.origin if found.provenance is not None or found.invalid else "",
            recorded_at=found.recorded_at,
            invalid=found.invalid,
            job=None if ci is None else ci.job,
            builder_task=None if ci is None else ci.task,
            attestation=None if isinstance(registered.attestation, ReadFailure) else registered.attestation,
            digests=None if isinstance(registered.digests, ReadFailure) else registered.digests,
            results={} if ci is None else self._results(ci.build.results),
        )
        redactor = self._witness.redactor
        return Told(
            facts=provenance_facts(self._witness, heard),
            report=redacted(report, redactor),
            handles=build_handles(ci, self._lane.pipeline_namespace, self._drilldown()),
            native=None if ci is None else _native(ci, found),
            failure=found.failure if found.provenance is None else _stale(found, ci),
            host=self._host(found),
        )

    def _results(self, results: Mapping[str, str]) -> dict[str, str]:
        return {key: self._witness.text(results[key]) for key in SHOWN_RESULTS if key in results}

    def _host(self, found: Found) -> str:
        """Whose clock `recorded_at` and the Job's times are on: the artifact's server's only where that carries it."""
        if self._builds is None or (found.origin == "actions-artifact" and self._papers is not None):
            return "" if self._papers is None else self._papers.artifacts.host
        return self._builds.host

    def _drilldown(self) -> str:
        return next((name for name, key in self._lane.drilldowns.items() if key == "builder"), "")


def _digest(subject: Correlation, found: Found, ci: CiAnswer | None) -> str:
    """The image to look up: what provenance says, else the result, else what is expected already."""
    told = "" if found.provenance is None else found.provenance.image_digest
    result = "" if ci is None else ci.build.results.get(DIGEST_RESULT, "")
    candidates = (told, result, subject.image_digest or "")
    return next((digest for digest in candidates if _DIGEST.fullmatch(digest)), "")


def _stale(found: Found, ci: CiAnswer | None) -> ReadFailure | None:
    """A result that is only remembered: the cluster did not confirm it this time."""
    return ci.failure if ci is not None and found.origin == "taskrun-result" else None


def _native(ci: CiAnswer, found: Found) -> dict[str, object]:
    return {
        "job": ci.build.job,
        "pods": list(ci.build.pods),
        "taskRuns": [task.object for task in ci.build.tasks],
        "provenance": None if found.provenance is None else found.provenance.image_digest,
    }
