"""docs/findings.md out of the rules themselves: `python -m tests.docs.findings_page >docs/findings.md`.

Ids and severities are read from the code of lanewatch.rollout.findings; what each means to a person is written here.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from lanewatch.rollout.findings import RULES

TOLD = {
    "stage-failed": (
        "a stage failed of itself; the message names the cause and what stays unproven",
        "read the log that the message names (`enter`, `l`)",
    ),
    "stage-cancelled": (
        "a stage was cancelled, and not because of a newer commit",
        "find who cancelled it, in the object that the message names; run it again",
    ),
    "superseded": (
        "a newer commit overtook this one before it was delivered",
        "nothing: watch the newer commit that is named (`--commit`)",
    ),
    "rolled-back": (
        "this commit was delivered, and then an older gitops commit was put back",
        "find out why the named gitops commit went back before delivering again",
    ),
    "stage-unknown": (
        "an authority answers, and its stage cannot be judged all the same",
        "read the reason: two sources must agree, or a right must be given, before it can be judged",
    ),
    "contradiction": (
        "two good sources say what cannot both be true, so the stage is unknown",
        "compare the two facts and their sources (`enter`, Facts): one of the systems is wrong",
    ),
    "image-drift": (
        "the running Pods have another image than this rollout made",
        "compare the running digest with provenance: something else than this rollout set the image",
    ),
    "disagreement": (
        "two sources differ in something that decides no stage",
        "nothing waits for it; but one of the two sources named is wrong, or late",
    ),
    "missing-evidence": (
        "a stage has ended without something that the spec requires as proof",
        "make the producer write it (docs/producers.md): without it nothing counts as proven",
    ),
    "commit-not-found": (
        "neither the mirror nor upstream has the watched commit",
        "check the commit id, and whether it was pushed to the branch that the spec names",
    ),
    "branch-moved": (
        "the branch was forced to where the watched commit is no longer part of it",
        "watch the new head; the old commit will not be delivered from this branch any more",
    ),
    "mirror-behind": (
        "the mirror's branch does not stand where upstream's stands",
        "force a sync as the message says; look at the mirror's last error in Gitea's settings",
    ),
    "skip-marker": (
        "the commit's message tells Actions not to run",
        "push a commit without the marker, if it was meant to be delivered",
    ),
    "snapshot-gone": (
        "the snapshot ref was there and no longer resolves",
        "write the ref upstream (lanewatch producers render snapshot): a pull mirror prunes others",
    ),
    "runner-offline": (
        "a job waits for a runner, and none with its label is online",
        "start the runner with that label, or see whether it is busy",
    ),
    "actions-disabled": (
        "Actions are switched off in the repository: no run will come",
        "switch the Actions unit on: repository → Settings → Units",
    ),
    "plan-missing": (
        "the job that makes the plan has ended and uploaded none",
        "open the plan job's log: the upload step found no file, or the plan step failed quietly",
    ),
    "no-pipelinerun": (
        "the plan has been there for 10 s, and no PipelineRun has come of it",
        "read the log of the EventListener's Pod: refusals are told nowhere else",
    ),
    "step-died": (
        "a step ended badly, and its TaskRun still says that it runs",
        "read that step's log; delete the TaskRun's Pod, or cancel the PipelineRun, if it never ends",
    ),
    "not-picked-up": (
        "the PipelineRun has no condition at all: no controller works on it",
        "look whether Tekton's controller runs (kubectl get pods -n tekton-pipelines); see spec.managedBy",
    ),
    "tekton-lags": (
        "every step of a Pod has ended, and its TaskRun still says that it runs",
        "look at Tekton's controller: its Pod, its log, its queue; the build itself is done",
    ),
    "not-stopped": (
        "a run was told to end, and goes on",
        "look at Tekton's controller log, then delete the PipelineRun by hand",
    ),
    "ignored-failure": (
        "the PipelineRun succeeded although one of its tasks failed: that failure is ignored",
        "nothing for this delivery: read the failed task's log if it should not have failed",
    ),
    "retried": (
        "the PipelineRun succeeded, and one of its tasks needed several attempts",
        "nothing: it says how many attempts were needed",
    ),
    "run-ended-badly": (
        "the Actions run failed after it had started a PipelineRun",
        "read the run's later jobs; the PipelineRun alone decides this delivery",
    ),
    "provenance-invalid": (
        "provenance was written, and is not as its schema wants it",
        "correct the producer of provenance.json: the message names the JSON path",
    ),
    "no-provenance": (
        "the builder Job has been complete for 10 s, and nobody wrote its provenance",
        "see the last step of build-or-reuse: the Job is done, its provenance was not written",
    ),
    "job-outlives-run": (
        "the PipelineRun has ended, and its builder Job still runs",
        "delete the Job, as the message says, if its image is not wanted",
    ),
    "no-gitops-commit": (
        "the PipelineRun succeeded 10 s ago, and no gitops commit names this commit",
        "open the publish task's log: the push was refused, or nothing had changed",
    ),
    "argo-unnoticed": (
        "Argo still looks at an older revision than the published one",
        "refresh the Application, or add the webhook (lanewatch doctor tells how Argo learns)",
    ),
    "argo-frozen": (
        "an annotation tells Argo to leave the Application alone",
        "take the skip-reconcile annotation away when the maintenance is over",
    ),
    "argo-stalled": (
        "Argo has not compared the Application for much longer than it should",
        "look at the application controller: it does not compare this Application any more",
    ),
    "argo-condition": (
        "the Application carries an error of Argo's",
        "open the Application (`o`): the condition's message is Argo's own",
    ),
    "argo-manual-sync": (
        "Argo sees the published revision and waits for a person to sync",
        "sync by hand, or give the Application an automated sync policy",
    ),
    "crash-loop": (
        "a container of the new Pods ends again and again",
        "read the container's log and its last exit; the rollout fails at its progress deadline",
    ),
    "pod-stuck": (
        "a new Pod cannot start",
        "describe the Pod: image pull, quota or scheduling keeps it from starting",
    ),
    "unhealthy": (
        "the rollout is complete, and the health path does not answer 200",
        "ask the health path yourself; Pods are ready, so it is the address, the Service or the answer",
    ),
    "at-risk": (
        "80 % of a budget is used, or it will be broken by what earlier rollouts took",
        "nothing yet: the budget named will be broken if it goes on as it does",
    ),
    "over-budget": (
        "a budget is broken, whatever the clocks may be off",
        "nothing to repair in this rollout; `lanewatch history` shows whether it is a habit",
    ),
    "stalled": (
        "what a running stage says is a known cause of standing still",
        "run the command that the message ends with",
    ),
    "slow-sweep": (
        "an authority takes longer to answer than a whole sweep may: what is shown of it is that much older",
        "nothing for this delivery: one system answers slowly; lanewatch doctor shows each one's latency",
    ),
    "unconfigured": (
        "connections name no system to ask about a stage",
        "add the section to connections.yaml: lanewatch init, or config/connections.example.yaml",
    ),
    "unreadable": (
        "the last read of an authority failed; what it said before is shown with its age",
        "run lanewatch doctor: it names the right, the scope or the address that lacks",
    ),
    "absent": (
        "an authority answered that what the spec names does not exist",
        "check the names in the spec: the authority answered that there is no such thing",
    ),
    "partly-unreadable": (
        "an authority answers, but some of its fields could not be read",
        "run lanewatch doctor: one right is missing, or an answer is not as documented",
    ),
    "certificate-ends": (
        "a server's certificate ends within a week",
        "renew that server's certificate before it ends",
    ),
    "clock-inconsistent": (
        "a host's clock jumped, or several clocks answer for it",
        "run NTP on the host that is named; durations across it are not shown",
    ),
    "upstream-unreadable": (
        "upstream cannot be read: nobody knows whether there is a newer commit",
        "name upstream in connections, with a credential if it is private",
    ),
    "newer-commit": (
        "the branch has a newer commit than the watched one",
        "nothing, or watch the newer one",
    ),
    "plan-source-unread": (
        "the file that the plan was made from could not be read",
        "nothing urgent: the plan's digest of the reuse file is taken on its word",
    ),
    "several-attempts": (
        "the Actions run was tried again",
        "nothing: it says which run counts",
    ),
    "several-runs": (
        "there are several Actions runs of this commit",
        "nothing: it says which run counts, and from where budgets run",
    ),
    "delivered-by": (
        "there are several PipelineRuns of this commit",
        "nothing: it says which earlier run delivered this commit",
    ),
    "gitops-read-in-mirror": (
        "the gitops commits were read in the mirror, not where the Application reads",
        "nothing: the Application reads elsewhere, so its newest commit may be another",
    ),
}
"""Finding id to when it is told, and what a person does about it."""

HEAD = """\
# Every finding, and what to do about it

