"""Rights that lack, as the rule of a Role and the kubectl lines that grant it."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace

from lanewatch.text import safe

ANONYMOUS = "--user=system:anonymous"  # whom a server sees that was shown no credential: nobody to grant a right to
_FORBIDDEN_USER = re.compile(r'User "([^"]{1,253})"')
_SERVICE_ACCOUNT = re.compile(r"system:serviceaccount:([a-z0-9-]+):([a-z0-9.-]+)")


@dataclass(frozen=True, slots=True)
class Grant:
    """These verbs on these resources of one namespace, for one subject as kubectl names it."""

    namespace: str
    verbs: tuple[str, ...]
    resources: tuple[tuple[str, str], ...]  # API group ("" is the core one) and plural, with its subresource
    subject: str

    def joined(self, other: Grant) -> Grant | None:
        """One grant for both, None where that would be another right."""
        alike = (self.namespace, self.verbs, self.subject) == (other.namespace, other.verbs, other.subject)
        return replace(self, resources=(*self.resources, *other.resources)) if alike else None

    def fix(self) -> str:
        """A sentence; then the rules, one for each API group, and two commands."""
        named = [f"{one}.{group}" if group and "/" not in one else one for group, one in self.resources]
        name = f"lanewatch-{self.resources[0][1].replace('/', '-')}"
        create = f"create role {name} --verb={','.join(self.verbs)} --resource={','.join(named)}"
        bind = f"create rolebinding {name} --role={name} {self.subject}"
        told = f"add this to a Role in {self.namespace}, or let an owner of the cluster run the two lines:"
        return "\n".join((told, *self._rules(), *(f"kubectl -n {self.namespace} {line}" for line in (create, bind))))

    def _rules(self) -> list[str]:
        verbs, groups = ", ".join(self.verbs), dict.fromkeys(group for group, _ in self.resources)
        inside = {group: [f'"{one}"' for own, one in self.resources if own == group] for group in groups}
        return [
            f'- {{apiGroups: ["{group}"], resources: [{", ".join(found)}], verbs: [{verbs}]}}'
            for group, found in inside.items()
        ]


def grant(verbs: tuple[str, ...], resource: str, group: str, namespace: str, message: str) -> Grant:
    """The grant that lacks; `message` is the API server's own, which names the user."""
    return Grant(namespace, verbs, ((group, resource),), subject(message))


def subject(message: str) -> str:
    """`--user=…` or `--serviceaccount=…` for a rolebinding, from a 403's words."""
    found = _FORBIDDEN_USER.search(message)
    if found is None:
        return "--user=YOU"
    account = _SERVICE_ACCOUNT.fullmatch(found[1])
    if account is not None:
        return f"--serviceaccount={account[1]}:{account[2]}"
    return f"--user={shlex.quote(safe(found[1], limit=80))}"
