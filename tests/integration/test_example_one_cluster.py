# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""examples/one-cluster, as it stands there, against the simulated cloud."""

from __future__ import annotations

import pathlib

import pytest

from tests.support.docs.example_folder import ExampleFolder
from tests.support.simulator import Simulator

TEST, PRODUCTION = "aks-test-1", "aks-prod-1"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def modes(simulator: Simulator) -> dict[str, set[str]]:
    """What the nodes of each cluster run."""
    return {cluster: {node["mode"] for node in simulator.nodes(cluster)} for cluster in (TEST, PRODUCTION)}


def test_the_commands_of_the_readme_run_as_written(tmp_path: pathlib.Path) -> None:
    with Simulator.started(tmp_path / "simulator", clusters=(TEST, PRODUCTION), resource_group="rg-production") as simulator:
        example = ExampleFolder("one-cluster", tmp_path, simulator.environment())
        # The simulator is faster than Azure.
        example.add("group_vars/all.yml", {"aks_dataplane_poll_interval": 1})
        audit, plan, test, production, again, from_file = example.commands

        assert f"{TEST} " in example.run(audit).stdout
        assert "NFTABLES" in example.run(plan).stdout
        assert modes(simulator) == {TEST: {"iptables"}, PRODUCTION: {"iptables"}}

        assert set(example.run(test).changed) == {TEST}
        assert modes(simulator) == {TEST: {"nftables"}, PRODUCTION: {"iptables"}}
        assert set(example.run(production).changed) == {PRODUCTION}
        assert modes(simulator) == {TEST: {"nftables"}, PRODUCTION: {"nftables"}}
        assert example.run(again).changed == {TEST: 0, PRODUCTION: 0}

        example.run(from_file)
        assert modes(simulator) == {TEST: {"ipvs"}, PRODUCTION: {"nftables"}}
