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


def grid(before: t.Sequence[NodeView], after: t.Sequence[NodeView]) -> t.Iterator[str]:
    """The same nodes twice, a line for each."""
    rows = [("node", "before", "after"), *((old.name, _rules(old), _rules(new)) for old, new in zip(before, after, strict=True))]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for name, old, new in rows:
        yield f"  {name:{widths[0]}}  {old:{widths[1]}}  {new}"


def _rules(view: NodeView) -> str:
    """What leads Services on the node, and what else there is of kube-proxy."""
    own = [table.removeprefix("table ") for table in NEW_TABLES if table in view.tables]
    chains = sorted({*view.filter_chains, *view.nat_chains})
    count = f"{len(chains)} KUBE chains, {len(view.service_chains)} of them KUBE-SVC-*"
    shown = count if len(chains) > 2 else f"chain {', '.join(chains)}"
    return "; ".join([*(["tables " + ", ".join(own)] if own else []), *([shown] if chains else [])]) or "nothing of kube-proxy"
