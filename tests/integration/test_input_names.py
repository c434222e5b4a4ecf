# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables whose names are misspelt, wherever they are set, through playbooks and roles alone: refused before anything is asked."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from tests.support.fleet import Fleet
from tests.support.playbooks import PlaybookRun, run_playbook
from tests.support.simulator import Simulator

REFUSED = "aks_dataplane_rolback is not a variable of aks.dataplane: did you mean aks_dataplane_rollback?"
WARNED = "aks_dataplane_team is not a variable of aks.dataplane and is ignored."
BEFORE = {"aks-a": {"aks_dataplane_kube_proxy": {"config": {"enabled": True, "mode": "IPTABLES"}}}}
NODES = {"all": {"children": {"aks_nodes": {"hosts": {"node-1": {"ansible_connection": "local"}}}}}}


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: pathlib.Path) -> Fleet:
    simulator.reset()
    simulator.clear_log()
    return Fleet(simulator, tmp_path / "runs", ("aks-a", "aks-b"))


def shown(run: PlaybookRun) -> str:
    """Older versions break the lines of warnings."""
    return " ".join((run.stdout + run.stderr).split())


@pytest.mark.parametrize("playbook", ["kube_proxy", "ebpf_host_routing", "preflight", "verification", "go_back", "audit"])
def test_every_playbook_refuses_a_misspelt_variable(fleet: Fleet, playbook: str) -> None:
    run = fleet.run(f"aks.dataplane.{playbook}", aks_dataplane_rolback=False, aks_dataplane_before=BEFORE)

    assert run.returncode == 2
    assert REFUSED in shown(run)
    assert fleet.simulator.log() == []
    assert fleet.records() == []


def test_one_host_of_many_is_enough_and_it_is_refused_once(fleet: Fleet) -> None:
    """A variable of a host that is not the first, next to one whose value cannot be had."""
    fleet.hosts["aks-b"] = {"aks_dataplane_rolback": "{{ there_is_no_such_thing }}"}
    run = fleet.run()

    assert run.returncode == 2
    assert len(run.failures()) == 1
    assert REFUSED in shown(run)
    assert fleet.simulator.log() == []


def test_others_cause_one_warning(fleet: Fleet) -> None:
    fleet.variables["aks_dataplane_team"] = "{{ there_is_no_such_thing }}"
    run = fleet.run("aks.dataplane.preflight")

    assert run.returncode == 0, run.stdout + run.stderr
    assert shown(run).count(WARNED) == 1
    # Nor is anybody warned of former names that no task uses.
    assert "deprecated" not in shown(run)


@pytest.mark.parametrize("allowed", [["aks_dataplane_rolback", "aks_dataplane_team"], "aks_dataplane_rolback, aks_dataplane_team"])
def test_custom_variables_can_be_allowed(fleet: Fleet, allowed: t.Any) -> None:
    fleet.hosts["aks-b"] = {"aks_dataplane_rolback": 1, "aks_dataplane_team": "blue", "aks_dataplane_known_variables": allowed}
    run = fleet.run("aks.dataplane.preflight")

    assert run.returncode == 0, run.stdout + run.stderr
    assert "is not a variable of" not in shown(run)


@pytest.mark.parametrize("role", ["feature_registration", "preflight", "switchover", "verification"])
def test_roles_alone_refuse_it(fleet: Fleet, role: str) -> None:
    """A variable of the play, which is in no inventory."""
    play = {
        "hosts": "all",
        "connection": "local",
        "gather_facts": False,
        "vars": {"aks_dataplane_rolback": False},
        "roles": [f"aks.dataplane.{role}"],
    }
    run = fleet.run([play])

    assert run.returncode == 2
    assert set(run.failures()) == {"aks-a", "aks-b"}
    assert all(message.startswith(REFUSED) for message in run.failures().values())
    assert fleet.simulator.log() == []


def test_nodes() -> None:
    extra = {"aks_dataplane_ruleset_contents": "", "aks_dataplane_ruleset_content": "table inet x {}"}
    play = {"hosts": "all", "gather_facts": False, "roles": ["aks.dataplane.node_ruleset"]}
    for playbook in ("aks.dataplane.node_ruleset", [play]):
        run = run_playbook(playbook, NODES, extra_vars=extra)
        assert run.returncode == 2
        assert "aks_dataplane_ruleset_contents is not a variable of aks.dataplane: did you mean aks_dataplane_ruleset_content?" in shown(
            run
        )
        assert run.results("Install nftables") == []
        assert run.results("Declare the tables") == []
