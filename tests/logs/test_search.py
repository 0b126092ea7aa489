"""A search finds exactly the lines that a naive one finds, in a log that grows, forwards and backwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanewatch.logs import search as searching
from lanewatch.logs.query import Finder, Query, QueryError, required_literal
from lanewatch.logs.search import Search
from lanewatch.logs.spool import SpoolFolder

LINES = st.lists(st.text("abXY é.\x1b", max_size=30).map(lambda text: text.replace("\x1b", "\x1b[31m")), max_size=120)
QUERIES = st.one_of(
    st.text("abXYé.", min_size=1, max_size=3).map(Query),
    st.sampled_from(["a+b", "^a", "X.*Y", "b$", "(a|b)X", "a.?b", "[XY]{2}", "é+a", "xy.a", "^.?$", "a{2}b"]).map(
        lambda text: Query(text, regular=True)
    ),
)


@pytest.fixture(autouse=True)
def _small_regions() -> Iterator[None]:
    region, block = searching.REGION, searching.BLOCK
    searching.REGION = 64 << 10
    yield
    searching.REGION, searching.BLOCK = region, block


def naive(lines: list[str], query: Query) -> list[int]:
    pattern = query.text if query.regular else re.escape(query.text)
    flags = re.IGNORECASE if query.ignores_case else 0
    plain = [re.sub("\x1b\\[31m", "", line) for line in lines]
    return [number for number, line in enumerate(plain) if re.search(pattern, line, flags)]


def searched(search: Search) -> Search:
    while not search.is_current:
        search.advance()
    return search


@settings(max_examples=80)
@given(LINES, QUERIES, st.integers(0, 120))
def test_the_hits_are_those_of_a_naive_search(lines: list[str], query: Query, grown_at: int) -> None:
    spool = SpoolFolder(Path("/tmp")).spool()
    padding = [("." * 3000 if query.text not in "...." else "") for _ in lines]  # spreads the lines over regions
    lines = [f"{line}-{pad.replace('.', '~')}" for line, pad in zip(lines, padding, strict=True)]
    search = Search(spool, query)
    for part in (lines[:grown_at], lines[grown_at:]):
        spool.append("".join(line + "\n" for line in part).encode())
        searched(search)
    expected = naive(lines, query)
    assert search.hits == len(expected)
    assert search.lines(0, 1000) == expected
    assert search.lines(1, 2) == expected[1:3]
    for line in range(len(lines)):
        assert search.following(line) == next((hit for hit in expected if hit >= line), None)
        assert search.preceding(line) == next((hit for hit in reversed(expected) if hit < line), None)
        assert search.number(line) == sum(1 for hit in expected if hit < line)
    spool.close()


def test_many_hits_cost_no_memory_and_are_stepped_through(tmp_path: Path) -> None:
    spool = SpoolFolder(tmp_path).spool()
    spool.append(b"".join(b"line %d WARN\n" % number for number in range(100_000)))
    search = searched(Search(spool, Query("WARN")))
    assert search.hits == 100_000
    assert search.following(77_777) == 77_777
    assert search.preceding(77_777) == 77_776
    assert search.lines(99_998, 5) == [99_998, 99_999]


def test_a_line_longer_than_a_region_is_one_hit(tmp_path: Path) -> None:
    spool = SpoolFolder(tmp_path).spool()
    spool.append(b"first\n" + b"needle" * 60_000 + b"\nneedle\nlast\n")
    assert searched(Search(spool, Query("needle"))).lines(0, 9) == [1, 2]


def test_an_anchor_means_the_beginning_behind_the_stamp(tmp_path: Path) -> None:
    spool = SpoolFolder(tmp_path).spool()
    spool.append(b"2026-07-16T23:10:43.123456789Z error here\nno error here\nerror there\n")
    assert searched(Search(spool, Query("^error", regular=True))).lines(0, 9) == [0, 2]


def test_smart_case() -> None:
    assert Finder(Query("warn")).spans("WARN warn") == [(0, 4), (5, 9)]
    assert Finder(Query("Warn")).spans("WARN Warn") == [(5, 9)]


def test_a_broken_pattern_says_what_is_wrong_and_a_bad_one_takes_no_time() -> None:
    with pytest.raises(QueryError, match="missing"):
        Finder(Query("(a", regular=True))
    with pytest.raises(QueryError):
        Finder(Query(r"(a)\1", regular=True))
    assert Finder(Query("(a+)+$", regular=True)).spans("a" * 5000 + "b") == []


@pytest.mark.parametrize(
    ("pattern", "literal"),
    [
        ("error: .*timeout", "error: "),
        (r"lease \w+ renewed", " renewed"),
        ("abc?", "ab"),
        ("abc*d", "ab"),
        ("a|b", ""),
        ("(abc)+def", "def"),
        ("(abc)?de", "de"),
        ("ab{2,3}cd", "cd"),
        (r"a\.bc", "bc"),
        ("[abc]de[f]", "de"),
        ("(?i)abc", ""),
        (r"\babc\b", "abc"),
        ("^abc$", "abc"),
        (r"\x41bc", "bc"),
        (r"\pLabc", "abc"),
        (r"\Qa.b\E", ""),
        ("[]a]bc", "bc"),
        (r"a\d+", "a"),
    ],
)
def test_the_text_that_every_match_holds(pattern: str, literal: str) -> None:
    assert required_literal(pattern) == literal


@settings(max_examples=150)
@given(
    st.lists(st.text("abA", max_size=6), max_size=200).map(lambda lines: "".join(f"{one}\n" for one in lines).encode()),
    st.lists(st.text("abA", min_size=1, max_size=3), min_size=1, max_size=3),
    st.booleans(),
)
def test_counting_gives_as_many_lines_as_finding_them_in_rare_and_in_frequent_hits(
    data: bytes, words: list[str], warmed: bool
) -> None:
    for word in words:
        finder = Finder(Query(word))
        if warmed:
            finder.count_in(b"".join(f"{word}\n".encode() for _ in range(100)))  # from here on hits are frequent
        found = sum(
            (word.lower() if finder.query.ignores_case else word)
            in (line.lower() if finder.query.ignores_case else line)
            for line in data.decode().splitlines()
        )
        assert finder.count_in(data) == len(finder.lines_in(data)) == found
