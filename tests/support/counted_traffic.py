# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Traffic from one node of the real cluster to another one, counted at both ends: to a port that rules leave open, and to one that they close."""

from __future__ import annotations

import json
import subprocess
import sys
import types

from tests.cluster.client import ClusterClient

OPEN, CLOSED = 4701, 4702
# Seconds for a connection, and for what has been sent to arrive, on a machine that does much else.
PATIENCE = 30
# Until its standard input ends: packets to both ports, 200 a second, and a connection to the open one for every tenth.
_SENDER = f"""
import json, select, socket, sys, time
address = sys.argv[1]
link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
done = {{"sent": 0, "connected": 0, "refused": 0}}
print("ready", flush=True)
while not select.select([sys.stdin], [], [], 0.005)[0]:
    for port in ({OPEN}, {CLOSED}):
        link.sendto(b"x", (address, port))
    done["sent"] += 1
    if done["sent"] % 10 == 0:
        try:
            socket.create_connection((address, {OPEN}), {PATIENCE}).close()
            done["connected"] += 1
        except OSError:
            done["refused"] += 1
print(json.dumps(done), flush=True)
"""
# Until its standard input says how many packets were sent; its buffer is for all that may come while it has no processor.
_RECEIVER = f"""
import json, select, socket, sys, time
SO_RCVBUFFORCE = 33
links, counted, accepted = {{}}, {{"{OPEN}": 0, "{CLOSED}": 0}}, 0
for port in ({OPEN}, {CLOSED}):
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 26)
    link.bind(("", port))
    links[link] = str(port)
server = socket.create_server(("", {OPEN}), backlog=128)
print("ready", flush=True)
sent, until = None, None
while sent is None or (counted["{OPEN}"] < sent and time.monotonic() < until):
    ends = [*links, server] + ([sys.stdin] if sent is None else [])
    for one in select.select(ends, [], [], 0.5)[0]:
        if one is sys.stdin:
            sent, until = int(sys.stdin.readline() or 0), time.monotonic() + {PATIENCE}
        elif one is server:
            one.accept()[0].close()
        else:
            one.recv(16)
            counted[links[one]] += 1
print(json.dumps(counted), flush=True)
"""


class CountedTraffic:
    """From C(with) on to its end. sender, receiver: processes whose networks are those of the nodes; address: of the receiver."""

    def __init__(self, sender: int, receiver: int, address: str) -> None:
        self._sender, self._receiver, self._address = sender, receiver, address
        self._sent: dict[str, int] = {}
        self._received: dict[str, int] = {}

    @classmethod
    def between_nodes(cls, cluster: ClusterClient) -> CountedTraffic:
        """From the first node to the second one."""
        pids = cluster.pids()
        sender, receiver = sorted(pids)[:2]
        addresses = cluster.api.request("GET", f"/api/v1/nodes/{receiver}").body["status"]["addresses"]
        address = next(str(one["address"]) for one in addresses if one["type"] == "InternalIP")
        return cls(pids[sender], pids[receiver], address)

    def __enter__(self) -> CountedTraffic:
        self._server = _started(self._receiver, _RECEIVER)
        self._client = _started(self._sender, _SENDER, self._address)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None) -> None:
        try:
            if error is None:
                self._sent = _last_line(self._client, "\n")
                self._received = _last_line(self._server, f"{self._sent['sent']}\n")
        finally:
            for process in (self._client, self._server):
                process.kill()
                process.wait()

    def check(self) -> None:
        """AssertionError for a packet that was lost or got through, and for a connection that failed."""
        sent = self._sent["sent"]
        assert sent >= 100, f"{sent} packets are too few"
        assert self._received == {str(OPEN): sent, str(CLOSED): 0}, (self._sent, self._received)
        assert (self._sent["connected"], self._sent["refused"]) == (sent // 10, 0), self._sent


def _started(network: int, program: str, *words: str) -> subprocess.Popen[str]:
    """It can be reached, or sends, from now on."""
    command = ["nsenter", f"--net=/proc/{network}/ns/net", sys.executable, "-c", program, *words]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if process.stdout is None or process.stdout.readline() != "ready\n":
        process.kill()
        raise AssertionError(f"the program at {words or 'the other end'} has not started")
    return process


def _last_line(process: subprocess.Popen[str], order: str) -> dict[str, int]:
    said, _nothing = process.communicate(order, timeout=3 * PATIENCE)
    found: dict[str, int] = json.loads(said)
    return found
