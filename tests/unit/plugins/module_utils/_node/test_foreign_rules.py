# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Others' rules: jumps into kube-proxy's chains, and drops."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._node import foreign_rules, table_owners
from ansible_collections.aks.dataplane.plugins.module_utils._node.iptables import LEGACY, NF_TABLES, IptablesTable
from ansible_collections.aks.dataplane.plugins.module_utils._node.kernel_state import KernelState
from ansible_collections.aks.dataplane.plugins.module_utils._node.netlink_chains import NftChain
from ansible_collections.aks.dataplane.plugins.module_utils._node.netlink_messages import NftTable
from ansible_collections.aks.dataplane.plugins.module_utils._node.netlink_rules import NftRule
from ansible_collections.aks.dataplane.plugins.module_utils._node.stamp import STAMP_CHAIN

from tests.support.kernel_captures import STATES, state

POLICIES = ("-P INPUT ACCEPT", "-P FORWARD ACCEPT", "-P OUTPUT ACCEPT")


def table(*lines: str, name: str = "filter", backend: str = NF_TABLES) -> IptablesTable:
    return IptablesTable(backend, "ipv4", name, lines)


@pytest.mark.parametrize("folder", STATES)
def test_nothing_of_kube_proxy_is_foreign(folder: str) -> None:
    seen = state(folder)
    assert foreign_rules.find_jumps(seen.iptables) == []
    assert [drop for item in seen.iptables for drop in foreign_rules.find_iptables_drops(item)] == []
    assert foreign_rules.find_native_drops(seen, lambda chain: pytest.fail(f"asked for {chain}")) == []


@pytest.mark.parametrize(
    ("line", "to"),
    [
        ("-A HOSTPORT -s 10.244.1.0/24 -j KUBE-MARK-MASQ", "KUBE-MARK-MASQ"),
        ("-A PREROUTING -s 192.0.2.1/32 -j KUBE-SERVICES", "KUBE-SERVICES"),
        ("-A PREROUTING -j KUBE-SERVICES", "KUBE-SERVICES"),
        ("-A MINE -g KUBE-SVC-AAAAAAAAAAAAAAAA", "KUBE-SVC-AAAAAAAAAAAAAAAA"),
        ("-A INPUT -j KUBE-FIREWALL", None),
        ("-A MINE -j KUBE-ROUTER-INPUT", None),
        ('-A MINE -m comment --comment "was -j KUBE-SERVICES" -j ACCEPT', None),
        ("-A KUBE-SERVICES -j KUBE-NODEPORTS", None),
        ('-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES', None),
    ],
)
def test_jump(line: str, to: str | None) -> None:
    found = foreign_rules.find_jumps([table(line, name="nat")])
    assert [jump["to"] for jump in found] == ([to] if to else [])
    if to:
        assert found[0] == {
            "source": "iptables-nft",
            "family": "ipv4",
            "table": "nat",
            "chain": line.split()[1],
            "to": to,
            "rule": line,
        }


def test_policy_and_rules_and_chains_they_lead_to() -> None:
    lines = (
        *("-P INPUT DROP", "-P FORWARD ACCEPT", "-P OUTPUT DROP", "-N A", "-N B", "-N UNUSED", "-N KUBE-FIREWALL"),
        *("-A INPUT -j KUBE-FIREWALL", "-A INPUT -j A", "-A FORWARD -d 168.63.129.16/32 -p tcp -m tcp --dport 80 -j DROP"),
        *("-A OUTPUT -j DROP", "-A A -g B", "-A B -j A", "-A B -j REJECT --reject-with icmp-port-unreachable", "-A UNUSED -j DROP"),
        "-A KUBE-FIREWALL -j DROP",
    )
    found = [item.to_dict() for item in foreign_rules.find_iptables_drops(table(*lines, backend=LEGACY))]
    place = {"source": "iptables-legacy", "family": "ipv4", "table": "filter", "verdict_maps": 0, "rules": 1}
    reject, drop = lines[-3], lines[9]
    assert found == [
        {**place, "chain": "INPUT", "hook": "input", "owner": "unknown", "policy": "drop", "samples": [reject]},
        {**place, "chain": "FORWARD", "hook": "forward", "owner": "aks", "policy": "accept", "samples": [drop]},
    ]


