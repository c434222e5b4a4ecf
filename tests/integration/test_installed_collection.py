# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last part of make release-check: the tarball is built, installed into an empty place, and works from there.

One test, because its parts go by what those before them did to the same clusters; each prints how long it took.
"""

from __future__ import annotations

import json
import pathlib
import shlex
import sys
import typing as t

import pytest
import yaml

from tests.support.installed import COLLECTION, Installed
from tests.support.nft.node import NftNode
from tests.support.simulator import Simulator
from tools.release_check.programs import step
from tools.release_check.tarball import build

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SWITCHED, OTHER = CLUSTERS = ("aks-prod-1", "aks-prod-2")
# A Python of the system, as nodes have it.
NODE_PYTHON = "/usr/bin/python3"
TABLES = [{"family": "inet", "name": "trial", "chains": [{"name": "input", "rules": ["ct state invalid drop"]}]}]


def test_the_installed_collection_works(tmp_path: pathlib.Path) -> None:
    tarball = step("tarball", build, tmp_path / "tarball", pathlib.Path(sys.executable).parent)
    with Simulator.started(tmp_path / "simulator", clusters=CLUSTERS, scale=0.002) as simulator:
        installed = step("installed collection: install", Installed, tarball, tmp_path / "installed", simulator.environment())
        step("installed collection: everything is documented", everything_is_documented, installed)
        step("installed collection: kube proxy", kube_proxy, installed, simulator)
        step("installed collection: inventory plugin", inventory_plugin, installed)
        step("installed collection: audit", audit, installed)
        step("installed collection: node ruleset", node_ruleset, installed)


def everything_is_documented(installed: Installed) -> None:
    """Every plugin, role and entry point of which ansible-doc knows anything, and it must know of all files in the tarball."""
    reported = json.loads(installed.run("ansible-doc", "--metadata-dump", COLLECTION))["all"]
    for kind, folder in (("inventory", "inventory"), ("module", "modules")):
        assert set(reported.get(kind, {})) == {f"{COLLECTION}.{file.stem}" for file in (installed.root / "plugins" / folder).glob("*.py")}
    for kind, entries in reported.items():
        for name, entry in entries.items():
            source = str(entry.get("doc", {}).get("filename", installed.root))
            assert source.startswith(str(installed.root)), f"{kind} {name} is documented in {source}, which is not in the tarball"


def kube_proxy(installed: Installed, simulator: Simulator) -> None:
    """Check mode, the switch, and the same again."""
    variables = {
        "aks_dataplane_resource_group": simulator.resource_group,
        "aks_dataplane_kube_proxy": {"mode": "NFTABLES"},
        "aks_dataplane_poll_interval": 1,
    }
    inventory = {"aks_clusters": {"hosts": {SWITCHED: None}, "vars": variables}}
    installed.play("kube_proxy", inventory, "--check", "--diff")
    assert modes(simulator) == {"iptables"}, "check mode has changed the nodes"
    changed = installed.play("kube_proxy", inventory)
    assert changed.get(SWITCHED, 0) > 0, "the switch has changed nothing"
    assert modes(simulator) == {"nftables"}, "the switch has not reached the nodes"
    assert installed.play("kube_proxy", inventory) == {SWITCHED: 0}, "the second run has changed something"


def modes(simulator: Simulator) -> set[str]:
    return {node["mode"] for node in simulator.nodes(SWITCHED)}


def inventory_plugin(installed: Installed) -> None:
    """After the switch: each cluster in the group of what it has."""
    source = installed.folder / "clusters.aks.yml"
    source.write_text(yaml.safe_dump({"plugin": f"{COLLECTION}.aks_clusters"}), encoding="utf-8")
    groups: dict[str, t.Any] = json.loads(installed.run("ansible-inventory", "-i", str(source), "--list"))
    found = {name: groups.get(name, {}).get("hosts") for name in ("kube_proxy_nftables", "kube_proxy_iptables")}
    assert found == {"kube_proxy_nftables": [SWITCHED], "kube_proxy_iptables": [OTHER]}


def audit(installed: Installed) -> None:
    """Of all clusters that Azure lists."""
    file = installed.folder / "audit.json"
    installed.run("ansible-playbook", f"{COLLECTION}.audit", "-e", f"aks_dataplane_audit_file={file}")
    text = file.read_text(encoding="utf-8")
    assert all(cluster in text for cluster in CLUSTERS), f"the audit lists other clusters: {text}"


def node_ruleset(installed: Installed) -> None:
    """On a node of which the tree has no part but the namespace."""
    with NftNode() as node:
        python = installed.folder / "node-python"
        command = f"PATH={shlex.quote(node.path)} exec {shlex.join(node.enter)} {NODE_PYTHON}"
        python.write_text(f'#!/bin/sh\n{command} "$@"\n', encoding="utf-8")
        python.chmod(0o755)
        host = {"ansible_connection": "local", "ansible_python_interpreter": str(python), "ansible_become": False}
        inventory = {"aks_nodes": {"hosts": {"node-1": host}, "vars": {"aks_dataplane_ruleset_tables": TABLES}}}
        assert installed.play("node_ruleset", inventory)["node-1"] > 0, "the declaration has changed nothing"
        assert "invalid" in node.listing("inet trial"), "the node has no table"
        assert installed.play("node_ruleset", inventory) == {"node-1": 0}, "the second run has changed something"
