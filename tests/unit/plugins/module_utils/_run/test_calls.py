# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which module the roles call by way of the run, and with which options of the data plane."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._run.calls import CALLS, Call, parts
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import Settings
from ansible_collections.aks.dataplane.plugins.module_utils._run.state import Run
from ansible_collections.aks.dataplane.plugins.module_utils._run.step import Given

NFTABLES = {"aks_dataplane_kube_proxy": {"mode": "NFTABLES", "modus": 1}}
BPF = {"aks_dataplane_host_routing": "enabled", "aks_dataplane_enable_acns": True, "aks_dataplane_ruleset_nodes": ("n1",)}
KUBE_PROXY, HOST_ROUTING = Run(subject="kube_proxy"), Run(subject="host_routing")


def called(what: str, run: Run, declared: dict[str, t.Any], **settings: t.Any) -> Call:
    call = CALLS[what](run, Settings(host="blue", ignore=("KP27",), declared=declared, **settings), Given())
    assert call is not None
    return call


@pytest.mark.parametrize("what", ["plan", "switch"])
def test_a_change_is_made_by_the_module_of_the_data_plane(what: str) -> None:
    assert called(what, KUBE_PROXY, NFTABLES) == Call("aks.dataplane.aks_kube_proxy", {"mode": "NFTABLES"})
    assert called(what, HOST_ROUTING, BPF) == Call("aks.dataplane.aks_ebpf_host_routing", {"state": "enabled", "enable_acns": True})
    assert called(what, HOST_ROUTING, {"aks_dataplane_host_routing": "disabled"}).options == {"state": "disabled", "enable_acns": False}


def test_a_restore_declares_what_was_there_before() -> None:
    former = {"enabled": True, "mode": "IPTABLES"}
    assert called("restore", Run(subject="kube_proxy", former=former), NFTABLES) == Call("aks.dataplane.aks_kube_proxy", {"config": former})
    run = Run(subject="host_routing", former={"state": "disabled"})
    assert called("restore", run, BPF) == Call("aks.dataplane.aks_ebpf_host_routing", {"state": "disabled"})


def test_a_preflight_is_given_what_is_declared() -> None:
    assert called("preflight", KUBE_PROXY, NFTABLES) == Call("aks.dataplane.aks_preflight_info", {"mode": "NFTABLES", "ignore": ["KP27"]})
    assert called("preflight", HOST_ROUTING, BPF).options == {
        "host_routing": "enabled",
        "enable_acns": True,
        "ruleset_nodes": ["n1"],
        "ignore": ["KP27"],
    }


PLANNED = Run(subject="host_routing", plan={"plan": {"to": "enabled"}})


def test_by_the_run_command_nothing_is_run_in_pods() -> None:
    by_command = {"kubernetes_via": "command", "command_in_check_mode": False}
    assert called("preflight", KUBE_PROXY, NFTABLES, kubernetes_via="command").options == {
        "mode": "NFTABLES",
        "ignore": ["KP27"],
        **by_command,
    }
    options = called("before", PLANNED, BPF, kubernetes_via="command").options
    assert {name: options[name] for name in (*by_command, "exec")} == {**by_command, "exec": False}
    direct = called("before", PLANNED, BPF).options
    assert direct["exec"] is True
    assert not set(by_command) & set(direct)
    assert called("before", PLANNED, BPF, exec=False).options["exec"] is False


def test_in_check_mode_the_nodes_are_looked_at_by_command_only_with_consent() -> None:
    way: dict[str, t.Any] = {"kubernetes_via": "command", "check_mode": True}
    assert CALLS["before"](PLANNED, Settings(host="blue", declared=BPF, **way), Given()) is None
    options = called("before", PLANNED, BPF, command_in_check_mode=True, **way).options
    assert options["command_in_check_mode"] is True
    assert called("before", PLANNED, BPF, check_mode=True)


# Of a task, in all.
OPTIONS = {"resource_group": "rg", "name": "aks-a", "kubeconfig": "config", "api_version": "2026-01-01", "kubernetes": True}


def options_of(module: str, phase: str) -> dict[str, list[str]]:
    """What each module that a task calls is given of its options."""
    return {part.module: sorted(part.chosen(OPTIONS, {})) for part in parts(module, phase)}


def test_a_task_gives_each_module_the_options_that_it_takes() -> None:
    assert options_of("preflight", "feature_registration") == {
        "cluster": [],
        "nodes": ["kubeconfig", "name", "resource_group"],
        "preflight": sorted(OPTIONS),
        "passage_check": sorted(OPTIONS),
    }
    assert options_of("status", "verification") == {
        "plan": ["api_version", "name", "resource_group"],
        "cluster": [],
        "nodes": ["kubeconfig", "name", "resource_group"],
        "status": ["kubeconfig", "name", "resource_group"],
    }
    assert options_of("status", "") == {"status": sorted(OPTIONS)}
    assert options_of("switch", "switch") == {"switch": sorted(OPTIONS)}


def test_what_a_verification_asks_for_first_changes_nothing_and_begins_it() -> None:
    assert [(part.module, part.only_looks, part.begins) for part in parts("status", "verification")] == [
        ("plan", True, True),
        ("cluster", False, False),
        ("nodes", False, False),
        ("status", False, False),
    ]


def test_a_preflight_gets_what_was_seen_of_the_nodes_and_what_ssh_has_seen_counts() -> None:
    preflight = next(part for part in parts("preflight", "preflight") if part.is_result)
    looked = {"n1": {"by": "exec"}, "n2": {"by": "exec"}}
    assert preflight.chosen({"node_observations": {"n2": {"by": "ssh"}}}, looked) == {
        "node_observations": {"n1": {"by": "exec"}, "n2": {"by": "ssh"}}
    }
    assert preflight.chosen({"node_observations": {}}, {}) == {"node_observations": {}}
