"""reuse-plan-artifact: the reuse plan of one commit, and the file that it was made from, read at that commit."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass

from lanewatch.authorities.interface import Period
from lanewatch.authorities.paper_faults import BrokenPaper
from lanewatch.authorities.papers import NotThere, Paper, Papers
from lanewatch.authorities.plan_document import parse_plan
from lanewatch.authorities.reading import Told, Witness, attempt, observed
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import Clock
from lanewatch.clients.gitea import Gitea
from lanewatch.rollout.facts import NEEDS, PLAN, SUBJECT_FIELDS, Correlation, Fact, Handle, Observation, Quality, Scalar
from lanewatch.rollout.freshness import IDLE_SECONDS
from lanewatch.rollout.reports import PlanReport, ReusePlan
from lanewatch.spec.lane import Lane

PLAN_ARTIFACT = "reuse-plan"
PLAN_FILE = "reuse-plan.json"
FIELDS = ("buildServices", "reusedServices", "skipImageBuild", "reuseEnvImage")


@dataclass(frozen=True, slots=True)
class _Read:
    """The plan, or why there is none: not there, invalid, or not readable."""

    paper: Paper | None = None
    plan: ReusePlan | None = None
    absent: NotThere | None = None
    invalid: BrokenPaper | None = None
    failure: ReadFailure | None = None


class PlanAuthority:
    """Reads the plan that is named by its reference; before anything names it, the newest of the run."""

    id = PLAN
    period = Period(active=4.0, idle=IDLE_SECONDS[PLAN])
    needs = NEEDS[PLAN]

    def __init__(self, lane: Lane, gitea: Gitea, papers: Papers, clock: Clock, witness: Witness) -> None:
        self._lane = lane
        self._gitea = gitea
        self._papers = papers
        self._clock = clock
        self._witness = witness
        self._source_digests: dict[str, str] = {}  # by commit: a file at a full sha does not change

    def subject(self, known: Correlation) -> Correlation:
        return known.only(SUBJECT_FIELDS[PLAN])

    async def read(self, subject: Correlation) -> Observation:
        return await observed(PLAN, subject, self._clock, lambda: self._ask(subject))

    async def changed(self) -> None:
        await asyncio.Event().wait()

    async def _ask(self, subject: Correlation) -> Told:
        read, digest = await asyncio.gather(self._read(subject), attempt(self._source_digest, subject.commit or ""))
        report = PlanReport(
            plan=read.plan,
            ref=self._ref(subject, read),
            artifact=None if read.paper is None else read.paper.artifact,
            invalid="" if read.invalid is None else read.invalid.reason,
            source_digest=None if isinstance(digest, ReadFailure) else digest,
            source_digest_reason=digest.reason if isinstance(digest, ReadFailure) else "",
            digest="" if read.paper is None else "sha256:" + hashlib.sha256(read.paper.data).hexdigest(),
            expired=read.absent.reason if read.absent is not None and read.absent.expired else "",
        )
        return Told(
            facts=(*self._facts(subject, read), self._digest_fact(subject.commit or "", digest)),
            report=report,
            handles=self._handles(report),
            native={
                "plan": None if read.paper is None else hashlib.sha256(read.paper.data).hexdigest(),
                "of": report.ref,
            },
            failure=read.failure,
            host=self._gitea.host,
        )

    async def _read(self, subject: Correlation) -> _Read:
        try:
            if subject.plan_ref is not None:
                paper = await self._papers.read(subject.plan_ref, PLAN_FILE)
            else:
                paper = await self._papers.newest(subject.run_id or "", PLAN_ARTIFACT, PLAN_FILE)
        except BrokenPaper as broken:
            return _Read(invalid=broken)
        except ReadFailure as failure:
            return _Read(failure=failure)
        if isinstance(paper, NotThere):
            return _Read(absent=paper)
        try:
            return _Read(paper=paper, plan=parse_plan(paper.data, self._witness.text))
        except BrokenPaper as broken:
            return _Read(paper=paper, invalid=broken)

    async def _source_digest(self, commit: str) -> str:
        """sha256 of the sourceTruth file at the commit that the snapshot resolves to. Raises ReadFailure."""
        if commit not in self._source_digests:
            data = await self._gitea.file(self._lane.repository, self._lane.reuse_path, commit)
            self._source_digests = {commit: "sha256:" + hashlib.sha256(data).hexdigest()}
        return self._source_digests[commit]

    def _ref(self, subject: Correlation, read: _Read) -> str:
        if subject.plan_ref is not None:
            return self._witness.text(subject.plan_ref)
        return "" if read.paper is None else self._witness.text(read.paper.ref)

    def _facts(self, subject: Correlation, read: _Read) -> tuple[Fact, ...]:
        if read.plan is not None and read.paper is not None:
            return self._plan_facts(read.plan, read.paper)
        return tuple(self._missing(name, subject, read) for name in (*FIELDS, "planArtifact"))

    def _plan_facts(self, plan: ReusePlan, paper: Paper) -> tuple[Fact, ...]:
        artifact = paper.artifact
        at = None if artifact is None else artifact.updated_at or artifact.created_at
        told: dict[str, Scalar | tuple[str, ...]] = {
            "buildServices": plan.build_services,
            "reusedServices": plan.reused_services,
            "skipImageBuild": plan.skip_image_build,
            "reuseEnvImage": plan.reuse_env_image,
            "affectedServices": plan.affected_services,
            "planDecision": plan.decision,
            "planSourceCommit": plan.source_commit,
            "planSnapshotRef": plan.snapshot_ref,
            "planEnvIdentity": plan.env_identity,
            "planSourceDigest": plan.source_truth_digest,
            "planArtifact": paper.ref,
        }
        return tuple(self._witness.says(name, value, paper.source, at=at, final=True) for name, value in told.items())

    def _missing(self, name: str, subject: Correlation, read: _Read) -> Fact:
        source = self._source(subject, read)
        if read.absent is not None:
            quality = Quality.GONE if read.absent.expired else Quality.ABSENT
            return self._witness.says(name, None, source, quality=quality, reason=read.absent.reason)
        failure = read.invalid or read.failure
        assert failure is not None, "a read without a plan says why"
        return self._witness.could_not(name, source, failure)

    def _source(self, subject: Correlation, read: _Read) -> str:
        if read.paper is not None:
            return read.paper.source
        if read.absent is not None:
            return read.absent.source
        return subject.plan_ref or self._papers.artifacts.list_locator(subject.run_id or "")

    def _digest_fact(self, commit: str, digest: str | ReadFailure) -> Fact:
        path = f"GET /api/v1/repos/{self._lane.repository}/contents/{self._lane.reuse_path}?ref={commit}"
        if isinstance(digest, ReadFailure):
            return self._witness.could_not("reuseSourceDigest", path, digest)
        return self._witness.says("reuseSourceDigest", digest, path, final=True)

    def _handles(self, report: PlanReport) -> tuple[Handle, ...]:
        artifact = report.artifact
        if artifact is None or not artifact.run_id:
            return ()
        locator = f"gitea-artifact:{self._papers.artifacts.repository}/{artifact.id}"
        text = Handle("log", "", locator.replace("gitea-artifact:", "gitea-plan:", 1), f"artifact {artifact.name}")
        return (Handle("object", "", locator, f"artifact {artifact.name}"), text)
