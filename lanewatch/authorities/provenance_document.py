"""provenance.json, a TaskRun result of the same content, or an in-toto Statement that carries it (CONTRACTS §6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lanewatch.authorities.paper_faults import BrokenPaper
from lanewatch.authorities.references import parse_reference
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.shape import JsonObject, ShapeError, child, optional
from lanewatch.clients.strict_json import JsonError, parse_json
from lanewatch.rollout.reports import Provenance

DECISIONS = {
    "built": "built",
    "build": "built",
    "reused-image": "reused-image",
    "reuse": "reused-image",
    "reused-env": "reused-env",
    "skipped": "skipped",
}
STATEMENT_TYPE = "https://in-toto.io/Statement/"  # v0.1 up to BuildKit 0.30, v1 from 0.31

_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A result too large for 4 KiB names where the document lies, and what its bytes hash to."""

    ref: str
    digest: str


def parse_provenance(data: bytes, text: Callable[[str], str]) -> Provenance | Elsewhere:
    """The document in `data`, or where it says that it lies. Raises BrokenPaper naming the JSON path."""
    try:
        document = parse_json(data)
    except JsonError as error:
        raise _invalid(str(error)) from None
    if not isinstance(document, dict):
        raise _invalid("$: not an object")
    try:
        if _is_statement(document):
            return _provenance(child(document, "predicate"), text)
        if "ref" in document and "sourceCommit" not in document:
            return _elsewhere(document)
        return _provenance(document, text)
    except ShapeError as error:
        raise _invalid(error.reason) from None


def _invalid(reason: str) -> BrokenPaper:
    return BrokenPaper(f"provenance: {reason}")


def _is_statement(document: JsonObject) -> bool:
    kind = document.get("_type")
    return isinstance(kind, str) and kind.startswith(STATEMENT_TYPE)


def _elsewhere(document: JsonObject) -> Elsewhere:
    ref = _required(document, "ref")
    try:
        parse_reference(ref)
    except ReadFailure as failure:
        raise _invalid(f"$.ref: {failure.reason}") from None
    return Elsewhere(
        ref=ref,
        digest=_matching(document, "digest", _DIGEST, "sha256:<64 hex>"),
    )


def _provenance(document: JsonObject, text: Callable[[str], str]) -> Provenance:
    digest = _matching(document, "imageDigest", _DIGEST, "sha256:<64 hex>", missing_is_fine=True)
    decision = _decision(document)
    if not digest and not decision:
        raise _invalid("neither $.imageDigest nor $.reuseDecision is there")
    return Provenance(
        source_commit=_matching(document, "sourceCommit", _SHA, "a full lower-case sha"),
        snapshot_ref=text(_text(document, "snapshotRef")),
        env_identity=text(_text(document, "envIdentity")),
        image_digest=digest,
        recipe_hash=text(_text(document, "recipeHash")),
        base_image_digest=_matching(document, "baseImageDigest", _DIGEST, "sha256:<64 hex>", missing_is_fine=True),
        reuse_decision=decision,
        builder_id=text(_text(document, "builderId")),
        actions_run_id=text(_run_id(document)),
        pipeline_run_name=text(_text(document, "pipelineRunName")),
        reused_from_commit=text(_text(document, "reusedFrom.sourceCommit")),
        reused_from_pipeline_run=text(_text(document, "reusedFrom.pipelineRunName")),
    )


def _text(document: JsonObject, path: str) -> str:
    return optional(document, path, str) or ""


def _required(document: JsonObject, path: str) -> str:
    found = _text(document, path)
    if not found:
        raise _invalid(f"$.{path}: is missing")
    return found


def _matching(
    document: JsonObject, path: str, shape: re.Pattern[str], expected: str, *, missing_is_fine: bool = False
) -> str:
    found = _text(document, path)
    if not shape.fullmatch(found) and not (missing_is_fine and not found):
        raise _invalid(f"$.{path}: expected {expected}")
    return found


def _decision(document: JsonObject) -> str:
    word = _text(document, "reuseDecision")
    if word and word not in DECISIONS:
        raise _invalid("$.reuseDecision: expected built, reused-image, reused-env or skipped")
    return DECISIONS.get(word, "")


def _run_id(document: JsonObject) -> str:
    """Producers write the run's id as a number or as text."""
    found = document.get("actionsRunId")
    if type(found) is int:
        return str(found)
    return _text(document, "actionsRunId")
