"""What the preflight rules of eBPF host routing need of a cluster, read through the API server; nothing is changed."""

from __future__ import annotations

from ..._common.json_parts import count_at, flag_at, object_at, text_at, text_map_at, texts_at
from ..._preflight.kube_model import AllowedPatterns, KubeFacts, MasqueradeFile, WorkloadFacts
from ..cilium import read_files, read_user_rules
from ..kubernetes import Kubernetes, Raw
from ..objects import containers_of, full_name_of, name_of
from ..preflight_parts import applicable_nodes, kube_proxy_replacement, read_parts
from ..yaml_text import NotYaml, read_yaml
from .observation import read_daemonset

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


def read_facts(api: Kubernetes) -> KubeFacts:
    """What the rules of eBPF host routing need. A part that may not be read is named in C(unread); any other failure is raised as KubeError."""
    return read_parts(
        api,
        {
            "nodes": applicable_nodes,
            "daemonset": read_daemonset,
            "cilium": kube_proxy_replacement,
            "cilium_nodes": read_user_rules,
            "patterns": _patterns,
            "workloads": _workloads,
            "ambient": _ambient,
            "budgets": _budgets,
            "ip_masq": _ip_masq,
        },
    )


def _patterns(api: Kubernetes) -> AllowedPatterns:
    return AllowedPatterns(read_files(api, PATTERNS), read_files(api, PATTERNS_IPV6))


def _workloads(api: Kubernetes) -> tuple[WorkloadFacts, ...]:
    return tuple(api.list_objects(DAEMONSETS, _workload))


def _workload(raw: Raw) -> WorkloadFacts:
    containers = [*containers_of(raw, "initContainers"), *containers_of(raw)]
    labels = object_at(raw, "metadata", "labels")
    on_host_network = bool(flag_at(raw, "spec", "template", "spec", "hostNetwork"))
    return WorkloadFacts(
        name=full_name_of(raw),
        images=tuple(text_at(container, "image") for container in containers),
        managed=any(label in labels for label in MANAGED_LABELS),
        firewall=on_host_network and any(_may_change_rules(container) for container in containers),
    )


def _may_change_rules(container: Raw) -> bool:
    context = object_at(container, "securityContext")
    added = {name.upper().removeprefix("CAP_") for name in texts_at(context, "capabilities", "add")}
    return bool(flag_at(context, "privileged")) or bool(added & {"NET_ADMIN", "SYS_ADMIN", "ALL"})


def _ambient(api: Kubernetes) -> tuple[str, ...]:
    label, value = AMBIENT
    namespaces = api.list_objects(NAMESPACES, lambda raw: (name_of(raw), text_map_at(raw, "metadata", "labels").get(label)))
    return tuple(name for name, found in namespaces if found == value)


def _budgets(api: Kubernetes) -> tuple[str, ...]:
    budgets = api.list_objects(BUDGETS, lambda raw: (full_name_of(raw), _allows_nothing(raw)))
    return tuple(name for name, stuck in budgets if stuck)


def _allows_nothing(raw: Raw) -> bool:
    """A budget without any pod hinders nobody."""
    return not count_at(raw, "status", "disruptionsAllowed") and bool(count_at(raw, "status", "expectedPods"))


def _ip_masq(api: Kubernetes) -> tuple[MasqueradeFile, ...]:
    files = read_files(api, IP_MASQ)
    named = [] if files is None else sorted(files.items())
    return tuple(_masquerade_file(name, content) for name, content in named if name.startswith(IP_MASQ_PREFIX))


def _masquerade_file(name: str, content: str) -> MasqueradeFile:
    try:
        return MasqueradeFile(name, read_yaml(content))
    except NotYaml as exc:
        return MasqueradeFile(name, problem=f"it is no YAML: {exc}")
