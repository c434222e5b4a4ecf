# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our search finds what RE2 finds, and no pattern makes it slow.

With a search that tries one way after the other, each of the hard patterns takes longer than anybody waits.
"""

from __future__ import annotations

import pytest
import re2
from ansible_collections.aks.dataplane.plugins.module_utils._preflight import linear_search
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.go_regexp import MOST_STATES, InvalidInGo, NotSure, parse
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.linear_search import LinearSearch
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.monitor import TABLES, Prediction, predict
from hypothesis import given
from hypothesis import strategies as st

from tests.support.go_matcher import matcher

LONG = 20_000


def expected(pattern: str, text: str) -> bool:
    options = re2.Options()
    options.max_mem = 1 << 30
    options.log_errors = False
    return re2.compile(pattern, options).search(text) is not None


# Each with lines on which a search that goes back finds no end.
HARD = [
    ("(.|-)+!", "-"),
    ("(a|a)*b", "a"),
    (r"[x\D]+!", "x"),
    (r"(?:[x\D]+)+!", "x"),
    ("^.*-.*-.*-.*-.*-.*-.*-.*-.*-.*-.*!", "-"),
    (r"\d+\d+\d+\d+\d+\d+\d+\d+\d+!", "1"),
    ("(a*)*b", "a"),
    ("(a+)+$", "a"),
    ("^(a+)+$", "a"),
    ("((a?)+)+b", "a"),
    ("(a|b|ab)*c", "ab"),
    ("(x+x+)+y", "x"),
    (r"(\w+\s?)*$", "word "),
    (r"^(\w+\s?)*$", "word "),
    (r"(-A .*){20}!", "-A "),
    ("(.*,){11}P", "1,"),
    ("(?:a?){30}a{30}!", "a"),
    (r"\b(\w|\d)+\b!", "1a"),
    (r"(?:\B|x)*!", "x"),
    ("[ab]*a[ab]{40}c", "ab"),
    (r"(\"[^\"]*\"|\S)+ !", '"a b" '),
]


@pytest.mark.parametrize(("pattern", "part"), HARD)
@pytest.mark.parametrize("end", ["", "!", " !", "b", "c", "y", "P", "\n"])
def test_hard_patterns_on_long_lines(pattern: str, part: str, end: str) -> None:
    line = part * LONG + end
    assert bool(matcher(pattern).search(line)) is expected(pattern, line)


@pytest.mark.parametrize(("pattern", "part"), HARD)
def test_the_monitor_is_predicted_with_hard_patterns(pattern: str, part: str) -> None:
    line = f"-A INPUT -m comment --comment {part * LONG}"
    nodes = {**dict.fromkeys(TABLES, ()), "filter": [line]}
    wanted = "clean" if expected(pattern, line) else "unexpected"
    assert predict(nodes, {"filter": f"{pattern}\n"}).verdict == wanted
    assert predict(nodes, {"global": f"^nothing\n{pattern}\n"}).verdict == wanted


ATOMS = st.sampled_from(
    [
        *("a", "b", "-", " ", ".", "^", "$", r"\b", r"\B", r"\A", r"\z", r"\d", r"\W", r"\s", "[ab]", "[^a]", r"[x\D]", r"[^\S\d]"),
        *("é", "[à-ü]", r"\x61", "_", r"[^\x{e9}]", "()", "(?:)", "(?P<n>b)"),
    ]
)
OPERATORS = st.sampled_from(["*", "+", "?", "{2}", "{0,3}", "{1,}", "{0}", "*?", "{2,3}", "{2,}"])


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.lists(inner, max_size=4).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda choices: f"({'|'.join(choices)})"),
        st.tuples(inner, OPERATORS).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
    )


PATTERNS = st.recursive(ATOMS, _larger, max_leaves=12).filter(lambda pattern: pattern.count("(?P<n>") < 2)
TEXTS = st.lists(st.text("aab-_1 é\nx", max_size=12), min_size=1, max_size=8)


@given(PATTERNS, TEXTS)
def test_re2_finds_the_same(pattern: str, texts: list[str]) -> None:
    compiled = matcher(pattern)
    for text in texts:
        assert bool(compiled.search(text)) is expected(pattern, text), text


@given(st.text("ab^$.|()[]*+?{}0,1-\\ dswSzAbBx:P<>=!", max_size=10), TEXTS)
def test_what_is_followed_is_known_to_re2(pattern: str, texts: list[str]) -> None:
    try:
        compiled = matcher(pattern)
    except (InvalidInGo, NotSure):
        return
    for text in texts:
        assert bool(compiled.search(text)) is expected(pattern, text), text


@given(st.lists(PATTERNS, max_size=4), TEXTS)
def test_several_patterns_are_as_one_after_the_other(patterns: list[str], texts: list[str]) -> None:
    together = LinearSearch([parse(pattern) for pattern in patterns])
    for text in texts:
        assert bool(together.search(text)) is any(matcher(pattern).search(text) for pattern in patterns)


@given(PATTERNS, TEXTS, st.integers(0, 40))
def test_what_was_found_out_may_be_forgotten_at_any_time(pattern: str, texts: list[str], most: int) -> None:
    compiled = matcher(pattern)
    wanted = [compiled.search(text) for text in texts]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linear_search, "MOST_KEPT", most)
        forgetful = matcher(pattern)
        assert [forgetful.search(text) for text in texts] == wanted


def judged(patterns: list[str], line: str = "-A INPUT -j DROP") -> Prediction:
    return predict({**dict.fromkeys(TABLES, ()), "filter": [line]}, {"filter": "\n".join(patterns)})


def test_a_file_of_patterns_has_a_limit_too() -> None:
    reported = judged(["x{1000}"] * 5 + ["DROP"])
    assert reported.verdict == "unknown"
    assert [(one.pattern, one.reason) for one in reported.unsure] == [
        ("DROP", "with the patterns before it, it is too large to be followed here")
    ]
    assert judged(["DROP", "x{990}", "x{1000}", "x{1000}", "x{1000}", "x{1000}"]).verdict == "clean"


def test_a_small_pattern_behind_one_that_is_too_large_is_followed() -> None:
    reported = judged(["x{1000}" * 6, "DROP"])
    assert (reported.verdict, len(reported.unsure)) == ("clean", 1)


def test_a_file_of_very_many_patterns() -> None:
    reported = judged(["x"] * 50_000)
    assert (reported.verdict, len(reported.unsure)) == ("unknown", 50_000 - MOST_STATES)
