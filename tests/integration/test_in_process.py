# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules in Ansible's own process and as ordinary processes: the same results."""

from __future__ import annotations

import pathlib
import re
import typing as t

import pytest

from tests.support.playbooks import run_playbook
from tests.support.simulator import Simulator

INVENTORY = {
    "all": {"hosts": {"one": {"ansible_connection": "local"}}, "vars": {"secret_mode": "NFTABLES", "secret_of_the_play": "made up"}}
}
# Names of pods, and times.
_CHANCE = re.compile(r"kube-proxy-[a-z0-9]{5}\b|\d{4}-\d\d-\d\dT[\d:.]+Z")
ORDINARY = "runs as a separate process: "

Tasks = list[dict[str, t.Any]]


@pytest.fixture
def cluster(simulator: Simulator) -> dict[str, t.Any]:
    return {"resource_group": simulator.resource_group, "name": "aks-a"}


def play(tasks: Tasks, **keywords: t.Any) -> dict[str, t.Any]:
    return {"hosts": "one", "gather_facts": False, "tasks": [{"ignore_errors": True, **task} for task in tasks], **keywords}


def the_same(result: t.Any) -> t.Any:
    """Without what is another one each time: C(body) is a packed cluster, with its eTag."""
    if isinstance(result, dict):
        other = (
            "correlation_id",
            "seconds",
            "etag",
            "url",
            "id",
            "time",
            "run_id",
            "record_path",
            "operation",
            "taken_at",
            "body",
            "rules_after",
        )
        return {key: the_same(value) for key, value in result.items() if key not in other}
    if isinstance(result, list):
        return [the_same(item) for item in result]
    return _CHANCE.sub("...", result) if isinstance(result, str) else result


def test_every_module_gives_the_same_result(simulator: Simulator, cluster: dict[str, t.Any], tmp_path: pathlib.Path) -> None:
    """Success, change, check and diff mode, failure of the module and of Azure, C(no_log), retries and loops."""
    wait = {"poll_interval": 1, "wait_timeout": 60}
    record = {"resource_group": "{{ omit }}", **cluster, "record_dir": str(tmp_path / "runs")}
    tasks: Tasks = [
        {"aks.dataplane.aks_network_info": cluster},
        {"aks.dataplane.aks_network_info": {"name": "aks-a"}},
        {"aks.dataplane.aks_network_info": {**cluster, "nonsense": 1}},
        {"aks.dataplane.aks_network_info": cluster, "environment": {"AZURE_SECRET": "wrong"}},
        {"aks.dataplane.aks_network_info": {**cluster, "name": "{{ item }}"}, "loop": ["aks-a", "aks-b", "none"]},
        {"aks.dataplane.aks_preflight_info": {**cluster, "mode": "NFTABLES"}},
        {"aks.dataplane.aks_preflight_info": {**cluster, "mode": "NFTABLES", "ignore": ["nonsense"]}},
        {"aks.dataplane.aks_dataplane_status_info": cluster, "register": "seen", "until": "seen is succeeded", "retries": 2, "delay": 0},
        {"aks.dataplane.aks_dataplane_status_info": {**cluster, "kubeconfig": "/nowhere"}},
        {"aks.dataplane.aks_dataplane_status_info": cluster, "register": "seen", "until": "seen is failed", "retries": 2, "delay": 0},
        {"aks.dataplane.aks_audit": {}},
        {"aks.dataplane.aks_audit": cluster},
        {"aks.dataplane.aks_audit": {"name": "aks-a"}},
        {
            "aks.dataplane.aks_network_info": {**cluster, "secret": "{{ item }}"},
            "loop": ["wrong", "{{ secret_of_the_play }}"],
            "no_log": True,
        },
        {"aks.dataplane.aks_preview_feature": {"name": "Made-Up-Feature"}, "check_mode": True},
        {"aks.dataplane.aks_preview_feature": {"name": "not a name"}},
        {"aks.dataplane.aks_kube_proxy": {**cluster, "mode": "{{ secret_mode }}"}, "check_mode": True, "diff": True},
        {"aks.dataplane.aks_kube_proxy": {**cluster, **wait, "mode": "NFTABLES"}, "diff": True},
        {"aks.dataplane.aks_kube_proxy": {**cluster, **wait, "mode": "NFTABLES"}},
        {"aks.dataplane.aks_kube_proxy": {**cluster, **wait, "mode": "IPTABLES"}, "no_log": True},
        {"aks.dataplane.aks_ebpf_host_routing": {**cluster, **wait, "state": "enabled"}, "check_mode": True},
        {"aks.dataplane.aks_run_record": {**record, "event": "opened", "mode": "NFTABLES"}, "check_mode": True},
    ]
    seen, shown = [], []
    for payloads in (True, False):
        simulator.reset()
        env = {**simulator.environment(), "ANSIBLE_LOG_PATH": str(tmp_path / "log")}
        run = run_playbook([play(tasks)], INVENTORY, env=env, payloads=payloads, arguments=["-vvv"], timeout=500)
        assert run.returncode == 0, run.stdout + run.stderr
        seen.append([(event["action"], event["status"], the_same(event["result"])) for event in run.events])
        shown.append(run.stdout.count(ORDINARY))
        assert simulator.environment()["AZURE_SECRET"] not in run.stdout
    assert {status for _action, status, _result in seen[0]} >= {"ok", "failed"}
    assert len({action for action, _status, _result in seen[0]}) == 8
    for ordinary, in_process in zip(*seen, strict=True):
        assert in_process == ordinary
    assert (shown[0] > 16, shown[1]) == (True, 0)
    assert "Request URL" not in (tmp_path / "log").read_text()
