# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rights in docs/rights are all used. That no others are needed shows in every test: a simulator that was asked for more fails when it ends."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from tests.support.cilium_cluster import NODES, CiliumCluster, until
from tests.support.modules import run_module
from tests.support.simulator import Simulator
from tools.rights.catalogue import AZURE, AZURE_OPTIONAL, KUBERNETES, KubernetesRight

RULE = "-A INPUT -s 203.0.113.7/32 -j DROP"
SINCE = "2026-11-21T13:00:00Z"


@pytest.fixture
def fresh(tmp_path: pathlib.Path) -> t.Iterator[Simulator]:
    """A simulator that nothing was asked of: aks-a with Cilium, a node with a rule of somebody else; aks-b with kube-proxy."""
    with Simulator.started(tmp_path / "simulator") as simulator:
        simulator.reset(feature=False)
        cilium = CiliumCluster(simulator)
        simulator.kube("aks-a", user_rules={NODES[1]: [RULE]})
        until(lambda: cilium.user_rules()[NODES[1]] == "true")
        assert simulator.rights() == (set(), set())
        yield simulator


def of(*parts: str) -> set[KubernetesRight]:
    return {right for part in parts for need in KUBERNETES[part] for right in need.rights()}


def test_each_right_is_needed(fresh: Simulator) -> None:
    env = fresh.environment()

    def run(module: str, **options: t.Any) -> dict[str, t.Any]:
        where = {"resource_group": fresh.resource_group, **options}
        result = run_module(module, {name: value for name, value in where.items() if value is not None}, env=env)
        assert not result.get("failed"), result
        return result

    # Audits, checks and verification.
    run("aks_network_info")
    run("aks_preflight_info", name="aks-b", mode="NFTABLES")
    run("aks_preflight_info", name="aks-a", host_routing="enabled")
    run("aks_dataplane_status_info", name="aks-b")
    routed = run("aks_dataplane_status_info", name="aks-a", host_routing="enabled", since=SINCE, exec=False, wait=False)
    assert any(node["unexpected_rules"] for node in routed["host_routing"]["nodes"])
    fresh.kube("aks-b", deny=["/exec"])
    assert run("aks_nodes_info", name="aks-b", if_allowed=True)["grant"]
    fresh.kube("aks-b", deny=[])
    assert fresh.rights() == (of("read"), set(AZURE["read"]))

    # Temporary pods; a quota leaves one node without, and the reason is asked for.
    fresh.kube("aks-b", made={"at_most": 2})
    run("aks_nodes_probe", name="aks-b", timeout=3)
    fresh.kube("aks-b", made={"at_most": None})
    assert fresh.rights() == (of("read", "pods"), set(AZURE["read"]))

    # Temporary pods that open connections.
    targets = [{"name": "nowhere", "tcp": "127.0.0.1:1", "from": "cluster"}]
    measured = run("aks_interruption_probe", name="aks-b", state="started", targets=targets, seconds=60)["run"]
    run("aks_interruption_probe", name="aks-b", state="ended", targets=targets, run=measured, changed_ago=0.0)
    assert fresh.rights() == (of("read", "pods", "prober"), set(AZURE["read"]))

    # A ruleset on the nodes, and away again.
    run("aks_node_ruleset", name="aks-b", ruleset="base", content="table inet base { }", poll_interval=1)
    run("aks_node_ruleset", name="aks-b", ruleset="base", state="absent", poll_interval=1)
    assert fresh.rights() == (of("read", "pods", "prober", "ruleset"), set(AZURE["read"]))

    # Cilium's own answers.
    run("aks_dataplane_status_info", name="aks-a", host_routing="enabled", exec=True, wait=False)
    assert fresh.rights() == (of("read", "pods", "prober", "ruleset", "exec"), set(AZURE["read"]))

    # Switches.
    run("aks_preview_feature", resource_group=None, name="KubeProxyConfigurationPreview", poll_interval=1)
    run("aks_kube_proxy", name="aks-b", mode="NFTABLES", poll_interval=1)
    assert fresh.rights() == (of("read", "pods", "prober", "ruleset", "exec"), set(AZURE["switch"]))

    run("aks_dataplane_status_info", name="aks-b", admin_credentials=True)
    run("aks_preview_feature", resource_group=None, name="KubeProxyConfigurationPreview", state="unregistered", poll_interval=1)
    assert fresh.rights() == (of("read", "pods", "prober", "ruleset", "exec"), {*AZURE["switch"], *AZURE_OPTIONAL})


def test_what_is_not_granted_is_noticed(fresh: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KUBERNETES, "read", KUBERNETES["read"][1:])
    run_module("aks_dataplane_status_info", {"resource_group": fresh.resource_group, "name": "aks-b"}, env=fresh.environment())
    with pytest.raises(AssertionError, match=r"does not grant .*resource='nodes', verb='list'"):
        fresh.check_rights()
    monkeypatch.undo()
