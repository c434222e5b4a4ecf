# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as its users get it: installed from the tarball, in an environment with nothing but what it says it needs.

Only what stands for Azure, Kubernetes and a node comes from this checkout, in processes of its own.
"""

from __future__ import annotations

import json
import pathlib
import shlex
import sys
import typing as t

import yaml

from tests.support.nft.node import NftNode
from tests.support.playbooks import recap
from tests.support.simulator import Simulator

from .problem import Problem
from .programs import CONSTRAINTS, ROOT, Bench, ansible_core, environment

COLLECTION = "aks.dataplane"
SWITCHED, OTHER = CLUSTERS = ("aks-prod-1", "aks-prod-2")
# A Python of the system, as nodes have it.
NODE_PYTHON = "/usr/bin/python3"
TABLES = [{"family": "inet", "name": "trial", "chains": [{"name": "input", "rules": ["ct state invalid drop"]}]}]


def changes(output: str) -> dict[str, int]:
    """By host, from the recap of a playbook; the implicit host of plays that ask for all clusters is not counted."""
    return {host: number for host, number in recap(output).items() if host != "localhost"}


class Trial:
    """A bench with the installed collection."""

    def __init__(self, tarball: pathlib.Path, folder: pathlib.Path, simulator: Simulator) -> None:
        self._folder, self._simulator = folder, simulator
        self._collections = folder / "collections"
        programs = environment("trial", ansible_core(), "-r", str(ROOT / "meta" / "ee-requirements.txt"), "-c", str(CONSTRAINTS))
        self._bench = Bench(
            folder,
            programs,
            ANSIBLE_COLLECTIONS_PATH=str(self._collections),
            ANSIBLE_LOCALHOST_WARNING="false",
            ANSIBLE_INJECT_FACT_VARS="false",
            **simulator.environment(),
        )
        self._bench.run("ansible-galaxy", "collection", "install", str(tarball), "-p", str(self._collections), "--offline")

    def play(self, playbook: str, inventory: t.Mapping[str, t.Any], *arguments: str) -> dict[str, int]:
        """How many changes each host had."""
        file = self._folder / "inventory.yml"
        file.write_text(yaml.safe_dump(inventory), encoding="utf-8")
        return changes(self._bench.run("ansible-playbook", "-i", str(file), *arguments, f"{COLLECTION}.{playbook}"))

    def everything_is_documented(self) -> None:
        """Every plugin, role and entry point of which ansible-doc knows anything, and it must know of all files in the tarball."""
        told = json.loads(self._bench.run("ansible-doc", "--metadata-dump", COLLECTION))["all"]
        root = self._collections / "ansible_collections" / "aks" / "dataplane"
        for kind in ("inventory", "module"):
            files = {f"{COLLECTION}.{file.stem}" for file in (root / "plugins" / {"module": "modules"}.get(kind, kind)).glob("*.py")}
            demand(set(told.get(kind, {})) == files, f"ansible-doc knows of {sorted(told.get(kind, {}))}, not of {sorted(files)}")
        for kind, entries in told.items():
            for name, entry in entries.items():
                source = str(entry.get("doc", {}).get("filename", root))
                demand(source.startswith(str(root)), f"{kind} {name} is documented in {source}, which is not in the tarball")

    def kube_proxy(self) -> None:
        """Check mode, the switch, and the same again."""
        variables = {
            "aks_dataplane_resource_group": self._simulator.resource_group,
            "aks_dataplane_kube_proxy": {"mode": "NFTABLES"},
            "aks_dataplane_poll_interval": 1,
        }
        inventory = {"aks_clusters": {"hosts": {SWITCHED: None}, "vars": variables}}
        self.play("kube_proxy", inventory, "--check", "--diff")
        demand(self._modes() == {"iptables"}, f"after check mode the nodes run {self._modes()}")
        changed = self.play("kube_proxy", inventory)
        demand(changed.get(SWITCHED, 0) > 0, f"the switch has changed: {changed}")
        demand(self._modes() == {"nftables"}, f"after the switch the nodes run {self._modes()}")
        again = self.play("kube_proxy", inventory)
        demand(again == {SWITCHED: 0}, f"the second run has changed: {again}")

    def _modes(self) -> set[str]:
        return {node["mode"] for node in self._simulator.nodes(SWITCHED)}

    def inventory_plugin(self) -> None:
        """After the switch: each cluster in the group of what it has."""
        source = self._folder / "clusters.aks.yml"
        source.write_text(yaml.safe_dump({"plugin": f"{COLLECTION}.aks_clusters"}), encoding="utf-8")
        groups = json.loads(self._bench.run("ansible-inventory", "-i", str(source), "--list"))
        found = {name: groups.get(name, {}).get("hosts") for name in ("kube_proxy_nftables", "kube_proxy_iptables")}
        demand(found == {"kube_proxy_nftables": [SWITCHED], "kube_proxy_iptables": [OTHER]}, f"the inventory has the groups {found}")

    def audit(self) -> None:
        """Of all clusters that Azure tells of."""
        file = self._folder / "audit.json"
        self._bench.run("ansible-playbook", f"{COLLECTION}.audit", "-e", f"aks_dataplane_audit_file={file}")
        text = file.read_text(encoding="utf-8")
        demand(all(cluster in text for cluster in CLUSTERS), f"the audit tells of other clusters: {text}")

    def node_ruleset(self) -> None:
        """On a node of which the tree has no part but the namespace."""
        with NftNode() as node:
            python = self._folder / "node-python"
            command = f"PATH={shlex.quote(node.path)} exec {shlex.join(node.enter)} {NODE_PYTHON}"
            python.write_text(f'#!/bin/sh\n{command} "$@"\n', encoding="utf-8")
            python.chmod(0o755)
            host = {"ansible_connection": "local", "ansible_python_interpreter": str(python), "ansible_become": False}
            inventory = {"aks_nodes": {"hosts": {"node-1": host}, "vars": {"aks_dataplane_ruleset_tables": TABLES}}}
            changed = self.play("node_ruleset", inventory)
            demand(changed["node-1"] > 0 and "invalid" in node.listing("inet trial"), f"the node has no table; changed: {changed}")
            again = self.play("node_ruleset", inventory)
            demand(again == {"node-1": 0}, f"the second run has changed: {again}")


def demand(holds: bool, text: str) -> None:
    if not holds:
        raise Problem(text)


def run_trial(tarball: pathlib.Path, folder: pathlib.Path) -> None:
    """Problem with the output of what failed."""
    with Simulator.started(folder / "simulator", clusters=CLUSTERS, scale=0.002) as simulator:
        trial = Trial(tarball, folder / "trial", simulator)
        for part in (trial.everything_is_documented, trial.kube_proxy, trial.inventory_plugin, trial.audit, trial.node_ruleset):
            print(f"release-check: installed collection: {part.__name__.replace('_', ' ')}", file=sys.stderr, flush=True)
            part()
