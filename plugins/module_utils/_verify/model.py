"""What was seen of a cluster's nodes and of the DaemonSets on them, whatever the data plane, before any judgement."""

from __future__ import annotations

import dataclasses
import typing as t


class Expectation(t.Protocol):
    """What is wanted of one data plane."""

    @property
    def text(self) -> str:
        """In one word: the C(wanted) of results."""


@dataclasses.dataclass(frozen=True)
class InitContainer:
    """One of a pod's init containers. exit_code: of its end; none while it has not ended. running: it has begun."""

    name: str
    exit_code: int | None = None
    running: bool = False
    restarts: int = 0

    @property
    def done(self) -> bool:
        """Whether it has ended well; one that failed is started again."""
        return self.exit_code == 0


@dataclasses.dataclass(frozen=True)
class AgentPod:
    """The pod of a DaemonSet on one node: kube-proxy's or Cilium's.

    waiting_reason: why its container does not run, for example V(CrashLoopBackOff). log: its last lines, where they were read.
    init: its init containers in their order.
    """

    name: str
    ready: bool
    phase: str
    restarts: int = 0
    waiting_reason: str = ""
    image: str = ""
    started: str = ""
    log: tuple[str, ...] = ()
    init: tuple[InitContainer, ...] = ()


def is_windows(os: str | None) -> bool:
    """An operating system, as Kubernetes (V(windows)) or Azure (V(Windows)) spells it; none or V('') where nothing says it."""
    return (os or "").lower() == "windows"


@dataclasses.dataclass(frozen=True)
class Node:
    """One node, as Kubernetes shows it.

    os: V(linux), V(windows), or V('') where nothing says it. pod: that of the DaemonSet in question.
    not_applicable: why AKS runs no data plane there (Windows, virtual node); empty where it should.
    ebpf_label: the value of AKS's label for eBPF host routing, none without the label. pool: name of its node pool, V('') without a label
    for it. kernel, kubelet: versions as the node reports them, os_image likewise; V('') where it does not.
    created: when, as Kubernetes spells it, V('') where it does not say.
    provider_id: the id of its machine in Azure, likewise. not_asked: there was no time left to ask its agent.
    """

    name: str
    os: str
    ready: bool
    schedulable: bool
    pod: AgentPod | None = None
    not_applicable: str = dataclasses.field(default="", kw_only=True)
    ebpf_label: str | None = dataclasses.field(default=None, kw_only=True)
    pool: str = dataclasses.field(default="", kw_only=True)
    kernel: str = dataclasses.field(default="", kw_only=True)
    kubelet: str = dataclasses.field(default="", kw_only=True)
    os_image: str = dataclasses.field(default="", kw_only=True)
    created: str = dataclasses.field(default="", kw_only=True)
    provider_id: str = dataclasses.field(default="", kw_only=True)
    not_asked: bool = dataclasses.field(default=False, kw_only=True)

    @property
    def is_windows(self) -> bool:
        return is_windows(self.os)

    @property
    def is_virtual(self) -> bool:
        """Whether there is no machine behind it that AKS runs anything on."""
        return bool(self.not_applicable) and not self.is_windows


@dataclasses.dataclass(frozen=True)
class DaemonSet:
    """A DaemonSet of AKS, and how far its rollout is.

    generation: of its newest version. observed_generation: of the one that Kubernetes has taken up. desired, updated, ready: pods.
    image: of the container that matters, V('') where it is not found.
    mode: of kube-proxy's, by its template's flags; none when it is configured in another way. detect_local_mode: likewise, how it recognises local traffic,
    V('') without that flag. shared_health_probe: whether kube-proxy's has
    the sidecar of that mode.
    """

    mode: str | None
    generation: int
    observed_generation: int
    desired: int
    updated: int
    ready: int
    image: str = ""
    shared_health_probe: bool = dataclasses.field(default=False, kw_only=True)
    detect_local_mode: str = dataclasses.field(default="", kw_only=True)

    @property
    def current_generation(self) -> bool:
        """Whether Kubernetes has taken up its newest version."""
        return self.observed_generation >= self.generation

    @property
    def rolling(self) -> bool:
        """Whether pods of an older version are left."""
        return not self.current_generation or self.updated < self.desired

    @property
    def image_tag(self) -> str:
        """The tag of its image; V('') when it has none, only a digest for example."""
        name = self.image.partition("@")[0].rpartition("/")[2]
        return name.partition(":")[2]
