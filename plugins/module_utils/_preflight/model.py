"""What the preflight rules look at (facts) and what they say (findings)."""

from __future__ import annotations

import abc
import dataclasses
import typing as t

from .._aks.view import ClusterView
from .kube_model import KubeFacts, KubePart
from .node_look import NodeLook

Severity = t.Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")

Profile = t.Literal["preview", "current"]
PROFILES: tuple[Profile, ...] = ("preview", "current")

Area = t.Literal["kube_proxy", "ebpf_host_routing"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Facts(abc.ABC):
    """What the rules of every area may look at.

    kube: None when not read; the reason beside it then says why.
    looks: what was seen on nodes themselves.
    """

    area: t.ClassVar[Area]

    cluster: ClusterView
    api_version: str
    kube: KubeFacts | None = None
    kube_missing_reason: str = ""
    looks: tuple[NodeLook, ...] = ()

    @property
    @abc.abstractmethod
    def wants_enabled(self) -> bool:
        """Whether the area's subject is to be on afterwards."""

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
        return self.cluster.network_dataplane.lower() == "cilium"

    def kube_part_missing(self, part: KubePart) -> str | None:
        """Why this part of the cluster is not known; None when it is."""
        if self.kube is None:
            return self.kube_missing_reason
        return self.kube.unread.get(part)


@dataclasses.dataclass(frozen=True)
class Part:
    """What a rule says of one subject; what is left out here is taken from the catalogue.

    relaxed: the severity under the profile V(current), V(none) where that profile has no such limit.
    """

    subject: str
    message: str
    remedy: str = ""
    severity: Severity | None = None
    relaxed: Severity | t.Literal["none"] | None = None


@dataclasses.dataclass(frozen=True)
class NotChecked:
    """A rule could not be applied, and why."""

    reason: str


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that a check found, with everything that an operator needs to judge it.

    profile_note: why another profile would judge otherwise; empty when it would not.
    ignored: the operator named the rule in C(ignore); original_severity is what it was before, and None otherwise.
    """

    id: str
    severity: Severity
    title: str
    subject: str
    message: str
    remedy: str
    reference: str
    profile_note: str = ""
    not_checked: bool = False
    ignored: bool = False
    original_severity: Severity | None = None

    def to_dict(self) -> dict[str, t.Any]:
        return dataclasses.asdict(self)
