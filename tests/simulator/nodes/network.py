# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's network rules, really written into a network namespace of its own, or only remembered."""

from __future__ import annotations

import contextlib
import typing as t

from ..cilium import monitor
from ..settings import NodeKind
from . import rules, shown
from .netns import Namespace, NamespaceError

# Those that a container with kube-proxy has.
PROGRAMS = ("nft", "iptables", "iptables-nft", "iptables-legacy-save", "ip6tables", "ip6tables-nft", "ip6tables-legacy-save", "ipset")


class NodeRules(t.Protocol):
    """The part of a node that kube-proxy writes to."""

    async def start(self) -> None:
        """The node comes up, without rules."""

    async def switch(self, mode: str) -> None:
        """kube-proxy starts in this mode: it cleans up behind another one as the real one does, and writes its rules."""

    async def clean(self, mode: str) -> None:
        """What kube-proxy does first of it: the rules of another mode are gone, its own not there yet. In memory they only change together."""

    async def look(self) -> dict[str, t.Any]:
        """C(nft_tables), C(kube_chains) (names), C(pid) of the namespace's holder, C(enter): the words before a command in it (null in memory)."""

    async def write(self, rule: str) -> None:
        """A user's iptables rule: C([-t TABLE] -A CHAIN ...)."""

    async def lines(self) -> dict[str, list[str]]:
        """What C(iptables -t TABLE -S) prints, by table; without tables that cannot be read."""

    async def run(self, command: t.Sequence[str]) -> shown.Printed:
        """What a program for packet filters prints in a container of the node's network; it only reads."""

    async def close(self) -> None:
        """The node goes away, and everything in it."""


class MemoryRules:
    """Remembers which rules a real node would have; for tests that only look through the Kubernetes API."""

    def __init__(self) -> None:
        self._tables: set[str] = set()
        self._chains: set[str] = set()
        self.user: list[str] = []
        # Modes that kube-proxy has been in since it last cleaned up behind others, the newest last.
        self._modes: tuple[str, ...] = ()

    async def start(self) -> None:
        return None

    async def switch(self, mode: str) -> None:
        cleans = "nftables" in (mode, *self._modes)
        self._modes = (mode,) if cleans else (*(one for one in self._modes if one != mode), mode)
        if mode == "nftables":
            self._chains &= {rules.KEPT_CHAIN}
            self._tables = set(rules.TABLES)
            return
        self._tables = set()
        self._chains |= set(rules.chains_of(rules.captured(mode, "iptables-save.txt")))

    async def clean(self, mode: str) -> None:
        return None

    async def look(self) -> dict[str, t.Any]:
        return {"nft_tables": sorted(self._tables), "kube_chains": sorted(self._chains), "pid": None, "enter": None}

    async def write(self, rule: str) -> None:
        self.user.append(rule)

    async def lines(self) -> dict[str, list[str]]:
        """Of chains only one stands for all; of rules those of the user."""
        found = {table: ["-P OUTPUT ACCEPT"] for table in monitor.TABLES}
        for rule in self.user:
            found[monitor.split_rule(rule)[0]].append(rule[rule.index("-A ") :])
        return found

    async def run(self, command: t.Sequence[str]) -> shown.Printed:
        return shown.of_modes(self._modes, tuple(self.user)).run(command)

    async def close(self) -> None:
        return None


class NamespaceRules:
    """Writes the captured rules of real kube-proxy into a network namespace.

    The IPVS part is left out where it needs the kernel's ip_vs: rules with C(-m ipvs), the virtual servers and the kube-ipvs0 device.
    """

    def __init__(self) -> None:
        self._namespace = Namespace()

    async def start(self) -> None:
        await self._namespace.start()
        # kube-proxy makes these counters itself; its iptables rules refer to them.
        for counter in ("ct_state_invalid_dropped_pkts", "localhost_nps_accepted_pkts"):
            await self._namespace.run("nfacct", "add", counter)

    async def switch(self, mode: str) -> None:
        await self.clean(mode)
        if mode == "nftables":
            await self._namespace.run("nft", "-f", "-", stdin=rules.captured(mode, "nft.txt"))
            return
        sets = rules.captured(mode, "ipset-save.txt")
        if sets:
            await self._namespace.run("ipset", "-exist", "restore", stdin=sets)
        for family in ("iptables", "ip6tables"):
            save = rules.without_ipvs_match(rules.captured(mode, f"{family}-save.txt"))
            detach = rules.detached(await self._namespace.run(f"{family}-save"), save)
            if detach:
                await self._namespace.run(f"{family}-restore", "--noflush", stdin=detach)
            await self._namespace.run(f"{family}-restore", "--noflush", stdin=save)

    async def clean(self, mode: str) -> None:
        await self._drop_tables()
        if mode == "nftables":
            await self._clean_iptables()

    async def _drop_tables(self) -> None:
        present = await self._namespace.run("nft", "list", "tables")
        doomed = [table for table in rules.TABLES if f"table {table}\n" in present]
        if doomed:
            await self._namespace.run("nft", "-f", "-", stdin="".join(f"delete table {table}\n" for table in doomed))

    async def _clean_iptables(self) -> None:
        for family in ("iptables", "ip6tables"):
            script = rules.cleaned(await self._namespace.run(f"{family}-save"))
            if script:
                await self._namespace.run(f"{family}-restore", "--noflush", stdin=script)
        names = (await self._namespace.run("ipset", "list", "-n")).split()
        doomed = [name for name in names if name.startswith("KUBE-") and not name.startswith("KUBE-6-")]
        if doomed:
            await self._namespace.run("ipset", "restore", stdin="".join(f"destroy {name}\n" for name in doomed))

    async def look(self) -> dict[str, t.Any]:
        tables = await self._namespace.run("nft", "list", "tables")
        chains = rules.chains_of(await self._namespace.run("iptables-save"))
        own = [line.removeprefix("table ") for line in tables.splitlines() if line.endswith(" kube-proxy")]
        return {"nft_tables": own, "kube_chains": chains, "pid": self._namespace.pid, "enter": self._namespace.enter}

    async def write(self, rule: str) -> None:
        table, words = monitor.split_rule(rule)
        await self._namespace.run("iptables", "-t", table, *words)

    async def lines(self) -> dict[str, list[str]]:
        found = {}
        for table in monitor.TABLES:
            with contextlib.suppress(NamespaceError):
                found[table] = (await self._namespace.run("iptables", "-t", table, "-S")).splitlines()
        return found

    async def run(self, command: t.Sequence[str]) -> shown.Printed:
        if command[0] not in PROGRAMS:
            return "", "", None
        return await self._namespace.outcome(*command)

    async def close(self) -> None:
        await self._namespace.close()


def make_rules(kind: NodeKind) -> NodeRules:
    return NamespaceRules() if kind == "netns" else MemoryRules()
