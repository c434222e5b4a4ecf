# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random rulesets: one table as nft text, out of small pools, so that two of them have much in common and differ in every way a declaration can change."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from hypothesis import strategies as st

TABLE = "inet ours"
TRICKY = 'comment "a; # handle 9 }"'
REGULAR = ("side1", "side2", "side3")
BASE = {
    "input": ("type filter hook input priority 0;", "type filter hook input priority filter + 5;"),
    "output": ("type filter hook output priority filter;", "type route hook output priority mangle;"),
    "early": ("type filter hook prerouting priority -305;", f"type filter hook prerouting priority raw; {TRICKY};"),
}
OBJECTS = {
    "counter hits": ("", TRICKY),
    "counter misses": ("",),
    "quota monthly": ("over 10 mbytes", "over 20 mbytes"),
    "limit slow": ("rate 10/second", 'rate over 1 mbytes/second burst 2 mbytes; comment "{ b"'),
}
ADDRESSES = ("10.0.0.1", "10.0.0.2", f"10.0.0.3 {TRICKY}", "10.0.0.4", '10.0.0.5 comment "x"', "10.0.0.10", "192.168.7.7")


@dataclasses.dataclass(frozen=True)
class Kind:
    """Of a set or map. headers: the usual one, then others. targets: what the elements that are given lead to, C(chain), C(counter) or nothing."""

    kind: str
    headers: tuple[str, ...]
    elements: tuple[str, ...]


SETS = {
    "plain": Kind("set", ("type ipv4_addr;", f"type ipv4_addr; size 100; {TRICKY};"), ADDRESSES),
    "merged": Kind(
        "set",
        ("type ipv4_addr; flags interval; auto-merge;",),
        ("10.0.0.0/25", "10.0.0.128/25", "10.0.1.0/24", "10.0.0.7", "10.0.2.1-10.0.2.9", "10.0.2.10-10.0.2.99", "0.0.0.0/0"),
    ),
    "ranges": Kind(
        "set",
        ("type ipv4_addr; flags interval;", "type ipv4_addr; flags interval; auto-merge;"),
        ("10.0.0.0/25", "10.0.0.128/25", f"10.0.1.0/24 {TRICKY}", "10.0.2.1-10.0.2.9", "10.0.2.10", "255.255.255.0/24"),
    ),
    "pairs": Kind(
        "set", ("type ipv4_addr . inet_service;",), ("10.0.0.1 . 22", "10.0.0.1 . ssh", f"10.0.0.2 . 80 {TRICKY}", "10.9.0.2 . 53")
    ),
    "areas": Kind(
        "set",
        ("type ipv4_addr . inet_service; flags interval;",),
        ("10.0.0.0/24 . 1-10", "10.0.1.0/24 . 22", '10.0.2.1-10.0.2.9 . 80-90 comment "y"', "10.0.0.0/24 . 11-20"),
    ),
    "learned": Kind(
        "set", ("type ipv4_addr; flags dynamic,timeout; timeout 1h;",), ("10.0.0.1", "10.0.0.2 timeout 30m", f"10.0.0.3 {TRICKY}")
    ),
    "timed": Kind(
        "set",
        ("type ipv4_addr; flags timeout;", "type ipv4_addr; timeout 3600s;"),
        ("10.0.0.1", "10.0.0.2 timeout 30m", f"10.0.0.3 timeout 2h {TRICKY}", "10.0.0.4 timeout 60m", "10.0.0.5"),
    ),
    "counted": Kind("set", ("type ipv4_addr; counter;", "type ipv4_addr;"), ADDRESSES),
    "links": Kind("set", ("type ifname;",), ('"eth0"', '"lo"', f'"a, b" {TRICKY}', '"wg-1"')),
    "six": Kind("set", ("typeof ip6 saddr;",), ("fe80::1", "2001:DB8:0::1", '2001:db8::2 comment "timeout 5m : drop"')),
    "ways": Kind(
        "map",
        ("type ipv4_addr : verdict;", f"type ipv4_addr : verdict; {TRICKY};"),
        ("10.0.0.1 : drop", "10.0.0.2 : jump side1", "10.0.0.3 : goto side2", f"10.0.0.4 {TRICKY} : accept", "10.0.0.5 : jump side2"),
    ),
    "wide": Kind(
        "map", ("type inet_service : verdict; flags interval;",), ("1-10 : drop", "11-20 : jump side1", "22 : goto side3", "80 : accept")
    ),
    "marks": Kind("map", ("type inet_service : mark; flags interval;",), ("1-10 : 5", "22 : 0x10", "80-90 : 7", "443 : 1")),
    "tallies": Kind("map", ("type ipv4_addr : counter;",), ('10.0.0.1 : "hits"', '10.0.0.2 : "misses"', f'10.0.0.3 {TRICKY} : "hits"')),
    "short": Kind("map", ("type ipv4_addr : mark; flags timeout; timeout 2h;",), ("10.0.0.1 timeout 30m : 5", "10.0.0.2 : 6")),
}
RULES = (
    "tcp dport { 80, 443, 22 } counter accept",
    "tcp dport { 22 } accept",
    "tcp dport { 1-10, 11-20, 15-30 } counter accept",
    "tcp dport ssh counter drop",
    "counter drop",
    "counter accept",
    "ct state related,established counter accept",
    "meta l4proto tcp tcp dport 22 counter",
    'ip saddr 10.0.0.5/8 counter log prefix "a; drop { #" drop',
    f"ip saddr 10.0.0.1 counter accept {TRICKY}",
    'iifname { eth0, lo } counter accept comment "counter packets 3 bytes 4"',
    "limit rate 10/minute burst 5 packets counter accept",
    "limit rate over 1024 kbytes/second drop",
    "quota until 1024 kbytes counter accept",
    "mark 0x10 counter",
    "meta mark set mark or 0x4000",
    "tcp flags & (syn|rst|ack|fin) == syn counter",
    "udp dport vmap { 53 : accept, 54-60 : drop }",
    "icmp type { echo-request, 3 } counter accept",
    "reject with icmpx type port-unreachable",
)
# What a rule needs -> rules that need it.
NEEDING = {
    "chain side1": ("counter jump side1", "tcp dport 1000 jump side1"),
    "chain side2": ("counter jump side2", "ip saddr vmap { 10.0.0.1 : jump side2, 10.0.0.2 : drop }"),
    "chain side3": ("udp dport 53 counter goto side3",),
    "plain": ("ip saddr @plain counter drop", "ip daddr @plain accept"),
    "merged": ("ip saddr @merged counter drop",),
    "ranges": ("ip saddr @ranges counter accept",),
    "pairs": ("ip saddr . tcp dport @pairs counter drop",),
    "areas": ("ip saddr . udp dport @areas counter drop",),
    "learned": ("tcp dport 22 add @learned { ip saddr } counter", "ip saddr @learned drop"),
    "timed": ("ip saddr @timed counter drop",),
    "counted": ("ip saddr @counted drop",),
    "links": ("iifname @links counter accept",),
    "six": ("ip6 saddr @six counter drop",),
    "ways": ("ip saddr vmap @ways",),
    "wide": ("tcp dport vmap @wide",),
    "marks": ("meta mark set tcp dport map @marks counter",),
    "tallies": ("counter name ip saddr map @tallies",),
    "counter hits": ("counter name hits accept", "counter name hits counter"),
    "quota monthly": ('quota name "monthly" drop',),
    "limit slow": ("limit name slow counter accept",),
}


