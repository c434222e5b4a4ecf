"""The inventory groups that clusters are in by themselves."""

from __future__ import annotations

import re
import typing as t

from .._aks.host_routing import configuration as host_routing
from .._aks.kube_proxy.configuration import MODES

CLUSTERS = "aks_clusters"
_HOST_ROUTING = {host_routing.ENABLED: "host_routing_enabled", host_routing.DISABLED: "host_routing_disabled"}

# These exist also when no cluster is in them, so that a pattern of a play may name them whatever the fleet is like.
ALWAYS: tuple[str, ...] = (
    CLUSTERS,
    *(f"kube_proxy_{mode.lower()}" for mode in MODES),
    "kube_proxy_disabled",
    "dataplane_azure",
    "dataplane_cilium",
    *_HOST_ROUTING.values(),
)


def of_cluster(cluster: t.Mapping[str, t.Any]) -> tuple[str, ...]:
    """The groups of a cluster, by its C(hosts.host_variables). A value that is new to this collection makes another group, a null value none."""
    kube_proxy = cluster["aks_kube_proxy"]
    routing = cluster["aks_host_routing"]
    return (
        CLUSTERS,
        *(() if kube_proxy is None else (_safe(f"kube_proxy_{kube_proxy['mode'] if kube_proxy['enabled'] else 'disabled'}"),)),
        _safe(f"dataplane_{cluster['aks_network_dataplane']}"),
        *(() if routing is None else (_HOST_ROUTING.get(routing) or _safe(f"host_routing_{routing}"),)),
    )


def _safe(name: str) -> str:
    return re.sub(r"[^a-z0-9_]", "_", name.lower())
