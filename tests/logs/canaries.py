"""Texts that carry a planted secret of each family, put together from parts so that no credential stands here."""

from __future__ import annotations

HEX = "9f3c17ab52de8840"
GIVEN = "correct-horse-" + "battery-staple"  # a value that the program itself was given


def canaries() -> dict[str, tuple[str, str]]:
    """By family: a line that carries a secret, and the secret."""
    key = "MIIEvQ" + HEX * 3
    encoded = "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5LXN0YXBsZ"
    jwt = "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiJjaSJ9." + HEX * 2
    return {
        "forge-token": ("using gh" + f"p_{HEX * 2}abcd now", "p_" + HEX * 2),
        "gitlab-token": ("token gl" + f"pat-{HEX}{HEX}", HEX + HEX),
        "aws-key": ("key AK" + "IA" + "ABCDEFGH23456789", "ABCDEFGH23456789"),
        "jwt": (f"session {jwt}", "eyJzdWIiOiJjaSJ9." + HEX),
        "authorization": (f"Authorization: Bearer {HEX}{HEX}x", HEX + HEX),
        "url-userinfo": (f"clone https://ci:{HEX}w@git.example/x.git", HEX + "w"),
        "key-value": (f'password="{HEX}!q" ok', HEX + "!q"),
        "flag": (f"run --auth-token {HEX}zz", HEX + "zz"),
        "exact": (f"with {GIVEN} it works", GIVEN),
        "exact-base64": (f"with {encoded}Q== it works", encoded),
        "private-key": (
            "-----BEGIN PRIVATE" + f" KEY-----\n{key}\n{key[::-1]}\nq8==\n-----END PRIVATE" + " KEY-----",
            key,
        ),
        "kubernetes-secret": (f"apiVersion: v1\ndata:\n  user: {'YWRtaW4tMQ=='}\nkind: Secret", "YWRtaW4tMQ=="),
        "string-data": (f"kind: Secret\nstringData:\n  word: hush-{HEX}\nmetadata:\n  name: x", f"hush-{HEX}"),
    }  # fmt: skip
