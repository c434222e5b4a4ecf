# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers and the classes of Go's patterns: where they begin and end. Expectations are those of Go's package regexp/syntax."""

from __future__ import annotations

import string

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.go_regexp import MOST_STATES, InvalidInGo, NotSure

from tests.support.go_matcher import matcher

ASCII = [chr(code) for code in range(128)]
DIGITS = "0123456789"
WORD = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
SPACE = "\t\n\f\r "
# What means something else than itself outside of a class.
SPECIAL = "$()*+.?[\\^{|"


def matching(pattern: str) -> set[str]:
    """The ASCII characters that the pattern matches."""
    compiled = matcher(f"^(?:{pattern})$")
    return {char for char in ASCII if compiled.search(char)}


@pytest.mark.parametrize(
    ("pattern", "members"),
    [
        (r"\d", DIGITS),
        (r"\w", WORD),
        (r"\s", SPACE),
        (r"[\d]", DIGITS),
        (r"[\w-]", f"{WORD}-"),
        (r"[x\s]", f"x{SPACE}"),
        (r"[\d\s]", DIGITS + SPACE),
        (r"[b-d]", "bcd"),
        (r"[ad]", "ad"),
        (r"[b-bx]", "bx"),
        (r"[\x30-\x32]", "012"),
        (r"[^\D]", DIGITS),
        (r"[^\W\d]", "ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"),
        (r"[^\Sx]", SPACE),
        (r"[^\S\D]", ""),
        (r"[\D3]", set(ASCII) - set("012456789")),
        (r"[\W\S]", ASCII),
        (r"[\D\S]x|y", "y"),
        (r"\D", set(ASCII) - set(DIGITS)),
        (r"\W", set(ASCII) - set(WORD)),
        (r"\S", set(ASCII) - set(SPACE)),
        (r"[^b-d]", set(ASCII) - set("bcd")),
        (r"[^\d]", set(ASCII) - set(DIGITS)),
        (".", set(ASCII) - {"\n"}),
    ],
)
def test_the_members_of_a_class(pattern: str, members: str | set[str]) -> None:
    assert matching(pattern) == set(members)


@pytest.mark.parametrize("char", [char for char in ASCII if char not in SPECIAL])
def test_every_other_character_stands_for_itself(char: str) -> None:
    assert matching(char) == {char}


@pytest.mark.parametrize("char", [char for char in ASCII if not char.isalnum()])
def test_a_backslash_makes_every_sign_stand_for_itself(char: str) -> None:
    assert matching(f"\\{char}") == {char}


@pytest.mark.parametrize("code", range(128))
def test_every_code_in_hexadecimal_and_octal(code: int) -> None:
    for pattern in (f"\\x{code:02x}", f"\\x{code:02X}", f"\\x{{{code:x}}}", f"\\x{{{code:06X}}}", f"\\{code:03o}"):
        assert matching(pattern) == {chr(code)}


@pytest.mark.parametrize("code", range(8, 64))
def test_two_octal_digits_are_a_code(code: int) -> None:
    assert matching(f"\\{code:o}") == {chr(code)}


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"\0", "\0"),
        (r"\07", "\a"),
        (r"\08", "\x008"),
        (r"\0101", "\b1"),
        (r"\1018", "A8"),
        (r"\1011", "A1"),
        (r"\128", "\n8"),
        (r"\x411", "A1"),
        (r"\xff", "\xff"),
        (r"\377", "\xff"),
        (r"\x{10FFFF}", "\U0010ffff"),
        (r"[\x{10FFFE}-\x{10FFFF}]", "\U0010ffff"),
    ],
)
def test_how_many_digits_belong_to_a_code(pattern: str, text: str) -> None:
    assert matcher(f"^{pattern}$").search(text)


@pytest.mark.parametrize(
    "pattern",
    [
        r"\x{110000}",
        r"\x{}",
        r"\x4g",
        r"\xg4",
        r"\x4G",
        r"\x{4G}",
        r"\x{g}",
        r"\x{4",
        r"\x",
        r"\18",
        r"\81",
        *(f"\\{digit}" for digit in range(1, 10)),
    ],
)
def test_what_is_no_code(pattern: str) -> None:
    with pytest.raises(InvalidInGo):
        matcher(pattern)


@pytest.mark.parametrize(
    ("operator", "least", "most"),
    [
        *(("*", 0, None), ("+", 1, None), ("?", 0, 1), ("*?", 0, None), ("+?", 1, None), ("??", 0, 1)),
        *((f"{{{count}}}", count, count) for count in (*range(31), 99, 100, 109, 190, 901, 999, 1000)),
        *((f"{{{count},}}", count, None) for count in (0, 1, 2, 9, 10, 19, 1000)),
        *((f"{{{least},{most}}}", least, most) for least, most in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 3), (2, 2), (8, 9), (9, 10), (10, 19), (0, 1000))),
    ],
)  # fmt: skip
def test_how_often_a_repetition_matches(operator: str, least: int, most: int | None) -> None:
    compiled = matcher(f"^a{operator}$")
    assert compiled.search("a" * least)
    if least:
        assert not compiled.search("a" * (least - 1))
    last = least + 2 if most is None else most
    assert compiled.search("a" * last)
    assert most is None or not compiled.search("a" * (most + 1))


