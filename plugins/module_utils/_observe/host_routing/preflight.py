"""What the preflight rules of eBPF host routing need of a cluster, read through the API server; nothing is changed."""

from __future__ import annotations

from ..._common.json_parts import count_at, text_map_at
from ..._preflight.kube_model import AllowedPatterns, KubeFacts, MasqueradeFile
from ..cilium import read_files, read_user_rules
from ..cluster import list_nodes
from ..kubernetes import Kubernetes, Raw
from ..objects import full_name_of, name_of
from ..preflight_parts import kube_proxy_replacement, read_parts, workloads
from ..yaml_text import NotYaml, read_yaml
from .observation import read_daemonset

CONFIG_MAPS = "/api/v1/namespaces/kube-system/configmaps"
PATTERNS = f"{CONFIG_MAPS}/allowed-iptables-patterns"
PATTERNS_IPV6 = f"{CONFIG_MAPS}/allowed-ip6tables-patterns"
IP_MASQ = f"{CONFIG_MAPS}/azure-ip-masq-agent-config"
NAMESPACES = "/api/v1/namespaces"
BUDGETS = "/apis/policy/v1/poddisruptionbudgets"

AMBIENT = ("istio.io/dataplane-mode", "ambient")

# The merger reads the files of the ConfigMap whose names begin so.
IP_MASQ_PREFIX = "ip-masq"


def read_facts(api: Kubernetes) -> KubeFacts:
    """What the rules of eBPF host routing need. A part that may not be read is named in C(unread); any other failure is raised as KubeError."""
    return read_parts(
        api,
        {
            "nodes": list_nodes,
            "daemonset": read_daemonset,
            "cilium": kube_proxy_replacement,
            "cilium_nodes": read_user_rules,
            "patterns": _patterns,
            "workloads": workloads,
            "ambient": _ambient,
            "budgets": _budgets,
            "ip_masq": _ip_masq,
        },
    )


def _patterns(api: Kubernetes) -> AllowedPatterns:
    return AllowedPatterns(read_files(api, PATTERNS), read_files(api, PATTERNS_IPV6))


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
