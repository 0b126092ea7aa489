"""Plans that once broke an invariant, shrunk: kept as tests, whatever their seeds mean by now.

The one about a failed read accused the product falsely: it keeps the invariant fair.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.explore.plan import EDIT, FORCE, OPEN, STEP, SUSPEND, SWEEP, Disturbance, Plan

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
    "a stage whose authority never gave a word is unknown after 35 s, slept ones too": Plan(
        20187, "crash-loop", 155.0, 0.0, (Disturbance("N09", "", 0.0, 1.1), Disturbance(SUSPEND, "", 2.6, 85.2))
    ),
    "a job that waits has not started, whatever its start says": Plan(
        20278, "runner-offline", 185.0, 0.0, (Disturbance("V01", "", 21.8, 4.2),)
    ),
    "a builder Job may have failed before its TaskRun": Plan(
        20326, "build-fails", 0.0, 0.0, (Disturbance("N07", "gitea", 8.3, 24.0),)
    ),
    "who cannot be asked for a PipelineRun makes no failed dispatch": Plan(
        20389, "build-fails", 0.0, 0.0, (Disturbance("H04", "kubernetes", 11.9, 58.4),)
    ),
    "a fault that began before a server fell silent may answer in its place": Plan(
        30070,
        "crash-loop",
        121.4,
        0.0,
        (Disturbance("S02", "", 39.5, 27.8), Disturbance("H05", "kubernetes", 42.0, 80.0)),
    ),
    "a cancelled run is not failed while nobody could tell whether a newer commit has one": Plan(
        100016, "superseded", 119.0, 0.2, (Disturbance("J04", "gitea", 1.0, 1.1),)
    ),
    "who was told to wait without being told for how long comes back within a sweep": Plan(
        100105,
        "rolled-back",
        179.0,
        0.2,
        (Disturbance("H06", "gitea", 0.8, 23.4), Disturbance("H05", "gitea", 2.2, 28.5)),
    ),
    "what would succeed and was not heard for long is unknown, not running": Plan(
        100120, "reuse", 0.0, 0.2, (Disturbance("H07", "kubernetes", 6.8, 39.9),)
    ),
    "a stream that was open when its server fell silent still told the truth": Plan(
        61014, "slow", 0.0, 0.2, (Disturbance("H06", "kubernetes", 47.2, 51.3),)
    ),
    "what runs is still older than a commit that was forced off its branch": Plan(
        300009, "rolled-back", 86.4, 0.0, (Disturbance(FORCE, "", 57.2, 0.0),)
    ),
    "a finished lane whose configuration was edited has its streams again": Plan(
        320190, "rolled-back", 128.0, 0.0, (Disturbance(EDIT, "", 2.9, 0.0),)
    ),
    "an answer of which a part could not be read is asked for again soon though its lane has ended": Plan(
        400203, "build", 71.7, 0.0, (Disturbance("H07", "kubernetes", 41.2, 7.1), Disturbance(EDIT, "", 42.7, 0.0))
    ),
    "what is neither an archive nor a paper is no invalid plan when it is told once": Plan(
        421841, "tekton-timeout", 86.1, 0.2, (Disturbance("J02", "gitea", 1.4, 1.1),)
    ),
    "a run that is cancelled is no moment running again": Plan(40031, "superseded", 0.0, 0.2, ()),
}
