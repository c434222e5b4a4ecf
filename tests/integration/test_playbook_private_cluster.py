# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A switch of a private cluster by AKS's run command, and what check mode does without consent."""

from __future__ import annotations

import pathlib

import pytest

from tests.support.fleet import Fleet
from tests.support.simulator import Simulator


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: pathlib.Path) -> Fleet:
    fleet = Fleet(simulator, tmp_path / "runs", ("aks-a",))
    simulator.clear_log()
    return fleet


def commands(fleet: Fleet) -> int:
    return sum(1 for entry in fleet.simulator.log(kind="arm") if entry["path"].endswith("/runCommand"))


def direct(fleet: Fleet) -> list[str]:
    """What only a direct connection would need, or do."""
    paths = [entry["path"] for entry in fleet.simulator.log() if entry["method"] == "POST" or "/exec" in entry["path"]]
    return [path for path in paths if "Credential" in path or "/exec" in path or "selfsubject" in path]


def test_a_switch_is_verified_by_commands_alone(fleet: Fleet) -> None:
    run = fleet.run(aks_dataplane_kubernetes_via="command")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "verified on 3 of 3 nodes" in run.stdout
    # At least one before the change, and one after it.
    assert commands(fleet) >= 3
    assert direct(fleet) == []


def test_check_mode_creates_nothing_without_consent(fleet: Fleet) -> None:
    run = fleet.run(check=True, aks_dataplane_kubernetes_via="command")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "not checked" in run.stdout
    assert "set aks_dataplane_command_in_check_mode: true" in run.stdout, run.stdout
    assert (commands(fleet), direct(fleet)) == (0, [])


def test_check_mode_reads_with_consent(fleet: Fleet) -> None:
    run = fleet.run(check=True, aks_dataplane_kubernetes_via="command", aks_dataplane_command_in_check_mode=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert commands(fleet) >= 1
    assert direct(fleet) == []


def test_another_way_is_refused(fleet: Fleet) -> None:
    run = fleet.run(aks_dataplane_kubernetes_via="tunnel")
    assert run.returncode != 0
    assert "direct, command" in run.stdout
    assert fleet.writes() == []


@pytest.mark.parametrize("look", ["exec", "pods"])
def test_a_look_at_the_nodes_by_name_is_refused_before_anything_is_asked(fleet: Fleet, look: str) -> None:
    run = fleet.run(aks_dataplane_kubernetes_via="command", aks_dataplane_node_look=look)
    assert run.returncode != 0
    assert f"aks_dataplane_node_look: {look} needs a direct connection" in " ".join(run.stdout.split())
    assert fleet.simulator.log() == []
