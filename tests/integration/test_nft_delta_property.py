# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random pairs of rulesets in the kernel: the delta ends in exactly what is wanted, and keeps all that did not have to go.

300 pairs, 5,000 on demand: NFT_PAIRS=5000 pytest tests/integration/test_nft_delta_property.py
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
import typing as t

import hypothesis
import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nft import compare, delta, listing, table_model, table_text
from ansible_collections.aks.dataplane.plugins.module_utils._node.stamp import STAMP_CHAIN, Stamp

from tests.support.nft import versions
from tests.support.nft.node import NftNode
from tests.support.nft.rulesets import TABLE, Ruleset, pairs

PAIRS = int(os.environ.get("NFT_PAIRS", "300"))
FAMILY, NAME = TABLE.split()
STAMP = Stamp("0" * 24, None, "1.0.6")
NEXT_STAMP = Stamp("1" * 24, "2" * 24, "1.0.6")
STAMPED = f"chain {STAMP_CHAIN} {{ {STAMP.header}; }}"
NEIGHBOUR = """table ip kube-proxy { comment "rules for kube-proxy"; set cluster-ips { type ipv4_addr; elements = { 10.0.0.1 } }
chain filter { type filter hook input priority -110; ip saddr @cluster-ips counter packets 5 bytes 500 drop; }; }"""
# What packets taught, by set; the last two were declared by nobody.
LEARNED = {
    "learned": ("192.0.2.1 timeout 30m expires 20m", "192.0.2.2 expires 40m"),
    "timed": ('192.0.2.3 timeout 2h expires 90m comment "a; # handle 9 }"',),
    "short": ("192.0.2.4 timeout 1h expires 50m : 0x00000009",),
}
TIMES = re.compile(r" expires \w+")


@dataclasses.dataclass(frozen=True)
class Seen:
    """The table of ours, listed without state and with it; and the neighbour's table, with handles and counters."""

    table: table_model.Table
    state: table_model.Table
    neighbour: str


class Lab:
    """A node, and a namespace that says how it would list a declaration."""

    def __init__(self, node: NftNode, scratch: NftNode, is_own: bool) -> None:
        """is_own: with this machine's nft."""
        self.node, self.scratch, self.is_own = node, scratch, is_own

    def canonical(self, ruleset: Ruleset) -> table_model.Table:
        return listing.parse_table(_loaded(self.scratch, f"flush ruleset\n{ruleset.text()}", f"nft -s -a list table {TABLE}"))

    def start(self, ruleset: Ruleset) -> Seen:
        """Everything new: ours in use and stamped, and a neighbour."""
        extra = [f"add element {TABLE} {name} {{ {', '.join(found)} }}" for name, found in LEARNED.items() if name in ruleset.sets]
        return self.apply("\n".join(["flush ruleset", NEIGHBOUR, ruleset.used().text(STAMPED), *extra]))

    def apply(self, text: str) -> Seen:
        commands = (
            f"nft -s -a list table {TABLE}",
            "echo ====",
            f"nft -a list table {TABLE}",
            "echo ====",
            "nft -a list table ip kube-proxy",
        )
        without, state, neighbour = _loaded(self.node, text, *commands).split("====\n")
        return Seen(listing.parse_table(without), listing.parse_table(state), neighbour)


def _loaded(node: NftNode, text: str, *commands: str) -> str:
    """Few processes, as there are many pairs."""
    return node.run("sh", "-e", "-c", "\n".join(("nft -f -", *commands)), stdin=text)


@pytest.fixture(scope="module", params=sorted(versions.folders()))
def lab(request: pytest.FixtureRequest) -> t.Iterator[Lab]:
    folder = versions.folders()[request.param]
    with NftNode(folder) as node, NftNode(folder) as scratch:
        yield Lab(node, scratch, folder == pathlib.Path(versions.machine_nft()).parent)


def essence(table: table_model.Table) -> dict[str, t.Any]:
    """All that is to be as wanted; nothing of elements that may go by themselves."""
    blocks: dict[str, t.Any] = {"": table.header}
    blocks |= {f"{item.kind} {item.name}": item.lines for item in table.objects}
    for item in table.sets:
        lasting = () if timed(item) else sorted(item.elements)
        blocks[f"set {item.name}"] = (item.kind, item.header, lasting)
    for chain in table.chains:
        if chain.name != STAMP_CHAIN:
            blocks[f"chain {chain.name}"] = (chain.header, chain.policy, [rule.text for rule in chain.rules])
    return blocks


def timed(item: table_model.Set) -> bool:
    return any("timeout" in line and "comment" not in line for line in item.header)


def reason_expected(live: dict[str, t.Any], wanted: dict[str, t.Any]) -> bool:
    """Whether something is on both sides, but of another make; a base chain may be of another make."""

    def make(block: t.Any, path: str) -> t.Any:
        if path.startswith("chain "):
            return "base" if block[1] else block[0]
        return block[:2] if path.startswith("set ") else block

    return any(make(live[path], path) != make(wanted[path], path) for path in live if path in wanted)


def longest(old: t.Sequence[str], new: t.Sequence[str]) -> int:
    """Length of the longest common subsequence, the slow way."""
    row = [0] * (len(new) + 1)
    for text in old:
        above = row[:]
        for index, other in enumerate(new):
            row[index + 1] = above[index] + 1 if text == other else max(above[index + 1], row[index])
    return row[-1]


def counted(table: table_model.Table, chain: str) -> int:
    """How many counters of a chain have seen packets."""
    return sum(rule.text.count("counter packets 7 bytes 700") for rule in table.chain_named[chain].rules)


