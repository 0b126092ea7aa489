"""What a lane may lack because of how its owners set it up: a scope, a right, a CRD, a context that leads somewhere.

Unlike a fault, which befalls one answer, it is so from the beginning, and `doctor` is who has to say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from lanewatch.simulator.gitea_access import Access
from lanewatch.simulator.kubernetes.server import Rights

WITHOUT: Final[Mapping[str, str]] = {
    "scope": "the Gitea token has no scope read:repository; gitea-reader.token beside it has",
    "owner": "the token's user owns no repository: Gitea 1.25 lists runs, all list runners, to owners only",
    "context": "the kubeconfig's current context leads to a cluster that is gone; the lane's is beside it",
    "crd=GROUP": "the cluster has no CRDs of an API group (argoproj.io, tekton.dev …); context other-cluster has them",
    "get=RESOURCE": "the cluster's token may not read a kind at all (taskruns, pods, applications …)",
    "list=RESOURCE": "it may get objects by name, and not list them",
    "watch=RESOURCE": "it may read, and not watch (* for every kind)",
}
"""What may be named, and what it means."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How the systems of one lane were set up."""

    rights: Rights
    access: Access = field(default_factory=lambda: Access(owner=True))
    stale_context: bool = False


def set_up(lacks: Iterable[str], kubernetes_token: str) -> Setup:
    """A lane that lacks all of these. Raises ValueError for what cannot be lacked, naming it."""
    setup = Setup(Rights(kubernetes_token))
    for lack in lacks:
        setup = _without(setup, lack)
    return setup


def is_lack(text: str) -> bool:
    """Whether `text` is a word of WITHOUT, with a value where one is wanted."""
    word, equals, value = text.partition("=")
    return any(word == known.partition("=")[0] and bool(equals and value) is ("=" in known) for known in WITHOUT)


def _without(setup: Setup, lack: str) -> Setup:
    if not is_lack(lack):
        raise ValueError(f"cannot be lacked: {lack}")
    word, _, value = lack.partition("=")
    rights, more = setup.rights, frozenset({value})
    also: dict[str, Callable[[], Setup]] = {
        "scope": lambda: replace(setup, access=replace(setup.access, scopes=frozenset({"read:user"}))),
        "owner": lambda: replace(setup, access=replace(setup.access, owner=False)),
        "context": lambda: replace(setup, stale_context=True),
        "crd": lambda: replace(setup, rights=replace(rights, absent=rights.absent | more)),
        "get": lambda: replace(setup, rights=replace(rights, denied=rights.denied | more)),
        "list": lambda: replace(setup, rights=replace(rights, unlisted=rights.unlisted | more)),
        "watch": lambda: replace(setup, rights=replace(rights, unwatched=rights.unwatched | more)),
    }
    return also[word]()
