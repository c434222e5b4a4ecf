# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Traffic through a Service of a simulated node: an address on loopback, as the one of a load balancer in front of the node.

The node's own kernel rules, those that kube-proxy wrote there, lead each connection from the Service's address to its backend.
"""

from __future__ import annotations

import contextlib
import pathlib
import signal
import socket
import subprocess
import sys
import typing as t

SERVICE = "default/svc-00000"
_PROGRAM = pathlib.Path(__file__).with_name("service.py")


@contextlib.contextmanager
def through(node: t.Mapping[str, t.Any]) -> t.Iterator[int]:
    """The port of 127.0.0.1 whose connections go to the Service on this node; node: of C(Simulator.nodes), with a namespace."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(256)
        number = listening.fileno()
        # It ends with this process, however that ends.
        ending = ("setpriv", "--pdeathsig", "KILL")
        command = [*node["enter"], *ending, sys.executable, str(_PROGRAM), str(number)]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, pass_fds=[number])
        try:
            if not process.stdout or process.stdout.readline() != "ready\n":
                raise RuntimeError("the Service of the demo did not start on the node")
            yield listening.getsockname()[1]
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=10)
