"""Rules on the way from the current configuration of kube-proxy to the wanted one."""

from __future__ import annotations

from ..._verify.model import is_windows
from ..findings import Hit, NotChecked, Results, Severity
from ..message_text import count, list_names
from ..rule import When, rule
from ..sources import CONFIGURE_KUBE_PROXY, KEP_3866, KUBERNETES, TROUBLESHOOT_NFTABLES, VIRTUAL_IPS
from .facts import KubeProxyFacts


@rule(
    "KP12",
    "warning",
    title="Disabled kube-proxy leaves its rules",
    what="The change disables a running kube-proxy: its rules stay, and become stale until the node is reimaged.",
    when=When(enabled=False),
    new_images=True,
    remedy="Upgrade the node image of every pool afterwards: az aks upgrade --node-image-only.",
    sources=(VIRTUAL_IPS, "https://learn.microsoft.com/azure/aks/node-image-upgrade"),
)
def rules_stay(facts: KubeProxyFacts) -> Results:
    if facts.current.enabled:
        yield Hit(
            facts.cluster_subject,
            f"kube-proxy runs in mode {facts.current.mode} now; once disabled, its rules stay on every node until the node is reimaged.",
        )


@rule(
    "KP20",
    "warning",
    title="Node ports answer on fewer addresses",
    what=(
        "There are services with node ports: in NFTABLES mode these answer on the primary addresses of a node only, "
        "never on 127.0.0.1. For information where a load balancer is in front."
    ),
    when=When(modes=("NFTABLES",)),
    needs=("arm", "kube"),
    kube_parts=("services",),
    remedy=(
        "List them with kubectl get services --all-namespaces --field-selector spec.type=NodePort, and check that no client uses these "
        "node ports through localhost or a secondary address of a node."
    ),
    sources=(KEP_3866, VIRTUAL_IPS),
)
def node_ports_restricted(facts: KubeProxyFacts) -> Results:
    if facts.kube is None or not facts.changes_mode:
        return
    services = facts.kube.services
    if services.node_port:
        yield Hit(
            "services of type NodePort",
            f"{count(len(services.node_port), 'service')} will answer on the nodes' primary addresses only: {list_names(services.node_port)}.",
        )
    if services.load_balancer:
        yield Hit(
            "services of type LoadBalancer",
            f"The node ports of {count(len(services.load_balancer), 'service')} will answer on the nodes' primary addresses only: "
            f"{list_names(services.load_balancer)}.",
            severity="info",
        )


@rule(
    "KP21",
    "warning",
    title="IPTABLES and IPVS leave each other's rules",
    what="The switch is between IPTABLES and IPVS: the rules of the old mode stay on the nodes.",
    when=When(modes=("IPTABLES", "IPVS")),
    new_images=True,
    remedy=(
        "Set aks_dataplane_leftovers: remove, so that the switch goes through mode NFTABLES, which removes both, or upgrade the node image of every pool "
        "afterwards (az aks upgrade --node-image-only)."
    ),
    sources=("https://github.com/kubernetes/enhancements/issues/2448", f"{KUBERNETES}/issues/102314"),
)
def no_clean_up(facts: KubeProxyFacts) -> Results:
    if facts.changes_mode and {facts.current.mode, facts.wanted.mode} == {"IPTABLES", "IPVS"}:
        yield Hit(
            facts.cluster_subject,
            f"The switch is from {facts.current.mode} to {facts.wanted.mode}: the rules of {facts.current.mode} stay on every node.",
        )


@rule(
    "KP23",
    "warning",
    title="Established connections break when leaving IPVS",
    what="The switch is from IPVS to another mode: established connections through services can break.",
    when=When(modes=("IPTABLES", "NFTABLES")),
    remedy=(
        "Switch in a maintenance window (az aks maintenanceconfiguration list shows those of the cluster), and check that clients "
        "reconnect."
    ),
    sources=(VIRTUAL_IPS,),
)
def leaving_ipvs(facts: KubeProxyFacts) -> Results:
    if facts.changes_mode and facts.current.mode == "IPVS":
        yield Hit(
            facts.cluster_subject,
            f"The switch is from IPVS to {facts.wanted.mode}: connections that are established at that moment can break.",
        )


