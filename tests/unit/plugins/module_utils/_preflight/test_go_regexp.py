# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Patterns mean what they mean to Go; expectations were taken from RE2."""

from __future__ import annotations

import contextlib
import re

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.go_regexp import InvalidInGo, NotSure
from hypothesis import given
from hypothesis import strategies as st

from tests.support.go_matcher import matcher


def found(pattern: str, text: str) -> bool:
    return matcher(pattern).search(text) is not None


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        # The search is not anchored, nothing is trimmed, and case counts.
        ("INPUT", "-A INPUT -j X", True),
        (" ", "-A INPUT", True),
        ("^-A X ", "-A X", False),
        ("input", "-A INPUT", False),
        # A dot matches anything but a line end.
        ("a.c", "abc", True),
        ("a.c", "a\nc", False),
        # $ is the very end, ^ the very beginning.
        ("NOTRACK$", "-j NOTRACK", True),
        ("NOTRACK$", "-j NOTRACK\n", False),
        (r"NOTRACK\z", "-j NOTRACK\n", False),
        (r"NOTRACK\z", "-j NOTRACK", True),
        (r"\A-A", "-A X", True),
        ("^b", "a\nb", False),
        # Perl classes are ASCII, and \s has no vertical tab.
        (r"^\d$", "7", True),
        (r"^\d$", "\u0667", False),
        (r"^\w$", "\u00e9", False),
        (r"^\s$", "\t", True),
        (r"^\s$", "\v", False),
        (r"^\S$", "\v", True),
        (r"^\S$", "\u00a0", True),
        (r"\bx\b", "a x b", True),
        (r"\bx", "\u00e9x", True),
        (r"\B", "", True),
        (r"\B", "a", False),
        # Classes.
        ("^[]a]$", "]", True),
        ("^[^]a]$", "]", False),
        ("^[a-]$", "-", True),
        (r"^[\d-z]$", "-", True),
        (r"^[\d-z]$", "b", False),
        (r"^[^\S]$", " ", True),
        (r"^[^\Sx]$", "x", False),
        (r"^[\S\t]$", "\t", True),
        (r"^[^a]$", "\n", True),
        (r"^[.]$", "x", False),
        ("^[[a]$", "[", True),
        ("^[a&&b]$", "&", True),
        (r"^[\]\-]$", "]", True),
        # Braces that begin no repetition are themselves.
        ("^a{,2}$", "a{,2}", True),
        ("^a{,2}$", "aa", False),
        ("^a{,2}b{2}$", "a{,2}bb", True),
        ("^a{01}$", "a{01}", True),
        ("^a{1,02}$", "a{1,02}", True),
        ("^{$", "{", True),
        ("^}]$", "}]", True),
        ("^a{2}$", "aa", True),
        ("^a{2,}$", "aaa", True),
        ("^a{1,2}?$", "aa", True),
        ("^a{0}b$", "b", True),
        # Assertions can be repeated.
        ("^*a", "ba", True),
        (r"\b+a", "a", True),
        # Escapes.
        (r"^169\.254\/\_\-\"$", '169.254/_-"', True),
        (r"^\x41\x{42}\101$", "ABA", True),
        (r"^\012$", "\n", True),
        (r"^\07$", "\a", True),
        (r"^\a\f\n\r\t\v$", "\a\f\n\r\t\v", True),
        # Groups.
        ("^(?P<1st>a)(?P<1st>b)$", "ab", True),
        ("^(|a)b$", "b", True),
        ("^(?:a|b|)$", "", True),
        ("^(tcp|udp)$", "udp", True),
        ("a|^b", "cb", False),
        ("^.*--comment.*cilium:", '-A X -m comment --comment "cilium: y" -j Z', True),
    ],
)
def test_meaning(pattern: str, text: str, expected: bool) -> None:
    assert found(pattern, text) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        *("(?=a)", "(?!a)", "(?<=a)", "(?<!a)", "(?>a)", "(?#a)", "(?x)a", "(?P=n)", "(?P<>a)", "(?P<a b>c)", "(?P<n", "(?", "(?L)a"),
        *("(?=a)(?i)b", "(?P<a b>c)(?P<n>d)"),
        r"\8\x41",
        *(r"(a)\1", r"\8", r"\Z", r"\h", r"\e", r"\E", r"\C", r"\u0041", "\\\u00e9", "a\\", r"[\b]", r"[a-\d]", r"\x4", r"\x{110000}"),
        *("a**", "a*+", "a++", "a?+", "a*??", "a{2}{3}", "a{2}*", "*a", "(*a)", "a|+", "(?:)|*"),
        *("a{1001}", "a{2,1}", "(a{100}){11}", "a{99999999999999999999}", "((a{10}){10}b){11}"),
        *("(a", "a)", "[a", "[]", "[^]", "[z-a]", "[a-"),
    ],
)
def test_patterns_that_go_refuses(pattern: str) -> None:
    with pytest.raises(InvalidInGo) as caught:
        matcher(pattern)
    assert str(caught.value)


@pytest.mark.parametrize(
    "pattern",
    [
        *("(?i)a", "a(?i:b)", "(?s-m)a", "(?U)a*", "(?<n>a)"),
        *(r"\pL", r"\P{Greek}", r"[\pL]", r"\Qa.b\E", "[[:alpha:]]", "[^[:space:]x]"),
        "(" * 60 + ")" * 60,
        *("(?:a{1000}){1}" * 6, "(?:.{0,900}|b{900})" * 3),
    ],
)
def test_patterns_that_are_not_followed(pattern: str) -> None:
    with pytest.raises(NotSure) as caught:
        matcher(pattern)
    assert str(caught.value)


def test_a_repetition_of_repetitions_is_followed() -> None:
    assert found("^(a+)+$", "aaa")
    assert not found("^(a+)+$", "aab")
    assert found("^(?:a*b)*$", "aabb")
    assert not found("^(?:a*b)*$", "aabba")
    assert found("^((a|b+)){2,}$", "ab")
    assert not found("^((a|b+)){2,}$", "a")
    assert found("^(a+ ){1}$", "aa ")
    assert found("^(a+ )?$", "aa ")
    assert found("^(a{100}){10}$", "a" * 1000)
    assert found("^(?:(?:a?)b)?$", "b")


@given(st.text("ab^$.|()[]*+?{}0,1-\\ dswSzAbBx:P<>=!Q", max_size=12), st.text("ab0 ,{}", max_size=6))
def test_every_pattern_is_followed_or_refused(pattern: str, text: str) -> None:
    with contextlib.suppress(InvalidInGo, NotSure):
        matcher(pattern).search(text)


@given(st.text(max_size=8))
def test_an_escaped_text_matches_itself(text: str) -> None:
    escaped = "".join(f"\\{char}" if char.isascii() and not char.isalnum() else char for char in text)
    assert matcher(f"^{escaped}$").search(text) is not None


@given(st.lists(st.sampled_from(["-A", "INPUT", " ", "tcp", ".", "/32", "[", "--dport", "68"]), max_size=6).map("".join))
def test_plain_words_mean_the_same_to_python(line: str) -> None:
    assert (re.search(re.escape(line), f"x{line}y") is not None) == found(re.escape(line), f"x{line}y")
