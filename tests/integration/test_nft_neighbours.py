# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of real kube-proxys, of iptables-nft and of fail2ban beside ours stay as they are, byte for byte, whatever is done to ours."""

from __future__ import annotations

import pytest

from tests.support.nft_lab import LabNode
from tests.support.nft_neighbours import load_neighbours, snapshot

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


def test_a_neighbour_of_the_same_name_is_refused_until_adopted(any_nft_node: LabNode) -> None:
    node = any_nft_node
    load_neighbours(node)
    before = (snapshot(node), node.generation())
    content = "table inet f2b-table { chain mine { tcp dport 22 drop; }; }"
    for state in ("present", "absent"):
        refused = node.ask(content, state=state)
        assert refused["failed"]
        assert "f2b-table" in refused["msg"]
        assert "adopt" in refused["msg"]
    assert (snapshot(node), node.generation()) == before
    assert node.ask(content, adopt=True)["changed"]
    assert node.unchanged(content)
    assert "tcp dport 22 drop" in node.listing("inet f2b-table")


def test_a_set_of_interface_names_that_old_nft_cannot_read(nft_node: LabNode) -> None:
    """Whatever the sets of others are, they are never listed. This one kills nft 1.0.6 when it is made by nft 1.1.3."""
    node = nft_node
    node.nft("table inet theirs { set names { type ifname; elements = { lo }; }; }")
    calls = node.file("/run/nft-calls")
    wrapper = node.file("/run/wrapped/nft")
    wrapper.parent.mkdir()
    real = node.run("sh", "-c", "command -v nft").strip()
    wrapper.write_text(f'#!/bin/sh\necho "$*" >>/run/nft-calls\nexec {real} "$@"\n', encoding="utf-8")
    wrapper.chmod(0o755)
    for content in (CREATED, CREATED, CHANGED, REPLACED):
        assert not node.ask(content, env={"PATH": f"/run/wrapped:{node.path}"}).get("failed")
    listed = [line for line in calls.read_text(encoding="utf-8").splitlines() if " list " in f" {line} "]
    assert listed
    assert all("list table inet ours" in line for line in listed), listed
