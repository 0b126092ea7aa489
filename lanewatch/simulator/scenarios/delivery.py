"""One delivery: a commit, when each thing happens to it, and every identifier it gets on the way.

What belongs here: values that all stages of a story share. What the stages write is in their own modules.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from lanewatch.simulator.images import Image
from lanewatch.simulator.recorder import Recorder


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds from the push (`after()` moves them to where the push happened)."""

    push: float = 0.0
    snapshot: float = 1.6  # the snapshot ref, upstream
    mirrored: float = 7.4  # branch and snapshot ref in the mirror; mirror_updated moves 0.7 s later
    run: float = 8.6  # Gitea made the run and its jobs
    taken: float = 12.9  # a runner took the first job
    planned: float = 21.2  # the plan artifact is there, its job ends 1.4 s later
    dispatch: float = 24.2  # a runner took the dispatch job
    accepted: float = 26.0  # the EventListener's 202
    pipeline: float = 26.3  # the PipelineRun
    decided: float = 31.4  # TaskRun plan-artifacts is done
    build: float = 34.6  # the builder Job
    built: float = 56.4  # ... has pushed the image
    proven: float = 61.2  # the step that writes provenance ends
    committed: float = 66.8  # the gitops commit is upstream
    published: float = 69.4  # ... and in the mirror, which Argo reads
    noticed: float = 70.6  # Argo's webhook arrived
    synced: float = 74.8  # its operation ended
    first_ready: float = 80.4  # the first new Pod serves
    rolled_out: float = 90.6  # the last one does, the rollout is complete
    healthy: float = 92.4  # Argo says so
    end: float = 104.0  # the last old Pod is gone

    def after(self, push: float) -> Times:
        """The same times, counted from a push at second `push`."""
        return self.later("push", push)

    def later(self, first: str, seconds: float) -> Times:
        """The same times, but `first` and everything after it so much later (earlier where negative)."""
        names = [item.name for item in fields(self)]
        moved = names[names.index(first) :]
        return replace(self, **{name: round(getattr(self, name) + seconds, 3) for name in moved})


NO_IMAGE = Image("", "", ())


@dataclass(frozen=True, slots=True)
class Delivery:
    """A commit on its way. Fields that a later stage learns are filled by that stage (`replace`)."""

    name: str  # distinguishes deliveries of one world: "current", "previous"
    times: Times
    title: str  # the commit's subject
    commit: str
    snapshot_ref: str
    reuse_digest: str  # sha256 of the reuse file at the snapshot
    run_id: int
    event_id: str
    pipeline_run: str
    decision: str  # the reuseDecision: "built", "reused-env" or "reused-image"
    env_identity: str
    image: Image = NO_IMAGE  # built by this delivery, or the one it reuses
    origin: Delivery | None = None  # the delivery whose image is reused
    told: bool = True  # whether the ledger speaks of it

    @property
    def short(self) -> str:
        """The first twelve digits of the commit, as names and labels carry it."""
        return self.commit[:12]

    @property
    def plan_name(self) -> str:
        """The name of the reuse-plan artifact."""
        return f"reuse-plan-{self.short}"

    @property
    def plan_ref(self) -> str:
        """reusePlanArtifactRef"""
        return f"actions-run/{self.run_id}/{self.plan_name}"

    @property
    def job_name(self) -> str:
        """builderJobName"""
        return f"agentrun-builder-{self.short}"

    def tell(self, recorder: Recorder, at: float, stage: str, state: str, what: str, **facts: object) -> None:
        """A line of the ledger, if the ledger is about this delivery."""
        if self.told:
            recorder.tell(at, stage, state, what, **facts)
