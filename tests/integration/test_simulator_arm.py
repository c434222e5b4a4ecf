# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated Azure: tokens, api-versions, validation, eTags, conflicts."""

from __future__ import annotations

import copy
import time
import typing as t

import pytest

from tests.support.raw import PREVIEW, STABLE, Answer, Raw
from tests.support.simulator import FEATURE, Simulator

LEAF = "kubeProxyConfig"
NFTABLES = {"enabled": True, "mode": "NFTABLES"}


@pytest.mark.parametrize(
    ("changes", "status", "error", "number"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_id": "nobody"}, 400, "unauthorized_client", 700016),
        ({"scope": "https://elsewhere.invalid/.default"}, 400, "invalid_resource", 500011),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        (
            {"client_assertion": "x", "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
            401,
            "invalid_client",
            50027,
        ),
    ],
)
def test_token_refused(simulator: Simulator, changes: dict[str, str], status: int, error: str, number: int) -> None:
    answer = Raw(simulator).sign_in(**changes)
    assert (answer.status, answer.body["error"], answer.body["error_codes"]) == (status, error, [number])
    assert answer.body["error_description"].startswith(f"AADSTS{number}: ")


def test_bearer_is_checked(simulator: Simulator) -> None:
    raw = Raw(simulator)
    raw.token = "forged"
    refused = raw.arm("GET", raw.cluster_path("aks-a"))
    assert (refused.status, refused.body["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert refused.headers["www-authenticate"].startswith("Bearer ")
    simulator.settings(token_seconds=0.05)
    raw.token = raw.sign_in().body["access_token"]
    time.sleep(0.1)
    assert raw.arm("GET", raw.cluster_path("aks-a")).body["error"]["code"] == "ExpiredAuthenticationToken"


def test_metadata_names_the_token_endpoint(simulator: Simulator) -> None:
    raw = Raw(simulator)
    cloud = raw.ask("GET", "/metadata/endpoints?api-version=2022-09-01").body
    assert cloud["authentication"]["loginEndpoint"] == simulator.arm
    assert cloud["resourceManager"] == simulator.arm + "/"
    assert raw.ask("GET", "/metadata/endpoints?api-version=2019-05-01").body == [cloud]


@pytest.mark.parametrize(
    ("path", "version", "status", "code"),
    [
        ("{cluster}", "", 400, "MissingApiVersionParameter"),
        ("{cluster}", "latest", 400, "InvalidApiVersionParameter"),
        ("{cluster}", "2031-01-01", 400, "NoRegisteredProviderFound"),
        ("{cluster}-no", PREVIEW, 404, "ResourceNotFound"),
        ("/subscriptions/00000000-0000-0000-0000-00000000dead", PREVIEW, 404, "SubscriptionNotFound"),
        ("/subscriptions/mine", PREVIEW, 400, "InvalidSubscriptionId"),
        (
            "{subscription}/resourceGroups/none/providers/Microsoft.ContainerService/managedClusters/x",
            PREVIEW,
            404,
            "ResourceGroupNotFound",
        ),
        ("{subscription}/providers/Microsoft.Nothing/things", PREVIEW, 404, "InvalidResourceType"),
    ],
)
def test_gateway_errors_are_wrapped(simulator: Simulator, path: str, version: str, status: int, code: str) -> None:
    raw = Raw(simulator)
    answer = raw.arm(
        "GET", path.format(cluster=raw.cluster_path("aks-a"), subscription=f"/subscriptions/{simulator.subscription_id}"), version=version
    )
    assert (answer.status, answer.body["error"]["code"]) == (status, code)
    assert "x-ms-correlation-request-id" in answer.headers


@pytest.mark.parametrize(
    ("seed", "patch", "version", "leaf", "code", "subcode"),
    [
        ("overlay", {}, PREVIEW, {"enabled": True, "mode": "USERSPACE"}, "KubeProxyConfigValueUnsupported", ""),
        ("overlay", {}, "2025-08-02-preview", NFTABLES, "KubeProxyConfigValueUnsupported", ""),
        ("overlay", {}, PREVIEW, {**NFTABLES, "ipvsConfig": {"scheduler": "RoundRobin"}}, "KubeProxyConfigFieldUnsupported", ""),
        (
            "overlay",
            {},
            PREVIEW,
            {"enabled": True, "mode": "IPVS", "ipvsConfig": {"scheduler": "WeightedRoundRobin"}},
            "KubeProxyConfigValueUnsupported",
            "",
        ),
        (
            "overlay",
            {},
            PREVIEW,
            {"enabled": True, "mode": "IPVS", "ipvsConfig": {"udpTimeoutSeconds": 0}},
            "KubeProxyConfigValueUnsupported",
            "",
        ),
        ("overlay", {}, PREVIEW, {"enabled": False}, "KubeProxyConfigDisabledBYOCNIOnly", ""),
        ("overlay", {}, PREVIEW, {"enabled": True, "speed": 9}, "UnmarshalError", ""),
        ("overlay", {}, STABLE, NFTABLES, "UnmarshalError", ""),
        ("kubenet-iptables", {}, PREVIEW, NFTABLES, "BadRequest", "KubeProxyConfigNFTablesKubernetesVersion"),
        ("cilium-acns", {}, PREVIEW, {"enabled": True, "mode": "IPTABLES"}, "BadRequest", "CiliumDataplaneRequiresKubeProxyConfigDisabled"),
    ],
)
def test_refused_configuration(
    simulator: Simulator, seed: str, patch: dict[str, t.Any], version: str, leaf: dict[str, t.Any], code: str, subcode: str
) -> None:
    before = simulator.make_cluster("aks-a", seed=seed, patch=patch)
    raw = Raw(simulator)
    body = copy.deepcopy(raw.arm("GET", raw.cluster_path("aks-a"), version=version).body)
    body["properties"]["networkProfile"][LEAF] = leaf
    answer = raw.arm("PUT", raw.cluster_path("aks-a"), body, version=version)
    assert (answer.status, answer.body["code"], answer.body["subcode"]) == (400, code, subcode)
    # AKS wraps what it finds out before it begins.
    wrapped = "Preflight validation check for resource(s) for container service failed. Message: "
    assert answer.body["message"].startswith(wrapped) == (code in ("KubeProxyConfigValueUnsupported", "KubeProxyConfigDisabledBYOCNIOnly"))
    assert simulator.cluster("aks-a") == before


@pytest.mark.parametrize(
    ("seed", "leaf", "reported"),
    [
        ("overlay", NFTABLES, NFTABLES),
        (
            "overlay",
            {"enabled": True, "mode": "IPVS", "ipvsConfig": {"tcpTimeoutSeconds": 900}},
            {"enabled": True, "mode": "IPVS", "ipvsConfig": {"tcpTimeoutSeconds": 900}},
        ),
        ("byo-cni", {"enabled": False}, {}),
        ("cilium-acns", {}, {}),
    ],
)
def test_accepted_configuration_and_how_it_comes_back(
    simulator: Simulator, seed: str, leaf: dict[str, t.Any], reported: dict[str, t.Any]
) -> None:
    simulator.make_cluster("aks-a", seed=seed)
    raw = Raw(simulator)
    assert raw.finish(raw.put_leaf(leaf))["status"] == "Succeeded"
    assert raw.leaf() == reported
    assert raw.leaf(version=STABLE) == "absent"


def test_leaf_that_is_not_sent_stays(simulator: Simulator) -> None:
    simulator.make_cluster("aks-a", patch={"properties": {"networkProfile": {LEAF: NFTABLES}}})
    raw = Raw(simulator)
    body = raw.arm("GET", raw.cluster_path("aks-a"), version=STABLE).body
    raw.finish(raw.arm("PUT", raw.cluster_path("aks-a"), body, version=STABLE))
    assert raw.leaf() == NFTABLES
    assert raw.leaf("aks-b") == "absent"


def test_feature_counts_after_the_provider_was_registered_again(simulator: Simulator) -> None:
    simulator.reset(feature=False)
    raw = Raw(simulator)
    scope = f"/subscriptions/{simulator.subscription_id}/providers"
    feature = f"{scope}/Microsoft.Features/providers/Microsoft.ContainerService/features/{FEATURE}"

    def until(path: str, key: str, state: str) -> None:
        limit = time.monotonic() + 20
        while True:
            body = raw.arm("GET", path, version="2021-07-01").body
            if body.get(key, body.get("properties", {}).get(key)) == state:
                return
            assert time.monotonic() < limit
            time.sleep(0.01)

    assert raw.put_leaf(NFTABLES).body["code"] == "KubeProxyConfigFeatureNotRegistered"
    assert raw.arm("POST", f"{feature}/register", version="2021-07-01").body["properties"]["state"] == "Registering"
    until(feature, "state", "Registered")
    assert raw.put_leaf(NFTABLES).body["code"] == "KubeProxyConfigFeatureNotRegistered"
    assert raw.arm("POST", f"{scope}/Microsoft.ContainerService/register", version="2021-07-01").body["registrationState"] == "Registering"
    until(f"{scope}/Microsoft.ContainerService", "registrationState", "Registered")
    raw.finish(raw.put_leaf(NFTABLES))
    simulator.features({FEATURE: "Unregistered"})
    raw.finish(raw.put_leaf(NFTABLES))
    assert raw.leaf() == NFTABLES


def test_feature_that_needs_approval_stays_pending(simulator: Simulator) -> None:
    simulator.reset(feature=False)
    simulator.needs_approval(FEATURE)
    raw = Raw(simulator)
    feature = (
        f"/subscriptions/{simulator.subscription_id}/providers/Microsoft.Features/providers/Microsoft.ContainerService/features/{FEATURE}"
    )
    assert raw.arm("POST", f"{feature}/register", version="2021-07-01").body["properties"]["state"] == "Pending"
    assert raw.arm("GET", f"{feature}x", version="2021-07-01").body["error"]["code"] == "FeatureNotFound"


def test_etag_and_conflict(simulator: Simulator) -> None:
    simulator.settings(scale=0.01)
    raw = Raw(simulator)
    etag = raw.arm("GET", raw.cluster_path("aks-a")).body["eTag"]
    accepted = raw.put_leaf(NFTABLES, if_match=f'"{etag}"')
    assert accepted.status == 200
    busy = raw.put_leaf(NFTABLES, if_match=etag)
    assert (busy.status, busy.body["code"]) == (409, "OperationNotAllowed")
    simulator.settings(scale=0.0001)
    raw.finish(accepted)
    stale = raw.put_leaf(NFTABLES, if_match=etag)
    assert (stale.status, stale.body["code"]) == (412, "PreconditionFailed")
    assert raw.arm("PUT", raw.cluster_path("new"), {"location": "x"}, if_match=etag).status == 412


def test_a_creation_only(simulator: Simulator) -> None:
    """If-None-Match: * for what is not there yet; any other value is ignored."""
    raw = Raw(simulator)
    body = {"location": "westeurope", "properties": {"agentPoolProfiles": [{"name": "nodepool1"}]}}
    path = raw.cluster_path("new")
    accepted = raw.arm("PUT", path, body, if_none_match="*")
    assert accepted.status == 201
    raw.finish(accepted)
    refused = raw.arm("PUT", path, body, if_none_match="*")
    assert (refused.status, refused.body["code"]) == (412, "PreconditionFailed")
    assert raw.arm("PUT", path, body, if_none_match='"0"').status == 200
    assert [entry["if_none_match"] for entry in simulator.log("arm", "PUT")] == ["*", "*", '"0"']


def test_maps_of_users_are_replaced(simulator: Simulator) -> None:
    """What a PUT leaves out of the tags, and of a pool's tags and labels, is gone; a pool's maps that it does not have stay."""
    kept = {"tags": {"a": "1", "b": "2"}, "nodeLabels": {"a": "1", "b": "2"}}
    simulator.make_cluster("aks-a", patch={"tags": kept["tags"]})
    pools = [{**pool, **kept} for pool in simulator.cluster("aks-a")["properties"]["agentPoolProfiles"]]
    simulator.set_cluster("aks-a", {"properties": {"agentPoolProfiles": pools}})
    raw, path = Raw(simulator), Raw(simulator).cluster_path("aks-a")
    body = raw.arm("GET", path).body
    pool = body["properties"]["agentPoolProfiles"][0]
    for holder in (body, pool):
        holder["tags"] = {"b": "3"}
    pool["nodeLabels"] = {}
    raw.finish(raw.arm("PUT", path, body))
    stored = simulator.cluster("aks-a")
    now = stored["properties"]["agentPoolProfiles"][0]
    assert (stored["tags"], now["tags"], now["nodeLabels"]) == ({"b": "3"}, {"b": "3"}, {})
    del pool["tags"], pool["nodeLabels"]
    raw.finish(raw.arm("PUT", path, body))
    assert simulator.cluster("aks-a")["properties"]["agentPoolProfiles"][0]["tags"] == {"b": "3"}


def test_operation_url_is_used_verbatim_or_refused(simulator: Simulator) -> None:
    raw = Raw(simulator)
    url = raw.put_leaf(NFTABLES).headers["azure-asyncoperation"]
    assert len(url) > 2500
    assert raw.arm("GET", url).status == 200
    assert raw.arm("GET", url.partition("?")[0] + "?api-version=2025-03-01").status == 400
    assert "&s=" not in str(simulator.log("operation"))


def test_list_is_paged(simulator: Simulator) -> None:
    for name in ("aks-c", "aks-d", "aks-e"):
        simulator.make_cluster(name, nodes=0)
    raw, names, link = (
        Raw(simulator),
        [],
        f"/subscriptions/{simulator.subscription_id}/providers/Microsoft.ContainerService/managedClusters",
    )
    pages = 0
    while link:
        body = raw.arm("GET", link).body
        names += [cluster["name"] for cluster in body["value"]]
        link, pages = body.get("nextLink", ""), pages + 1
    assert (names, pages) == (["aks-a", "aks-b", "aks-c", "aks-d", "aks-e"], 3)


def test_local_accounts_disabled(simulator: Simulator) -> None:
    simulator.set_cluster("aks-a", {"properties": {"disableLocalAccounts": True}})
    raw = Raw(simulator)
    refused = raw.arm("POST", raw.cluster_path("aks-a") + "/listClusterAdminCredential")
    assert (refused.status, refused.body["code"]) == (400, "BadRequest")
    assert raw.arm("POST", raw.cluster_path("aks-a") + "/listClusterUserCredential").status == 200


def put_acns(simulator: Simulator, leaf: dict[str, t.Any]) -> Answer:
    raw, path = Raw(simulator), Raw(simulator).cluster_path("aks-a")
    body = raw.arm("GET", path, version=STABLE).body
    body["properties"]["networkProfile"]["advancedNetworking"] = leaf
    answer = raw.arm("PUT", path, body, version=STABLE)
    if answer.status == 200:
        raw.finish(answer)
    return answer


def features_of(simulator: Simulator) -> tuple[bool, bool]:
    reported = simulator.cluster("aks-a")["properties"]["networkProfile"]["advancedNetworking"]
    return reported["observability"]["enabled"], reported["security"]["enabled"]


def test_advanced_networking_is_replaced(simulator: Simulator) -> None:
    """The updates that Azure's own CLI was recorded with, one after the other."""
    off, on = {"enabled": False}, {"enabled": True}
    start = {"properties": {"networkProfile": {"advancedNetworking": {**on, "observability": on, "security": off, "performance": None}}}}
    simulator.make_cluster("aks-a", seed="cilium-acns", patch=start)
    for leaf, features in (
        (on, (True, True)),
        ({**on, "security": off}, (True, False)),
        ({**on, "observability": off}, (False, True)),
        (off, (False, False)),
        ({**on, "performance": {"accelerationMode": "BpfVeth"}}, (True, True)),
        (on, (True, True)),
    ):
        assert put_acns(simulator, leaf).status == 200
        assert features_of(simulator) == features
    assert "performance" not in simulator.cluster("aks-a")["properties"]["networkProfile"]["advancedNetworking"]


def test_advanced_networking_has_no_security_without_cilium(simulator: Simulator) -> None:
    assert put_acns(simulator, {"enabled": True}).status == 200
    assert features_of(simulator) == (True, False)


BPF_VETH = {"enabled": True, "performance": {"accelerationMode": "BpfVeth"}}


def pool(**changes: t.Any) -> dict[str, t.Any]:
    made = {"name": "nodepool1", "count": 1, "osType": "Linux", "mode": "System", "nodeImageVersion": "AKSUbuntu-2404gen2containerd-1"}
    return {"agentPoolProfiles": [{**made, "currentOrchestratorVersion": "1.33.3", **changes}]}


@pytest.mark.parametrize(
    ("properties", "leaf", "subcode"),
    [
        ({}, {"enabled": False, "performance": {"accelerationMode": "BpfVeth"}}, "AdvancedNetworkingRequiresACNS"),
        ({}, {"enabled": True, "performance": {"accelerationMode": "Warp"}}, "AdvancedNetworkingMode"),
        ({}, {**BPF_VETH, "observability": {"enabled": False}, "security": {"enabled": False}}, "AdvancedNetworkingNoFeature"),
        ({"networkProfile": {"networkDataplane": "azure"}}, BPF_VETH, "AdvancedNetworkingRequiresCilium"),
        ({"currentKubernetesVersion": "1.32.9"}, BPF_VETH, "AdvancedNetworkingKubernetesVersion"),
        (pool(currentOrchestratorVersion="1.32.9"), BPF_VETH, "AdvancedNetworkingKubernetesVersion"),
        (pool(nodeImageVersion="AKSUbuntu-2204gen2containerd-1"), BPF_VETH, "AdvancedNetworkingOS"),
        (pool(osType="Windows"), BPF_VETH, "AdvancedNetworkingOS"),
        (pool(), BPF_VETH, None),
    ],
)
def test_what_host_routing_needs(simulator: Simulator, properties: dict[str, t.Any], leaf: dict[str, t.Any], subcode: str | None) -> None:
    simulator.make_cluster("aks-a", seed="cilium-acns")
    network = {"advancedNetworking": None, **properties.get("networkProfile", {})}
    before = simulator.set_cluster("aks-a", {"properties": {**properties, "networkProfile": network}})
    answer = put_acns(simulator, leaf)
    assert answer.body.get("subcode") == subcode
    assert answer.status == (400 if subcode else 200)
    assert (simulator.cluster("aks-a") == before) == bool(subcode)
