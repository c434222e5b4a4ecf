# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""examples/node-firewall, as it stands there, on two nodes that are reached over real ssh, which its rules must let in."""

from __future__ import annotations

import pathlib
import tempfile
import typing as t

import pytest

from tests.support.docs.example_folder import ExampleFolder
from tests.support.nft.lab import LabNode
from tests.support.nft.ssh import CONTROLLER, SshNode

SYSTEM, USER = "aks-system-12345678-vmss000000", "aks-user-12345678-vmss000000"
TABLE = "inet node-firewall"
# What kube-proxy has, in short.
NEIGHBOUR = "table ip kube-proxy { chain services { ip daddr 10.0.0.10 drop; }; }"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def example(tmp_path: pathlib.Path) -> t.Iterator[tuple[ExampleFolder, dict[str, LabNode]]]:
    """The folder, and the nodes that play those of its inventory."""
    folder = ExampleFolder("node-firewall", tmp_path)
    # Short names, because those of sockets may not be long.
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other, LabNode() as system, LabNode() as user:
        nodes = {SYSTEM: system, USER: user}
        with SshNode(system, pathlib.Path(one)) as first, SshNode(user, pathlib.Path(other)) as second:
            for name, reached in ((SYSTEM, first), (USER, second)):
                # Only how it is reached, and by whom: the one administrator is the machine that Ansible runs on.
                folder.add(f"host_vars/{name}.yml", {**reached.variables_from_outside(), "node_firewall_administrators": [CONTROLLER]})
                nodes[name].nft(NEIGHBOUR)
            yield folder, nodes


def test_the_commands_of_the_readme_run_as_written(example: tuple[ExampleFolder, dict[str, LabNode]]) -> None:
    folder, nodes = example
    plan, apply, again, info, refused, remove = folder.commands
    neighbours = {name: node.listing("ip kube-proxy") for name, node in nodes.items()}

    assert "node-firewall" in folder.run(plan).stdout
    assert [node.listing(TABLE) for node in nodes.values()] == ["", ""]

    changed = folder.run(apply).changed
    assert changed.keys() == nodes.keys()
    assert all(changed.values())
    for node in nodes.values():
        listing = node.listing(TABLE)
        assert "policy drop" in listing
        assert "ip saddr @administrators tcp dport 22 accept" in listing
    assert folder.run(again).changed == dict.fromkeys(nodes, 0)

    assert folder.run(info).stdout.count('"name": "node-firewall"') >= len(nodes)
    assert folder.run(refused).stdout.count("counter refused") == len(nodes)

    folder.run(remove)
    assert [node.listing(TABLE) for node in nodes.values()] == ["", ""]
    assert {name: node.listing("ip kube-proxy") for name, node in nodes.items()} == neighbours