@dataclasses.dataclass(frozen=True)
class Ruleset:
    """One table. Values of sets: header and elements; of chains: header, policy (empty in a regular chain) and rules."""

    header: str = ""
    objects: dict[str, str] = dataclasses.field(default_factory=dict)
    sets: dict[str, tuple[str, tuple[str, ...]]] = dataclasses.field(default_factory=dict)
    chains: dict[str, tuple[str, str, tuple[str, ...]]] = dataclasses.field(default_factory=dict)

    def rule(self, chain: str, index: int) -> str:
        return self.chains[chain][2][index]

    def text(self, *more: str) -> str:
        """As a user would write it. more: further blocks."""
        blocks = [f"\t{path} {{ {lines + ';' if lines else ''} }}" for path, lines in self.objects.items()]
        for name, (header, elements) in self.sets.items():
            given = f" elements = {{ {', '.join(elements)} }};" if elements else ""
            blocks.append(f"\t{SETS[name].kind} {name} {{ {header}{given} }}")
        for name, (header, policy, rules) in self.chains.items():
            lines = [header, *([f"policy {policy};"] if policy else []), *rules]
            blocks.append("\n\t\t".join([f"\tchain {name} {{", *filter(None, lines)]) + "\n\t}")
        return "\n".join([f"table {TABLE} {{", f"\t{self.header}", *blocks, *more, "}"]) + "\n"

    def used(self) -> Ruleset:
        """The same after some traffic: each of its counters has seen 7 packets, a named one 5, of each quota something is used."""
        counted = {"counter": "packets 5 bytes 50", "quota": "used 3 mbytes"}
        objects = {}
        for path, lines in self.objects.items():
            state = counted.get(path.split()[0], "")
            objects[path] = f"{lines} {state}" if path.startswith("quota") else "; ".join(filter(None, [lines, state]))
        sets = dict(self.sets)
        if "counter;" in sets.get("counted", ("", ()))[0]:
            header, elements = sets["counted"]
            sets["counted"] = header, tuple(re.sub(r"( comment|$)", r" counter packets 4 bytes 40\1", text, count=1) for text in elements)
        chains = {name: (header, policy, tuple(map(_counted, rules))) for name, (header, policy, rules) in self.chains.items()}
        return dataclasses.replace(self, objects=objects, sets=sets, chains=chains)


