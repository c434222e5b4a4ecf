# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables as data: one with everything that the form has, and any that hypothesis can think of."""

from __future__ import annotations

import typing as t

from ansible_collections.aks.dataplane.plugins.module_utils._nft.tables_spec import MIXED, SUBOPTIONS
from hypothesis import strategies as st

_ELEMENTS = ["192.0.2.0/24", {"element": "198.51.100.7", "timeout": "5m", "comment": "one; # {"}]

# Every option, with a value that nft takes.
COMPLETE: list[dict[str, t.Any]] = [
    {
        "family": "inet",
        "name": "complete",
        "comment": "every option; of #1 {",
        "flags": ["dormant"],
        "counters": [{"name": "seen"}, {"name": "reported", "comment": "a counter"}],
        "quotas": [{"name": "much", "quota": "over 25 mbytes", "comment": "a quota"}],
        "limits": [{"name": "often", "rate": "10/second burst 5 packets", "comment": "a limit"}],
        "sets": [
            {
                "name": "nets",
                "comment": "a set",
                "type": "ipv4_addr",
                "flags": ["interval", "timeout"],
                "timeout": "1h",
                "gc_interval": "90",
                "size": 1000,
                "policy": "memory",
                "counter": True,
                "auto_merge": True,
                "elements": _ELEMENTS,
            },
            {"name": "ports", "type": "inet_service", "flags": ["constant"], "elements": [22, {"element": "http", "comment": "web"}]},
            {"name": "pairs", "typeof": "ip saddr . tcp dport", "elements": ["192.0.2.1 . 80"]},
            {"name": "learned", "typeof": "ip6 saddr", "flags": ["dynamic", "timeout"], "timeout": "1m", "policy": "performance"},
            {"name": "links", "type": "ifname", "elements": ['"eth0"', {"element": '"veth,1"', "comment": "a link"}]},
        ],
        "maps": [
            {
                "name": "where",
                "comment": "a map",
                "type": "inet_service : verdict",
                "flags": ["interval"],
                "size": 10,
                "policy": "performance",
                "elements": [{"key": "80", "value": "jump more", "comment": "web"}, {"key": "1000-2000", "value": "drop"}],
            },
            {
                "name": "marks",
                "typeof": "ip daddr : meta mark",
                "counter": True,
                "flags": ["timeout"],
                "timeout": "1h",
                "elements": [{"key": "192.0.2.9", "value": "0x7", "timeout": "90", "comment": "timed"}],
            },
        ],
        "chains": [
            {
                "name": "in",
                "comment": "a base chain",
                "type": "filter",
                "hook": "input",
                "priority": "filter-10",
                "policy": "drop",
                "rules": [
                    "ct state established,related accept",
                    {"rule": "tcp dport @ports accept", "comment": "open; # {"},
                    "tcp dport vmap @where",
                    "ip saddr { 192.0.2.1,\n 192.0.2.2 } jump {\n counter\n accept\n }",
                    'counter name "seen" quota name "much" drop comment "x # y"',
                    "limit name often \\\n accept # why not",
                    "update @learned { ip6 saddr }",
                    "meta mark set ip daddr map @marks",
                ],
            },
            {"name": "more", "rules": []},
            {"name": "nat", "type": "nat", "hook": "postrouting", "priority": "srcnat", "rules": ["masquerade"]},
            {"name": "route", "type": "route", "hook": "output", "priority": "-150", "policy": "accept"},
            {"name": "early", "type": "filter", "hook": "ingress", "devices": ["lo"], "priority": "0", "rules": ["counter"]},
        ],
    },
    *({"family": family, "name": "plain", "chains": [{"name": "c", "rules": ["counter"]}]} for family in ("ip", "ip6", "arp", "bridge")),
    {
        "family": "netdev",
        "name": "plain",
        "chains": [{"name": "c", "type": "filter", "hook": "ingress", "devices": ["lo", "eth9"], "priority": "filter + 1"}],
    },
]

# Values that keep to their form, by the name of the option.
_GOOD = {
    "name": ["a", "b.c-d", "_x"],
    "comment": ["hm", "; # {"],
    "timeout": ["1h", "90", "1d2h"],
    "gc_interval": ["1m"],
    "priority": ["filter", "-10", "dstnat + 3"],
    "devices": ["lo", "eth0.7"],
    "type": ["ipv4_addr", "ipv4_addr : verdict"],
    "typeof": ["ip saddr"],
    "quota": ["over 5 mbytes"],
    "rate": ["5/second"],
    "element": ["10.0.0.1", '"a;b"'],
    "key": ["80"],
    "value": ["accept"],
    "rule": ["accept", "tcp dport { 1, 2 } drop"],
}


def values(name: str, spec: t.Mapping[str, t.Any]) -> st.SearchStrategy[t.Any]:
    """What stands for an option: mostly of its shape. Argument specs turn some types into others, so of those that differ only dictionaries are taken."""
    if spec["type"] == "list":
        return st.lists(values(name, {**spec, "type": spec["elements"]}), max_size=3)
    if spec["type"] == "dict":
        return objects(spec["options"])
    if spec["type"] == "raw":
        main = "rule" if name == "rules" else "element"
        return st.sampled_from(_GOOD[main])
    if spec["type"] in ("int", "bool"):
        return st.integers(1, 9) if spec["type"] == "int" else st.booleans()
    return st.sampled_from([*spec["choices"], "other"]) if "choices" in spec else st.sampled_from(_GOOD[name])


@st.composite
def objects(draw: st.DrawFn, options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """A dictionary with some of these options, now and then with one too many, and most often with those that are required."""
    drawn: dict[str, t.Any] = {}
    for name, spec in options.items():
        if draw(st.integers(0, 9)) < (9 if spec.get("required") else 4):
            drawn[name] = draw(values(name, spec))
    if draw(st.integers(0, 29)) == 0:
        drawn["colour"] = "red"
    return drawn


TABLES = st.lists(objects(SUBOPTIONS), max_size=3)
ITEMS = {name: objects(options) for name, options in MIXED.items()}
