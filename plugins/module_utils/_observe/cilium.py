"""Where AKS keeps what belongs to Cilium, and what its iptables monitor says about nodes."""

from __future__ import annotations

from .._common.json_parts import text_map_at
from .answers import reading
from .kubernetes import KubeError, Kubernetes, Raw
from .objects import name_of, text_map

DAEMONSET = "/apis/apps/v1/namespaces/kube-system/daemonsets/cilium"
CONFIG = "/api/v1/namespaces/kube-system/configmaps/cilium-config"
CILIUM_NODES = "/apis/cilium.io/v2/ciliumnodes"
AGENT_LABEL = "k8s-app=cilium"
AGENT = "cilium-agent"

# The newer one first.
USER_RULES_LABELS = ("kubernetes.azure.com/user-iptables-rules", "user-iptables-rules")


def read_config(api: Kubernetes) -> dict[str, str] | None:
    """The data of the ConfigMap C(cilium-config); none when there is none, so no Cilium of AKS. Raises KubeError."""
    return read_files(api, CONFIG)


def read_files(api: Kubernetes, path: str) -> dict[str, str] | None:
    """The data of a ConfigMap; none when there is no such. Raises KubeError."""
    config = api.get(path)
    if config is None:
        return None
    with reading(path):
        return text_map(config, "data")


def read_user_rules(api: Kubernetes) -> dict[str, bool | None]:
    """Whether the monitor found iptables rules that AKS does not know, by node; none where it does not say. Raises KubeError.

    Empty where the cluster has no CiliumNodes at all.
    """
    try:
        return dict(api.list_objects(CILIUM_NODES, _user_rules))
    except KubeError as exc:
        if exc.status != 404:
            raise
        return {}


def _user_rules(raw: Raw) -> tuple[str, bool | None]:
    labels = text_map_at(raw, "metadata", "labels")
    value = next((labels[label] for label in USER_RULES_LABELS if label in labels), "")
    return name_of(raw), {"true": True, "false": False}.get(value)
