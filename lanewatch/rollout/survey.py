"""What lanewatch sees of the risks that the spec's component survey names. Pure.

The survey is free text; what is known by name here are the four components of the lane. Any other is shown without a
sight of its risk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from lanewatch.rollout.case import Case
from lanewatch.rollout.facts import ARGO, MIRROR, TEKTON, Quality
from lanewatch.rollout.policy.report import Audited
from lanewatch.rollout.rollout import Rollout
from lanewatch.rollout.wording import seconds, short

State = Literal["ok", "risk", "unknown"]


@dataclass(frozen=True, slots=True)
class Glance:
    """How a risk stands now, in a sentence."""

    state: State
    says: str


@dataclass(frozen=True, slots=True)
class View:
    """What a glance may rest on; `audit` empty where the policy was not read."""

    rollout: Rollout
    case: Case
    audit: tuple[Audited, ...] = ()


def glance(component: str, view: View) -> Glance:
    """What is seen of the risk of a component."""
    look = LOOKS.get(component)
    return look(view) if look else Glance("unknown", "lanewatch does not look at this risk")


def _mirror(view: View) -> Glance:
    lag = view.rollout.fields.get("giteaMirrorLag")
    snapshot = view.case.mirror.snapshot if view.case.mirror else None
    if lag is None or lag.fact.value is None:
        return Glance("unknown", f"mirror lag not known: {view.case.unreadable(MIRROR) or 'not told'}")
    held = f"snapshot ref {'resolves' if snapshot and snapshot.sha else 'does not resolve'}"
    behind = float(lag.fact.value) if isinstance(lag.fact.value, int | float) else 0.0
    if behind:
        return Glance("risk", f"the mirror is {seconds(behind)} behind; {held}")
    state: State = "ok" if lag.quality is Quality.GOOD and snapshot and snapshot.sha else "unknown"
    return Glance(state, f"mirror and upstream are at one head; {held}")


def _actions(view: View) -> Glance:
    actions = view.case.actions
    if actions is None:
        return Glance("unknown", "Actions were not read")
    version = f"Gitea {actions.server_version}" if actions.server_version else "Gitea of unknown version"
    if actions.runner_online is False:
        return Glance("risk", f"{version}; no runner {actions.runner_label} is online")
    bad = _breaches(view, "runner-label", "runner-trust")
    if bad:
        return Glance("risk", f"{version}; {bad}")
    gap = "" if actions.run is None or actions.run.attempt else "; it counts no attempts (before 1.27)"
    known = actions.runner_online is not None
    return Glance("ok" if known else "unknown", f"{version}{gap}; runner {'online' if known else 'not readable'}")


def _triggers(view: View) -> Glance:
    tekton = view.case.tekton
    if tekton is None:
        return Glance("unknown", f"Tekton was not read: {view.case.unreadable(TEKTON) or 'no answer'}")
    bad = _breaches(view, "listener-exposed", "listener-rights")
    if bad:
        return Glance("risk", bad)
    if tekton.event_listener_ready is None:
        return Glance("unknown", "no EventListener is seen: the fallback is in use, or rights lack")
    checked = [one for one in view.audit if one.rule.id in ("listener-exposed", "listener-rights")]
    readable = checked and all(one.finding.state == "ok" for one in checked)
    return Glance("ok" if readable else "unknown",
                  f"EventListener {'ready' if tekton.event_listener_ready else 'not ready'}; exposure and rights "
                  f"{'bounded' if readable else 'not readable'}")  # fmt: skip


def _argo(view: View) -> Glance:
    argo = view.case.application
    if argo is None:
        return Glance("unknown", f"the Application was not read: {view.case.unreadable(ARGO) or 'no answer'}")
    said = f"native Application {argo.sync_status} {argo.health_status} at {short(argo.sync_revision)}"
    bad = _breaches(view, "argo-text")
    return Glance("risk", bad) if bad else Glance("ok", f"{said}: read here, not from a log")


def _breaches(view: View, *rules: str) -> str:
    found = [one for one in view.audit if one.rule.id in rules and one.finding.state == "breach"]
    return found[0].finding.says.rstrip(".") if found else ""


LOOKS: Mapping[str, Callable[[View], Glance]] = {
    "gitea-mirror": _mirror,
    "gitea-actions": _actions,
    "tekton-triggers": _triggers,
    "argo-cd": _argo,
}
