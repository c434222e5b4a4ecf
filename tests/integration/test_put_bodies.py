# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What we would have sent in the recorded updates, against what the vendor's own CLI sent."""

from __future__ import annotations

import copy
import json
import pathlib
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.body import put_body
from ansible_collections.aks.dataplane.plugins.module_utils._aks.host_routing import configuration as host_routing
from ansible_collections.aks.dataplane.plugins.module_utils._aks.kube_proxy.configuration import IpvsConfig, KubeProxyDeclaration, compare

RECORDINGS = pathlib.Path(__file__).parents[1] / "fixtures" / "recordings"

KUBE_PROXY = "aks_update_with_kube_proxy_config"
ACNS = "aks_create_with_acns_performance"
ACNS_LEAF = "properties.networkProfile.advancedNetworking"

# What the CLI itself changed beside the leaf, at exactly these paths: its value there, or that it left the path out.
ABSENT = object()
OWN_STORAGE_DEFAULTS = {
    # Its models of that time turned the CSI drivers that are on into nothing at all.
    "properties.storageProfile.diskCSIDriver": ABSENT,
    "properties.storageProfile.fileCSIDriver": ABSENT,
    "properties.storageProfile.snapshotController": ABSENT,
}
CLI_DEVIATIONS: dict[str, dict[str, t.Any]] = {
    KUBE_PROXY: {
        **OWN_STORAGE_DEFAULTS,
        # Not in its models yet.
        "properties.enableLTS": ABSENT,
        # It fills in a default that the service had left out.
        "properties.networkProfile.loadBalancerProfile.managedOutboundIPs.countIPv6": 0,
    },
    ACNS: {
        **OWN_STORAGE_DEFAULTS,
        # Not in its models yet.
        "properties.controlPlanePluginProfiles": ABSENT,
        # It built a new object, and what the cluster had of these went back to its default.
        f"{ACNS_LEAF}.observability": ABSENT,
        f"{ACNS_LEAF}.security": ABSENT,
    },
}


def recorded_update(name: str) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """The cluster as read just before the last PUT, and the body of that PUT."""
    exchanges = json.loads((RECORDINGS / f"{name}.json").read_text())
    index = max(index for index, exchange in enumerate(exchanges) if exchange["request"]["method"] == "PUT")
    before = exchanges[index - 1]
    assert before["request"]["method"] == "GET"
    assert "/managedClusters/" in before["request"]["url"]
    return before["response"]["body"], exchanges[index]["request"]["body"]


def apply(body: dict[str, t.Any], deviations: dict[str, t.Any]) -> None:
    for path, value in deviations.items():
        *way, last = path.split(".")
        node = body
        for key in way:
            node = node[key]
        if value is ABSENT:
            del node[last]
        else:
            assert last not in node
            node[last] = value


def writable(recorded: dict[str, t.Any]) -> dict[str, t.Any]:
    """The recorded body without read-only keys; of one of them the CLI did not know that it is one."""
    return put_body(recorded, ("location",), recorded["location"])


def test_the_update_of_kube_proxy_is_that_of_the_cli() -> None:
    raw, recorded = recorded_update(KUBE_PROXY)
    leaf = recorded["properties"]["networkProfile"]["kubeProxyConfig"]
    for wanted in (
        KubeProxyDeclaration("whole", config=leaf),
        KubeProxyDeclaration("partial", mode="IPVS", ipvs=IpvsConfig("LeastConnection")),
    ):
        comparison = compare(raw, wanted)
        body = put_body(raw, comparison.leaf, comparison.value)
        apply(body, CLI_DEVIATIONS[KUBE_PROXY])
        assert body == writable(recorded)


def test_the_update_of_host_routing_is_that_of_the_cli() -> None:
    raw, recorded = recorded_update(ACNS)
    comparison = host_routing.compare(raw, host_routing.HostRoutingDeclaration(enabled=False))
    assert [change.path for change in comparison.changes] == [f"{ACNS_LEAF}.performance.accelerationMode"]
    body = put_body(raw, comparison.leaf, comparison.value)
    apply(body, CLI_DEVIATIONS[ACNS])
    assert body == writable(recorded)


def test_the_new_cluster_with_host_routing_is_that_of_the_cli() -> None:
    exchanges = json.loads((RECORDINGS / f"{ACNS}.json").read_text())
    recorded = next(exchange["request"]["body"] for exchange in exchanges if exchange["request"]["method"] == "PUT")
    assert host_routing.effective(host_routing.raw_leaf(recorded)).enabled

    with_acns, without_acns = copy.deepcopy(recorded), copy.deepcopy(recorded)
    with_acns["properties"]["networkProfile"]["advancedNetworking"] = {"enabled": True}
    del without_acns["properties"]["networkProfile"]["advancedNetworking"]
    wanted = host_routing.HostRoutingDeclaration(enabled=True, enable_acns=True)
    for given, deviations in ((with_acns, {}), (without_acns, {f"{ACNS_LEAF}.{feature}": ABSENT for feature in host_routing.FEATURES})):
        comparison = host_routing.compare(given, wanted)
        body = put_body(given, comparison.leaf, comparison.value)
        apply(body, deviations)
        assert body == writable(recorded)


@pytest.mark.parametrize("name", [KUBE_PROXY, ACNS])
def test_what_the_cli_left_out_is_kept(name: str) -> None:
    raw, _recorded = recorded_update(name)
    body = put_body(raw, ("properties", "networkProfile", "kubeProxyConfig"), {"enabled": True})
    assert body["properties"]["storageProfile"] == raw["properties"]["storageProfile"]
