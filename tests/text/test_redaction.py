"""Planted secrets of every family never survive, however they are split; digests and references always do."""

from __future__ import annotations

import base64
import json
import re
import time
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lanewatch.text import Redactor, looks_like_credential, redact, safe, safe_block
from lanewatch.text.secret_rules import RULES

WORD = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=40, max_size=60)


# Each template plants SECRET; the family's rule must take it out.
FAMILIES = [
    ("forge-token", "pushed with ghp_SECRET today"),
    ("forge-token", "github_pat_SECRET"),
    ("gitlab-token", "glpat-SECRET"),
    ("gcp-key", "AIzaSECRET"),
    ("slack-token", "xoxb-SECRET"),
    ("slack-token", "https://hooks.slack.com/services/SECRET"),
    ("jwt", "eyJSECRET.eyJSECRET.SECRET"),
    ("openshift-token", "sha256~SECRET"),
    ("npm-token", "npm_SECRET"),
    ("registry-token", "dckr_pat_SECRET"),
    ("private-key", "-----BEGIN RSA PRIVATE KEY-----\nSECRET\nSECRET\n-----END RSA PRIVATE KEY-----"),
    ("private-key", "-----BEGIN OPENSSH PRIVATE KEY-----\nSECRET\n(cut off)"),
    ("authorization", "Authorization: Bearer SECRET"),
    ("authorization", "authorization: token SECRET"),
    ("authorization", '"Authorization": "Basic SECRET"'),
    ("authorization", "curl -H 'Authorization: SECRET' https://example.org"),
    ("authorization", "got bearer 1SECRET"),
    ("cookie", "Set-Cookie: session=SECRET; HttpOnly"),
    ("url-userinfo", "git clone https://user:SECRET@example.org/x.git"),
    ("url-userinfo", "git clone https://SECRET@example.org/x.git"),
    ("docker-auth", '{"auths": {"example.org": {"auth": "SECRET"}}}'),
    ("key-value", "GITEA_TOKEN=SECRET"),
    ("key-value", "password: SECRET"),
    ("key-value", '"client_secret": "SECRET"'),
    ("key-value", "REGISTRY_AUTH=SECRET"),
    ("key-value", r"{\"password\":\"SECRET\"}"),
    ("key-value", "run --registry-token SECRET --verbose"),
    ("kubernetes-secret", "kind: Secret\ndata:\n  one: SECRET\n  two: SECRET\n"),
    ("kubernetes-secret", "stringData:\n  one: |\n    SECRET\n    SECRET\nkind: Secret\n"),
    ("kubernetes-secret", '{"kind":"Secret","data":{"one":"SECRET"}}'),
]
AWS = "AKIA" + "Q7XN2M4K9P3L5R8T"


@pytest.mark.parametrize(("rule", "template"), FAMILIES)
@given(secret=WORD)
def test_a_planted_secret_of_every_family_is_taken_out(rule: str, template: str, secret: str) -> None:
    shown = safe_block(template.replace("SECRET", secret))
    assert secret not in shown
    assert f"[redacted:{rule}]" in shown


@pytest.mark.parametrize(("rule", "template"), FAMILIES)
@pytest.mark.parametrize(
    "splitter", ["\u200b", "\x1b[0m", "\x1b]0;x\x07", "\x00", "\u202e", "\x9b1m", "\u0336", "\x1b"]
)
def test_a_secret_that_is_split_by_what_nobody_sees_is_taken_out(rule: str, template: str, splitter: str) -> None:
    secret = "Zq7Rk2Xw9Tn4Bv8Lm3Hc6Jd1Fs5Gp0YaUeIoC7Q2"
    for index in (1, 3, 20, 39):
        planted = template.replace("SECRET", secret[:index] + splitter + secret[index:])
        shown = safe_block(planted)
        assert secret[20:] not in shown, shown
        assert secret[:20] not in shown, shown
        assert "[redacted:" in shown, rule


PASSPHRASE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=12, max_size=40).map(
    lambda text: f"Q7{text}"
)


@given(PASSPHRASE)
def test_a_quoted_passphrase_of_any_characters_is_taken_out_whole(secret: str) -> None:
    written = json.dumps({"a": 1, "password": secret, "b": "stays"})
    assert redact(written) == '{"a": 1, "password": "[redacted:key-value]", "b": "stays"}'
    twice = json.dumps(json.dumps({"password": secret.replace('"', "").replace("\\", "")}))
    assert redact(twice) == r'"{\"password\": \"[redacted:key-value]\"}"'


