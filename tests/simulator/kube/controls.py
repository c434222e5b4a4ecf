# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests change and ask about a running cluster.

boot_rules: iptables rules, each C([-t TABLE] -A CHAIN ...), that something writes into every node that comes from now on.
user_rules: {node: rules}, what users have put into remembered nodes instead of what they had put there before; real nodes take real commands.
blocked: {node: number} of calls that the blocker on the node has stopped; it counts only with eBPF host routing.
unlabelled: names of nodes whose CiliumNode loses the monitor's label, until the monitor looks again.
made: {refuse, at_most, namespaces, troubles, keeper_troubles, stuck}, what becomes of what clients create; see C(made.Made).
cilium_version: another Cilium in all pods, silently; before 1.16 the agent's status has another shape.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..nodes.network import MemoryRules
from ..seeds import merge
from .cluster import KubeCluster, Node


def change(kube: KubeCluster, wanted: t.Mapping[str, t.Any]) -> None:
    """ValueError or KeyError for what there is not."""
    kube.deny = wanted.get("deny", kube.deny)
    kube.metrics_loopback = wanted.get("metrics_loopback", kube.metrics_loopback)
    kube.boot_rules = wanted.get("boot_rules", kube.boot_rules)
    vars(kube.made).update(wanted.get("made", {}))
    for path, value in wanted.get("objects", {}).items():
        if value is None:
            kube.objects.pop(path, None)
            kube.hidden.add(path)
        else:
            kube.objects[path] = value
            kube.hidden.discard(path)
    for name, patch in wanted.get("nodes", {}).items():
        merge(_node(kube, name).changes, patch)
    for name, rules in wanted.get("user_rules", {}).items():
        _put_rules(_node(kube, name), rules)
    for pod in kube.pods if "mode" in wanted else ():
        pod.template = dataclasses.replace(pod.template, mode=wanted["mode"])
    if kube.cilium is not None:
        for name, number in wanted.get("blocked", {}).items():
            kube.cilium.pods[name].blocked = number
        for name in wanted.get("unlabelled", ()):
            kube.cilium.user_rules[_node(kube, name).name] = None
        if "cilium_version" in wanted:
            kube.cilium.set_version(wanted["cilium_version"])


def _node(kube: KubeCluster, name: str) -> Node:
    node = kube.node(name)
    if node is None:
        raise KeyError(name)
    return node


def _put_rules(node: Node, rules: t.Sequence[str]) -> None:
    if not isinstance(node.rules, MemoryRules):
        raise TypeError(f"{node.name} is a network namespace: use iptables there")
    node.rules.user = list(rules)


def describe(kube: KubeCluster, node: Node, mode: str | None) -> dict[str, t.Any]:
    """Without the node's rules. mode: what a kube-proxy runs there."""
    return {
        "name": node.name,
        "mode": mode,
        "ready": node.ready,
        "host_routing": node.labelled,
        "cilium": kube.cilium.state(node.name) if kube.cilium is not None else None,
        "rulesets": kube.made.kept.get(node.name, {}),
    }
