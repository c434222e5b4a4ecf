# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What real kube-proxy left in a node's kernel, as captured, in the shape in which a node is read."""

from __future__ import annotations

import gzip
import json
import pathlib
import re
import typing as t

from ansible_collections.aks.dataplane.plugins.module_utils._node.iptables import NF_TABLES, IptablesTable
from ansible_collections.aks.dataplane.plugins.module_utils._node.kernel_state import KernelState, parse_interfaces
from ansible_collections.aks.dataplane.plugins.module_utils._node.netlink_chains import NftChain
from ansible_collections.aks.dataplane.plugins.module_utils._node.netlink_messages import NftTable

CAPTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures" / "kube-proxy"
_PROGRAMS = {"ipv4": "iptables", "ipv6": "ip6tables"}

# What kube-proxy was configured to do last, and the mode that the kernel alone shows. iptables and ipvs do not clean each other.
STATES = {
    "iptables-12": "iptables",
    "ipvs-12": "ipvs",
    "nftables-12": "nftables",
    "nftables-12-kp1.30.5": "nftables",
    "nftables-5": "nftables",
    "transition-iptables-stopped-kp1.36.2": "iptables",
    "transition-iptables-to-ipvs-nocleanup-kp1.36.2": "mixed",
    "transition-iptables-to-nftables-nocleanup-kp1.30.5": "nftables",
    "transition-iptables-to-nftables-nocleanup-kp1.36.2": "nftables",
    "transition-ipvs-stopped-kp1.36.2": "ipvs",
    "transition-ipvs-to-iptables-nocleanup-kp1.36.2": "mixed",
    "transition-ipvs-to-nftables-nocleanup-kp1.36.2": "nftables",
    "transition-nftables-stopped-kp1.36.2": "nftables",
    "transition-nftables-to-iptables-nocleanup-kp1.36.2": "iptables",
}

# Of these only the rules are kept.
LARGE = ("iptables-500", "nftables-500")


def captured(folder: str, file: str) -> str:
    """Empty where the command printed nothing."""
    path = CAPTURES / folder / file
    packed = path.with_name(f"{file}.gz")
    if packed.exists():
        return gzip.decompress(packed.read_bytes()).decode()
    return path.read_text(encoding="utf-8") if path.exists() else ""


def saved_tables(save: str) -> dict[str, list[str]]:
    """The tables of iptables-save output, as C(iptables -S) lists them."""
    tables: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in save.splitlines():
        if line.startswith("*"):
            lines = tables.setdefault(line[1:], [])
        elif line.startswith(":"):
            name, policy, _counters = line[1:].split(" ")
            lines.append(f"-N {name}" if policy == "-" else f"-P {name} {policy}")
        elif line.startswith("-A "):
            lines.append(line)
    return tables


def nft_chains(ruleset: str) -> t.Iterator[NftTable | NftChain]:
    """The tables and chains of C(nft list ruleset) output."""
    family = table = chain = ""
    for line in ruleset.splitlines():
        if found := re.fullmatch(r"table (\S+) (\S+) \{", line):
            family, table = found.groups()
            yield NftTable(family, table)
        elif found := re.fullmatch(r"\tchain (\S+) \{", line):
            chain = found[1]
        elif found := re.fullmatch(r"\t\ttype \w+ hook (\w+) .*?; policy (\w+);", line):
            yield NftChain(family, table, chain, *found.groups())
            chain = ""
        elif chain:
            # Its first rule, or its end.
            yield NftChain(family, table, chain)
            chain = ""


def proc_net_dev(links: str) -> str:
    """/proc/net/dev of a node with these C(ip -j link)."""
    names = [link["ifname"] for link in json.loads(links)]
    head = ["Inter-|   Receive                            |  Transmit", " face |bytes    packets errs drop|bytes    packets errs drop"]
    return "\n".join([*head, *(f"{name:>6}: 0 0 0 0 0 0 0 0" for name in names), ""])


def proc_net_ip_vs(saved: str) -> str:
    """/proc/net/ip_vs of a node with this C(ipvsadm-save -n); empty when there is no IPVS."""
    lines = []
    for line in saved.splitlines():
        words = line.split()
        protocol = {"-t": "TCP", "-u": "UDP", "--sctp-service": "SCTP"}[words[1]]
        address, _rest, port = words[2].rpartition(":")
        digits = address if address.startswith("[") else "".join(f"{int(part):02X}" for part in address.split("."))
        place = f"{digits}:{int(port):04X}"
        lines.append(f"{protocol}  {place} {words[4]} " if words[0] == "-A" else f"  -> {place}      Masq    1      0          0         ")
    head = [
        "IP Virtual Server version 1.2.1 (size=4096)",
        "Prot LocalAddress:Port Scheduler Flags",
        "  -> RemoteAddress:Port Forward Weight",
    ]
    return "\n".join([*head, *lines, ""]) if lines else ""


def ipset_names(saved: str) -> list[str]:
    return [line.split()[1] for line in saved.splitlines() if line.startswith("create ")]


def state(folder: str, backend: str = NF_TABLES) -> KernelState:
    """A captured node; backend: the one of its iptables."""
    found = list(nft_chains(captured(folder, "nft.txt")))
    own = [item for item in found if backend == NF_TABLES or (item.table if isinstance(item, NftChain) else item.name) == "kube-proxy"]
    tables = [
        IptablesTable(backend, family, name, tuple(lines))
        for family, program in _PROGRAMS.items()
        for name, lines in saved_tables(captured(folder, f"{program}-save.txt")).items()
    ]
    return KernelState(
        nft_tables=tuple(item for item in own if isinstance(item, NftTable)),
        nft_chains=tuple(item for item in own if isinstance(item, NftChain)),
        iptables=tuple(tables),
        interfaces=parse_interfaces(proc_net_dev(captured(folder, "ip-link.json"))),
        ipvs=proc_net_ip_vs(captured(folder, "ipvsadm-save.txt")),
        ipsets=tuple(ipset_names(captured(folder, "ipset-save.txt"))),
    )