@given(PASSPHRASE)
def test_a_bare_passphrase_is_taken_out_up_to_white_space_or_a_quote(secret: str) -> None:
    bare = re.sub(r"[\"']", "", secret)
    assert redact(f"PASSWORD={bare} next") == "PASSWORD=[redacted:key-value] next"


@pytest.mark.parametrize("splitter", ["\u200b", "\x1b[1;31m", "\x07"])
def test_a_prefix_that_is_split_is_still_known(splitter: str) -> None:
    secret = "ghp_" + "a1B2" * 9
    for index in range(1, len(secret)):
        assert safe(f"x {secret[:index]}{splitter}{secret[index:]} y") == "x [redacted:forge-token] y"


def test_a_token_inside_what_only_looks_like_a_sequence_is_found() -> None:
    token = "ghp_" + "a1B2" * 9
    assert token not in safe(f"\x1b]0;{token}\x07")
    assert token not in safe(f"\x1b]{token}")
    assert token not in safe(f"\x1bP{token}")


def test_a_key_without_an_end_hides_the_key_and_not_the_rest_of_the_log() -> None:
    body = "\n".join(["2026-07-05T14:02:31.000000001Z " + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC" * 2] * 5)
    log = f"before\n2026-07-05T14:02:31Z -----BEGIN PRIVATE KEY-----\n{body}\nstep 4: build failed\nafter"
    assert redact(log) == "before\n2026-07-05T14:02:31Z [redacted:private-key]\nstep 4: build failed\nafter"


def test_cloud_key_ids_are_known() -> None:
    assert redact(f"key {AWS}.") == "key [redacted:aws-key]."


@pytest.mark.parametrize(
    "innocent",
    [
        "commit 3f9c2e1d4b5a69788796a5b4c3d2e1f001234567",
        "sha256:" + "ab" * 32,
        "registry.example.org:5000/agentrun@sha256:" + "0f" * 32,
        "docker-pullable://nginx:1.25@sha256:" + "0f" * 32,
        "image: registry.devops-infra.svc.cluster.local:5000/agentrun/mgr:3f9c2e1d4b5a",
        "uid: 123e4567-e89b-12d3-a456-426614174000",
        "moby/buildkit:v0.32.2-rootless",
        "refs/unidesk/snapshots/gitea-actions/agentrun-v0.2/3f9c2e1d4b5a69788796a5b4c3d2e1f001234567",
        "automountServiceAccountToken: false",
        "secretName: registry-auth",
        "secretKeyRef: {name: gitea-token, key: value}",
        "tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token",
        "type: kubernetes.io/service-account-token",
        "credentialsRef: cicd/gitea-actions-runner.env",
        "GITEA_TOKEN=$GITEA_TOKEN",
        "token: ${{ secrets.GITEA_TOKEN }}",
        "PASSWORD=***",
        "error: token expired, password: required",
        "http://gitea-http.devops-infra.svc.cluster.local:3000/pikasTech/agentrun.git",
        "ssh://git@example.org:22/x.git",
        "git@example.org:owner/name.git",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "kind: ConfigMap\ndata:\n  one: two\n",
        "1200 tokens: 512 used",
        "basic auth is used",
        "author: Jane Doe, authority: argo-application",
        "sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709  file",
    ],
)
def test_digests_references_and_prose_stay(innocent: str) -> None:
    assert redact(innocent) == innocent


def test_a_named_value_is_a_secret_even_if_it_looks_like_a_digest() -> None:
    assert redact("GITEA_TOKEN=da39a3ee5e6b4b0d3255bfef95601890afd80709") == "GITEA_TOKEN=[redacted:key-value]"


def test_the_spec_itself_is_left_alone(spec_text: str) -> None:
    assert redact(spec_text) == spec_text


@given(st.text(max_size=300))
@example("token: [redacted:key-value]")
def test_plain_text_without_a_needle_is_left_alone(text: str) -> None:
    if not any(needle in text.lower() for rule in RULES for needle in rule.needles):
        assert redact(text) == text


@pytest.mark.parametrize(("rule", "template"), FAMILIES)
def test_redacting_twice_is_redacting_once(rule: str, template: str) -> None:
    once = redact(template.replace("SECRET", "Zq7Rk2Xw9Tn4Bv8Lm3Hc6Jd1Fs5Gp0YaUeIoC7Q2"))
    assert redact(once) == once
    assert rule in once


EXACT = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp", "Cf", "Mn", "Cn", "Co", "Me")), min_size=12
)


@given(secret=EXACT, before=st.binary(max_size=7), after=st.binary(max_size=7))
def test_an_exact_value_is_found_in_every_encoding(secret: str, before: bytes, after: bytes) -> None:
    redactor = Redactor([secret])
    data = secret.encode()
    for form in (secret, quote(secret, safe=""), json.dumps(secret), json.dumps(secret, ensure_ascii=False)):
        shown = redactor.redact(f"<{form}>")
        assert secret not in shown
        assert "[redacted:" in shown
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        shown = redactor.redact(encode(before + data + after).decode())
        assert "[redacted:" in shown
        assert data not in decoded_pieces(shown)


def decoded_pieces(text: str) -> bytes:
    """What base64 of the pieces around the placeholders still tells, at every alignment."""
    pieces = re.split(r"\[redacted:[^\]]*\]", text)
    return b"|".join(
        base64.urlsafe_b64decode(shifted[: len(shifted) // 4 * 4].replace("+", "-").replace("/", "_"))
        for piece in pieces
        for shifted in (piece.rstrip("=")[offset:] for offset in range(4))
    )


def test_base64_wrapped_over_lines_is_found() -> None:
    secret = "a long passphrase that no rule knows " * 4
    wrapped = base64.encodebytes(b"user:" + secret.encode()).decode()
    assert wrapped.count("\n") > 1
    shown = Redactor([secret]).redact(wrapped)
    assert len(shown) < 40


def test_the_redactor_never_tells_what_it_knows() -> None:
    redactor = Redactor(["correct horse battery"])
    assert "horse" not in repr(redactor) + str(redactor) + f"{redactor}"


def test_a_fingerprint_tells_equal_secrets_apart_from_others() -> None:
    redactor = Redactor(["first secret", "second secret"], fingerprint_key=b"k" * 32)
    shown = redactor.redact("first secret, second secret, first secret").split(", ")
    assert shown[0] == shown[2] != shown[1]
    assert re.fullmatch(r"\[redacted:secret#[0-9a-f]{8}\]", shown[0])
    assert redactor.redact(", ".join(shown)) == ", ".join(shown)


def test_overlapping_secrets_become_one_placeholder() -> None:
    token = "ghp_" + "a1B2" * 9
    assert redact(f"https://user:{token}@example.org") == "https://[redacted:url-userinfo]@example.org"


def test_a_cut_never_uncovers_half_a_secret() -> None:
    token = "ghp_" + "a1B2" * 9
    assert "a1B2" not in safe(f"xxxx {token}", limit=15)


@pytest.mark.parametrize("value", ["a" * 40, "0123456789abcdef" * 2, "Zq7Rk2Xw9Tn4Bv8Lm3Hc6Jd1", "ghp_" + "a1B2" * 9])
def test_long_random_literals_look_like_credentials(value: str) -> None:
    assert looks_like_credential(value)


@pytest.mark.parametrize("value", ["token", "REGISTRY_AUTH", "cicd/gitea-actions-runner.env", "agentrun-jd01-v02"])
def test_names_do_not_look_like_credentials(value: str) -> None:
    assert not looks_like_credential(value)


@pytest.mark.parametrize(
    "page",
    [
        "a" * 200_000,
        "-----BEGIN PRIVATE KEY-----" * 4_000,
        "-----BEGIN PRIVATE KEY-----\n" * 7_000,
        "-----BEGIN PRIVATE KEY-----\n" + ("a" * 80 + "\n") * 2_000,
        "://" + "a" * 200_000,
        "token" * 40_000,
        "kind: Secret\ndata:\n" + "  a: b\n" * 20_000,
        '{"kind":"Secret","data":{' * 8_000,
        "eyJ" + "a" * 200_000,
        "authorization: " * 14_000,
        "password=" * 20_000,
        "://a:" * 40_000,
        "\x1b]" * 50_000,
        "--" + "a-" * 100_000,
        "bearer " * 28_000,
    ],
)
def test_hostile_pages_cost_linear_time(page: str) -> None:
    """Quadratic rules would need minutes for these; processor time is compared with that of a tenth of the page."""

    def cost(text: str) -> float:
        start = time.process_time()
        redact(text)
        return time.process_time() - start

    small = min(cost(page[: len(page) // 10]) for _ in range(2))
    assert cost(page) < 60 * small + 0.5


def test_what_is_learned_later_is_known_in_every_encoding() -> None:
    redactor = Redactor(["first-value"])
    before, later = redactor.exact, "plain words of a plugin"
    assert redactor.redact(later) == later
    redactor.learn(["first-value"])
    assert redactor.exact is before
    redactor.learn([later, "abc"])
    assert redactor.exact == (later, "first-value")
    for form in (later, later.encode().hex(), base64.b64encode(later.encode()).decode(), "first-value"):
        assert redactor.redact(f"x {form} y").startswith("x [redacted:secret]")
