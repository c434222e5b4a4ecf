# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The test harness itself: modules in this process, playbooks in another."""

from __future__ import annotations

import time
import typing as t

import pytest

from tests.support.modules import run_module
from tests.support.playbooks import run_playbook, start_playbook
from tests.support.simulator import Simulator

PLAY = {
    "hosts": "all",
    "gather_facts": False,
    "tasks": [
        {"name": "Say who", "ansible.builtin.debug": {"msg": "{{ inventory_hostname }} {{ word }} {{ lookup('env', 'COLOUR') }}"}},
        {"name": "Fail on two", "ansible.builtin.fail": {"msg": "no"}, "when": "inventory_hostname == 'two'"},
    ],
}
INVENTORY = {"all": {"hosts": {"one": {"ansible_connection": "local"}, "two": {"ansible_connection": "local"}}}}


def test_playbook_results() -> None:
    run = run_playbook([PLAY], INVENTORY, extra_vars={"word": "is"}, env={"COLOUR": "red"})
    assert run.returncode == 2
    assert sorted(result["msg"] for result in run.results("Say who")) == ["one is red", "two is red"]
    assert run.results("Fail", host="two")[0]["msg"] == "no"
    assert run.results(action="debug", host="one")
    assert (run.stats["one"]["failures"], run.stats["two"]["failures"]) == (0, 1)
    assert "PLAY RECAP" in run.stdout


def test_killed_playbook_leaves_its_record() -> None:
    waiting = {
        "hosts": "all",
        "gather_facts": False,
        "tasks": [{"ansible.builtin.debug": {"msg": "first"}}, {"ansible.builtin.pause": {"seconds": 60}}],
    }
    started = start_playbook([waiting], INVENTORY)
    limit = time.monotonic() + 30
    while not started.lines():
        assert time.monotonic() < limit
        time.sleep(0.05)
    started.kill()
    run = started.wait()
    assert run.returncode < 0
    assert run.events[0]["result"]["msg"] == "first"
    assert run.stats == {}


def test_module_over_https(simulator: Simulator, azure_env: dict[str, str]) -> None:
    result = run_module("aks_network_info", {"resource_group": simulator.resource_group, "name": "aks-a"}, env=azure_env)
    assert result["changed"] is False
    assert [cluster["name"] for cluster in result["clusters"]] == ["aks-a"]
    assert [entry["kind"] for entry in simulator.log() if entry["kind"] in ("token", "arm")] == ["token", "arm"]


def test_module_failure(simulator: Simulator, azure_env: dict[str, str]) -> None:
    result = run_module("aks_network_info", {"name": "aks-a"}, env=azure_env)
    assert result["failed"] is True
    assert simulator.log() == []


def test_forks_of_ansible_give_the_results_of_payloads(simulator: Simulator) -> None:
    """Callbacks see the same of a module that works, one that is wrong, one in another environment, and one that Ansible runs in check mode."""
    cluster = {"resource_group": simulator.resource_group, "name": "aks-a"}
    tasks = [
        {"aks.dataplane.aks_network_info": cluster},
        {"aks.dataplane.aks_network_info": {"name": "aks-a"}},
        {"aks.dataplane.aks_network_info": cluster, "environment": {"AZURE_SECRET": "wrong"}},
        {"aks.dataplane.aks_kube_proxy": {**cluster, "mode": "NFTABLES"}, "check_mode": True, "diff": True},
    ]
    play = {"hosts": "one", "gather_facts": False, "tasks": [{**task, "ignore_errors": True} for task in tasks]}
    seen = []
    for payloads in (True, False):
        run = run_playbook([play], INVENTORY, env=simulator.environment(), payloads=payloads)
        assert run.returncode == 0, run.stdout + run.stderr
        seen.append([(event["status"], without_ids(event["result"])) for event in run.events])
    assert [status for status, _result in seen[0]] == ["ok", "failed", "failed", "ok"]
    assert seen[0] == seen[1]


def without_ids(result: t.Any) -> t.Any:
    """Without what is another one each time."""
    if isinstance(result, dict):
        return {key: without_ids(value) for key, value in result.items() if key not in ("correlation_id", "seconds")}
    return [without_ids(item) for item in result] if isinstance(result, list) else result


def test_nothing_of_the_operator_leaks_in(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = ("AZURE_SECRET", "KUBECONFIG", "ANSIBLE_CONFIG")
    for variable in variables:
        monkeypatch.setenv(variable, "/nowhere")
    text = "".join(f"[{{{{ lookup('env', '{variable}') }}}}]" for variable in variables)
    play = {"hosts": "one", "gather_facts": False, "tasks": [{"ansible.builtin.debug": {"msg": text}}]}
    assert run_playbook([play], INVENTORY).results()[0]["msg"] == "[][][]"
