# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of real kube-proxys, of iptables-nft and of fail2ban beside ours stay as they are, byte for byte, whatever is done to ours."""

from __future__ import annotations

import pytest

from tests.support.nft.lab import LabNode
from tests.support.nft.neighbours import load_neighbours, snapshot

STATES = ["nftables-500", "iptables-500", "nftables-12-kp1.30.5", "transition-nftables-to-iptables-nocleanup-kp1.36.2"]

CREATED = """
table inet ours {
    set blocked { type ipv4_addr; flags interval; elements = { 192.0.2.0/25 } }
    chain input {
        type filter hook input priority filter; policy accept;
        ct state established,related accept
        ip saddr @blocked counter drop
    }
}
"""
CHANGED = CREATED.replace("192.0.2.0/25", "192.0.2.0/24, 10.0.0.1").replace("ct state", "tcp dport { 443, 80 } accept\n        ct state")
REPLACED = CREATED.replace("    set blocked", '    comment "cannot be added in place"\n    set blocked')
MORE = CREATED + "table ip kube-proxy-too { chain services { tcp dport 1 drop; }; }\ntable ip6 filter2 { chain INPUT { drop; }; }\n"
OURS = ("inet ours", "ip kube-proxy-too", "ip6 filter2")


@pytest.mark.parametrize("folder", STATES)
def test_neighbours(any_nft_node: LabNode, folder: str) -> None:
    node = any_nft_node
    load_neighbours(node, folder)
    before = snapshot(node)
    methods = []
    for content in (CREATED, CREATED, CHANGED, REPLACED, MORE):
        for check in (True, False):
            result = node.ask(content, check=check)
            assert not result.get("failed"), result
            assert snapshot(node, *OURS) == before
        methods.append([table["method"] for table in result["tables"]])
    assert methods == [["create"], ["none"], ["delta"], ["replace"], ["replace", "create", "create"]]
    result = node.ask(MORE, state="absent")
    assert result["changed"], result
    assert snapshot(node) == before
    assert not node.ask(MORE, state="absent")["changed"]


def test_a_table_of_the_same_name_is_refused_until_adopted(any_nft_node: LabNode) -> None:
    node = any_nft_node
    load_neighbours(node)
    node.nft(
        "table inet theirs { set s { type ipv4_addr; elements = { 192.0.2.1 }; }; chain c { tcp dport 1 counter packets 7 bytes 420 drop; }; }"
    )
    before = (snapshot(node), node.generation())
    content = "table inet theirs { chain c { tcp dport 22 drop; }; }"
    for state in ("present", "absent"):
        refused = node.ask(content, state=state)
        assert refused["failed"]
        assert "inet theirs" in refused["msg"]
        assert "adopt" in refused["msg"]
    assert (snapshot(node), node.generation()) == before
    assert node.ask(content, adopt=True)["changed"]
    assert node.unchanged(content)
    assert "tcp dport 22 drop" in node.listing("inet theirs")
    assert "tcp dport 1 " not in node.listing("inet theirs")


def test_no_table_but_ours_is_listed(nft_node: LabNode) -> None:
    """A set of names of interfaces made by nft 1.1.3 kills nft 1.0.6 when it is listed."""
    node = nft_node
    node.nft("table inet theirs { set names { type ifname; elements = { lo }; }; }")
    folder = node.file("/run/wrapped")
    folder.mkdir()
    real = node.run("sh", "-c", "command -v nft").strip()
    (folder / "nft").write_text(f'#!/bin/sh\necho "$*" >>/run/nft-calls\nexec {real} "$@"\n', encoding="utf-8")
    (folder / "nft").chmod(0o755)
    for content in (CREATED, CREATED, CHANGED, REPLACED):
        node.apply(content=content, before=("env", f"PATH=/run/wrapped:{node.path}"))
    calls = node.file("/run/nft-calls").read_text(encoding="utf-8").splitlines()
    listed = [line for line in calls if "list" in line.split()]
    assert listed
    assert all(line.endswith("list table inet ours") for line in listed), listed


def test_our_tables_are_distinguished_from_those_of_other_programs(any_nft_node: LabNode) -> None:
    """Whether kube-proxy can crash on a declared table depends on the version of nft that made it."""
    node = any_nft_node
    node.nft('table inet theirs { chain aks-dataplane-stamp { comment "theirs"; }; }')
    node.ask(CREATED + "table netdev early { chain c { tcp dport 1 drop; }; }\n")
    version = node.run("nft", "--version").split()[1].lstrip("v")
    result = node.ask(name="node_dataplane_info")
    assert {f"{table.pop('family')} {table.pop('name')}": table for table in result["nft_tables"]} == {
        "inet theirs": {"owner": "unknown"},
        "inet ours": {"owner": "aks-dataplane", "nft": version},
        "netdev early": {"owner": "aks-dataplane", "nft": version},
    }
