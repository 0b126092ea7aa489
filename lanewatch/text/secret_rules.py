"""The rule families that find secrets in text, each as a function from text to spans (reliability reference 5.5).

Every pattern begins with a literal or a tiny class, has no nested repeat, and runs only when one of its needles is in
the text: so the cost is linear and a page without secrets costs a few substring searches. Digests, image references
and uuids are never secrets by their look; only a name beside them (`token=`) makes them so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from lanewatch.text.secret_names import SECRET_WORDS, describes_secret

PLACEHOLDER: Final = r"\[redacted:[a-z0-9-]{1,32}(?:#[0-9a-f]{8})?\]"
"""Pattern of what stands where a secret was; never a secret itself."""


@dataclass(frozen=True, slots=True)
class Span:
    """A secret's place in a text: [start, end) and the rule that found it."""

    start: int
    end: int
    rule: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One family. `needles` are lower-case; `find` runs when one of them occurs in the lower-cased text."""

    name: str
    needles: tuple[str, ...]
    find: Callable[[str], Iterator[tuple[int, int]]]


def _always(_match: re.Match[str]) -> bool:
    return True


def _rule(name: str, needles: str, pattern: str, *, group: int = 0,
          accept: Callable[[re.Match[str]], bool] = _always) -> Rule:  # fmt: skip
    def find(text: str) -> Iterator[tuple[int, int]]:
        for match in re.finditer(pattern, text):  # compiled at first use and kept by re: most runs need few rules
            if not re.fullmatch(PLACEHOLDER, match[group]) and accept(match):
                yield match.span(group)

    return Rule(name, tuple(needles.split()), find)


def _words(words: Iterable[str]) -> str:
    """A pattern for any of the words in any case, begun by a class of their initials: that is four times faster."""
    by_initial: dict[str, list[str]] = {}
    for word in words:
        by_initial.setdefault(word[0], []).append(re.escape(word[1:]))
    rests = (f"(?<=[{initial}{initial.upper()}])(?i:{'|'.join(rests)})" for initial, rests in by_initial.items())
    initials = "".join(by_initial)
    return f"[{initials}{initials.upper()}](?:{'|'.join(rests)}|(?<=[aA])(?<![A-Za-z].)(?i:uth)(?![A-Za-z]))"


_NAMES = _words(SECRET_WORDS)
# Quoted: up to the same quote, over escaped ones. Bare: up to white space or a quote.
_VALUE = r"""(?P<quote>\\?["'])?(?P<value>(?(quote)(?:(?!(?P=quote))(?:\\.|[^\n])){1,4096}|[^\s"']{1,4096}))"""
_NAMED_VALUE: Final = (
    rf"""{_NAMES}(?P<rest>[A-Za-z0-9_.-]{{0,40}})\\?["']?[ \t]{{0,8}}"""
    rf"""(?:=>|:=|=|:)[ \t]{{0,8}}{_VALUE}"""
)
# Values that follow such a name in prose or manifests and tell nothing.
_TELLING_NOTHING: Final = frozenset({
    "true", "false", "null", "none", "nil", "yes", "no", "on", "off", "ok", "is", "was", "has", "must", "not", "cannot",
    "required", "optional", "missing", "invalid", "expired", "revoked", "incorrect", "denied", "unauthorized",
    "forbidden", "unset", "empty", "absent", "present", "unknown", "failed", "found", "read", "write", "default",
    "bearer", "basic", "token", "file", "env", "opaque", "string", "the", "a", "an", "and", "or", "for", "from", "to",
    "of", "in", "with",
})  # fmt: skip
# Values that are no secret by their shape: numbers, variables, stars, digests, paths, addresses, what opens a block.
_INNOCENT: Final = (
    r"\d{1,6}|\$[A-Z_][A-Z0-9_]*|\$[{(].*|%\w+%|\*+|x{3,}|-+|[|>][-+]?|\{[\w.-]*:?|\["
    r"|(?:[^\s@]+@)?sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})|(?:\.{1,2}|~)?(?:/[a-z0-9._-]+)+/?|https?://.*"
    rf"|[<(]?redacted[>)]?|{PLACEHOLDER}.*"
)


def _is_value(match: re.Match[str]) -> bool:
    value = match["value"]
    if describes_secret(match["rest"]) or (match["rest"] in ("s", "S") and value.isdigit()):
        return False
    return value.lower().rstrip(".") not in _TELLING_NOTHING and not re.fullmatch(_INNOCENT, value)


def _secret_manifest(text: str) -> Iterator[tuple[int, int]]:
    """Values under `data` and `stringData` of a text that shows a Kubernetes Secret, as YAML or JSON."""
    if not re.search(_KIND, text):
        return
    for block in re.finditer(_YAML_DATA, text):
        for line in re.finditer(_YAML_ENTRY, block["body"]):
            yield _shifted(line.span("value"), block.start("body"))
    for block in re.finditer(_JSON_DATA, text):
        for entry in re.finditer(_JSON_ENTRY, block["body"]):
            yield _shifted(entry.span("value"), block.start("body"))


def _shifted(span: tuple[int, int], offset: int) -> tuple[int, int]:
    return span[0] + offset, span[1] + offset


_KIND: Final = r"""kind\\?["']?[ \t]*:\s{0,4}\\?["']?Secret\b(?!\w)"""
_YAML_DATA: Final = (
    r"(?m)^(?P<indent>[ \t]*)(?:data|stringData):[ \t]*\n(?P<body>(?:(?P=indent)[ \t]+[^\n]*(?:\n|\Z))+)"
)
_YAML_ENTRY: Final = r"(?m)^[ \t]+(?:[\w.-]+:[ \t]+(?![|>])|(?![ \t\w.-]*:))(?P<value>[^\s\[][^\n]*)"
_JSON_DATA: Final = r"""\\?"(?:data|stringData)\\?"\s{0,4}:\s{0,4}\{(?P<body>[^{}]*)\}"""
_JSON_ENTRY: Final = r""":\s{0,4}\\?"(?P<value>[^"\\]+)"""

# Up to its end; where that is missing, the rest of the line and the lines that go on in base64 (perhaps behind a time
# stamp), because one forged beginning must not hide the rest of a log.
_PRIVATE_KEY: Final = (
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:"
    r"(?:(?!-----BEGIN)[\s\S]){0,16384}?-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"|[^\n]*(?:\n[^\n]{0,64}?[A-Za-z0-9+/=]{16,}\r?(?=\n|\Z))*)"
)

RULES: Final[tuple[Rule, ...]] = (
    _rule("private-key", "private", _PRIVATE_KEY),
    _rule("forge-token", "ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{16,}"),
    _rule("forge-token", "github_pat_", r"github_pat_[A-Za-z0-9_]{16,}"),
    _rule("gitlab-token", "gl", r"gl(?:pat|dt|rt|ptt|cbt|ft|agent|oas|soat|imt|ffct)-[A-Za-z0-9_.-]{16,}"),
    _rule("aws-key", "akia asia agpa aida aroa aipa anpa anva",
          r"A(?:KIA|SIA|GPA|IDA|ROA|IPA|NPA|NVA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _rule("gcp-key", "aiza", r"AIza[A-Za-z0-9_-]{30,}"),
    _rule("gcp-key", "ya29.", r"ya29\.[A-Za-z0-9_-]{20,}"),
    _rule("slack-token", "xox xapp-", r"x(?:ox[abceoprs]|app)-[A-Za-z0-9-]{10,}"),
    _rule("slack-token", "hooks.slack.com", r"hooks\.slack\.com/(?:services|workflows)/([A-Za-z0-9/_-]{10,})", group=1),
    _rule("jwt", "eyj", r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_.-]*"),
    _rule("openshift-token", "sha256~", r"sha256~[A-Za-z0-9_-]{20,}"),
    _rule("npm-token", "npm_", r"npm_[A-Za-z0-9]{30,}"),
    _rule("registry-token", "dckr_pat_", r"dckr_pat_[A-Za-z0-9_-]{16,}"),
    _rule("authorization", "authorization",
          r"""(?i:authorization)\\?["']?[ \t]{0,8}[:=][ \t]{0,8}\\?["']?(?:[A-Za-z0-9-]{2,24}[ \t]+)?"""
          r"""((?![ \t])[^\r\n"']{1,4096})""", group=1),
    _rule("authorization", "bearer basic",
          r"(?i:bearer|basic)[ \t]{1,4}((?=[A-Za-z0-9._~+/=-]{0,256}[0-9=])[A-Za-z0-9._~+/=-]{12,})", group=1),
    _rule("cookie", "cookie", r"(?i:cookie)\\?[\"']?[ \t]{0,4}:[ \t]{0,4}\\?[\"']?([^\r\n\"']{4,})", group=1),
    _rule("url-userinfo", "://", r"://([^\s/:@]{0,256}:[^\s/@]{1,1024})@(?!sha(?:256|512):)", group=1),
    _rule("url-userinfo", "://", r"://([^\s/:@\[]{20,1024})@(?!sha(?:256|512):)", group=1),
    _rule("docker-auth", "auth", r"""\\?"auth\\?"\s{0,8}:\s{0,8}\\?"([A-Za-z0-9+/=_-]{4,})""", group=1),
    _rule("key-value",
          "passw passp pwd secret token _key -key apikey accesskey privatekey authkey credential auth",
          _NAMED_VALUE, group=3, accept=_is_value),
    _rule("key-value", "--",
          rf"--[A-Za-z0-9-]{{0,30}}?{_NAMES}(?P<rest>)[ \t]+(?P<value>[^\s'\"-][^\s'\"]*)",
          group=2, accept=_is_value),
    Rule("kubernetes-secret", ("secret",), _secret_manifest),
)  # fmt: skip


_BY_NEEDLE: Final = tuple((needle, rule) for rule in RULES for needle in rule.needles)


def secret_spans(text: str) -> Iterator[Span]:
    """Every span of `text` that one of the rule families calls a secret; they may overlap."""
    lowered = text.lower()
    for rule in dict.fromkeys(rule for needle, rule in _BY_NEEDLE if needle in lowered):
        for start, end in rule.find(text):
            yield Span(start, end, rule.name)
