"""All rules, by the subject they are about."""

from __future__ import annotations

import typing as t

from .host_routing.catalogue import HOST_ROUTING_RULES
from .kube_proxy.catalogue import KUBE_PROXY_RULES
from .model import Area
from .rule import Rule

RULES_BY_AREA: t.Mapping[Area, tuple[Rule, ...]] = {"kube_proxy": KUBE_PROXY_RULES, "ebpf_host_routing": HOST_ROUTING_RULES}
RULES_BY_ID: t.Mapping[str, Rule] = {rule.id: rule for rules in RULES_BY_AREA.values() for rule in rules}