@rule(
    "KP28",
    "info",
    title="Information",
    what="The configuration is effective already; there are Windows nodes; load balancer probes are shared.",
    sources=(CONFIGURE_KUBE_PROXY, "https://learn.microsoft.com/azure/aks/shared-health-probes"),
)
def good_to_know(facts: KubeProxyFacts) -> Results:
    if not facts.switching:
        state = f"enabled in mode {facts.wanted.mode}" if facts.wanted.enabled else "disabled"
        yield Hit(facts.cluster_subject, f"The configuration (kube-proxy {state}) is effective in Azure already: nothing will be changed.")
    pools = list_names(pool.name for pool in facts.cluster.pools if is_windows(pool.os_type))
    nodes = list_names(node.name for node in facts.kube.nodes if is_windows(node.os)) if facts.kube else ""
    if pools or nodes:
        where = f"The pools {pools} run" if pools else f"The nodes {nodes} run"
        yield Hit("Windows nodes", f"{where} Windows: they have a separate kube-proxy, which stays unchanged.")
    if facts.kube is not None and facts.kube.daemonset is not None and facts.kube.daemonset.shared_health_probe:
        yield Hit(
            "DaemonSet kube-proxy",
            "The load balancer's health probes are shared: they go through a sidecar of kube-proxy, so a node can leave the load "
            "balancer while its kube-proxy restarts.",
        )


@rule(
    "KP24",
    "error",
    title="kube-proxy is unhealthy before the switch",
    what=(
        "The DaemonSet kube-proxy is missing, not ready everywhere, or its pods run in different modes. "
        "A warning while an earlier rollout is in progress, without a switch, or where only nodes that are not Ready or single pods that "
        "do not answer are affected."
    ),
    needs=("arm", "kube"),
    kube_parts=("daemonset",),
    remedy="Repair the pods first: kubectl get pods --namespace kube-system --selector component=kube-proxy shows them.",
    sources=(TROUBLESHOOT_NFTABLES,),
)
def kube_proxy_unhealthy(facts: KubeProxyFacts) -> Results:
    if facts.cilium or not facts.current.enabled or facts.kube is None:
        return
    subject = "DaemonSet kube-proxy"
    daemonset = facts.kube.daemonset
    if daemonset is None:
        yield Hit(subject, "kube-proxy is enabled in Azure, but there is no DaemonSet kube-proxy in kube-system.")
        return
    # A rollout that is still running is overtaken by the next one, and must not stop the repair of one that is stuck.
    severity: Severity | None = None if facts.switching and not daemonset.rolling else "warning"
    if daemonset.rolling:
        yield Hit(
            subject,
            f"A rollout is still running: {daemonset.updated} of {daemonset.desired} pods are updated, {daemonset.ready} ready.",
            remedy="Wait until it has ended: kubectl rollout status daemonset/kube-proxy --namespace kube-system.",
            severity="warning",
        )
    elif daemonset.ready < daemonset.desired:
        # Pods of nodes that are not Ready are not ready either, whatever is done: these nodes are named, and fail nothing.
        not_ready = sum(not node.ready for node in facts.linux_nodes or ())
        of_nodes = daemonset.desired - daemonset.ready <= not_ready
        yield Hit(subject, f"Only {daemonset.ready} of {daemonset.desired} pods are ready.", severity="warning" if of_nodes else severity)
    reason = facts.kube_part_missing("proxies")
    if reason is not None:
        yield NotChecked(f"the modes of the pods are unknown: {reason}")
        return
    yield from _check_modes(facts, severity)


def _check_modes(facts: KubeProxyFacts, severity: Severity | None) -> Results:
    by_mode: dict[str, list[str]] = {}
    silent = []
    for proxy in facts.kube.proxies if facts.kube else ():
        if proxy.mode is None:
            silent.append(proxy.node)
        else:
            by_mode.setdefault(proxy.mode, []).append(proxy.node)
    if len(by_mode) > 1:
        modes = "; ".join(f"{mode} on {list_names(nodes)}" for mode, nodes in sorted(by_mode.items()))
        yield Hit("kube-proxy pods", f"The nodes run different modes: {modes}.", severity=severity)
    if silent:
        # What cannot be verified before the change fails nothing after it, as long as there is something to verify.
        message = f"kube-proxy does not report its mode on {list_names(silent)}."
        yield Hit("kube-proxy pods", message, severity="warning" if by_mode else severity)
