# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the iptables monitor is expected to say: its corner cases, and laws that hold for all rules and patterns."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.monitor import (
    LONGEST_LINE,
    TABLES,
    Pattern,
    Prediction,
    RuleLine,
    combine,
    predict,
)
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.monitor_patterns import BUNDLED_IPV4, BUNDLED_IPV6
from hypothesis import given
from hypothesis import strategies as st

USER_RULE = "-A INPUT -s 10.1.2.3/32 -j DROP"
BOTH = RuleLine("nat", "-A X -j Y")
EMPTY: dict[str, tuple[str, ...]] = dict.fromkeys(TABLES, ())


def node(**tables: t.Sequence[str] | None) -> dict[str, t.Sequence[str] | None]:
    """A node without rules, but for these tables."""
    return {**EMPTY, **tables}


def judged(line: str, *patterns: str) -> Prediction:
    return predict(node(filter=[line]), {"filter": "".join(f"{pattern}\n" for pattern in patterns)})


# The line that is looked for, the file's content, the verdict.
TRAPS = [
    ("a line of one blank matches nearly every rule", USER_RULE, " \n", "clean"),
    ("a line of two blanks does not", USER_RULE, "  \n", "unexpected"),
    ("an empty line is no pattern", USER_RULE, "\n\n\n", "unexpected"),
    ("a blank before the pattern counts", USER_RULE, " -A INPUT\n", "unexpected"),
    ("a blank behind the pattern counts", USER_RULE, "-j DROP \n", "unexpected"),
    ("a blank behind the pattern that the rule has too", USER_RULE, "^-A INPUT \n", "clean"),
    ("a tab behind the pattern counts", USER_RULE, "-j DROP\t\n", "unexpected"),
    ("a carriage return goes with the line end", USER_RULE, "-j DROP$\r\n", "clean"),
    ("a second carriage return stays", USER_RULE, "-j DROP\r\r\n", "unexpected"),
    ("a line of a carriage return is empty", USER_RULE, "\r\n", "unexpected"),
    ("the last line needs no line end", USER_RULE, "^nothing\n-j DROP", "clean"),
    ("the search is not anchored", USER_RULE, "10.1.2.3\n", "clean"),
    ("an anchored pattern for the whole line", USER_RULE, "^-A INPUT -s 10\\.1\\.2\\.3\\/32 -j DROP$\n", "clean"),
    ("there is no comment in a file", USER_RULE, "# -A INPUT\n", "unexpected"),
    ("a look-ahead is not known to Go and ignored", USER_RULE, "^-A (?=INPUT)\n", "unexpected"),
    ("a back reference is not known to Go and ignored", USER_RULE, "(D)ROP|\\1\n", "unexpected"),
    ("a possessive repetition is not known to Go and ignored", USER_RULE, "DRO++P\n", "unexpected"),
    ("an invalid pattern does not spoil the others", USER_RULE, "(\nDROP\n", "clean"),
    ("too many repetitions are refused", USER_RULE, "D{1,1001}\n", "unexpected"),
    ("{,n} is text to Go", USER_RULE, "D{,3}ROP\n", "unexpected"),
    ("flags are not followed", USER_RULE, "(?i)drop\n", "unknown"),
    ("classes of Unicode are not followed", USER_RULE, "\\pL\n", "unknown"),
    ("quoting is not followed", USER_RULE, "\\QDROP\\E\n", "unknown"),
    ("named classes are not followed", USER_RULE, "[[:upper:]]\n", "unknown"),
    ("another pattern settles it", USER_RULE, "[[:upper:]]\n-j DROP\n", "clean"),
    ("case counts", USER_RULE, "-j drop\n", "unexpected"),
    ("a file with a line that is too long is no file", USER_RULE, f"-j DROP\n{'x' * LONGEST_LINE}\n", "unexpected"),
    ("the published DHCP pattern does not match what iptables prints", "-A INPUT -p udp -m udp --dport 68 -j ACCEPT", None, "unexpected"),
    ("it matches only what iptables never prints", "-A INPUT -p udp --dport 68 -j ACCEPT", None, "clean"),
    ("a comment is taken at its word", '-A INPUT -m comment --comment "cilium: x" -j DROP', None, "clean"),
    ("rules of AKS itself", "-A FORWARD -d 168.63.129.16/32 -p tcp -m tcp --dport 80 -j DROP", None, "clean"),
    ("Cilium's chains", "-A CILIUM_FORWARD -o cilium_host -j ACCEPT", None, "clean"),
    ("a chain that begins like Cilium's, without a rule behind it", "-A CILIUM_X", None, "unexpected"),
    ("kube-proxy's rules are the user's", "-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP", None, "unexpected"),
    ("policies and chains are expected", "-P INPUT DROP", None, "clean"),
    ("new chains are expected", "-N MY-CHAIN", None, "clean"),
]


@pytest.mark.parametrize(("line", "content", "verdict"), [trap[1:] for trap in TRAPS], ids=[trap[0] for trap in TRAPS])
def test_traps(line: str, content: str | None, verdict: str) -> None:
    files = BUNDLED_IPV4 if content is None else {"filter": content}
    reported = predict(node(filter=[line]), files)
    assert reported.verdict == verdict
    assert reported.unexpected == ((RuleLine("filter", line),) if verdict == "unexpected" else ())
    assert reported.doubtful == ((RuleLine("filter", line),) if verdict == "unknown" else ())


