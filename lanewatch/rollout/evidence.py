"""What requiredEvidence there is: each item present, pending, not applicable, unreadable or missing (CONTRACTS 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from lanewatch.rollout.case import Case
from lanewatch.rollout.cells import field
from lanewatch.rollout.expected import NOT_BUILT
from lanewatch.rollout.facts import ARGO, MIRROR, PROVENANCE, RUNTIME, UNREADABLE, Fact, Quality
from lanewatch.rollout.rollout import ENDED, Cell, Evidence, EvidenceItem
from lanewatch.rollout.rollouts import is_rolled_out
from lanewatch.rollout.signal import Signal
from lanewatch.rollout.skipping import ended_for_good
from lanewatch.rollout.stages.argo import went_on
from lanewatch.rollout.stages.gitops import revision
from lanewatch.rollout.stages.later_commits import standing
from lanewatch.rollout.words_of_stages import reason_of
from lanewatch.spec.lane import Lane
from lanewatch.spec.tables import EVIDENCE_AUTHORITY

CONTRADICTED = "contradicted"
Standing = Literal["present", "pending", "not_applicable", "unreadable", "missing"]
SHOWN = frozenset({Quality.GOOD, Quality.AGEING})  # ageing keeps a verdict; what is estimated or stale proves nothing

NOT_READ = UNREADABLE | {Quality.STALE, Quality.UNCONFIGURED}


def evidence(case: Case, lane: Lane, cells: Mapping[str, Cell]) -> Evidence:
    """Every required item in exactly one of the five lists."""
    lists: dict[Standing, list[EvidenceItem]] = {
        "present": [], "pending": [], "not_applicable": [], "unreadable": [], "missing": []
    }  # fmt: skip
    for name in lane.required_evidence:
        stands, item = _item(case, lane, cells, name)
        lists[stands].append(item)
    return Evidence(
        lane.required_evidence,
        *(tuple(lists[stands]) for stands in ("present", "pending", "not_applicable", "unreadable", "missing")),
    )


def _item(case: Case, lane: Lane, cells: Mapping[str, Cell], name: str) -> tuple[Standing, EvidenceItem]:
    authority = EVIDENCE_AUTHORITY.get(name)
    if authority is None:
        return "missing", EvidenceItem(name, "", "", "", "no authority produces this item")
    cell = cells.get(name) or field(case, authority, name)
    signal = case.signal(authority)
    if _is_good(cell, signal) and _is_bound(case, name, cell.fact):
        return "present", _worded(cell.fact, "")
    if name == "builderJobName" and _no_job_by_design(case):
        return "not_applicable", _worded(cell.fact, f"reuseDecision is {case.correlation.reuse_decision}")
    if signal.state not in ENDED and signal.state != "unknown":
        return "pending", _worded(cell.fact, "")
    unreadable = case.unreadable(authority) or (cell.fact.reason if cell.quality in NOT_READ else "")
    if unreadable:
        return "unreadable", _worded(cell.fact, unreadable)
    return "missing", _worded(cell.fact, _why_missing(case, lane, authority, cell))


def _is_good(cell: Cell, signal: Signal) -> bool:
    """Told as good and fresh; what a done stage rests on for good, such as a resolved ref, needs no fresh read."""
    if cell.fact.value in (None, "") or cell.fact.quality is not Quality.GOOD:
        return False
    return cell.quality in SHOWN or (cell.quality is Quality.STALE and signal.final and signal.is_done)


def _is_bound(case: Case, name: str, fact: Fact) -> bool:
    """Whether the value belongs to this rollout: the pinned commit, its runs, R, or Pods of the completed rollout."""
    if name == "sourceCommit":
        return fact.value == case.commit
    if name == "snapshotRef":
        return case.signal(MIRROR).is_done
    if name in ("builderJobName", "envIdentity", "reuseDecision"):
        return name == "builderJobName" or case.signal(PROVENANCE).is_done
    if name == "gitopsRevision":
        return revision(case) is not None
    if name == "argoHealth":
        return _is_at_revision(case)
    if name in ("runtimeTargetSha", "imageDigest"):
        return _runs_this(case)
    return True


def _is_at_revision(case: Case) -> bool:
    published, application = revision(case), case.application
    if published is None or application is None or case.signal(ARGO).state not in ENDED:
        return False
    place = standing(case, published, application.sync_revision)
    return bool(place.is_noticed) or went_on(case, application, published, place)


def _runs_this(case: Case) -> bool:
    """Pods after the rollout completed: the stage is done, or the rollout is complete and Argo is closed out at R."""
    if case.signal(RUNTIME).is_done:
        return True
    deployment = case.workload.deployment if case.workload else None
    return bool(
        deployment
        and is_rolled_out(deployment)
        and case.signal(ARGO).is_done
        and case.signal(RUNTIME).state == "unknown"
    )


def _no_job_by_design(case: Case) -> bool:
    """A good provenance says that nothing was built, and no Job exists for this run."""
    report, found = case.provenance_report, case.provenance
    return found is not None and found.reuse_decision in NOT_BUILT and (report is None or report.job is None)


def _why_missing(case: Case, lane: Lane, authority: str, cell: Cell) -> str:
    signal = case.signal(authority)
    if cell.quality is Quality.CONFLICT:
        return f"{CONTRADICTED}: {cell.fact.reason}"
    if ended_for_good(signal):
        return reason_of(
            case, lane, replace(signal, state="skipped", consequence_of=signal.consequence_of or authority)
        )
    if cell.fact.quality is Quality.ESTIMATED:
        return f"only estimated: {cell.fact.reason}"
    return cell.fact.reason or signal.reason or "it answered, and it is not there"


def _worded(fact: Fact, reason: str) -> EvidenceItem:
    value = "" if fact.value is None else ", ".join(fact.value) if isinstance(fact.value, tuple) else str(fact.value)
    return EvidenceItem(fact.name, value, fact.authority, fact.source, reason)
