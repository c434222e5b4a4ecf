# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rules about nodes a run decides without ssh, by each way of looking, and what it says of those that it does not."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from tests.support.cilium_cluster import NODES
from tests.support.fleet import Fleet, HostRoutingFleet
from tests.support.playbooks import PlaybookRun
from tests.support.simulator import Simulator

PREFLIGHT = "aks.dataplane.preflight"
RULE = "-A INPUT -s 203.0.113.7/32 -j DROP"
JUMP = "-t nat -A HOSTPORT -s 10.244.1.0/24 -j KUBE-MARK-MASQ"
OF_KUBE_PROXY = {"KP17", "KP18", "KP19", "KP22"}
OF_HOST_ROUTING = {"EB15", "EB19", "EB21"}


@pytest.fixture
def kube_proxy(simulator: Simulator, tmp_path: pathlib.Path) -> Fleet:
    return Fleet(simulator, tmp_path / "runs", ("aks-a",))


@pytest.fixture
def host_routing(simulator: Simulator, tmp_path: pathlib.Path) -> HostRoutingFleet:
    made = HostRoutingFleet(simulator, tmp_path / "runs")
    made.make("aks-a")
    simulator.kube("aks-a", user_rules={NODES[1]: [RULE]})
    return made


def findings(run: PlaybookRun) -> list[dict[str, t.Any]]:
    (preflight,) = run.results(action="aks_preflight_info")
    return list(preflight["findings"])


def unchecked(run: PlaybookRun) -> dict[str, str]:
    return {one["id"]: one["message"] for one in findings(run) if one["not_checked"]}


def found(run: PlaybookRun) -> dict[str, str]:
    return {one["id"]: f"{one['subject']}: {one['message']}" for one in findings(run) if not one["not_checked"]}


@pytest.mark.parametrize("look", ["exec", "auto", "pods"])
def test_kube_proxy_nodes_leave_no_rule_open(kube_proxy: Fleet, look: str) -> None:
    kube_proxy.simulator.kube("aks-a", user_rules={NODES[0]: [RULE], NODES[2]: [JUMP]})
    run = kube_proxy.run(PREFLIGHT, aks_dataplane_node_look=look)
    assert run.returncode == 0, run.stdout + run.stderr
    assert not set(unchecked(run)) & {*OF_KUBE_PROXY, "KP16"}
    assert NODES[0] in found(run)["KP18"]
    assert f"{NODES[2]} (-A HOSTPORT -s 10.244.1.0/24 -j KUBE-MARK-MASQ (table nat, ipv4))" in found(run)["KP19"]


def test_without_the_right_each_rule_is_named_with_what_would_decide_it(kube_proxy: Fleet) -> None:
    kube_proxy.simulator.kube("aks-a", deny=["/exec"])
    run = kube_proxy.run(PREFLIGHT)
    assert run.returncode == 0, run.stdout + run.stderr
    assert set(unchecked(run)) >= OF_KUBE_PROXY
    for rule in OF_KUBE_PROXY:
        assert rule in run.stdout
    assert "kubectl --namespace kube-system create role aks-dataplane-exec --verb=get,create --resource=pods/exec" in run.stdout


@pytest.mark.parametrize("look", ["exec", "pods"])
def test_a_rule_that_the_monitor_would_find_is_named_with_its_node(host_routing: HostRoutingFleet, look: str) -> None:
    """EB15, from the monitor's own container, or by a pod on the node."""
    run = host_routing.run(PREFLIGHT, aks_dataplane_node_look=look)
    assert run.returncode == 2
    assert found(run)["EB15"].startswith(f"node {NODES[1]}: ")
    assert f"filter: {RULE}" in found(run)["EB15"]
    open_rules = set(unchecked(run)) & OF_HOST_ROUTING
    # AKS's own pods there have no nft.
    assert open_rules == ({"EB19"} if look == "exec" else set())
    if look == "exec":
        assert NODES[0] in unchecked(run)["EB19"]
        assert "aks_dataplane_node_look: pods" in unchecked(run)["EB19"]
    assert "EB21" not in found(run)
    assert host_routing.writes() == [] or look == "pods"


def test_an_image_or_kernel_that_does_not_do_is_found_without_looking_at_it(host_routing: HostRoutingFleet) -> None:
    """EB21: what Kubernetes says of image and kernel, where only AKS's own pods are asked."""
    old = {"status": {"nodeInfo": {"kernelVersion": "5.4.0-1100-azure", "osImage": "Ubuntu 18.04.6 LTS"}}}
    host_routing.simulator.kube("aks-a", user_rules={NODES[1]: []}, nodes={NODES[2]: old})
    run = host_routing.run(PREFLIGHT, aks_dataplane_node_look="exec")
    assert f"{NODES[2]} (5.4.0-1100-azure)" in found(run)["EB21"]
    assert NODES[2] in unchecked(run)["EB21"], "whether its image has the security module is not known"
    assert "EB15" not in found(run)
