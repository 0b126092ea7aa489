"""Trailers as git reads them."""

from __future__ import annotations

import pytest

from lanewatch.authorities.trailers import source_commit_of

SHA = "3f9c2a7d51e84b06a9d7c0e15b8f6a2d4c1e9b73"


@pytest.mark.parametrize(
    "message",
    [
        f"deploy\n\nSource-Commit: {SHA}\n",
        f"deploy\r\n\r\nSource-Commit: {SHA}\r\n",
        f"deploy\n\nbody: with a colon\n\nPipeline-Run: x\nsource-commit: {SHA.upper()}\nSigned-off-by: A <a@b>\n\n",
        f"deploy\n\nSource-Commit: {'0' * 40}\nSource-Commit: {SHA}",
        f"deploy\n \nSource-Commit : {SHA}  ",
    ],
)
def test_found(message: str) -> None:
    assert source_commit_of(message) == SHA


@pytest.mark.parametrize(
    "message",
    [
        "",
        "deploy",
        f"Source-Commit: {SHA}",  # the title
        f"deploy\nSource-Commit: {SHA}",  # still the title's paragraph
        f"deploy\n\nSource-Commit: {SHA}\n\nmore text",  # not the last paragraph
        f'Revert "deploy"\n\nThis reverts commit {SHA}.',
        f"deploy\n\nNot-Source-Commit: {SHA}",
        f"deploy\n\nsee Source-Commit: {SHA}",
    ],
)
def test_not_found(message: str) -> None:
    assert source_commit_of(message) == ""
