# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulated Azure shows of a cluster it also takes, with every api-version; what no version has it does neither show nor take."""

from __future__ import annotations

import copy
import json
import typing as t

import pytest

from tests.simulator.arm import schema
from tests.support.raw import PREVIEW, STABLE, Raw
from tests.support.simulator import ROOT, Simulator

RECORDINGS = ROOT / "tests" / "fixtures" / "recordings"
VERSIONS = ["2023-05-01", "2023-08-02-preview", "2024-07-02-preview", "2025-09-02-preview", "2025-10-01", STABLE, PREVIEW]
NETWORK = ("properties", "networkProfile")


def recorded_clusters() -> list[t.Any]:
    """Every cluster that a recorded GET shows, once."""
    found: dict[str, dict[str, t.Any]] = {}
    for file in sorted(RECORDINGS.glob("*.json")):
        for number, exchange in enumerate(json.loads(file.read_text(encoding="utf-8"))):
            body = exchange["response"]["body"]
            if exchange["request"]["method"] == "GET" and "/managedClusters/" in exchange["request"]["url"] and "properties" in body:
                found[f"{file.stem}-{number}"] = body
    return [pytest.param(body, id=name) for name, body in found.items()]


def with_everything(known: t.Any, name: str = "") -> t.Any:
    """A value for each property of a tree."""
    if not isinstance(known, dict):
        return {"a": "b"} if known == "*" else "x"
    return {key if key != "*" else "any": with_everything(below, key) for key, below in known.items()}


def stored(simulator: Simulator, body: t.Mapping[str, t.Any]) -> Raw:
    """The cluster aks-a becomes this one."""
    body = copy.deepcopy(dict(body))
    for key in ("id", "name", "type", "location", "eTag"):
        body.pop(key, None)
    simulator.make_cluster("aks-a", seed="cilium-acns", patch=body, nodes=1)
    return Raw(simulator)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("body", recorded_clusters())
def test_a_recorded_cluster_goes_back(simulator: Simulator, body: dict[str, t.Any], version: str) -> None:
    raw = stored(simulator, body)
    path = raw.cluster_path("aks-a")
    shown = raw.arm("GET", path, version=version)
    assert shown.status == 200
    assert raw.arm("PUT", path, shown.body, version=version).status == 200


@pytest.mark.parametrize("version", VERSIONS)
def test_every_property_of_a_version_goes_back(simulator: Simulator, version: str) -> None:
    """Also of clusters that have what other versions have."""
    own = simulator.cluster("aks-a")
    every = with_everything(schema.tree(PREVIEW))
    pool = {**every["properties"].pop("agentPoolProfiles"), **own["properties"]["agentPoolProfiles"][0]}
    more = {key: value for key, value in every["properties"].items() if key not in own["properties"]}
    top = {key: value for key, value in every.items() if key not in own}
    simulator.set_cluster("aks-a", {**top, "properties": {**more, "agentPoolProfiles": [pool]}})
    raw, path = Raw(simulator), Raw(simulator).cluster_path("aks-a")
    shown = raw.arm("GET", path, version=version).body
    assert set(shown["properties"]) == set(simulator.cluster("aks-a")["properties"]) & set(schema.tree(version)["properties"])
    assert set(shown["properties"]["agentPoolProfiles"][0]) == set(pool) & set(schema.tree(version)["properties"]["agentPoolProfiles"])
    answer = raw.arm("PUT", path, shown, version=version)
    assert answer.status == 200, answer.body


@pytest.mark.parametrize(
    ("where", "key", "shown_by", "not_by"),
    [
        ((*NETWORK,), "kubeProxyConfig", "2022-08-02-preview", STABLE),
        ((*NETWORK, "advancedNetworking"), "performance", "2025-07-02-preview", "2025-05-02-preview"),
        ((*NETWORK, "advancedNetworking"), "performance", "2026-01-01", "2025-10-01"),
        ((*NETWORK,), "advancedNetworking", "2024-09-01", "2024-08-01"),
        (("properties",), "nodeProvisioningProfile", "2025-05-01", "2025-04-01"),
        (("properties",), "enablePodSecurityPolicy", PREVIEW, STABLE),
        (("properties",), "controlPlanePluginProfiles", "2025-09-02-preview", STABLE),
    ],
)
def test_versions_show_and_take_what_they_have(simulator: Simulator, where: tuple[str, ...], key: str, shown_by: str, not_by: str) -> None:
    value: t.Any = {"accelerationMode": "BpfVeth"} if key == "performance" else {"mode": "Manual"} if "Profile" in key else None
    patch: dict[str, t.Any] = {key: {} if key == "kubeProxyConfig" else False if key.startswith("enable") else value}
    for name in reversed(where):
        patch = {name: patch}
    simulator.make_cluster("aks-a", seed="cilium-acns", patch=patch if key != "advancedNetworking" else {})
    raw, path = Raw(simulator), Raw(simulator).cluster_path("aks-a")

    def holder(body: t.Any) -> t.Any:
        for name in where:
            body = body[name]
        return body

    newer = raw.arm("GET", path, version=shown_by).body
    older = raw.arm("GET", path, version=not_by).body
    assert key in holder(newer)
    assert key not in holder(older)
    holder(older)[key] = holder(newer)[key]
    refused = raw.arm("PUT", path, older, version=not_by)
    assert (refused.status, refused.body["code"]) == (400, "UnmarshalError")
    assert f'json: unknown field "{key}"' in refused.body["message"]
    assert raw.arm("PUT", path, newer, version=shown_by).status == 200


