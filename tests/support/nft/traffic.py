# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""UDP packets over a veth pair from a namespace into a node, to ports of which some are closed by rules: how many arrived at each."""

from __future__ import annotations

import json
import subprocess
import sys
import types

from .lab import LabNode
from .node import NftNode

ADDRESS = "198.18.0.2"
_SENDER = """
import socket, sys
ends = [("{address}", int(port)) for port in sys.argv[1:]]
link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True:
    for end in ends:
        try:
            link.sendto(b"x", end)
        except OSError:
            pass
"""
# Counts until its standard input ends.
_RECEIVER = """
import json, select, socket, sys
links = {}
for port in sys.argv[1:]:
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.bind(("", int(port)))
    link.setblocking(False)
    links[link] = port
counted = dict.fromkeys(sys.argv[1:], 0)
print("ready", flush=True)
while True:
    ready = select.select([*links, sys.stdin], [], [])[0]
    for link in ready:
        if link is sys.stdin:
            print(json.dumps(counted), flush=True)
            if not sys.stdin.readline():
                sys.exit()
            continue
        try:
            for number in range(500):
                link.recv(16)
                counted[links[link]] += 1
        except BlockingIOError:
            pass
"""


class Traffic:
    """From C(with) on, packets go to all of the ports all the time."""

    def __init__(self, node: LabNode, *ports: int) -> None:
        self._node, self._ports = node, [str(port) for port in ports]
        self._other = NftNode()
        link(self._other, node, "198.18.0.1", ADDRESS)

    def __enter__(self) -> Traffic:
        pipe = subprocess.PIPE
        words = [sys.executable, "-c"]
        self._receiver = subprocess.Popen([*self._node.enter, *words, _RECEIVER, *self._ports], stdin=pipe, stdout=pipe, text=True)
        self._line()
        self._sender = subprocess.Popen([*self._other.enter, *words, _SENDER.format(address=ADDRESS), *self._ports])
        return self

    def counts(self) -> dict[int, int]:
        """How many packets have arrived at each port until now."""
        if self._receiver.stdin is None:
            raise AssertionError("the receiver has no standard input")
        self._receiver.stdin.write("\n")
        self._receiver.stdin.flush()
        return {int(port): count for port, count in json.loads(self._line()).items()}

    def _line(self) -> str:
        if self._receiver.stdout is None:
            raise AssertionError("the receiver has no standard output")
        return self._receiver.stdout.readline()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None) -> None:
        for process in (self._sender, self._receiver):
            process.kill()
            process.communicate()
        self._other.close()


def link(one: NftNode, other: NftNode, address: str, other_address: str) -> None:
    """A veth pair between two nodes, eth0 in both, up."""
    one.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", str(other.pid))
    for node, own in ((one, address), (other, other_address)):
        node.run("ip", "address", "add", f"{own}/24", "dev", "eth0")
        node.run("ip", "link", "set", "eth0", "up")
