# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""aks_network_info against the simulator."""

from __future__ import annotations

import typing as t

import pytest

from tests.support.modules import run_module
from tests.support.simulator import Simulator


def run(env: dict[str, str], check: bool = False, **args: t.Any) -> dict[str, t.Any]:
    return run_module("aks_network_info", args, check=check, env=env)


@pytest.mark.parametrize("check", [False, True])
def test_one_cluster(simulator: Simulator, azure_env: dict[str, str], check: bool) -> None:
    simulator.clear_log()
    result = run(azure_env, check, resource_group=simulator.resource_group, name="aks-a")
    assert not result["changed"]
    (cluster,) = result["clusters"]
    raw = simulator.cluster("aks-a")
    assert (cluster["name"], cluster["location"], cluster["etag"]) == ("aks-a", raw["location"], raw["eTag"])
    assert cluster["resource_group"].lower() == simulator.resource_group.lower()
    assert cluster["subscription_id"] == simulator.subscription_id
    assert (cluster["power_state"], cluster["provisioning_state"]) == ("Running", "Succeeded")
    assert cluster["kube_proxy"] == {"enabled": True, "mode": "IPTABLES", "ipvs_config": None}
    pools = raw["properties"]["agentPoolProfiles"]
    assert [(pool["name"], pool["os_sku"], pool["count"]) for pool in cluster["pools"]] == [
        (pool["name"], pool["osSKU"], pool["count"]) for pool in pools
    ]
    requests = [(entry["kind"], entry["method"]) for entry in simulator.log() if entry["kind"] in ("arm", "token")]
    assert requests.count(("arm", "GET")) == 1
    assert requests.count(("token", "POST")) == 1


@pytest.mark.parametrize("scope", ["group", "subscription"])
@pytest.mark.parametrize("unset", [{}, {"name": ""}])
def test_all_clusters(simulator: Simulator, azure_env: dict[str, str], scope: str, unset: dict[str, str]) -> None:
    """An empty option is as one that is not set."""
    simulator.make_cluster("aks-ipvs", seed="kubenet-ipvs")
    group = simulator.resource_group if scope == "group" else ""
    result = run(azure_env, **unset, **({"resource_group": group} if group or unset else {}))
    modes = {cluster["name"]: cluster["kube_proxy"]["mode"] for cluster in result["clusters"]}
    assert modes == {"aks-a": "IPTABLES", "aks-b": "IPTABLES", "aks-ipvs": "IPVS"}


def test_kube_proxy_as_it_is_in_effect(simulator: Simulator, azure_env: dict[str, str]) -> None:
    """An empty object is what Azure shows for a disabled kube-proxy."""
    simulator.set_cluster("aks-a", {"properties": {"networkProfile": {"kubeProxyConfig": {}}}})
    (cluster,) = run(azure_env, resource_group=simulator.resource_group, name="aks-a")["clusters"]
    assert cluster["kube_proxy"] == {"enabled": False, "mode": None, "ipvs_config": None}


@pytest.mark.parametrize(
    ("api_version", "shown", "words"),
    [
        ("2026-08-02-preview", ("IPVS", "None"), None),
        ("2026-08-01", (None, "None"), ["the kube-proxy configuration (2022-08-02-preview or a later preview shows it)"]),
        ("2025-10-01", (None, None), ["kube-proxy", "eBPF host routing (2026-01-01, 2025-07-02-preview or a later one shows it)"]),
    ],
)
def test_what_the_api_version_does_not_show_is_null(
    simulator: Simulator, azure_env: dict[str, str], api_version: str, shown: tuple[str | None, str | None], words: list[str] | None
) -> None:
    """Not a default: the cluster is in mode IPVS."""
    simulator.make_cluster("aks-ipvs", seed="kubenet-ipvs")
    result = run(azure_env, resource_group=simulator.resource_group, name="aks-ipvs", api_version=api_version)
    (cluster,) = result["clusters"]
    assert ((cluster["kube_proxy"] or {}).get("mode"), cluster["host_routing"]) == shown
    if words is None:
        assert result["note"] is None
    else:
        assert [word for word in words if word not in result["note"]] == []


def test_no_such_cluster(simulator: Simulator, azure_env: dict[str, str]) -> None:
    assert run(azure_env, resource_group=simulator.resource_group, name="aks-nowhere")["clusters"] == []


@pytest.mark.parametrize("args", [{}, {"name": "aks-a"}])
def test_no_such_resource_group(simulator: Simulator, azure_env: dict[str, str], args: dict[str, str]) -> None:
    result = run(azure_env, resource_group="rg-nowhere", **args)
    assert result["failed"]
    assert result["error"]["code"] == "ResourceGroupNotFound"
    assert "Check the option resource_group" in result["msg"]


@pytest.mark.parametrize(
    ("args", "word"),
    [
        ({"name": "aks-a"}, "resource_group"),
        ({"resource_group": "rg", "name": "../x"}, "does not allow"),
        ({"api_version": "latest"}, "api_version"),
    ],
)
def test_bad_arguments(simulator: Simulator, azure_env: dict[str, str], args: dict[str, str], word: str) -> None:
    result = run(azure_env, **args)
    assert result["failed"]
    assert word in result["msg"]
    assert simulator.log(kind="arm") == []