def test_what_no_version_has(simulator: Simulator) -> None:
    """Shown in 2025, and in no list of Azure's: nobody is to depend on it."""
    raw = stored(simulator, {"properties": {"aadProfile": {"managed": True, "adminUsers": [], "tenantID": "t"}, "surprise": 1}})
    path = raw.cluster_path("aks-a")
    shown = raw.arm("GET", path).body["properties"]
    assert (shown["aadProfile"], "surprise" in shown) == ({"managed": True, "tenantID": "t"}, False)
    body = raw.arm("GET", path).body
    body["properties"]["aadProfile"]["adminUsers"] = None
    assert raw.arm("PUT", path, body).body["code"] == "UnmarshalError"


def test_old_versions_ignore_what_they_do_not_have(simulator: Simulator) -> None:
    """Until 2024; what the cluster has of it stays."""
    leaf = {"enabled": True, "mode": "IPVS"}
    simulator.make_cluster("aks-a", patch={"properties": {"networkProfile": {"kubeProxyConfig": leaf}}})
    raw, path = Raw(simulator), Raw(simulator).cluster_path("aks-a")
    body = raw.arm("GET", path, version="2023-10-01").body
    body["properties"]["networkProfile"]["kubeProxyConfig"] = {"enabled": True, "mode": "IPTABLES"}
    body["properties"]["surprise"] = True
    raw.finish(raw.arm("PUT", path, body, version="2023-10-01"))
    assert raw.leaf() == leaf
    assert "surprise" not in simulator.cluster("aks-a")["properties"]


@pytest.mark.parametrize(
    ("values", "status"), [({"principalId": "p", "clientId": "c"}, 400), ({"principalId": "p"}, 400), ({}, 200), (None, 200)]
)
def test_what_azure_found_out_about_identities_is_not_to_be_sent_back(simulator: Simulator, values: t.Any, status: int) -> None:
    name = "/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/own"
    raw = stored(simulator, {"identity": {"type": "UserAssigned", "userAssignedIdentities": {name: {"principalId": "p", "clientId": "c"}}}})
    path = raw.cluster_path("aks-a")
    body = raw.arm("GET", path).body
    assert body["identity"]["userAssignedIdentities"][name] == {"principalId": "p", "clientId": "c"}
    body["identity"]["userAssignedIdentities"] = {name: values}
    answer = raw.arm("PUT", path, body)
    assert answer.status == status
    if status == 400:
        assert answer.body["error"]["code"] == "InvalidIdentityValues"
        return
    raw.finish(answer)
    assert raw.arm("GET", path).body["identity"]["userAssignedIdentities"][name] == {"principalId": "p", "clientId": "c"}


@pytest.mark.parametrize("version", ["2023-10-01", STABLE, PREVIEW])
@pytest.mark.parametrize(
    ("where", "key", "value", "kind"),
    [
        ((), "properties", "x", "string"),
        ((), "identity", True, "bool"),
        (("properties",), "networkProfile", 1, "number"),
        (("properties",), "agentPoolProfiles", ["nodepool1"], "string"),
        ((*NETWORK,), "loadBalancerProfile", 1.5, "number"),
    ],
)
def test_a_value_where_an_object_is_wanted(
    simulator: Simulator, where: tuple[str, ...], key: str, value: t.Any, kind: str, version: str
) -> None:
    raw, path = Raw(simulator), Raw(simulator).cluster_path("aks-a")
    body = raw.arm("GET", path, version=version).body
    holder = body
    for name in where:
        holder = holder[name]
    holder[key] = value
    answer = raw.arm("PUT", path, body, version=version)
    assert (answer.status, answer.body["code"]) == (400, "UnmarshalError")
    assert f"json: cannot unmarshal {kind} into Go struct field ManagedCluster.{key} of type" in answer.body["message"]