def test_what_kube_router_rejects() -> None:
    """Its chains begin like those of Kubernetes, and are not."""
    lines = (
        *(*POLICIES, "-N KUBE-ROUTER-FORWARD", "-N KUBE-POD-FW-ABC", "-N KUBE-NWPLCY-XYZ", "-N KUBE-FORWARD"),
        '-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
        '-A FORWARD -m comment --comment "kube-router netpol" -j KUBE-ROUTER-FORWARD',
        "-A KUBE-ROUTER-FORWARD -d 10.244.0.9/32 -j KUBE-POD-FW-ABC",
        "-A KUBE-POD-FW-ABC -j KUBE-NWPLCY-XYZ",
        "-A KUBE-POD-FW-ABC -m mark ! --mark 0x10000/0x10000 -j REJECT --reject-with icmp-port-unreachable",
        "-A KUBE-NWPLCY-XYZ -s 10.0.0.0/8 -j DROP",
        "-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP",
        "-A KUBE-SVC-AAAAAAAAAAAAAAAA -j DROP",
    )
    (found,) = foreign_rules.find_iptables_drops(table(*lines))
    assert (found.chain, found.owner, found.rules, found.samples) == ("FORWARD", "kube-router", 2, [lines[-4], lines[-3]])


def test_what_kube_router_jumps_to() -> None:
    assert [item["to"] for item in foreign_rules.find_jumps([table("-A KUBE-ROUTER-INPUT -j KUBE-MARK-MASQ", name="nat")])] == [
        "KUBE-MARK-MASQ"
    ]


def test_chains_that_translate_addresses() -> None:
    chains = (
        NftChain("ip", "nat", "POSTROUTING", "postrouting", "accept", translates=True),
        NftChain("inet", "mesh", "out", "output", "accept", translates=True),
        NftChain("ip6", "filter", "INPUT", "input", "accept"),
    )
    legacy = (
        IptablesTable(LEGACY, "ipv6", "nat", ()),
        IptablesTable(LEGACY, "ipv4", "filter", ()),
        IptablesTable(NF_TABLES, "ipv4", "nat", ()),
    )
    assert foreign_rules.find_nat_chains(KernelState(nft_chains=chains, iptables=legacy)) == {
        "ipv4": ["ip nat POSTROUTING", "inet mesh out"],
        "ipv6": ["inet mesh out", "ip6tables-legacy nat"],
    }
    assert foreign_rules.find_nat_chains(KernelState()) == {"ipv4": [], "ipv6": []}


def test_a_policy_alone() -> None:
    (found,) = foreign_rules.find_iptables_drops(table("-P INPUT ACCEPT", "-P FORWARD DROP", "-P OUTPUT ACCEPT"))
    assert (found.chain, found.policy, found.rules, found.owner) == ("FORWARD", "drop", 0, "unknown")


def test_many_rules_of_some_owners() -> None:
    rules = [f"-A f2b-sshd -s 192.0.2.{number}/32 -j REJECT" for number in range(9)]
    found = foreign_rules.find_iptables_drops(
        table(*POLICIES, "-N f2b-sshd", "-A INPUT -j f2b-sshd", "-A INPUT -s 203.0.113.7/32 -j DROP", *rules)
    )
    assert [(item.owner, item.rules, len(item.samples)) for item in found] == [("fail2ban", 9, 3), ("unknown", 1, 1)]


FW = NftTable("inet", "fw")
STAMPED = f"declared={'0' * 24} listed={'f' * 24} nft=1.0.6"
IN = NftChain("inet", "fw", "in", "input", "accept")
SUB = NftChain("inet", "fw", "sub")


