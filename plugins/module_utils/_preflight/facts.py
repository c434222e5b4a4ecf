"""What the preflight rules of every data plane may look at."""

from __future__ import annotations

import abc
import dataclasses
import typing as t

from .._aks.view import ClusterView
from .._common.json_parts import object_of
from .._verify.model import Node
from .enum_values import is_value
from .kube_model import KubeFacts, KubePart
from .message_text import list_names
from .node_observation import NodeObservation
from .retirements import support_ends


def has_auto_provisioning(raw: t.Mapping[str, t.Any]) -> bool:
    """Whether node auto-provisioning makes nodes of a cluster. raw: its ARM body."""
    profile = object_of(object_of(raw, "properties"), "nodeProvisioningProfile")
    return is_value(str(profile.get("mode") or ""), "auto")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Facts(abc.ABC):
    """A cluster, what is wanted of it, and what was seen on its nodes.

    today: an ISO date, V('') when it is not known.
    auto_provisioned: whether node auto-provisioning makes nodes, which are in none of the pools.
    kube: None when not read; the reason next to it then says why.
    observations: what was seen on nodes themselves, of all nodes that the operator gave some of.
    """

    cluster: ClusterView
    api_version: str
    today: str = ""
    auto_provisioned: bool = False
    kube: KubeFacts | None = None
    kube_missing_reason: str = ""
    observations: tuple[NodeObservation, ...] = ()

    @property
    @abc.abstractmethod
    def wants_enabled(self) -> bool:
        """Whether the data plane is to be on afterwards."""

    @property
    def wanted_mode(self) -> str | None:
        """The mode of kube-proxy that is wanted, where one is."""
        return None

    @property
    @abc.abstractmethod
    def switching(self) -> bool:
        """Whether anything would be changed."""

    @property
    def cilium(self) -> bool:
        return is_value(self.cluster.network_dataplane, "cilium")

    @property
    def cluster_subject(self) -> str:
        """The cluster as the subject of a finding."""
        return f"cluster {self.cluster.name}"

    @property
    def image_note(self) -> str:
        """What to do about pools whose system AKS has no node images of any more; V('') when there are none."""
        gone = [one for one in support_ends(self.cluster) if one.images_are_gone(self.today)]
        return " ".join(
            f"AKS has removed the node images of {one.retirement.what} (pool {list_names(one.where)}) on {one.retirement.images_removed}: "
            f"there, {one.retirement.instead[0].lower()}{one.retirement.instead[1:]}"
            for one in gone
        )

    def kube_part_missing(self, part: KubePart) -> str | None:
        """Why this part of the cluster is not known; None when it is."""
        if self.kube is None:
            return self.kube_missing_reason
        return self.kube.unread.get(part)

    @property
    def linux_nodes(self) -> tuple[Node, ...] | None:
        """None when the nodes could not be read."""
        if self.kube is None or self.kube_part_missing("nodes") is not None:
            return None
        return self.kube.linux_nodes

    @property
    def linux_node_names(self) -> frozenset[str] | None:
        """None when the nodes could not be read."""
        return None if self.linux_nodes is None else frozenset(node.name for node in self.linux_nodes)

    @property
    def current_observations(self) -> tuple[NodeObservation, ...]:
        """Those of nodes that the cluster has; all of them where its nodes are not known."""
        known = self.linux_node_names
        return tuple(seen for seen in self.observations if known is None or seen.name in known)

    def reasons_unobserved(self, what: str) -> t.Iterator[str]:
        """Why something is not known of each node: nodes without an observation, observations without a node, parts that could not be read.

        what: the thing, in words.
        """
        if not self.observations:
            yield f"needs {what} of each node, and no node_observations are given"
            return
        known, observed = self.linux_node_names, {seen.name for seen in self.observations}
        if known is not None and known - observed:
            yield f"needs {what} of each node, and node_observations has none of {list_names(known - observed)}"
        if known is not None and observed - known:
            yield f"the cluster has no node {list_names(observed - known)}, which node_observations names"
        partial = [seen.name for seen in self.current_observations if seen.unread]
        if partial:
            yield f"not everything could be read on {list_names(partial)}"

    def reasons_cut_off(self, field: str) -> t.Iterator[str]:
        """Why a field of an observation may lack something on some nodes, where only a part of it was seen."""
        by_reason: dict[str, list[str]] = {}
        for seen in self.current_observations:
            if field in seen.cut_off:
                by_reason.setdefault(seen.cut_off[field], []).append(seen.name)
        for reason, names in by_reason.items():
            yield f"only a part could be seen on {list_names(names)}: {reason}"
