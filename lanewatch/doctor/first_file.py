"""A first connections.yaml: what was answered and discovered, as commented text. Pure; it never holds a secret."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TokenPlace:
    """Where Gitea's token lies: the name of an environment variable, or a file's path."""

    env: str = ""
    file: str = ""


def token_place(text: str) -> TokenPlace:
    """A name in capitals is a variable, all else a path. What looks like the token itself is refused elsewhere."""
    text = text.strip().removeprefix("$")
    return TokenPlace(env=text) if re.fullmatch(r"[A-Z_][A-Z0-9_]*", text) else TokenPlace(file=text)


@dataclass(frozen=True, slots=True)
class Contexts:
    """The context of each plane; `default` serves those that are not named. "": kubectl's current one."""

    kubeconfig: str = ""
    default: str = ""
    planes: dict[str, str] = field(default_factory=dict)
    plugins: tuple[str, ...] = ()  # exec credentials that may be run


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything that the file will say. Empty: that section is left out."""

    gitea: str
    token: TokenPlace
    contexts: Contexts | None
    upstream: str = ""
    registry: str = ""
    service: str = ""
    port: int = 0
    scheme: str = "http"


def connections_text(answers: Answers) -> str:
    """The file's text. Every value is quoted as JSON, which YAML reads alike."""
    return "\n".join(_lines(answers)) + "\n"


def _lines(answers: Answers) -> Iterator[str]:
    yield "# Where lanewatch reaches this lane. By `lanewatch init`; every key: config/connections.example.yaml."
    yield "# A secret never stands here, only where it is kept."
    yield "gitea:"
    yield f"  url: {_quoted(answers.gitea)}"
    place = answers.token
    if place.env or place.file:
        kept = f"env: {place.env}" if place.env else f"file: {_quoted(place.file)}"
        yield f"  token: {{{kept}}} # scope read:repository"
    if answers.upstream:
        yield "upstream:"
        yield f"  url: {_quoted(answers.upstream)}"
        yield "  # credential: {env: UPSTREAM_TOKEN} # for private repositories"
    if answers.contexts is not None:
        yield from _kubernetes(answers.contexts)
    if answers.registry:
        yield "registry:"
        yield f"  url: {_quoted(answers.registry)}"
        yield "  # credential: {env: REGISTRY_AUTH} # user:password, where it asks for one"
    if answers.service:
        yield "health:"
        yield f"  service: {_quoted(answers.service)}"
        yield f"  port: {answers.port}"
        if answers.scheme != "http":
            yield f"  scheme: {answers.scheme}"


def _kubernetes(contexts: Contexts) -> Iterator[str]:
    named = {plane: name for plane, name in contexts.planes.items() if name and name != contexts.default}
    if not (contexts.kubeconfig or contexts.default or named or contexts.plugins):
        yield "kubernetes: {} # kubectl's current context"
        return
    yield "kubernetes:"
    if contexts.kubeconfig:
        yield f"  kubeconfig: {_quoted(contexts.kubeconfig)}"
    if contexts.default:
        yield f"  context: {_quoted(contexts.default)}"
    if contexts.plugins:
        yield f"  execPlugins: [{', '.join(map(_quoted, contexts.plugins))}]"
    for plane, name in named.items():
        yield f"  {plane}: {{context: {_quoted(name)}}}"


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
