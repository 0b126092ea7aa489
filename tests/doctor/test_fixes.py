"""Whatever a fix tells to type exists: commands of lanewatch parse, producers are there, connections keys are keys."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.clock import SystemClock
from lanewatch.clients.kubernetes import Cluster
from lanewatch.command_line import command_line
from lanewatch.doctor.check import Diagnosis, Verdict
from lanewatch.doctor.page import doctor_text
from lanewatch.doctor.remedies import ClusterPlace, kubeconfig
from lanewatch.output.glyphs import ASCII
from lanewatch.output.producers import PRODUCERS
from lanewatch.rollout.facts import Outcome
from lanewatch.simulator.gitea import Access
from lanewatch.simulator.kubernetes import Rights
from lanewatch.simulator.serving import Tokens
from lanewatch.spec.connections_schema import connections_schema
from tests.doctor.examined_lane import diagnosis

TOKENS = Tokens()
DENIED = frozenset({"taskruns", "pods", "eventlisteners", "services", "replicasets"})
NO_CRDS = frozenset({"argoproj.io", "triggers.tekton.dev"})
KEY = re.compile(r"\b(gitea|upstream|kubernetes|registry|health|snapshots)((?:\.[a-zA-Z]+)+)")


@pytest.fixture
async def badly_set_up(tmp_path: Path) -> list[Diagnosis]:
    """A lane with every right refused, one without CRDs, one whose token reads nothing, one on an old Gitea."""
    places = [tmp_path / name for name in ("a", "b", "c", "d")]
    for place in places:
        place.mkdir()
    return [
        await diagnosis(places[0], tokens=TOKENS, rights=Rights(TOKENS.kubernetes, denied=DENIED)),
        await diagnosis(places[1], tokens=TOKENS, rights=Rights(TOKENS.kubernetes, absent=NO_CRDS)),
        await diagnosis(places[2], access=Access(scopes=frozenset()), rights=Rights("another")),
        await diagnosis(places[3], gitea_version="1.22.6", access=Access(owner=False)),
    ]


async def test_every_failure_has_a_fix_that_can_be_typed_and_the_page_keeps_to_its_width(
    badly_set_up: list[Diagnosis],
) -> None:
    schema, producers = connections_schema(), {producer.name for producer in PRODUCERS}
    checks = [check for told in badly_set_up for system in told.systems for check in system.checks]
    assert len([check for check in checks if check.verdict is Verdict.FAILED]) > 12
    for check in checks:
        assert check.fix or check.verdict in (Verdict.OK, Verdict.UNTOLD, Verdict.NOTE), check
        for line in check.fix.splitlines()[1:]:
            words = shlex.split(line.split(" | ")[0], comments=True)
            if words[0] == "lanewatch":
                given = command_line().parse_args(words[1:])
                assert set(getattr(given, "names", [])) <= producers
        for section, path in KEY.findall(check.fix):
            assert _is_key(schema, section, path.lstrip(".").split(".")), (section, path, check.fix)
    for width in (80, 120):
        for line in "".join(doctor_text(told, ASCII, width) for told in badly_set_up).splitlines():
            whole = line.startswith(" " * 14) or " " not in line.strip()  # what is to be copied, and a long path
            assert len(line) <= width or whole, line


def _is_key(schema: dict[str, object], section: str, path: list[str]) -> bool:
    """Whether connections have `section.path`, by the schema that editors use."""
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    node: object = schema
    for name in (section, *path):
        assert isinstance(node, dict)
        node = node.get("properties", {}).get(name)
        if node is None:
            return False
        while isinstance(node, dict) and "$ref" in node:
            node = definitions[node["$ref"].rpartition("/")[2]]
    return True


@pytest.mark.parametrize(
    ("reason", "fix"),
    [
        ("TLS: name mismatch, certificate is not valid for 'x'", "set tls-server-name of that cluster"),
        ("its proxy 127.0.0.1:1 does not answer", "correct proxy-url of that cluster"),
        ("TLS: tlsv13 alert certificate required", "set client-certificate and client-key of that user in"),
        ("is this http? does it ask for a client certificate?", "set client-certificate and client-key of that user,"),
        ("TLS: unknown issuer", "set certificate-authority of that cluster"),
    ],
)
def test_what_a_kubeconfig_lacks_is_named(tmp_path: Path, reason: str, fix: str) -> None:
    cluster = Cluster(tmp_path / "kubeconfig", "a", clock=SystemClock(), key="kubernetes")
    place = ClusterPlace("kubernetes", cluster, tmp_path / "kubeconfig")
    told = kubeconfig(place)(ReadFailure(Outcome.UNREACHABLE, f"{reason}: api.example.org"))
    assert told.startswith(fix)
    assert told.endswith(f"kubectl --kubeconfig {tmp_path}/kubeconfig --context a config view --minify")
