"""What the preflight rules of eBPF host routing need of a cluster, read through the API server; nothing is changed."""

from __future__ import annotations

import typing as t

from ..._preflight.kube_model import AllowedPatterns, DaemonSetFacts, KubeFacts, MasqueradeFile, WorkloadFacts
from ..cilium import CILIUM, user_rules
from ..client import KubeClient
from ..objects import daemonset_of
from ..pages import Raw, pages
from ..preflight_parts import kube_proxy_replacement, nodes, read_parts

CONFIG_MAPS = "/api/v1/namespaces/kube-system/configmaps"
PATTERNS = f"{CONFIG_MAPS}/allowed-iptables-patterns"
PATTERNS_IPV6 = f"{CONFIG_MAPS}/allowed-ip6tables-patterns"
IP_MASQ = f"{CONFIG_MAPS}/azure-ip-masq-agent-config"
DAEMONSETS = "/apis/apps/v1/daemonsets"
NAMESPACES = "/api/v1/namespaces"
BUDGETS = "/apis/policy/v1/poddisruptionbudgets"

AMBIENT = ("istio.io/dataplane-mode", "ambient")
MANAGED_LABELS = ("addonmanager.kubernetes.io/mode", "kubernetes.azure.com/managedby")

# The merger reads the files of the ConfigMap whose names begin so.
IP_MASQ_PREFIX = "ip-masq"


def read_host_routing_facts(client: KubeClient) -> KubeFacts:
    """A part that may not be read is told in C(unread); any other failure is raised as KubeError."""
    return read_parts(
        client,
        {
            "nodes": nodes,
            "daemonset": _cilium,
            "cilium": kube_proxy_replacement,
            "cilium_nodes": user_rules,
            "patterns": _patterns,
            "workloads": _workloads,
            "ambient": _ambient,
            "budgets": _budgets,
            "ip_masq": _ip_masq,
        },
    )


def _cilium(client: KubeClient) -> DaemonSetFacts | None:
    raw = client.get(CILIUM)
    if raw is None:
        return None
    seen = daemonset_of(raw)
    return DaemonSetFacts(
        image_tag="",
        args=(),
        desired=seen.desired,
        updated=seen.updated,
        ready=seen.ready,
        current_generation=seen.observed_generation >= seen.generation,
    )


def _patterns(client: KubeClient) -> AllowedPatterns:
    return AllowedPatterns(_files(client.get(PATTERNS)), _files(client.get(PATTERNS_IPV6)))


def _files(config: Raw | None) -> dict[str, str] | None:
    return None if config is None else {str(name): str(content) for name, content in (config.get("data") or {}).items()}


def _workloads(client: KubeClient) -> tuple[WorkloadFacts, ...]:
    return tuple(pages(client, DAEMONSETS, _workload))


def _workload(raw: Raw) -> WorkloadFacts:
    spec = ((raw.get("spec") or {}).get("template") or {}).get("spec") or {}
    containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    labels = _labels(raw)
    return WorkloadFacts(
        name=_full_name(raw),
        images=tuple(str(container.get("image") or "") for container in containers),
        managed=any(label in labels for label in MANAGED_LABELS),
        firewall=bool(spec.get("hostNetwork")) and any(_may_change_rules(container) for container in containers),
    )


def _may_change_rules(container: Raw) -> bool:
    context = container.get("securityContext") or {}
    added = {str(name).upper().removeprefix("CAP_") for name in (context.get("capabilities") or {}).get("add") or ()}
    return context.get("privileged") is True or bool(added & {"NET_ADMIN", "SYS_ADMIN", "ALL"})


def _ambient(client: KubeClient) -> tuple[str, ...]:
    label, value = AMBIENT
    return tuple(name for name, found in pages(client, NAMESPACES, lambda raw: (_name(raw), _labels(raw).get(label))) if found == value)


def _budgets(client: KubeClient) -> tuple[str, ...]:
    return tuple(name for name, stuck in pages(client, BUDGETS, lambda raw: (_full_name(raw), _allows_nothing(raw))) if stuck)


def _allows_nothing(raw: Raw) -> bool:
    """A budget without any pod hinders nobody."""
    status = raw.get("status") or {}
    return not status.get("disruptionsAllowed") and bool(status.get("expectedPods"))


def _ip_masq(client: KubeClient) -> tuple[MasqueradeFile, ...]:
    files = _files(client.get(IP_MASQ)) or {}
    return tuple(_masquerade_file(name, content) for name, content in sorted(files.items()) if name.startswith(IP_MASQ_PREFIX))


def _masquerade_file(name: str, content: str) -> MasqueradeFile:
    import yaml  # Comes with the Kubernetes client.

    try:
        return MasqueradeFile(name, next(iter(yaml.safe_load_all(content)), None))
    except yaml.YAMLError as exc:
        return MasqueradeFile(name, problem=f"it is no YAML: {' '.join(str(exc).split())}")


def _labels(raw: Raw) -> t.Mapping[str, t.Any]:
    return (raw.get("metadata") or {}).get("labels") or {}


def _name(raw: Raw) -> str:
    return str((raw.get("metadata") or {}).get("name", ""))


def _full_name(raw: Raw) -> str:
    return f"{(raw.get('metadata') or {}).get('namespace', '')}/{_name(raw)}"