def _counted(rule: str) -> str:
    return re.sub(r'("[^"]*")|\bcounter(?! name)', lambda found: found[1] or "counter packets 7 bytes 700", rule)


def _seldom(values: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Mostly the first one."""
    return st.sampled_from((*(values[:1] * 12), *values[1:]))


@st.composite
def rulesets(draw: st.DrawFn) -> Ruleset:
    header = draw(_seldom(("", f"{TRICKY};", "flags dormant;")))
    objects = {path: draw(_seldom(OBJECTS[path])) for path in draw(_some(tuple(OBJECTS)))}
    regular = draw(_some(REGULAR))
    chosen = draw(st.lists(st.sampled_from(tuple(SETS)), max_size=6, unique=True))
    there = {*(f"chain {name}" for name in regular), *objects, *chosen}
    sets = {name: (draw(_seldom(SETS[name].headers)), draw(_elements(name, there))) for name in chosen}
    chains: dict[str, tuple[str, str, tuple[str, ...]]] = {}
    for name in draw(_some(tuple(BASE))):
        chains[name] = draw(_seldom(BASE[name])), draw(st.sampled_from(("accept", "drop"))), draw(_rules(there))
    for name in regular:
        # A jump may only lead to a later chain, and none of them uses a map, which may lead anywhere.
        later = {item for item in there if item > f"chain {name}" and item.startswith("chain ")}
        sinks = {item for item in there if item not in ("ways", "wide") and not item.startswith("chain ")}
        chains[name] = draw(_seldom(("", f"{TRICKY};"))), "", draw(_rules({*later, *sinks}))
    turning = draw(_seldom(("", "regular", "type filter hook forward priority 0;")))
    if turning:
        chains["turning"] = (turning, "accept", ()) if turning.startswith("type") else ("", "", ("counter",))
    order = draw(st.permutations(list(chains)))
    return Ruleset(header, objects, sets, {name: chains[name] for name in order})


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Ruleset, Ruleset]:
    """What is live, and what is wanted: something else, with much of the first in it."""
    live, other = draw(rulesets()), draw(rulesets())
    there = {*(f"chain {name}" for name in REGULAR if name in other.chains), *other.objects, *other.sets}
    chains, sets = dict(other.chains), dict(other.sets)
    for name in filter(live.chains.__contains__, other.chains):
        header, policy, new = other.chains[name]
        rules = [rule for rule in draw(_part(live.chains[name][2])) if _NEEDS.get(rule, "") in {"", *there}]
        for rule in new[:3]:
            rules.insert(draw(st.integers(0, len(rules))), rule)
        chains[name] = header, policy, tuple(rules)
    for name in filter(live.sets.__contains__, other.sets):
        header, new = other.sets[name]
        old = [element for element in draw(_part(live.sets[name][1])) if _possible(name, element, there)]
        sets[name] = header, tuple(dict.fromkeys((*old, *new[:3])))
    return live, dataclasses.replace(other, chains=chains, sets=sets)


_NEEDS = {rule: need for need, rules in NEEDING.items() for rule in rules}


def _part(values: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    """Most of them, in their order."""
    gone = st.sets(st.integers(0, max(0, len(values) - 1)), max_size=2)
    return gone.map(lambda indexes: [value for index, value in enumerate(values) if index not in indexes])


def _some(values: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), unique=True)


def _rules(there: t.Collection[str]) -> st.SearchStrategy[tuple[str, ...]]:
    """Some twice, as users do."""
    pool = [*RULES, *(rule for need, rules in NEEDING.items() if need in there for rule in rules)]
    return st.lists(st.sampled_from(pool), max_size=7).map(tuple)


def _elements(name: str, there: t.Collection[str]) -> st.SearchStrategy[tuple[str, ...]]:
    pool = [element for element in SETS[name].elements if _possible(name, element, there)]
    return st.lists(st.sampled_from(pool), unique=True).map(tuple) if pool else st.just(())


def _possible(name: str, element: str, there: t.Collection[str]) -> bool:
    """Whether what a map's element leads to is there."""
    target = element.rpartition(" : ")[2] if SETS[name].kind == "map" else ""
    if target.startswith(("jump ", "goto ")):
        return f"chain {target.split()[1]}" in there
    return not target.startswith('"') or f"counter {target.strip(chr(34))}" in there
