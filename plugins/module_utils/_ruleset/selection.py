"""Which nodes a ruleset is for, as Kubernetes is asked for them and as they are judged here. Pure."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from .._common.json_parts import flag_at, text_map_at, texts_at
from .._nodes.program_pod import REAL_NODE
from .._observe.kubernetes import Raw
from .._observe.objects import POOL_LABELS, read_node

POOL, SYSTEM = POOL_LABELS[0], "kubernetes.azure.com/os-sku"
HOST_ROUTING, CILIUM = ("kubernetes.azure.com/ebpf-host-routing", "true"), ("kubernetes.azure.com/ebpf-dataplane", "cilium")
# Systems of AKS without python3.
WITHOUT_PYTHON = ("AzureContainerLinux", "AzureLinuxOSGuard", "Flatcar")


@dataclasses.dataclass(frozen=True)
class SeenNode:
    """What matters of a node."""

    name: str
    ready: bool
    labels: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    applicable: bool = True

    def has(self, label: tuple[str, str]) -> bool:
        return self.labels.get(label[0]) == label[1]


def read_seen(raw: Raw) -> SeenNode:
    """raw: a Node. Misshapen."""
    node = read_node(raw)
    return SeenNode(node.name, node.ready, text_map_at(raw, "metadata", "labels"), not node.not_applicable)


@dataclasses.dataclass(frozen=True)
class Selection:
    """labels: that a node needs. pools, systems: one of these, where not null. cilium: whether nodes with Cilium are allowed."""

    labels: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    pools: tuple[str, ...] | None = None
    systems: tuple[str, ...] | None = None
    cilium: bool = False

    def wants(self, node: SeenNode) -> bool:
        """Whether the options select it, whatever its data plane is."""
        system = node.labels.get(SYSTEM)
        return (
            node.applicable
            and all(node.labels.get(name) == value for name, value in self.labels.items())
            and (self.pools is None or node.labels.get(POOL) in self.pools)
            and (system in self.systems if self.systems is not None else system not in WITHOUT_PYTHON)
        )

    def covers(self, node: SeenNode) -> bool:
        """Whether it gets a pod."""
        return self.wants(node) and not node.has(HOST_ROUTING) and (self.cilium or not node.has(CILIUM))

    def terms(self) -> list[dict[str, t.Any]]:
        """The same for the node selector of pods, so that it holds for nodes that join later."""
        expressions = [REAL_NODE, _not_in(HOST_ROUTING[0], HOST_ROUTING[1])]
        if not self.cilium:
            expressions.append(_not_in(CILIUM[0], CILIUM[1]))
        expressions += [{"key": name, "operator": "In", "values": [value]} for name, value in sorted(self.labels.items())]
        if self.pools is not None:
            expressions.append({"key": POOL, "operator": "In", "values": [*self.pools]})
        if self.systems is not None:
            expressions.append({"key": SYSTEM, "operator": "In", "values": [*self.systems]})
        else:
            expressions.append(_not_in(SYSTEM, *WITHOUT_PYTHON))
        return [{"matchExpressions": expressions}]

    def to_json(self) -> str:
        """For C(from_json)."""
        return json.dumps({**dataclasses.asdict(self), "labels": dict(self.labels)}, sort_keys=True, separators=(",", ":"))


def from_json(text: str) -> Selection | None:
    """Null where the text is none of C(Selection.to_json)."""
    try:
        raw = json.loads(text)
        lists = {name: None if raw[name] is None else tuple(texts_at(raw, name)) for name in ("pools", "systems")}
        return Selection(text_map_at(raw, "labels"), lists["pools"], lists["systems"], bool(flag_at(raw, "cilium")))
    except (ValueError, KeyError, TypeError):
        return None


def _not_in(key: str, *values: str) -> dict[str, t.Any]:
    return {"key": key, "operator": "NotIn", "values": [*values]}