A finding is something that a person must know. It never changes what a stage is: that is said by the stage's own
authority alone. `lanewatch status` shows the eight most severe, the dashboard all of them, with the facts behind each;
what one cause makes unreadable stands in one line of both.

| finding | severity | it is told when | what to do |
| --- | --- | --- | --- |
"""


@dataclass(frozen=True, slots=True)
class Documented:
    """One id as the code has it."""

    id: str
    severities: tuple[str, ...]


def documented() -> list[Documented]:
    """Every id that a rule can give, in the order of the rules."""
    found: dict[str, Documented] = {}
    for rule in RULES:
        functions = _functions(rule.__module__)
        for name in _reached(rule.__name__, functions):
            for id, severities in _given(functions[name]):
                found.setdefault(id, Documented(id, severities))
    return list(found.values())


def page() -> str:
    """Raises LookupError naming the findings that are not told."""
    missing = [one.id for one in documented() if one.id not in TOLD]
    if missing:
        raise LookupError(
            f"say when {', '.join(missing)} is told and what to do, in TOLD, then write docs/findings.md again"
        )
    rows = (f"| `{one.id}` | {'/'.join(one.severities)} | {' | '.join(TOLD[one.id])} |" for one in documented())
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
            for id in _constants(node.args[0], function, set(TOLD)):
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


if __name__ == "__main__":
    sys.stdout.write(page())
