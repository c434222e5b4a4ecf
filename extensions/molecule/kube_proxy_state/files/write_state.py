# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs on a test node: brings its kernel to a state in which kube-proxy left another one.

Reads the state from standard input, as JSON: contents of its files by their names (tests/fixtures/kube-proxy/README.md). Whatever packet
filters, virtual servers and sets the node had are gone afterwards.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

INTERFACE = "kube-ipvs0"
# kube-proxy makes these itself; its rules refer to them.
COUNTERS = ("ct_state_invalid_dropped_pkts", "localhost_nps_accepted_pkts")


def run(*command: str, text: str = "") -> None:
    """A program that must succeed."""
    done = subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stdout}")


def clear() -> None:
    """Sets and counters last, because rules hold them."""
    run("nft", "flush", "ruleset")
    if os.path.exists("/proc/net/ip_vs"):
        run("ipvsadm", "--clear")
    if os.path.exists(f"/sys/class/net/{INTERFACE}"):
        run("ip", "link", "delete", INTERFACE)
    run("ipset", "destroy")
    run("nfacct", "flush")


def write(state: dict[str, str]) -> None:
    """In the order in which one part refers to another."""
    run("ipset", "restore", text=state.get("ipset-save.txt", ""))
    for counter in COUNTERS:
        run("nfacct", "add", counter)
    for program in ("iptables", "ip6tables"):
        run(f"{program}-restore", text=state.get(f"{program}-save.txt", ""))
    # The tables before these are of iptables, written above.
    ruleset = state.get("nft.txt", "")
    if (start := ruleset.find("table ip kube-proxy {")) >= 0:
        run("nft", "-f", "-", text=ruleset[start:])
    for link in json.loads(state.get("ip-addr.json", "[]")):
        if link["ifname"] == INTERFACE:
            run("ip", "link", "add", INTERFACE, "type", "dummy")
            addresses = [f"address add {one['local']}/{one['prefixlen']} dev {INTERFACE}\n" for one in link["addr_info"]]
            run("ip", "-batch", "-", text="".join(addresses))
    if "ipvsadm-save.txt" in state:
        run("ipvsadm", "--restore", text=state["ipvsadm-save.txt"])


clear()
write(json.load(sys.stdin))
