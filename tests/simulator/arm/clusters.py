# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One managed cluster as ARM keeps it: the merged body, its eTag, and the operation under way."""

from __future__ import annotations

import asyncio
import copy
import typing as t
import uuid

from ..cilium.manifest import has_cilium
from . import acns, schema, validation

if t.TYPE_CHECKING:
    from ..world import World
    from .operations import Operation

DEFAULT_VERSION = "1.34.2"

# Maps of names that users choose: a PUT replaces them, and merges what AKS itself has names for.
REPLACED = ("tags", "nodeLabels")


class Cluster:
    """C(body) is the stored cluster in full; C(kube) is what runs in it."""

    def __init__(self, world: World, name: str, body: dict[str, t.Any]) -> None:
        self.world = world
        self.name = name
        self.body = body
        self.operation: Operation | None = None
        self.kube = world.make_kube(name, body)

    @property
    def id(self) -> str:
        """In lower case, as ARM does not care about it."""
        return str(self.body["id"]).lower()

    @property
    def location(self) -> str:
        return str(self.body["location"])

    @property
    def pools(self) -> list[dict[str, t.Any]]:
        return list(self.body["properties"].get("agentPoolProfiles") or [])

    def busy(self) -> bool:
        return self.operation is not None and not self.operation.done

    def merged(self, request: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """The cluster after a PUT: known keys that the request leaves out stay, the request's own values win."""
        clean = schema.writable(request)
        merged = copy.deepcopy(self.body)
        _merge(merged, clean)
        if "tags" not in clean:
            merged.pop("tags", None)
        identities = (clean.get("identity") or {}).get("userAssignedIdentities")
        if identities is not None:
            # Names are sent, and what is known about them stays.
            kept = (self.body.get("identity") or {}).get("userAssignedIdentities") or {}
            merged["identity"]["userAssignedIdentities"] = {name: kept.get(name) or _identity() for name in identities}
        network = merged["properties"]["networkProfile"]
        sent = (clean.get("properties") or {}).get("networkProfile") or {}
        moves = has_cilium(merged) and not has_cilium(self.body)
        if moves:
            # Recorded; kube-proxy goes with the data plane.
            network["kubeProxyConfig"] = {}
        elif "kubeProxyConfig" in sent:
            network["kubeProxyConfig"] = validation.stored_form(sent["kubeProxyConfig"])
        if "advancedNetworking" in sent:
            network["advancedNetworking"] = acns.stored_form(sent["advancedNetworking"], network.get("networkDataplane", "azure"))
        if moves and (network.get("advancedNetworking") or {}).get("enabled"):
            network["advancedNetworking"].setdefault("performance", {"accelerationMode": "None"})
        outbound = (network.get("loadBalancerProfile") or {}).get("managedOutboundIPs") or {}
        if outbound.get("countIPv6") == 0:
            del outbound["countIPv6"]
        return merged

    def set_state(self, state: str) -> None:
        """Set the provisioning state of the cluster and its pools."""
        self.body["properties"]["provisioningState"] = state
        for pool in self.body["properties"].get("agentPoolProfiles") or []:
            pool["provisioningState"] = state

    def renew_etags(self) -> None:
        """Every change of the cluster changes its eTag and those of its pools; a cluster recorded without one stays without."""
        for holder in [self.body, *(self.body["properties"].get("agentPoolProfiles") or [])]:
            if "eTag" in holder:
                holder["eTag"] = str(uuid.uuid4())

    async def close(self) -> None:
        # The operation that removes the cluster goes on.
        if self.operation is not None and self.operation.task not in (None, asyncio.current_task()):
            self.operation.task.cancel()
            await asyncio.wait([self.operation.task])
        await self.kube.close()


def _identity() -> dict[str, str]:
    return {"principalId": str(uuid.uuid4()), "clientId": str(uuid.uuid4())}


def _merge(target: dict[str, t.Any], source: t.Mapping[str, t.Any]) -> None:
    for key, value in source.items():
        kept = target.get(key)
        if isinstance(value, dict) and isinstance(kept, dict) and key not in REPLACED:
            _merge(kept, value)
        elif key == "agentPoolProfiles" and isinstance(value, list):
            target[key] = [_merged_pool(pool, kept or []) for pool in value]
        else:
            target[key] = copy.deepcopy(value)


def _merged_pool(pool: t.Mapping[str, t.Any], kept: t.Sequence[t.Mapping[str, t.Any]]) -> dict[str, t.Any]:
    same = next((copy.deepcopy(dict(old)) for old in kept if old.get("name") == pool.get("name")), {})
    _merge(same, pool)
    return same


def created(world: World, name: str, request: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The stored form of a new cluster: the request, and what AKS fills in."""
    settings = world.settings
    body = schema.writable(request)
    properties: dict[str, t.Any] = body.setdefault("properties", {})
    version = properties.get("kubernetesVersion") or DEFAULT_VERSION
    prefix = properties.get("dnsPrefix") or name
    host = f"{prefix}-simul8ed.hcp.{body['location']}.azmk8s.io"
    network = {
        "networkPlugin": "azure",
        "networkPluginMode": "overlay",
        "networkDataplane": "azure",
        "networkPolicy": "cilium" if has_cilium(body) else "none",
        "loadBalancerSku": "standard",
        "podCidr": "10.244.0.0/16",
        "serviceCidr": "10.0.0.0/16",
        "dnsServiceIP": "10.0.0.10",
        "outboundType": "loadBalancer",
        "ipFamilies": ["IPv4"],
        **(properties.get("networkProfile") or {}),
    }
    if network["networkPlugin"] != "azure":
        network.pop("networkPluginMode", None)
        network.pop("networkDataplane", None)
    dataplane = network.get("networkDataplane", "azure")
    if network.get("kubeProxyConfig") is not None:
        network["kubeProxyConfig"] = validation.stored_form(network["kubeProxyConfig"])
    elif dataplane == "cilium":
        network["kubeProxyConfig"] = {}
    if network.get("advancedNetworking") is not None:
        network["advancedNetworking"] = acns.stored_form(network["advancedNetworking"], dataplane)
    properties.update(
        provisioningState="Creating",
        powerState={"code": "Running"},
        kubernetesVersion=version,
        currentKubernetesVersion=version,
        dnsPrefix=prefix,
        fqdn=host,
        azurePortalFQDN=host.replace(".hcp.", ".portal.hcp."),
        maxAgentPools=100,
        nodeResourceGroup=properties.get("nodeResourceGroup") or f"MC_{settings.resource_group}_{name}_{body['location']}",
        networkProfile=network,
        agentPoolProfiles=[_created_pool(pool, version) for pool in properties.get("agentPoolProfiles") or []],
    )
    scope = f"/subscriptions/{settings.subscription_id}/resourcegroups/{settings.resource_group}"
    return {
        "id": f"{scope}/providers/Microsoft.ContainerService/managedClusters/{name}",
        "name": name,
        "type": "Microsoft.ContainerService/ManagedClusters",
        "eTag": str(uuid.uuid4()),
        "sku": {"name": "Base", "tier": "Free"},
        **body,
    }


def _created_pool(pool: t.Mapping[str, t.Any], version: str) -> dict[str, t.Any]:
    orchestrator = pool.get("orchestratorVersion") or version
    filled = {"count": 1, "osType": "Linux", "osSKU": "Ubuntu", "type": "VirtualMachineScaleSets", "mode": "System", **pool}
    return {
        **filled,
        "provisioningState": "Creating",
        "powerState": {"code": "Running"},
        "orchestratorVersion": orchestrator,
        "currentOrchestratorVersion": orchestrator,
        "nodeImageVersion": _image(filled["osSKU"], validation.minor_of(orchestrator)),
        "eTag": str(uuid.uuid4()),
    }


def _image(sku: str, kubernetes: tuple[int, int]) -> str:
    """The SKU Ubuntu is another release from Kubernetes 1.35 on, and AzureLinux from 1.32 on."""
    ubuntu = {"Ubuntu": "2404" if kubernetes >= (1, 35) else "2204", "Ubuntu2204": "2204", "Ubuntu2404": "2404"}.get(sku)
    if ubuntu is not None:
        return f"AKSUbuntu-{ubuntu}gen2containerd-202610.20.0"
    linux = {"AzureLinux": "V3" if kubernetes >= (1, 32) else "V2", "AzureLinux3": "V3"}.get(sku)
    return f"AKSAzureLinux-{linux}gen2-202610.20.0" if linux is not None else f"AKS{sku}-202610.20.0"
