"""The rules of eBPF host routing."""

from __future__ import annotations

from ..rule import Rule, gather
from . import cluster_rules, kubernetes_rules, node_rules, switch_rules
from .facts import HostRoutingFacts

RULES: tuple[Rule[HostRoutingFacts], ...] = gather(cluster_rules, kubernetes_rules, node_rules, switch_rules)