def assert_delta_keeps(before: Seen, after: Seen, wanted: table_model.Table) -> None:
    """Rules that did not have to go are the very same, with what they counted."""
    for chain in wanted.chains:
        old = before.table.chain_named.get(chain.name)
        if old is None:
            continue
        now = {rule.handle: rule.text for rule in after.state.chain_named[chain.name].rules}
        same = [rule for rule in before.state.chain_named[chain.name].rules if rule.handle in now]
        anew = old.header != chain.header
        assert len(same) == (0 if anew else longest([rule.text for rule in old.rules], [rule.text for rule in chain.rules]))
        assert all(now[rule.handle] == rule.text for rule in same)


def assert_state_kept(before: Seen, after: Seen, wanted: table_model.Table) -> None:
    """What is on both sides keeps what it counted and learned; after a delta and after a replacement with state."""
    for chain in wanted.chains:
        old = before.table.chain_named.get(chain.name)
        if old is not None:
            shared = longest([rule.text for rule in old.rules], [rule.text for rule in chain.rules])
            plain = sum("counter packets" not in rule.text for rule in before.state.chain_named[chain.name].rules)
            assert counted(after.state, chain.name) >= shared - plain
    for item in before.state.objects:
        now = after.state.object_named.get((item.kind, item.name))
        if now is not None and item.kind in ("counter", "quota"):
            assert [re.findall(r"packets.*|used.*", " ".join(item.lines))] == [re.findall(r"packets.*|used.*", " ".join(now.lines))]
    for name, found in LEARNED.items():
        if name in before.state.set_named and name in after.state.set_named:
            elements = "\n".join(after.state.set_named[name].elements)
            for element in found:
                kept = re.search(rf"^{re.escape(element.partition(' ')[0])} .*expires (\w+)", elements, re.MULTILINE)
                assert kept, elements
                assert minutes(element.split("expires ")[1].partition(" ")[0]) - minutes(kept[1]) < 2


def minutes(time: str) -> int:
    units = {"d": 1440, "h": 60, "m": 1}
    return sum(int(number) * units.get(unit, 0) for number, unit in re.findall(r"(\d+)(ms|[dhms])", time))


def assert_declared_elements(table: table_model.Table, wanted: table_model.Table) -> None:
    for item in wanted.sets:
        if timed(item):
            there = {element.partition(" comment")[0] for element in table.set_named[item.name].elements}
            keys = {element.split(" ")[0] for element in item.elements}
            assert keys <= {element.split(" ")[0] for element in there}


def assert_as_wanted(lab: Lab, seen: Seen, wanted: table_model.Table) -> None:
    assert essence(seen.table) == essence(wanted)
    assert_declared_elements(seen.table, wanted)
    assert compare.compare(seen.table, wanted).equal
    assert seen.table.stamp == NEXT_STAMP
    said = wanted.lasting_fingerprint()
    assert said in (None, seen.table.fingerprint())


def one_value(text: str) -> str:
    """nft lists a set of one range, that it made out of several, as a range when it is loaded once more."""
    return re.sub(r"\{ ([\w.:/-]+) \}", r"\1", text)


def of_pairs(count: int) -> t.Callable[[t.Callable[..., None]], t.Callable[[Lab], None]]:
    def decorate(check: t.Callable[..., None]) -> t.Callable[[Lab], None]:
        return hypothesis.settings(max_examples=count, print_blob=True)(hypothesis.given(pair=pairs())(check))

    return decorate


def check_delta(lab: Lab, pair: tuple[Ruleset, Ruleset]) -> None:
    live, declared = pair
    wanted = lab.canonical(declared)
    before = lab.start(live)
    found = compare.compare(before.table, wanted)
    assert bool(found.replace_reason) == reason_expected(essence(before.table), essence(wanted))
    if found.replace_reason is None:
        lines = delta.delta_commands(before.table, wanted, found, declared.rule, NEXT_STAMP, before.state)
        after = lab.apply("\n".join(lines))
        assert_as_wanted(lab, after, wanted)
        assert_delta_keeps(before, after, wanted)
        assert_state_kept(before, after, wanted)
        assert after.neighbour == before.neighbour


def check_replacement(lab: Lab, pair: tuple[Ruleset, Ruleset]) -> None:
    live, declared = pair
    wanted = lab.canonical(declared)
    before = lab.start(live)
    after = lab.apply(
        table_text.replacement_text(FAMILY, NAME, table_text.text_with_state(wanted, before.state, declared.rule, NEXT_STAMP))
    )
    assert_as_wanted(lab, after, wanted)
    assert_state_kept(before, after, wanted)
    assert after.neighbour == before.neighbour

    back = lab.apply(table_text.snapshot_text(before.state, FAMILY, NAME))
    assert one_value(table_text.canonical_text(back.table)) == one_value(table_text.canonical_text(before.table))
    was, now = table_text.canonical_text(before.state), table_text.canonical_text(back.state)
    assert one_value(TIMES.sub("", now)) == one_value(TIMES.sub("", was))
    assert back.table.stamp == STAMP
    assert back.neighbour == before.neighbour


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_a_delta_makes_any_ruleset_of_any_other(lab: Lab) -> None:
    of_pairs(PAIRS if lab.is_own else PAIRS // 3)(check_delta)(lab)


@pytest.mark.timeout(7200)
def test_a_replacement_makes_any_ruleset_of_any_other_and_a_snapshot_brings_it_back(lab: Lab) -> None:
    of_pairs(PAIRS // 6)(check_replacement)(lab)
