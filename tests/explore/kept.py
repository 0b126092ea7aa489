"""Plans that once broke an invariant, shrunk: kept as tests, whatever their seeds mean by now.

The one about a failed read accused the product falsely: it keeps the invariant fair.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.explore.plan import OPEN, STEP, SWEEP, Disturbance, Plan

KEPT: Mapping[str, Plan] = {
    "a read that fails does not keep the mirror's lag young": Plan(
        11, "mirror-stuck", 100.0, 0.0, (Disturbance("H09", "gitea", 11.0, 40.0),)
    ),
    "a stepped clock does not make another commit the one that stands": Plan(
        24,
        "reuse",
        36.1,
        0.0,
        (Disturbance(STEP, "", 32.2, -3119.4), Disturbance(SWEEP, "", 34.0, 0.0), Disturbance(SWEEP, "", 44.3, 0.0)),
    ),
    "what a failed read still tells is not old": Plan(
        35, "tekton-cancelled", 36.6, 0.0, (Disturbance("J03", "kubernetes", 20.7, 12.4),)
    ),
    "a finished lane whose Application moves on is finished still": Plan(118, "env-reuse", 85.0, 0.0, ()),
    "a lane whose Application moves on while watches are gone is no moment running": Plan(
        357, "env-reuse", 36.0, 0.02, (Disturbance("H03", "", 6.9, 83.5), Disturbance(OPEN, "", 16.8, 0.0))
    ),
    "nothing is skipped before its authority has answered": Plan(
        165, "argo-degraded", 139.5, 0.2, (Disturbance("N06", "gitea", 11.2, 29.5),)
    ),
    "a read begun under the last fault may fail after it": Plan(
        10030, "mirror-stuck", 139.1, 0.0, (Disturbance("N07", "", 29.4, 1.9),)
    ),
}
