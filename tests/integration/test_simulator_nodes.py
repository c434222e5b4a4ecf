# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes as network namespaces hold what real kube-proxy leaves in a node, transition by transition."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import sys
import time
import typing as t

import pytest

from tests.simulator.nodes.rules import without_ipvs_match
from tests.support.raw import Raw
from tests.support.simulator import ROOT, Simulator

CAPTURES = ROOT / "tests" / "fixtures" / "kube-proxy"


def command(node: t.Mapping[str, t.Any], *words: str) -> str:
    done = subprocess.run([*node["enter"], *words], capture_output=True, text=True, check=True)
    return done.stdout


def rules(save: str) -> list[str]:
    """The rules and chains of iptables-save output, without counters, comments and empty tables."""
    lines = [re.sub(r" \[\d+:\d+\]$", "", line) for line in save.splitlines() if line.startswith(("-A ", ":KUBE-", "*"))]
    return sorted(line for line in lines if not line.startswith("*"))


def outline(lines: t.Sequence[str]) -> list[str]:
    """Without what depends on which endpoints are on the node: the captures with ipvs are of another node than those without."""
    own = re.compile(r"(:|-A )KUBE-(SEP|SVL|SVC|EXT|FW)-|-A KUBE-(SERVICES|EXTERNAL-SERVICES|NODEPORTS|FORWARD|PROXY-FIREWALL) ")
    return [line for line in lines if not own.match(line)]


def captured(folder: str, file: str) -> str:
    path = CAPTURES / folder / file
    return path.read_text(encoding="utf-8") if path.exists() else ""


def switch(simulator: Simulator, raw: Raw, mode: str) -> list[dict[str, t.Any]]:
    """Through ARM; the nodes once each kube-proxy runs in the mode."""
    raw.finish(raw.put_leaf({"enabled": True, "mode": mode.upper()}))
    limit = time.monotonic() + 30
    while True:
        nodes = simulator.nodes("aks-a")
        if all(node["mode"] == mode for node in nodes):
            return nodes
        assert time.monotonic() < limit
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("first", "second", "folder"),
    [
        ("iptables", "nftables", "transition-iptables-to-nftables-nocleanup-kp1.36.2"),
        ("nftables", "iptables", "transition-nftables-to-iptables-nocleanup-kp1.36.2"),
        ("iptables", "ipvs", "transition-iptables-to-ipvs-nocleanup-kp1.36.2"),
        ("ipvs", "iptables", "transition-ipvs-to-iptables-nocleanup-kp1.36.2"),
        ("ipvs", "nftables", "transition-ipvs-to-nftables-nocleanup-kp1.36.2"),
    ],
)
def test_transition(netns_simulator: Simulator, first: str, second: str, folder: str) -> None:
    leaf = {"enabled": True, "mode": first.upper()}
    netns_simulator.make_cluster("aks-a", nodes=1, patch={"properties": {"networkProfile": {"kubeProxyConfig": leaf}}})
    node = switch(netns_simulator, Raw(netns_simulator), second)[0]
    for family in ("iptables", "ip6tables"):
        live = rules(command(node, f"{family}-save"))
        truth = rules(without_ipvs_match(captured(folder, f"{family}-save.txt")))
        same = outline if "nftables" not in (first, second) else list
        assert same(live) == same(truth)
    wanted = [line.split()[1] for line in captured(folder, "ipset-save.txt").splitlines() if line.startswith("create ")]
    assert sorted(command(node, "ipset", "list", "-n").split()) == sorted(wanted)
    tables = re.findall(r"^table (ip6? kube-proxy) \{", captured(folder, "nft.txt"), re.MULTILINE)
    assert node["nft_tables"] == tables
    for table in tables:
        listing = command(node, "nft", "list", "table", *table.split())
        assert sorted(listing.split()) == sorted(_table(captured("nftables-12", "nft.txt"), table).split())


def _table(ruleset: str, name: str) -> str:
    start = ruleset.index(f"table {name} {{")
    return ruleset[start : ruleset.index("\n}", start) + 2]


def test_every_node_of_both_clusters_has_a_namespace_of_its_own(netns_simulator: Simulator) -> None:
    pids = {node["pid"] for name in ("aks-a", "aks-b") for node in netns_simulator.nodes(name)}
    assert len(pids) == 6
    inodes = {(ROOT / f"/proc/{pid}/ns/net").stat().st_ino for pid in pids}
    assert len(inodes) == 6


def test_all_of_it_ends_with_the_process_that_started_it(tmp_path: pathlib.Path) -> None:
    parent = "import subprocess, sys, time; subprocess.Popen(sys.argv[1:]); time.sleep(120)"
    options = [f"--dir={tmp_path}", "--clusters=one", "--nodes=2", "--node-kind=netns"]
    starter = subprocess.Popen([sys.executable, "-c", parent, sys.executable, "-m", "tests.simulator", *options], cwd=ROOT)
    until((tmp_path / "simulator.json").exists)
    simulator = Simulator(starter, json.loads((tmp_path / "simulator.json").read_text(encoding="utf-8")))
    pids = [simulator.info["pid"], *(node["pid"] for node in simulator.nodes("one"))]
    assert all(alive(pid) for pid in pids)
    starter.kill()
    starter.wait(timeout=10)
    until(lambda: not any(alive(pid) for pid in pids))


def until(condition: t.Callable[[], bool]) -> None:
    limit = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
