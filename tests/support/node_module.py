# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network namespace in which the module for nodes runs as a process of its own, as on a node."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import typing as t

from tests.simulator.nodes.netns import Namespace

from .kernel_captures import captured, ipset_names
from .output import check_output

MODULE = "ansible_collections.aks.dataplane.plugins.modules.node_dataplane_info"
# kube-proxy makes these counters itself; its iptables rules refer to them.
COUNTERS = ("ct_state_invalid_dropped_pkts", "localhost_nps_accepted_pkts")
SUFFIX = {"nf_tables": "nft", "legacy": "legacy"}


class NodeNamespace:
    """A namespace for calls that wait."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._namespace = Namespace()
        self._loop.run_until_complete(self._namespace.start())

    def run(self, *command: str, stdin: str = "") -> str:
        return self._loop.run_until_complete(self._namespace.run(*command, stdin=stdin))

    @property
    def enter(self) -> tuple[str, ...]:
        return self._namespace.enter

    def look(self, before: t.Sequence[str] = (), env: t.Mapping[str, str] | None = None, **options: t.Any) -> dict[str, t.Any]:
        """What the module returns; also when it fails. before: words that go before the command."""
        arguments = json.dumps({"ANSIBLE_MODULE_ARGS": options})
        command = [*self.enter, *before, sys.executable, "-m", MODULE]
        done = subprocess.run(command, input=arguments, capture_output=True, text=True, env=env, check=False, timeout=120)
        if not done.stdout:
            raise AssertionError(done.stderr)
        check_output(done.stdout + done.stderr, "the module")
        return dict(json.loads(done.stdout))

    def load(self, folder: str, backend: str = "nf_tables") -> None:
        """A captured state. Left out is what needs the kernel's ip_vs: rules with C(-m ipvs) and virtual servers; kube-ipvs0 is a bridge."""
        for counter in COUNTERS:
            self.run("nfacct", "add", counter)
        if ipset_names(captured(folder, "ipset-save.txt")):
            self.run("ipset", "-exist", "restore", stdin=captured(folder, "ipset-save.txt"))
        for program in ("iptables", "ip6tables"):
            save = "".join(f"{line}\n" for line in captured(folder, f"{program}-save.txt").splitlines() if " -m ipvs " not in line)
            if save:
                self.run(f"{program}-{SUFFIX[backend]}-restore", stdin=save)
        ruleset = captured(folder, "nft.txt")
        if (start := ruleset.find("table ip kube-proxy {")) >= 0:
            self.run("nft", "-f", "-", stdin=ruleset[start:])
        if "kube-ipvs0" in captured(folder, "ip-link.json"):
            self.run("ip", "link", "add", "kube-ipvs0", "type", "bridge")

    def snapshot(self) -> tuple[str, ...]:
        """Everything that a look could change: the rules, the number of the kernel's last change to them, tables of the legacy backend, sets."""
        files = ("/proc/net/ip_tables_names", "/proc/net/ip6_tables_names")
        commands = [("nft", "list", "ruleset"), ("ipset", "list", "-n"), *(("cat", file) for file in files)]
        return (*(self.run(*command) for command in commands), self.run(sys.executable, "-c", _GENERATION))

    def close(self) -> None:
        self._loop.run_until_complete(self._namespace.close())
        self._loop.close()


# NFT_MSG_GETGEN: counts the kernel's transactions, so it shows one that changed nothing in the end as well.
_GENERATION = """
import socket, struct
link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
link.send(struct.pack("=IHHIIBBH", 20, 10 << 8 | 16, 1, 1, 0, 0, 0, 0))
print(struct.unpack_from(">I", link.recv(4096), 24)[0])
"""
