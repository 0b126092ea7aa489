"""docs/findings.md out of the rules themselves: `python -m tests.docs.findings_page >docs/findings.md`.

Ids, severities and meanings are read from the code of lanewatch.rollout.findings; only what to do is written here.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from lanewatch.rollout.findings import RULES

DO = {
    "stage-failed": "read the log that the message names (`enter`, `l`)",
    "stage-cancelled": "find who cancelled it, in the object that the message names; run it again",
    "superseded": "nothing: watch the newer commit that is named (`--commit`)",
    "rolled-back": "find out why the named gitops commit went back before delivering again",
    "stage-unknown": "read the reason: two sources must agree, or a right must be given, before it can be judged",
    "contradiction": "compare the two facts and their sources (`enter`, Facts): one of the systems is wrong",
    "image-drift": "compare the running digest with provenance: something else than this rollout set the image",
    "disagreement": "nothing waits for it; but one of the two sources named is wrong, or late",
    "missing-evidence": "make the producer write it (docs/producers.md): without it nothing counts as proven",
    "commit-not-found": "check the commit id, and whether it was pushed to the branch that the spec names",
    "branch-moved": "watch the new head; the old commit will not be delivered from this branch any more",
    "mirror-behind": "force a sync as the message says; look at the mirror's last error in Gitea's settings",
    "skip-marker": "push a commit without the marker, if it was meant to be delivered",
    "snapshot-gone": "write the ref upstream (lanewatch producers render snapshot): a pull mirror prunes others",
    "runner-offline": "start the runner with that label, or see whether it is busy",
    "actions-disabled": "switch the Actions unit on: repository → Settings → Units",
    "plan-missing": "open the plan job's log: the upload step found no file, or the plan step failed quietly",
    "no-pipelinerun": "read the log of the EventListener's Pod: refusals are told nowhere else",
    "step-died": "read that step's log; delete the TaskRun's Pod, or cancel the PipelineRun, if it never ends",
    "not-picked-up": "look whether Tekton's controller runs (kubectl get pods -n tekton-pipelines); see spec.managedBy",
    "tekton-lags": "look at Tekton's controller: its Pod, its log, its queue; the build itself is done",
    "not-stopped": "look at Tekton's controller log, then delete the PipelineRun by hand",
    "ignored-failure": "nothing for this delivery: read the failed task's log if it should not have failed",
    "retried": "nothing: it says how many attempts were needed",
    "run-ended-badly": "read the run's later jobs; the PipelineRun alone decides this delivery",
    "provenance-invalid": "correct the producer of provenance.json: the message names the JSON path",
    "no-provenance": "see the last step of build-or-reuse: the Job is done, its provenance was not written",
    "job-outlives-run": "delete the Job, as the message says, if its image is not wanted",
    "no-gitops-commit": "open the publish task's log: the push was refused, or nothing had changed",
    "argo-unnoticed": "refresh the Application, or add the webhook (lanewatch doctor tells how Argo learns)",
    "argo-frozen": "take the skip-reconcile annotation away when the maintenance is over",
    "argo-stalled": "look at the application controller: it does not compare this Application any more",
    "argo-condition": "open the Application (`o`): the condition's message is Argo's own",
    "argo-manual-sync": "sync by hand, or give the Application an automated sync policy",
    "crash-loop": "read the container's log and its last exit; the rollout fails at its progress deadline",
    "pod-stuck": "describe the Pod: image pull, quota or scheduling keeps it from starting",
    "unhealthy": "ask the health path yourself; Pods are ready, so it is the address, the Service or the answer",
    "at-risk": "nothing yet: the budget named will be broken if it goes on as it does",
    "over-budget": "nothing to repair in this rollout; `lanewatch history` shows whether it is a habit",
    "stalled": "run the command that the message ends with",
    "slow-sweep": "nothing for this delivery: one system answers slowly; lanewatch doctor shows each one's latency",
    "unconfigured": "add the section to connections.yaml: lanewatch init, or config/connections.example.yaml",
    "unreadable": "run lanewatch doctor: it names the right, the scope or the address that lacks",
    "absent": "check the names in the spec: the authority answered that there is no such thing",
    "partly-unreadable": "run lanewatch doctor: one right is missing, or an answer is not as documented",
    "certificate-ends": "renew that server's certificate before it ends",
    "clock-inconsistent": "run NTP on the host that is named; durations across it are not shown",
    "upstream-unreadable": "name upstream in connections, with a credential if it is private",
    "newer-commit": "nothing, or watch the newer one",
    "plan-source-unread": "nothing urgent: the plan's digest of the reuse file is taken on its word",
    "several-attempts": "nothing: it says which run counts",
    "several-runs": "nothing: it says which run counts, and from where budgets run",
    "delivered-by": "nothing: it says which earlier run delivered this commit",
    "gitops-read-in-mirror": "nothing: the Application reads elsewhere, so its newest commit may be another",
}
"""Finding id to what a person does about it."""

HEAD = """\
# Every finding, and what to do about it

