"""Native objects keep their shape and lose their secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewatch.text import Redactor, is_secret_name, mask_object


def test_a_secret_keeps_its_keys_and_loses_its_values() -> None:
    secret = {"kind": "Secret", "data": {"one": "c2VjcmV0"}, "stringData": {"two": "x"}, "type": "Opaque"}
    masked = mask_object(secret)
    assert masked["data"] == {"one": "[redacted:kubernetes-secret]"}
    assert masked["stringData"] == {"two": "[redacted:kubernetes-secret]"}
    assert masked["type"] == "Opaque"
    assert secret["data"] == {"one": "c2VjcmV0"}  # the original is left alone


def test_secrets_in_a_list_are_masked_too() -> None:
    listed = {"kind": "List", "items": [{"kind": "Secret", "data": {"one": "c2VjcmV0"}}]}
    assert "c2VjcmV0" not in json.dumps(mask_object(listed))


def test_an_environment_entry_with_a_secret_name_loses_its_value() -> None:
    environment = [{"name": "GITEA_TOKEN", "value": "hunter2"}, {"name": "HOME", "value": "/home/user"}]
    masked = mask_object({"env": environment})["env"]
    assert masked == [{"name": "GITEA_TOKEN", "value": "[redacted:key-value]"}, {"name": "HOME", "value": "/home/user"}]


def test_references_to_secrets_stay() -> None:
    source = {"name": "GITEA_TOKEN", "valueFrom": {"secretKeyRef": {"name": "gitea", "key": "token"}}}
    assert mask_object(source) == source


def test_what_repeats_the_object_for_machines_is_folded() -> None:
    native = {
        "metadata": {
            "managedFields": [{"manager": "kubectl"}, {"manager": "controller"}],
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": '{"data":{"a":"c2VjcmV0"}}'},
        }
    }
    metadata = mask_object(native)["metadata"]
    assert metadata["managedFields"] == "[folded: 2 entries]"
    assert metadata["annotations"] == {"kubectl.kubernetes.io/last-applied-configuration": "[folded: 25 characters]"}


def test_strings_are_redacted_and_cleaned_and_keys_too() -> None:
    masked = mask_object({"a\x1b[0m": "token=abc123def456 \x1b[31m", "n": [1, True, None, 2.5]}, Redactor())
    assert masked == {"a␛[0m": "token=[redacted:key-value] ␛[31m", "n": [1, True, None, 2.5]}


def test_exact_values_are_masked_wherever_they_stand() -> None:
    assert mask_object({"note": "it is swordfish-7"}, Redactor(["swordfish-7"])) == {"note": "it is [redacted:secret]"}


def test_a_bottomless_object_ends() -> None:
    deep: dict[str, Any] = {"kind": "x"}
    for _ in range(500):
        deep = {"in": deep}
    assert "too deep" in json.dumps(mask_object(deep))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_any_json_stays_json_without_controls(value: Any) -> None:
    dumped = json.dumps(mask_object(value), ensure_ascii=False).replace("\\n", "").replace("\\t", "")
    assert dumped.isprintable()


@pytest.mark.parametrize(
    "name", ["GITEA_TOKEN", "clientSecret", "db-password", "REGISTRY_AUTH", "AWS_SECRET_ACCESS_KEY", "apiKey", "auth"]
)
def test_names_of_secrets_are_known(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["secretName", "TOKEN_URL", "tokenFile", "author", "authority", "credentialsRef", "HOME", "passwordPolicy"]
)
def test_names_that_only_describe_secrets_are_known(name: str) -> None:
    assert not is_secret_name(name)
