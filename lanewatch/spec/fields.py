"""The kinds of value that the models are made of: strict and frozen, each saying in one sentence what it wants."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Annotated, Any, Final

# No other package's plugin may watch how our files are validated; looking for one costs 11 ms of every start.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, PlainValidator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError


class Strict(BaseModel):
    """Keys are camelCase in the file; unknown, missing and mistyped ones are errors; nothing is converted."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        allow_inf_nan=False,
        hide_input_in_errors=True,
        defer_build=True,  # only the two whole files are ever validated: building every class apart costs 40 ms
    )


def refusal(message: str) -> PydanticCustomError:
    """What a validator raises: the message stands as it is, the refused value never does."""
    return PydanticCustomError("refused", "{message}", {"message": message})


@dataclass(frozen=True, slots=True)
class Ref:
    """`FILE#a.b.c`: a value that stands in another file, or elsewhere in the spec."""

    file: str
    keys: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.file}#{'.'.join(self.keys)}"


REF_TEXT: Final = re.compile(r"(?P<file>[^#\s]+)#(?P<keys>[^#\s]+)")


def _ref(value: Any) -> Ref:
    match = REF_TEXT.fullmatch(value) if isinstance(value, str) else None
    keys = tuple(match["keys"].split(".")) if match else ()
    if match is None or not all(keys):
        raise refusal("must be a reference such as config/FILE.yaml#a.b.c")
    return Ref(match["file"], keys)


def _source_file(value: str) -> str:
    if not re.fullmatch(r"[\w.-]+(?:/[\w.-]+)*", value) or ".." in value.split("/") or not {".", "/"} & set(value):
        raise refusal("must name a file under the secrets folder, such as cicd/NAME.env (the value is not shown)")
    return value


def _source_key(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][\w.-]{0,63}", value):
        raise refusal("must name a key in that file, such as token (the value is not shown)")
    return value


def _https(value: str) -> str:
    match = re.fullmatch(r"https?://(?P<host>[^\s/@?#]+)(?:/[^\s?#]*)?(?:#\S*)?", value)
    if match is None:
        raise refusal("must be an http(s) address without user, password or query")
    if re.match(r"169\.254\.|\[fe80:|\[fd00:ec2::254\]", match["host"], re.IGNORECASE):
        raise refusal("must not be a link-local address: clouds keep their credentials there")
    return value


def _workload(value: str) -> str:
    if not re.fullmatch(r"[A-Z][A-Za-z]*/[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", value):
        raise refusal("must be KIND/NAME, such as Deployment/agentrun-mgr")
    return value


def _repository(value: str) -> str:
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", value) or {".", ".."} & set(value.split("/")):
        raise refusal("must be OWNER/NAME")
    return value


def _path(value: str) -> str:
    if not re.fullmatch(r"/[^\s?#]*", value):
        raise refusal("must be a path that begins with /")
    return value


def _nothing_is_null(value: Any) -> Any:
    if value is None:
        raise refusal("must not be empty")
    return value


Text = Annotated[str, Field(min_length=1)]
Texts = tuple[Text, ...]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
RefField = Annotated[Ref, PlainValidator(_ref), PlainSerializer(str)]
Url = Annotated[str, AfterValidator(_https)]
Repository = Annotated[str, AfterValidator(_repository)]
Workload = Annotated[str, AfterValidator(_workload)]
UrlPath = Annotated[str, AfterValidator(_path)]
SourceFile = Annotated[str, AfterValidator(_source_file)]
SourceKey = Annotated[str, AfterValidator(_source_key)]
Present = BeforeValidator(_nothing_is_null)
"""For optional keys: they may be left out, but not be left empty."""


class SourceRef(Strict):
    """Where a credential is kept: a file under the secrets folder and the key in it. Never the credential itself."""

    source_ref: SourceFile
    target_key: SourceKey
