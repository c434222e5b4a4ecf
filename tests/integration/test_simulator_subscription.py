# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulated Azure has around clusters: subscriptions, providers, features, versions, node pools."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.support.raw import STABLE, Raw
from tests.support.simulator import FEATURE, ROOT, Simulator


def scope(simulator: Simulator) -> str:
    return f"/subscriptions/{simulator.subscription_id}"


def test_subscriptions(simulator: Simulator) -> None:
    raw = Raw(simulator)
    (listed,) = raw.arm("GET", "/subscriptions", version="2022-12-01").body["value"]
    assert listed == raw.arm("GET", scope(simulator), version="2022-12-01").body
    assert (listed["subscriptionId"], listed["tenantId"], listed["state"]) == (
        simulator.subscription_id,
        simulator.info["tenant"],
        "Enabled",
    )
    groups = raw.arm("GET", f"{scope(simulator)}/resourcegroups", version="2024-11-01").body["value"]
    assert [group["name"] for group in groups] == [simulator.resource_group]
    other = "11111111-0000-0000-0000-000000000000"
    simulator.make_cluster("far", patch={"id": simulator.cluster("aks-a")["id"].replace(simulator.subscription_id, other)}, nodes=0)
    names = [item["subscriptionId"] for item in raw.arm("GET", "/subscriptions", version="2022-12-01").body["value"]]
    assert names == [simulator.subscription_id, other]


@pytest.mark.parametrize("tenant", ["organizations", "common", ""])
def test_discovery_before_the_tenant_is_known(simulator: Simulator, tenant: str) -> None:
    raw, own = Raw(simulator), simulator.info["tenant"]
    body = raw.ask("GET", f"/{tenant or own}/v2.0/.well-known/openid-configuration").body
    assert body["token_endpoint"] == f"{simulator.arm}/{tenant or own}/oauth2/v2.0/token"
    assert body["issuer"] == f"{simulator.arm}/{'{tenantid}' if tenant else own}/v2.0"
    refused = raw.ask("GET", "/elsewhere/v2.0/.well-known/openid-configuration")
    assert (refused.status, refused.body["error"]) == (400, "invalid_tenant")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "{cluster}"),
        ("PUT", "{cluster}/agentPools/nodepool1"),
        ("GET", "{cluster}/listClusterUserCredential"),
        ("DELETE", "{scope}"),
        ("PUT", "{scope}/providers/Microsoft.ContainerService"),
        ("GET", "{scope}/providers/Microsoft.Features/providers/Microsoft.ContainerService/features/x/register"),
    ],
)
def test_a_method_that_a_resource_does_not_have(simulator: Simulator, method: str, path: str) -> None:
    raw = Raw(simulator)
    answer = raw.arm(method, path.format(cluster=raw.cluster_path("aks-a"), scope=scope(simulator)))
    assert (answer.status, answer.body["error"]["code"]) == (405, "MethodNotAllowed")


def test_providers(simulator: Simulator) -> None:
    raw, path = Raw(simulator), f"{scope(simulator)}/providers"
    found = {item["namespace"]: item for item in raw.arm("GET", path, version="2025-04-01").body["value"]}
    aks = found["Microsoft.ContainerService"]
    assert set(found) > {"Microsoft.ContainerService"}
    assert (aks["registrationState"], aks["registrationPolicy"]) == ("Registered", "RegistrationRequired")
    assert raw.arm("GET", f"{path}/microsoft.containerservice", version="2025-04-01").body == aks
    assert raw.arm("GET", f"{path}/Microsoft.Nothing", version="2025-04-01").body["error"]["code"] == "InvalidResourceNamespace"
    simulator.settings(scale=0.05)
    assert raw.arm("POST", f"{path}/Microsoft.ContainerService/register", version="2025-04-01").body["registrationState"] == "Registering"


