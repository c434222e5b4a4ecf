"""What the looks of this collection ask of an API server, for those who can ask only once."""

from __future__ import annotations

import urllib.parse

from .._kube.client import PAGE
from .._kube.command_script import PerPod
from .._kube.command_transport import Foresight
from .._nodes.program_pod import config_maps
from .._nodes.run_objects import SELECTOR
from .._observe import cilium, cluster, preflight_parts
from .._observe.agents import PODS
from .._observe.host_routing import preflight as host_routing
from .._observe.kube_proxy import observation as kube_proxy
from .._observe.kube_proxy import preflight as kube_proxy_preflight


def _list(path: str, **query: str) -> str:
    """As the client asks for it."""
    return f"{path}?{urllib.parse.urlencode({'limit': PAGE, **query})}"


STATUS = Foresight(
    targets=(
        _list(cluster.NODES),
        _list(PODS, labelSelector=cluster.KUBE_PROXY_LABEL),
        kube_proxy.DAEMONSET,
        cilium.DAEMONSET,
        cilium.CONFIG,
        _list(PODS, labelSelector=cilium.AGENT_LABEL),
        _list(cilium.CILIUM_NODES),
    ),
    pods=PerPod(
        namespace="kube-system",
        label=cluster.KUBE_PROXY_LABEL,
        ends=(
            *(f":{kube_proxy.METRICS_PORT}/proxy/{what}" for what in ("proxyMode", "configz", "metrics")),
            f":{kube_proxy.HEALTH_PORT}/proxy/healthz",
        ),
        # Of 100 kB the few lines that anybody reads.
        only={
            "/proxy/metrics": (
                r"kubeproxy_sync_proxy_rules_(last_|[a-z0-9_]*failures_total)",
                "kubeproxy_iptables_ct_state_invalid_dropped",
            )
        },
    ),
)

PREFLIGHT = Foresight(
    targets=(
        *STATUS.targets,
        _list(kube_proxy_preflight.SERVICES),
        _list(kube_proxy_preflight.ENDPOINT_SLICES),
        _list(preflight_parts.DAEMONSETS),
        kube_proxy_preflight.CALICO_INSTALLATION,
        kube_proxy_preflight.CALICO_FELIX,
        host_routing.PATTERNS,
        host_routing.PATTERNS_IPV6,
        host_routing.IP_MASQ,
        _list(host_routing.NAMESPACES),
        _list(host_routing.BUDGETS),
    ),
    pods=STATUS.pods,
)


def audit(namespace: str) -> Foresight:
    """namespace: where runs make temporary pods, and may have left something."""
    ours = tuple(_list(path, labelSelector=SELECTOR) for path in (preflight_parts.DAEMONSETS, config_maps(namespace)))
    return Foresight(targets=(*PREFLIGHT.targets, *ours), pods=PREFLIGHT.pods)
