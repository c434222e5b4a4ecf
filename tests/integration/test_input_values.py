# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Choices in any case and relative paths, as playbooks, roles and modules take them."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from tests.support.fleet import Fleet
from tests.support.playbooks import run_playbook
from tests.support.simulator import ROOT, Simulator


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: pathlib.Path) -> Fleet:
    simulator.reset()
    simulator.clear_log()
    return Fleet(simulator, tmp_path / "runs", ("aks-a",))


def alone(role: str) -> list[dict[str, t.Any]]:
    return [{"hosts": "all", "connection": "local", "gather_facts": False, "roles": [f"aks.dataplane.{role}"]}]


@pytest.mark.parametrize("playbook", ["aks.dataplane.kube_proxy", alone("switchover")])
def test_a_mode_in_lower_case(fleet: Fleet, playbook: t.Any) -> None:
    fleet.variables["aks_dataplane_kube_proxy"] = {"mode": "nfTables"}
    run = fleet.run(playbook, check=True, aks_dataplane_profile="Current")

    assert run.returncode == 0, run.stdout + run.stderr
    assert run.results("Plan the change")[0]["after"]["mode"] == "NFTABLES"
    assert fleet.writes() == []


@pytest.mark.parametrize("playbook", ["aks.dataplane.kube_proxy", alone("preflight")])
@pytest.mark.parametrize(
    ("variables", "message"),
    [
        (
            {"aks_dataplane_kube_proxy": {"mode": "NFTABLE"}},
            "value of mode must be one of: IPTABLES, IPVS, NFTABLES, got: NFTABLE found in aks_dataplane_kube_proxy. Did you mean NFTABLES?",
        ),
        (
            {"aks_dataplane_profile": "currant"},
            "value of aks_dataplane_profile must be one of: preview, current, got: currant. Did you mean current?",
        ),
    ],
)
def test_a_wrong_value_is_one_short_sentence(fleet: Fleet, playbook: t.Any, variables: dict[str, t.Any], message: str) -> None:
    fleet.variables |= variables
    run = fleet.run(playbook)

    assert run.returncode == 2
    assert message in run.failures()["aks-a"]
    assert len(run.failures()["aks-a"]) < 250
    assert fleet.simulator.log() == []


@pytest.mark.parametrize(
    ("last", "parameters", "message"),
    [
        ("switchover", {"aks_dataplane_rollback": "perhaps"}, "value of aks_dataplane_rollback must be true or false, got: perhaps."),
        ("switchover", {"vars": {"aks_dataplane_rollout_timeout": "soon"}}, "value of aks_dataplane_rollout_timeout must be"),
        (
            "verification",
            {"aks_dataplane_kubeconfg": "x"},
            "no variable aks_dataplane_kubeconfg. Did you mean aks_dataplane_kubeconfig?",
        ),
    ],
)
def test_a_wrong_value_of_a_later_role_alone_is_a_short_sentence(
    fleet: Fleet, last: str, parameters: dict[str, t.Any], message: str
) -> None:
    (play,) = alone("preflight")
    run = fleet.run([{**play, "roles": [*play["roles"], {"role": f"aks.dataplane.{last}", **parameters}]}], check=True)

    assert run.returncode == 2
    assert message in run.failures()["aks-a"]
    assert max(map(len, run.stdout.splitlines())) < 600, run.stdout
    assert fleet.writes() == []


def test_a_misspelt_key_is_refused_with_the_one_that_is_meant(fleet: Fleet) -> None:
    fleet.variables["aks_dataplane_kube_proxy"] = {"moed": "NFTABLES"}
    run = fleet.run()

    assert run.returncode == 2
    assert run.failures()["aks-a"].startswith("aks_dataplane_kube_proxy has the unknown key moed.")
    assert run.failures()["aks-a"].endswith("Did you mean mode?")


def test_relative_paths_begin_where_ansible_was_started(fleet: Fleet, tmp_path: pathlib.Path) -> None:
    """ROOT, here. The records are where the environment says, and are named with their absolute path."""
    config = tmp_path / "kube-proxy.json"
    config.write_text(json.dumps({"enabled": True, "mode": "NFTABLES"}), encoding="utf-8")
    relative = pathlib.Path(*[".."] * (len(ROOT.parts) - 1), *config.parts[1:])
    fleet.variables |= {"aks_dataplane_kube_proxy": {"config_file": str(relative)}, "aks_dataplane_record_dir": "$RUNS/runs"}
    environment = {**fleet.simulator.environment(), "RUNS": str(tmp_path)}

    run = run_playbook("aks.dataplane.kube_proxy", fleet.inventory, env=environment, check=True)

    assert run.returncode == 0, run.stdout + run.stderr
    assert run.results("Plan the change")[0]["after"]["mode"] == "NFTABLES"
    path = run.results("Begin the run record")[0]["record_path"]
    assert path.startswith(f"{tmp_path}/runs/{fleet.simulator.resource_group}.aks-a/")


def test_a_path_that_is_wrong_is_named_absolute(fleet: Fleet) -> None:
    fleet.variables |= {"aks_dataplane_kube_proxy": {"config_file": "no/such.json"}}
    run = fleet.run()

    assert run.returncode == 2
    assert f"config_file: {ROOT}/no/such.json cannot be read" in run.failures()["aks-a"]
    assert fleet.simulator.log() == []