def test_registrations_of_features(simulator: Simulator) -> None:
    """The newer resource; both are about the same features."""
    simulator.reset(feature=False)
    simulator.needs_approval(FEATURE)
    raw = Raw(simulator)
    path = f"{scope(simulator)}/providers/Microsoft.Features/featureProviders/Microsoft.ContainerService/subscriptionFeatureRegistrations"

    def ask(method: str, name: str = FEATURE) -> t.Any:
        return raw.arm(method, f"{path}/{name}", version="2021-07-01")

    assert raw.arm("GET", path, version="2021-07-01").body == {"value": []}
    assert (ask("GET").status, ask("DELETE").status, ask("GET", "Unheard").status) == (404, 204, 404)
    made = ask("PUT").body
    assert made["id"].lower() == f"{path}/{FEATURE}".lower()
    assert (made["properties"]["state"], made["properties"]["approvalType"]) == ("Pending", "ApprovalRequired")
    assert raw.arm("GET", path, version="2021-07-01").body["value"] == [made]
    older = f"{scope(simulator)}/providers/Microsoft.Features/providers/Microsoft.ContainerService/features/{FEATURE}"
    assert raw.arm("GET", older, version="2021-07-01").body["properties"]["state"] == "Pending"
    assert ask("DELETE").status == 200
    assert raw.arm("GET", older, version="2021-07-01").body["properties"]["state"] in ("Unregistering", "Unregistered")


def test_features_of_the_subscription(simulator: Simulator) -> None:
    raw, path = Raw(simulator), f"{scope(simulator)}/providers/Microsoft.Features"
    every = raw.arm("GET", f"{path}/features", version="2021-07-01").body
    assert every == raw.arm("GET", f"{path}/providers/Microsoft.ContainerService/features", version="2021-07-01").body
    # By the names that they really have.
    assert {"Microsoft.ContainerService/NodeDisruptionProfile", f"Microsoft.ContainerService/{FEATURE}"} <= {
        item["name"] for item in every["value"]
    }
    assert raw.arm("GET", f"{path}/providers/Microsoft.Compute/features", version="2021-07-01").body == {"value": []}


def test_kubernetes_versions(simulator: Simulator) -> None:
    """In the shape that was recorded."""
    text = (ROOT / "tests" / "fixtures" / "recordings" / "aks_create_with_acns_performance.json").read_text(encoding="utf-8")
    truth = json.loads(text)[0]["response"]["body"]
    body = (
        Raw(simulator).arm("GET", f"{scope(simulator)}/providers/Microsoft.ContainerService/locations/westeurope/kubernetesVersions").body
    )
    assert set(body) == set(truth)
    assert {frozenset(item) for item in body["values"]} <= {frozenset(item) for item in truth["values"]}
    default = next(item for item in body["values"] if item.get("isDefault"))
    assert default["version"] == "1.34"
    assert default["patchVersions"]["1.34.2"] == {"upgrades": ["1.34.3", "1.35.2", "1.35.1", "1.35.0"]}


def test_node_pools(simulator: Simulator) -> None:
    raw, path = Raw(simulator), Raw(simulator).cluster_path("aks-a") + "/agentPools"
    (pool,) = raw.arm("GET", path, version=STABLE).body["value"]
    within = raw.arm("GET", raw.cluster_path("aks-a"), version=STABLE).body["properties"]["agentPoolProfiles"][0]
    assert {"name": pool["name"], **pool["properties"]} == within
    assert pool["id"].lower() == f"{path}/nodepool1".lower()
    assert pool["type"] == "Microsoft.ContainerService/managedClusters/agentPools"
    assert raw.arm("GET", f"{path}/NodePool1", version=STABLE).body == pool
    missing = raw.arm("GET", f"{path}/none", version=STABLE)
    assert (missing.status, missing.body["code"]) == (404, "NotFound")
    assert raw.arm("GET", raw.cluster_path("none") + "/agentPools").body["error"]["code"] == "ResourceNotFound"