# Followed or not: how much counted repetitions may come to, nested ones multiplied.
@pytest.mark.parametrize(
    "pattern",
    [
        *("a{1000}", "a{0,1000}", "a{1000,}", "(a){1000}", "(a{1000})", "(a{1000}){1}", "(a{1000}){0}", "(a{1000})?"),
        *("(a{1000})*", "(a{1000})+", "(a{1000}){0,}", "(a{1000}){1,}", "(a{0}){1000}"),
        *("(a{500}){2}", "(a{100}){10}", "(a{2}b{3}){333}", "((a{10}){10}){10}"),
        "(" * 50 + ")" * 50,
    ],
)
def test_the_most_that_is_followed(pattern: str) -> None:
    assert matcher(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        *("a{1001}", "a{0,1001}", "a{1001,}", "a{2,1}", "a{1,0}", "(a){1001}", "(a{1000}){2}", "(a{501}){2}", "(a{2,}){501}", "((a){1000}){2}"),
        *("(a{100}){11}", "(a{2}b{3}){334}", "(a{3}b{2}){334}", "((a{10}){10}){11}", "(a{0,5}){201}", "((a{1000})?){2}", "((a{1000})*){2}", "((a{1000})+){2}"),
        *("a{10000000}", "a{1000000000}", "a{100000000000000000}", "a{1000000000000000000}", "a{10000000000000000000}", "a{99999999999999999999999}"),
    ],
)  # fmt: skip
def test_what_go_counts_as_too_much(pattern: str) -> None:
    with pytest.raises(InvalidInGo):
        matcher(pattern)


@pytest.mark.parametrize("pattern", ["(" * 51 + ")" * 51, "a" * (MOST_STATES + 1), "a{1000}" * 5 + "a", "a{0,1000}" * 2 + "a{0,501}"])
def test_what_is_too_much_to_follow_here(pattern: str) -> None:
    with pytest.raises(NotSure):
        matcher(pattern)


@pytest.mark.parametrize("pattern", ["a" * MOST_STATES, "a{1000}" * 5, "a{0,1000}" * 2 + "a{0,500}"])
def test_the_largest_patterns_that_are_followed(pattern: str) -> None:
    assert matcher(pattern)


# The shortest and the longest text that a pattern matches; None where there is no longest one.
@pytest.mark.parametrize(
    ("pattern", "least", "most"),
    [
        *(("(a+)?", 0, None), ("(a+){1}", 1, None), ("(a+){0}", 0, 0), ("(a*){0,1}", 0, None), ("(a{2,}){500}", 1000, None)),
        *(("(a+)*", 0, None), ("(a+){2}", 2, None), ("(a?){2,}", 0, None), ("(a{1,2}){3}", 3, 6), ("(a*){2,3}", 0, None)),
    ],
)
def test_repetitions_of_repetitions(pattern: str, least: int, most: int | None) -> None:
    compiled = matcher(f"^{pattern}$")
    for length in (*range(10), 999, 1000, 1001):
        assert bool(compiled.search("a" * length)) is (least <= length and (most is None or length <= most)), length


def test_threes_and_their_multiples() -> None:
    compiled = matcher("^(a{3}){2,}$")
    assert [length for length in range(14) if compiled.search("a" * length)] == [6, 9, 12]


@pytest.mark.parametrize("char", ASCII)
def test_what_the_name_of_a_group_may_consist_of(char: str) -> None:
    # The bracket ends a name.
    if char in WORD:
        assert matcher(f"^(?P<{char}{char}>a)$").search("a")
    elif char != ">":
        with pytest.raises(InvalidInGo):
            matcher(f"(?P<a{char}>a)")


@pytest.mark.parametrize("char", string.ascii_letters)
def test_which_flags_there_are(char: str) -> None:
    patterns = (f"(?{char})a", f"(?{char}:a)", f"(?-{char})a", f"(?i{char})a", f"(?i-{char}:a)", f"(?-i{char})a")
    for pattern in patterns:
        with pytest.raises(NotSure if char in "imsU" else InvalidInGo):
            matcher(pattern)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(a", "a parenthesis is not closed"),
        ("a)", "a parenthesis is closed that was not opened"),
        ("(?=abc)", "(?=a is not known"),
        ("(?-)", "(?-) is not known"),
        ("(?i-)a", "(?i- is not known"),
        ("(?P<a b>c)", "the name of a group is wrong"),
        ("[a", "a bracket is not closed"),
        ("[c-a]", "the range c-a is the wrong way round"),
        ("a\\", "it ends in a backslash"),
        (r"\8", r"\8 is not known"),
        (r"\x{110000}", r"\x{110000} is no character"),
        ("a{2,1}", "{2,1} is not a repetition"),
        ("a{1001}", "{1001} is not a repetition"),
        ("a{99999999999999999999}", "a repetition is counted too high"),
        ("(a{501}){2}", "its repetitions come to more than 1000"),
        ("*a", "there is nothing before * to repeat"),
        ("a{2}*", "* follows another repetition"),
    ],
)
def test_why_go_refuses(pattern: str, reason: str) -> None:
    with pytest.raises(InvalidInGo) as caught:
        matcher(pattern)
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(?i)a", "it sets flags"),
        ("(?<n>a)", "whether (?<name>...) is known depends on the version of Go"),
        ("(" * 51 + ")" * 51, "its parentheses are nested very deeply"),
        (r"\Qa\E", r"it quotes with \Q"),
        (r"\pL", "it names a class of Unicode"),
        (r"\PL", "it names a class of Unicode"),
        (r"[\pL]", "it names a class of Unicode"),
        (r"[\PL]", "it names a class of Unicode"),
        ("[[:alpha:]]", "it names a class like [:alpha:]"),
        ("a{1000}" * 6, "it is too large to be followed here"),
    ],
)
def test_why_a_pattern_is_not_followed(pattern: str, reason: str) -> None:
    with pytest.raises(NotSure) as caught:
        matcher(pattern)
    assert str(caught.value) == reason
