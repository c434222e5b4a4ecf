# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a look at a node with many services takes; prints numbers.

    python -m tests.benchmarks.bench_node_info [--services 5000]

The rules are those of a real kube-proxy 1.36 in iptables mode, the chains of one service over and over, in a network namespace of its own.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import re
import time

from tests.support.kernel_captures import captured
from tests.support.node_module import COUNTERS, NodeNamespace

# A service with two endpoints: 11 lines without its node port, as many as the services of a real cluster have on average.
NAMES = ("SIZ3W6L56HLVWPUR", "GWR5IQFYUNGRBVMA", "R6PQTHBUX7MSKPKN")
PATTERN = re.compile("|".join(NAMES))


def renamed(line: str, number: int) -> str:
    """With names as scattered as real ones: iptables sorts them."""
    return PATTERN.sub(lambda found: base64.b32encode(hashlib.sha256(f"{number}{found[0]}".encode()).digest())[:16].decode(), line)


def rules(services: int) -> str:
    """The captured rules, and those of one service that many times more."""
    lines = captured("iptables-12", "iptables-save.txt").splitlines()
    nat = lines.index("*nat")
    first = next(index for index, line in enumerate(lines) if index > nat and line.startswith("-A "))
    commit = lines.index("COMMIT", first)
    own = [line for line in lines[nat:] if PATTERN.search(line) and "KUBE-EXT-" not in line]
    more = [renamed(line, number) for number in range(services) for line in own]
    chains = [line for line in more if line.startswith(":")]
    return "\n".join(
        [*lines[:first], *chains, *lines[first:commit], *(line for line in more if line.startswith("-A ")), *lines[commit:], ""]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a look at a node with many services.")
    parser.add_argument("--services", type=int, default=5000)
    options = parser.parse_args()
    save = rules(options.services)
    for backend in ("nft", "legacy"):
        node = NodeNamespace()
        try:
            for counter in COUNTERS:
                node.run("nfacct", "add", counter)
            node.run(f"iptables-{backend}-restore", stdin=save)
            for monitor_lines in (False, True):
                before = time.perf_counter()
                result = node.look(monitor_lines=monitor_lines)
                taken = time.perf_counter() - before
                print(
                    f"{options.services} services, {save.count(chr(10))} lines, iptables-{backend}, monitor_lines={monitor_lines}:"
                    f" {taken:.2f} s with Python's start, mode {result['kube_proxy']['mode']}"
                )
        finally:
            node.close()


if __name__ == "__main__":
    main()
