"""The lane under construction: what a story's stages hand to each other while they write it down.

What belongs here: the state that outlives one delivery (heads of branches, counters, the Application, the Deployment)
and the wording, through which every free text passes so that a scenario can poison all of them at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from lanewatch.simulator.git_objects import GitObjects, Signature
from lanewatch.simulator.images import Image
from lanewatch.simulator.names import LaneNames
from lanewatch.simulator.objects.meta import Object, event, key
from lanewatch.simulator.recorder import Recorder

Wording = Callable[[str], str]
SERVICES = ("agentrun-mgr", "agentrun-gateway", "agentrun-runner", "agentrun-scheduler", "agentrun-web")
PLATFORM = Signature("Agentrun Platform", "platform@pikapython.com", 0)
AUTHOR = Signature("Lin Wei", "lin.wei@pikapython.com", 0)
PUBLISHER = Signature("agentrun-gitops", "gitops@pikapython.com", 0)


def plainly(text: str) -> str:
    """The wording of an honest lane."""
    return text


@dataclass(slots=True)
class Lane:
    """Grows from `source.found` over one or more deliveries to the world's end."""

    recorder: Recorder
    git: GitObjects
    wording: Wording = plainly
    files: dict[str, bytes] = field(default_factory=dict)  # the source tree at the branch's head
    head: str = ""  # of the source branch, upstream
    gitops_head: str = ""  # of the gitops branch, upstream
    gitops_files: dict[str, bytes] = field(default_factory=dict)  # ... and the tree there
    listener: bool = True  # whether an EventListener stands; without one the controlled API starts PipelineRuns
    deadline: int = 600  # progressDeadlineSeconds of the Deployment
    repository: Object = field(default_factory=dict)  # the mirror as Gitea's API shows it
    runner: tuple[int, str] = (3, "unidesk-ci-builder-1")  # who takes the jobs
    run_number: int = 0
    job_id: int = 0
    artifact_id: int = 0
    artifacts: dict[tuple[int, str], tuple[int, str]] = field(default_factory=dict)  # (run, name): (id, created_at)
    application: Object = field(default_factory=dict)
    deployment: Object = field(default_factory=dict)
    replica_set: Object = field(default_factory=dict)
    pods: list[Object] = field(default_factory=list)
    env_images: dict[str, Image] = field(default_factory=dict)  # by env identity
    serving: str = ""  # the commit that /health names
    events: int = 0

    @property
    def names(self) -> LaneNames:
        """How the lane is called."""
        return self.recorder.names

    def signed(self, who: Signature, at: float) -> Signature:
        """This person's signature at second `at`."""
        seconds = int(self.recorder.start.timestamp() + at // 1)
        name = self.message(who.name).translate({ord(mark): None for mark in "<>\n"})
        return Signature(name, who.email, seconds)

    def message(self, text: str) -> str:
        """A commit message's first line; git cannot hold NUL."""
        return self.wording(text).replace("\0", "")

    def event(self, at: float, about: Object, component: str, reason: str, message: str, kind: str = "Normal") -> None:
        """A Kubernetes Event about an object."""
        self.events += 1
        name = f"{about['metadata']['name']}.{self.recorder.hexes(16, 'event', self.events)}"
        stamp = self.recorder.stamp(at)
        made = event(about, name, stamp, component, reason, self.wording(message), kind)
        if component == "kubelet":
            made["source"]["host"] = self.recorder.live[key(about)]["spec"]["nodeName"]
        self.recorder.put(at, made)
