"""The rules of kube-proxy."""

from __future__ import annotations

from ..rule import Rule, gather
from . import cluster_rules, kubernetes_rules, node_rules, switch_rules
from .facts import KubeProxyFacts

RULES: tuple[Rule[KubeProxyFacts], ...] = gather(cluster_rules, kubernetes_rules, node_rules, switch_rules)
