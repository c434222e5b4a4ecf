# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations of the simulated Azure beside updates: creations, removals, tags, and those that stumble."""

from __future__ import annotations

import json
import time
import typing as t

import pytest

from tests.support.raw import Answer, Raw
from tests.support.simulator import ROOT, Simulator

NFTABLES = {"enabled": True, "mode": "NFTABLES"}


def recorded(name: str, method: str) -> dict[str, t.Any]:
    """The last answer to such a request."""
    exchanges = json.loads((ROOT / "tests" / "fixtures" / "recordings" / f"{name}.json").read_text(encoding="utf-8"))
    return [exchange["response"] for exchange in exchanges if exchange["request"]["method"] == method][-1]


def test_the_answer_to_a_creation_has_no_etag(simulator: Simulator) -> None:
    """As in every recorded one; the cluster has one from then on."""
    raw, path = Raw(simulator), Raw(simulator).cluster_path("new")
    body = {"location": "westeurope", "properties": {"agentPoolProfiles": [{"name": "nodepool1"}]}}
    accepted = raw.arm("PUT", path, body)
    assert accepted.status == 201
    assert not any("eTag" in holder for holder in (accepted.body, *accepted.body["properties"]["agentPoolProfiles"]))
    raw.finish(accepted)
    shown = raw.arm("GET", path).body
    assert all(holder["eTag"] for holder in (shown, *shown["properties"]["agentPoolProfiles"]))


def test_a_removal(simulator: Simulator) -> None:
    truth = recorded("aks_update_with_kube_proxy_config", "DELETE")
    raw, path = Raw(simulator), Raw(simulator).cluster_path("aks-a")
    simulator.settings(scale=0.005)
    accepted = raw.arm("DELETE", path)
    assert (accepted.status, accepted.body) == (truth["status"], truth["body"])
    assert set(truth["headers"]) - {"x-ms-operation-identifier"} <= set(accepted.headers)
    assert raw.arm("GET", path).body["properties"]["provisioningState"] == "Deleting"
    assert raw.put_leaf(NFTABLES).body["code"] == "OperationNotAllowed"
    assert raw.arm("GET", accepted.headers["location"]).status == 202
    assert raw.finish(accepted)["status"] == "Succeeded"
    assert raw.arm("GET", accepted.headers["location"]).status == 204
    assert raw.arm("GET", path).status == 404
    assert raw.arm("DELETE", path).status == 204
    assert raw.arm("DELETE", raw.cluster_path("aks-b"), if_match="0").status == 412


def test_a_change_of_tags(simulator: Simulator) -> None:
    raw, path = Raw(simulator), Raw(simulator).cluster_path("aks-a")
    before = raw.arm("GET", path).body
    assert raw.arm("PATCH", path, {"properties": {}}).body["code"] == "UnmarshalError"
    assert raw.arm("PATCH", path, {"tags": {"a": "1"}}, if_match="0").status == 412
    raw.finish(raw.arm("PATCH", path, {"tags": {"a": "1"}}))
    after = raw.arm("GET", path).body
    assert (after["tags"], after["properties"]["networkProfile"]) == ({"a": "1"}, before["properties"]["networkProfile"])
    raw.finish(raw.arm("PATCH", path, {"tags": {"b": "2"}}))
    assert raw.arm("GET", path).body["tags"] == {"b": "2"}


@pytest.mark.parametrize(("code", "shown"), [("", "NotLatestOperation"), ("ContextDeadlineExceeded", "ContextDeadlineExceeded")])
def test_an_operation_that_stumbles_and_ends_well(simulator: Simulator, code: str, shown: str) -> None:
    simulator.settings(scale=0.005)
    simulator.fault("operation_error", path="aks-a", code=code)
    raw = Raw(simulator)
    accepted = raw.put_leaf(NFTABLES)
    first = raw.arm("GET", accepted.headers["azure-asyncoperation"]).body
    assert (first["status"], first["error"]["code"], "endTime" in first) == ("InProgress", shown, False)
    assert raw.finish(accepted)["status"] == "Succeeded"
    assert raw.arm("GET", raw.cluster_path("aks-a")).body["properties"]["provisioningState"] == "Succeeded"


def test_from_azure_to_cilium(simulator: Simulator) -> None:
    """Every node is replaced; kube-proxy and its configuration go."""
    leaf = {"properties": {"networkProfile": {"kubeProxyConfig": {"enabled": True, "mode": "IPTABLES"}}}}
    acns = {"properties": {"networkProfile": {"advancedNetworking": {"enabled": True, "observability": {"enabled": True}}}}}
    simulator.make_cluster(
        "aks-a", patch={"properties": {"networkProfile": {**leaf["properties"]["networkProfile"], **acns["properties"]["networkProfile"]}}}
    )
    raw, path = Raw(simulator), Raw(simulator).cluster_path("aks-a")
    nodes = {node["name"] for node in simulator.nodes("aks-a")}
    body = raw.arm("GET", path).body
    body["properties"]["networkProfile"].update(networkDataplane="cilium", networkPolicy="cilium")
    del body["properties"]["networkProfile"]["kubeProxyConfig"]
    raw.finish(accept(raw.arm("PUT", path, body)))
    network = raw.arm("GET", path).body["properties"]["networkProfile"]
    assert (network["kubeProxyConfig"], network["advancedNetworking"]["performance"]) == ({}, {"accelerationMode": "None"})
    assert (network["networkDataplane"], network["networkPolicy"]) == ("cilium", "cilium")
    assert not nodes & {node["name"] for node in simulator.nodes("aks-a")}
    limit = time.monotonic() + 20
    while not all((node["cilium"] or {}).get("ready") for node in simulator.nodes("aks-a")):
        assert time.monotonic() < limit
        time.sleep(0.01)
    assert raw.kube("aks-a", "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy").status == 404


def accept(answer: Answer) -> Answer:
    assert answer.status == 200, answer
    return answer


@pytest.mark.parametrize(("dataplane", "policy"), [("cilium", "cilium"), ("azure", "none")])
def test_the_network_policy_of_a_new_cluster(simulator: Simulator, dataplane: str, policy: str) -> None:
    raw, path = Raw(simulator), Raw(simulator).cluster_path("new")
    network = {"networkPlugin": "azure", "networkPluginMode": "overlay", "networkDataplane": dataplane}
    body = {"location": "westeurope", "properties": {"networkProfile": network, "agentPoolProfiles": [{"name": "nodepool1"}]}}
    raw.finish(raw.arm("PUT", path, body))
    assert raw.arm("GET", path).body["properties"]["networkProfile"]["networkPolicy"] == policy
