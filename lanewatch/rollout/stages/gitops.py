"""gitops-publish (gitops-commit): R, the newest commit whose trailer names the watched one; none if nothing changes."""

from __future__ import annotations

from dataclasses import replace

from lanewatch.rollout.ancestry import is_ancestor
from lanewatch.rollout.case import Case
from lanewatch.rollout.clocks import LEAST_UNCERTAINTY, OUR_CLOCK, Stamp
from lanewatch.rollout.expected import NOT_BUILT, changes_nothing
from lanewatch.rollout.facts import GITOPS, PLAN, PROVENANCE, TEKTON
from lanewatch.rollout.reports import GitopsCommit, GitopsReport
from lanewatch.rollout.signal import Signal
from lanewatch.rollout.wording import short

UNTOLD = "no gitops commit, and the plan that could say that nothing changes cannot be read"
COMMITTER = "committer"  # the host of a clock of which nothing is known


def judge(case: Case) -> Signal:
    build = case.signal(PROVENANCE)
    start = build.finished
    gitops = case.gitops
    if gitops is not None and gitops.revision is not None and _is_of_earlier_attempt(case, gitops.revision):
        says = f"{short(gitops.revision.sha)} is of an earlier attempt"
        return Signal("running" if build.is_done else "pending", says, "", start, waiting=True)
    if gitops is not None and gitops.revision is not None:
        finished = published_at(case, gitops.revision)
        return Signal("succeeded", f"published {short(gitops.revision.sha)}", "", start, finished, final=True)
    if not build.is_done:
        return Signal("pending", "", waiting=True)
    untold = _only_the_plan_could_say(case)
    if gitops is None or not (untold or changes_nothing(case.plan, case.provenance)):
        return Signal("running", "waiting for the gitops commit", "", start, waiting=True)
    if not _read_after_build(case):
        return Signal("running", "looking for a gitops commit", "", start, awaits=frozenset({GITOPS}))
    return Signal("unknown", "does anything change?", UNTOLD) if untold else _skipped(case, start)


def _only_the_plan_could_say(case: Case) -> bool:
    """The run has ended well and no image was built, but the plan, which alone says the rest, cannot be read."""
    built_nothing = case.provenance is not None and case.provenance.reuse_decision in NOT_BUILT
    unreadable = case.plan is None and case.signal(PLAN).state == "unknown"
    return built_nothing and unreadable and case.signal(TEKTON).state == "succeeded"


def _is_of_earlier_attempt(case: Case, published: GitopsCommit) -> bool:
    """R was published surely before this attempt's build: until the current PipelineRun ends, a newer one may come."""
    if not case.earlier_pipeline_runs or case.signal(TEKTON).state == "succeeded":
        return False
    made, build = published_at(case, published), case.signal(PROVENANCE)
    done = build.finished
    return not build.is_done or (made is not None and done is not None and case.clocks.is_before(made, done))


def published_at(case: Case, commit: GitopsCommit) -> Stamp | None:
    """R's committer date. Whoever committed is a server of the lane: its clock is nearer to Gitea's than ours is."""
    stamp = case.stamp(GITOPS, commit.committed_at, f"committer date of {short(commit.sha)}")
    if stamp is None:
        return None
    if stamp.host == OUR_CLOCK:  # read by git, which tells no clock
        return replace(stamp, host=COMMITTER)
    return replace(stamp, early=LEAST_UNCERTAINTY, late=LEAST_UNCERTAINTY)


def revision(case: Case) -> GitopsCommit | None:
    """R, as soon as its stage's rule knows it."""
    if not case.signal(GITOPS).is_done or case.gitops is None:
        return None
    return case.gitops.revision or _standing(case, case.gitops)


def _skipped(case: Case, start: Stamp | None) -> Signal:
    standing = _standing(case, case.gitops) if case.gitops else None
    if standing is None:
        return Signal(
            "unknown", "which commit stands?", "nothing changes, but no gitops commit is known that it rests on"
        )
    return Signal("skipped", f"nothing changes, stays {short(standing.sha)}", "", start, start, final=True)


def _standing(case: Case, gitops: GitopsReport) -> GitopsCommit | None:
    """The newest gitops commit not later than build done, for this commit or an ancestor of it.

    Where build done has no time, a commit has none, or their clocks cannot be believed, the ancestry alone decides.
    """
    return next((commit for commit in gitops.history if _stands(case, commit)), None)


def _stands(case: Case, commit: GitopsCommit) -> bool:
    done = case.signal(PROVENANCE).finished
    made = published_at(case, commit)
    if done is not None and made is not None and case.clocks.are_comparable(made, done):
        return case.clocks.ours(made) <= case.clocks.ours(done)
    return _is_older_source(case, commit.source_commit)


def _is_older_source(case: Case, source: str) -> bool:
    history = case.mirror.nodes if case.mirror else ()
    return bool(source and case.commit and is_ancestor(source, case.commit, history))


def _read_after_build(case: Case) -> bool:
    """Whether the branch was read after provenance was first seen: a commit made with the build must have shown."""
    found = case.provenance
    if found is None:
        return False
    return case.read_since(GITOPS, f"provenance:{found.source_commit}:{found.image_digest}:{found.reuse_decision}")


def source_of(case: Case, published: GitopsCommit) -> str:
    """The Source-Commit that stands at R: its own trailer, else that of the newest commit below it; "" if unknown."""
    below = _below(published, case.gitops.history if case.gitops else ())
    return next((commit.source_commit for commit in (published, *below) if commit.source_commit), "")


def _below(commit: GitopsCommit, history: tuple[GitopsCommit, ...]) -> tuple[GitopsCommit, ...]:
    shas = [one.sha for one in history]
    return history[shas.index(commit.sha) + 1 :] if commit.sha in shas else ()