A finding is something that a person must know. It never changes what a stage is: that is said by the stage's own
authority alone. `lanewatch status` shows the eight most severe, the dashboard all of them, with the facts behind each.
This page is written from the rules in `lanewatch/rollout/findings`.

| finding | severity | when | what to do |
| --- | --- | --- | --- |
"""


@dataclass(frozen=True, slots=True)
class Documented:
    """One id as the code has it."""

    id: str
    severities: tuple[str, ...]
    meaning: str


def documented() -> list[Documented]:
    """Every id that a rule can give, in the order of the rules."""
    found: dict[str, Documented] = {}
    for rule in RULES:
        functions = _functions(rule.__module__)
        meaning = " ".join((rule.__doc__ or "").split())
        for name in _reached(rule.__name__, functions):
            for id, severities in _given(functions[name]):
                own = " ".join((ast.get_docstring(functions[name]) or meaning).split())
                found.setdefault(id, Documented(id, severities, own if name == rule.__name__ else meaning or own))
    return list(found.values())


def page() -> str:
    """Raises LookupError naming the findings without advice."""
    missing = [one.id for one in documented() if one.id not in DO]
    if missing:
        raise LookupError(f"say what to do about {', '.join(missing)} in DO, then write docs/findings.md again")
    rows = (
        f"| `{one.id}` | {'/'.join(one.severities)} | {_cell(one.meaning)} | {_cell(DO[one.id])} |"
        for one in documented()
    )
    return HEAD + "\n".join(rows) + "\n"


def _functions(module: str) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def _reached(name: str, functions: dict[str, ast.FunctionDef]) -> list[str]:
    """The rule and the functions of its module that it calls, each once."""
    found = [name]
    for one in found:
        names = (node.id for node in ast.walk(functions[one]) if isinstance(node, ast.Name))
        found += [called for called in dict.fromkeys(names) if called in functions and called not in found]
    return found


def _given(function: ast.FunctionDef) -> Iterator[tuple[str, tuple[str, ...]]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and _is_finding(node.func) and len(node.args) >= 2:
            severities = _constants(node.args[1], function, {"info", "warning", "error"})
            for id in _constants(node.args[0], function, set(DO)):
                yield id, severities


def _is_finding(called: ast.expr) -> bool:
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    return name.lower() == "finding"


def _constants(value: ast.expr, function: ast.FunctionDef, known: set[str]) -> tuple[str, ...]:
    """The texts that an argument may be: itself, the arms of a condition, or what its variable is given.

    A constant that is not `known` is kept where it stands alone, so that a new id without advice is noticed.
    """
    if isinstance(value, ast.Constant):
        return (str(value.value),)
    given: list[ast.expr] = [value]
    if isinstance(value, ast.Name):
        given = [node.value for node in ast.walk(function) if _assigns(node, value.id)]  # type: ignore[attr-defined]
    texts = (node.value for one in given for node in ast.walk(one) if isinstance(node, ast.Constant))
    return tuple(dict.fromkeys(str(text) for text in texts if text in known))


def _assigns(node: ast.AST, name: str) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return any(isinstance(one, ast.Name) and one.id == name for target in targets for one in ast.walk(target))


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|").rstrip(".") or "as its name says"


if __name__ == "__main__":
    sys.stdout.write(page())
