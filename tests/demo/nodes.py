# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node's namespace shows of kube-proxy, by the commands that an operator would type there."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import typing as t

NEW_TABLES = ("table ip kube-proxy", "table ip6 kube-proxy")
_CHAIN = re.compile(r"^-N (KUBE-\S+)$", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class NodeView:
    """tables: lines of C(nft list tables). filter_chains, nat_chains: KUBE-* chains in C(iptables -S) and C(iptables -t nat -S)."""

    name: str
    tables: tuple[str, ...]
    filter_chains: tuple[str, ...]
    nat_chains: tuple[str, ...]

    @property
    def runs_nftables(self) -> bool:
        return all(table in self.tables for table in NEW_TABLES) and not self.service_chains

    @property
    def runs_iptables(self) -> bool:
        return bool(self.service_chains) and not any(table in self.tables for table in NEW_TABLES)

    @property
    def service_chains(self) -> tuple[str, ...]:
        return tuple(chain for chain in self.nat_chains if chain.startswith("KUBE-SVC-"))


def look(name: str, pid: int) -> NodeView:
    """The node whose namespace the process holds."""
    return NodeView(
        name=name,
        tables=tuple(_run(pid, "nft", "list", "tables").splitlines()),
        filter_chains=tuple(_CHAIN.findall(_run(pid, "iptables", "-S"))),
        nat_chains=tuple(_CHAIN.findall(_run(pid, "iptables", "-t", "nat", "-S"))),
    )


def _run(pid: int, *command: str) -> str:
    own_user = os.readlink("/proc/self/ns/user") == os.readlink(f"/proc/{pid}/ns/user")
    enter = ("nsenter", "--target", str(pid), *(() if own_user else ("--user", "--preserve-credentials")), "--net")
    return subprocess.run([*enter, *command], check=True, capture_output=True, text=True).stdout


def reported(view: NodeView) -> t.Iterator[str]:
    """The node in a few lines."""
    yield f"  {view.name}"
    yield f"    nft list tables      {', '.join(table.removeprefix('table ') for table in view.tables) or '(none)'}"
    yield f"    iptables -S          {_chains(view.filter_chains)}"
    yield f"    iptables -t nat -S   {_chains(view.nat_chains)}"


def _chains(chains: tuple[str, ...]) -> str:
    if len(chains) <= 2:
        return ", ".join(chains) or "no KUBE chain"
    services = sum(chain.startswith("KUBE-SVC-") for chain in chains)
    return f"{len(chains)} KUBE chains" + (f", {services} of them KUBE-SVC-*" if services else "")
