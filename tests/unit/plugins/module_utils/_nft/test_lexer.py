# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where statements begin and end, as nft's scanner sees it."""

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nft.lexer import Malformed, statements, words
from hypothesis import given
from hypothesis import strategies as st


def texts(text: str, *blocks: str) -> list[str]:
    return [statement.text for statement in statements(text, *blocks)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" \n;\n# nothing\n", []),
        ("a; b\nc", ["a", "b", "c"]),
        ("a  \t b", ["a b"]),
        ("a # b ; c { \\\nd", ["a", "d"]),
        ("a \\\n  b", ["a b"]),
        ("a\\\nb", ["a b"]),
        ('a "x  ;  # { \\" b', ['a "x  ;  # { \\" b']),
        ('a "x""y" # "', ['a "x""y"']),
        ("a {\n 1,\n # two } \n 3 } b", ["a { 1, 3 } b"]),
        ("a { b; c }; d", ["a { b; c }", "d"]),
        ("a jump {\n b\n c { 1,\n 2 }\n\n } d", ["a jump { b; c { 1, 2 }; } d"]),
        ("a goto \\\n{\n b\n}", ["a goto { b; }"]),
        ("a\\*b", ["a\\*b"]),
    ],
)
def test_statements(text: str, found: list[str]) -> None:
    assert texts(text) == found


def test_blocks() -> None:
    text = "# first\ntable inet t { flags dormant; chain c { a; b { 1,\n2 }\n c } }\ntable t"
    table, bare = statements(text, "table", "chain")
    flags, chain = table.body or ()
    assert (table.text, table.line, bare.text, bare.line, bare.body) == ("table inet t", 2, "table t", 5, None)
    assert text[table.start : table.end] == "table inet t { flags dormant; chain c { a; b { 1,\n2 }\n c } }"
    assert (flags.text, flags.body, chain.text) == ("flags dormant", None, "chain c")
    assert [(rule.text, rule.line) for rule in chain.body or ()] == [("a", 2), ("b { 1, 2 }", 2), ("c", 4)]


@pytest.mark.parametrize(
    ("text", "line", "reported"),
    [
        ("a\n}", 2, "closes nothing"),
        ("a {\n b {\n }\n", 1, "not closed"),
        ("table x {\n", 1, "not closed"),
        ("table x {\n a {\n", 2, "not closed"),
        ('a\nb "c\nd"', 2, "quoted text"),
        ("a\n\\", 2, "backslash"),
        ("a \\b", 1, "backslash"),
        ("a {\n\\ \n}", 2, "backslash"),
        ('a "', 1, "quoted text"),
        ("a\nb\0", 2, "'\\x00'"),
        ("a\rb", 1, "'\\r'"),
        ('"\u2028"', 1, "'\\u2028'"),
        ('a # "\x1b[2J"', 1, "'\\x1b'"),
        ('"\udcff"', 1, "'\\udcff'"),
    ],
)
def test_malformed(text: str, line: int, reported: str) -> None:
    with pytest.raises(Malformed) as caught:
        statements(text, "table")
    assert caught.value.line == line
    assert reported in caught.value.reason


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("include", [0]),
        ('a;include "x"', [2]),
        ('a "include" # include', []),
        ("my-include include.d x/include includes", []),
        ("a \\\ninclude", [4]),
    ],
)
def test_words(text: str, found: list[int]) -> None:
    assert [start for word, start in words(text, ["include", "define"])] == found


PIECES = ["a", "b c", " ", "\n", ";", "{", "}", '"x"', '"# ;{"', "# y {\n", "\\\n", "jump {", "table t {", "chain c {", ",", "\t"]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_what_was_read_reads_the_same_again(text: str) -> None:
    try:
        found = texts(text)
    except Malformed:
        return
    for one in found:
        assert "\n" not in one
        assert texts(one) == [one]


@given(st.text(st.sampled_from('ab "#;{}\\\n\r\0'), max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    line = 1
    try:
        found = statements(text, "a", "b")
    except Malformed as exc:
        found, line = (), exc.line
    assert 1 <= line <= text.count("\n") + 1
    assert all(text[one.start] not in " \n;" for one in found)