def native(
    rules: t.Mapping[str, list[NftRule]], *chains: NftChain, tables: tuple[NftTable, ...] = (FW,)
) -> list[foreign_rules.DroppingChain]:
    return foreign_rules.find_native_drops(KernelState(nft_tables=tables, nft_chains=chains), lambda chain: rules.get(chain.name, []))


def test_native_rules_and_chains_they_lead_to() -> None:
    rules = {
        "in": [NftRule("in", 4, verdict_map=True), NftRule("in", 5, target="sub"), NftRule("in", 6, target="sub")],
        "sub": [NftRule("sub", 9, drops=True, comment="closed"), NftRule("sub", 10, target="in"), NftRule("sub", 11)],
    }
    (found,) = native(rules, IN, SUB)
    assert found.to_dict() == {
        "source": "nftables",
        "family": "inet",
        "table": "fw",
        "chain": "in",
        "hook": "input",
        "owner": "unknown",
        "policy": "accept",
        "rules": 1,
        "verdict_maps": 1,
        "samples": ['inet fw sub handle 9 comment "closed": drops'],
    }


def test_native_rules_of_a_declared_table() -> None:
    (found,) = native({"in": [NftRule("in", 4, drops=True)]}, IN, NftChain("inet", "fw", STAMP_CHAIN, comment=STAMPED))
    assert found.owner == "aks-dataplane"


def test_native_policy() -> None:
    (found,) = native({}, NftChain("inet", "fw", "fwd", "forward", "drop"))
    assert (found.chain, found.policy, found.rules, found.samples) == ("fwd", "drop", 0, [])


@pytest.mark.parametrize(
    ("nft", "chain"),
    [
        (NftTable("inet", "fw", dormant=True), NftChain("inet", "fw", "in", "input", "drop")),
        (FW, NftChain("inet", "fw", "out", "output", "drop")),
        (FW, IN),
        (NftTable("bridge", "b"), NftChain("bridge", "b", "in", "input", "drop")),
        (NftTable("ip", "kube-proxy"), NftChain("ip", "kube-proxy", "filter-input", "input", "drop")),
    ],
)
def test_what_stands_in_nobodys_way(nft: NftTable, chain: NftChain) -> None:
    assert native({}, chain, tables=(nft,)) == []


def test_base_chains_beside_those_of_iptables() -> None:
    """In a table of iptables-nft; what iptables shows is not reported twice, and what it cannot show is reported at all."""
    nft = NftTable("ip", "filter")
    own = NftChain("ip", "filter", "INPUT", "input", "drop")
    other = NftChain("ip", "filter", "mine", "input", "drop")
    listed = KernelState((nft,), (own, other), iptables=(table(*POLICIES),))
    assert [item.chain for item in foreign_rules.find_native_drops(listed, lambda chain: [])] == ["mine"]
    hidden = KernelState((nft,), (own, other))
    assert [item.chain for item in foreign_rules.find_native_drops(hidden, lambda chain: [])] == ["INPUT", "mine"]


@pytest.mark.parametrize(
    ("nft", "chains", "owner"),
    [
        (NftTable("ip", "kube-proxy"), [], "kube-proxy"),
        (NftTable("inet", "kube-proxy"), [], "unknown"),
        (NftTable("ip", "filter"), [], "iptables-nft"),
        (NftTable("ip6", "nat"), [NftChain("ip6", "nat", "PREROUTING", "prerouting", "accept")], "iptables-nft"),
        (NftTable("ip", "filter"), [NftChain("ip", "filter", "input", "input", "accept")], "unknown"),
        (NftTable("inet", "filter"), [], "unknown"),
        (NftTable("ip6", "azureSLBProbe"), [], "aks"),
        (NftTable("inet", "firewalld"), [], "firewalld"),
        (NftTable("inet", "f2b-table"), [], "fail2ban"),
    ],
)
def test_owner(nft: NftTable, chains: list[NftChain], owner: str) -> None:
    assert table_owners.owner_of(nft, chains) == owner
