# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What else is in the kernel of a node: rules of a real kube-proxy, of iptables-nft, and a table as fail2ban makes it."""

from __future__ import annotations

from ..kernel_captures import captured
from ..node_module import COUNTERS
from .lab import LabNode

FAIL2BAN = """
table inet f2b-table {
    set addr-set-sshd {
        type ipv4_addr
        flags timeout
        elements = { 192.0.2.7 timeout 1d, 192.0.2.8 timeout 1d }
    }
    counter hits {
        packets 7 bytes 420
    }
    chain f2b-chain {
        type filter hook input priority filter - 1; policy accept;
        tcp dport 22 ip saddr @addr-set-sshd counter packets 3 bytes 180 reject with icmp port-unreachable
    }
}
"""


def load_neighbours(node: LabNode, folder: str = "nftables-12") -> None:
    """A captured kube-proxy, iptables-nft rules of others, and fail2ban's table."""
    for counter in COUNTERS:
        node.run("nfacct", "add", counter)
    for program in ("iptables", "ip6tables"):
        if save := captured(folder, f"{program}-save.txt"):
            node.run(f"{program}-nft-restore", stdin=save)
    ruleset = captured(folder, "nft.txt")
    if (start := ruleset.find("table ip kube-proxy {")) >= 0:
        node.nft(ruleset[start:])
    node.run("iptables-nft", "-A", "INPUT", "-s", "192.0.2.1", "-j", "DROP")
    node.run("ip6tables-nft", "-t", "mangle", "-A", "FORWARD", "-j", "MARK", "--set-mark", "7")
    node.nft(FAIL2BAN)


def rules(node: LabNode, *ours: str) -> str:
    """All rules with their handles but for our tables (C(family name)), without counters."""
    parts: list[str] = []
    skip = False
    for line in node.ruleset("-s", "-a").splitlines():
        if line.startswith("table "):
            skip = " ".join(line.split()[1:3]) in ours
        if not skip:
            parts.append(line)
    return "\n".join(parts)


def snapshot(node: LabNode, *ours: str) -> str:
    """The same with counters. How long elements last is left out: it goes on by itself."""
    counted = node.run("nft", "list", "counters", "table", "inet", "f2b-table")
    saved = node.run("iptables-nft-save", "-c") + node.run("ip6tables-nft-save", "-c")
    # Their comments have the time.
    return "\n".join([rules(node, *ours), counted, *(line for line in saved.splitlines() if not line.startswith("#"))])
