"""Where AKS keeps what belongs to Cilium, and what its iptables monitor says about nodes."""

from __future__ import annotations

from .client import KubeClient
from .pages import Raw, pages

CILIUM = "/apis/apps/v1/namespaces/kube-system/daemonsets/cilium"
CILIUM_CONFIG = "/api/v1/namespaces/kube-system/configmaps/cilium-config"
CILIUM_NODES = "/apis/cilium.io/v2/ciliumnodes"
AGENT_LABEL = "k8s-app=cilium"
AGENT = "cilium-agent"

# The newer one first.
USER_RULES_LABELS = ("kubernetes.azure.com/user-iptables-rules", "user-iptables-rules")


def user_rules(client: KubeClient) -> dict[str, bool | None]:
    """Whether the monitor found iptables rules that AKS does not know, by node; none where it does not say."""
    return dict(pages(client, CILIUM_NODES, _user_rules))


def _user_rules(raw: Raw) -> tuple[str, bool | None]:
    metadata = raw.get("metadata") or {}
    labels = metadata.get("labels") or {}
    value = next((labels[label] for label in USER_RULES_LABELS if label in labels), None)
    return str(metadata.get("name", "")), {"true": True, "false": False}.get(str(value))