def test_a_missing_file_is_an_empty_one() -> None:
    reported = predict(node(filter=["-P INPUT ACCEPT"]), {})
    assert reported.unexpected == (RuleLine("filter", "-P INPUT ACCEPT"),)


def test_a_table_that_cannot_be_listed_is_passed_over() -> None:
    reported = predict({"filter": None, "nat": ("-P PREROUTING ACCEPT",)}, BUNDLED_IPV4)
    assert (reported.verdict, reported.skipped) == ("clean", ("mangle", "filter", "raw", "security"))


def test_files_are_for_their_own_table_and_global_for_all() -> None:
    lines = node(nat=[USER_RULE], filter=[USER_RULE])
    assert predict(lines, {"filter": "DROP\n"}).unexpected == (RuleLine("nat", USER_RULE),)
    assert predict(lines, {"global": "DROP\n"}).verdict == "clean"
    assert predict(lines, {"mangle": "(?i)drop\n"}).verdict == "unexpected"


def test_one_family_is_enough() -> None:
    bad, odd, good = judged(USER_RULE), judged(USER_RULE, "(?i)x"), judged(USER_RULE, "DROP")
    assert combine(good, bad).verdict == combine(bad, odd).verdict == "unexpected"
    assert combine(odd, good).verdict == "unknown"
    assert combine(good, good) == good


def test_two_families_tell_what_either_tells() -> None:
    def reported(name: str) -> Prediction:
        rules, patterns = (RuleLine("filter", name),), (Pattern("filter", name, "why"),)
        return Prediction("unexpected", (*rules, BOTH), (*rules, BOTH), (name, "raw"), patterns, (*patterns, Pattern("global", "x", "y")))

    rules = (RuleLine("filter", "a"), BOTH, RuleLine("filter", "b"))
    patterns = (Pattern("filter", "a", "why"), Pattern("filter", "b", "why"))
    assert combine(reported("a"), reported("b")) == Prediction(
        "unexpected", rules, rules, ("a", "raw", "b"), patterns, (patterns[0], Pattern("global", "x", "y"), patterns[1])
    )


def test_what_is_explained_patterns_is_plain_json() -> None:
    reported = judged(USER_RULE, "(", "(?i)x").to_dict()
    assert json.loads(json.dumps(reported)) == reported
    assert [entry["pattern"] for entry in reported["invalid"]] == ["("]
    assert [entry["file"] for entry in reported["unsure"]] == ["filter"]
    assert reported["doubtful"] == [{"table": "filter", "line": USER_RULE}]


@pytest.mark.parametrize("files", [BUNDLED_IPV4, BUNDLED_IPV6])
def test_the_bundled_patterns_are_all_understood(files: dict[str, str]) -> None:
    reported = predict(EMPTY, files)
    assert (reported.verdict, reported.invalid, reported.unsure) == ("clean", (), ())
    assert set(files) == {"global", *TABLES}


LINES = st.sampled_from([USER_RULE, "-P INPUT ACCEPT", "-N X", "-A X -j DROP", "-A CILIUM_X -j Y", '-A X -m comment --comment "cilium: y"'])
NODES = st.fixed_dictionaries({table: st.none() | st.lists(LINES, max_size=4) for table in TABLES})
PATTERNS = st.sampled_from(["^-P .*", "^-N .*", "DROP", " ", "(", "(?i)a", "^-A CILIUM_\\S+ ", "$", "\\pL"])
FILES = st.dictionaries(st.sampled_from(["global", *TABLES]), st.lists(PATTERNS, max_size=3).map(lambda some: "\n".join([*some, ""])))


@given(NODES, FILES, st.sampled_from(["global", *TABLES]), PATTERNS)
def test_one_more_pattern_never_adds_an_unexpected_line(lines: t.Any, files: dict[str, str], file: str, pattern: str) -> None:
    before = predict(lines, files)
    after = predict(lines, {**files, file: f"{files.get(file, '')}{pattern}\n"})
    assert set(after.unexpected) <= set(before.unexpected)
    if before.verdict == "clean":
        assert after.verdict == "clean"


@given(NODES, FILES, st.sampled_from(TABLES), LINES)
def test_one_more_rule_never_takes_one_away(lines: t.Any, files: dict[str, str], table: str, line: str) -> None:
    before = predict(lines, files)
    after = predict({**lines, table: [*(lines[table] or ()), line]}, files)
    assert set(before.unexpected) <= set(after.unexpected)
    assert set(before.doubtful) <= set(after.doubtful)


@given(NODES, FILES)
def test_the_verdict_follows_from_the_lines(lines: t.Any, files: dict[str, str]) -> None:
    reported = predict(lines, files)
    expected = "unexpected" if reported.unexpected else "unknown" if reported.doubtful else "clean"
    assert reported.verdict == expected
    assert set(reported.skipped) == {table for table in TABLES if lines[table] is None}
    assert {(rule.table, rule.line) for rule in reported.unexpected + reported.doubtful} <= {
        (table, line) for table in TABLES for line in lines[table] or ()
    }


@given(NODES, FILES)
def test_the_order_of_patterns_does_not_matter(lines: t.Any, files: dict[str, str]) -> None:
    turned = {file: "".join(f"{pattern}\n" for pattern in reversed(content.splitlines())) for file, content in files.items()}
    reported, other = predict(lines, files), predict(lines, turned)
    assert (reported.verdict, reported.unexpected, reported.doubtful) == (other.verdict, other.unexpected, other.doubtful)
