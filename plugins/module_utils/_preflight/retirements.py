"""What AKS stops supporting, and when: the one place for these dates. As of 2026-11; each has the announcement that it comes from."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aks.versions import kubernetes_version
from .._aks.view import ClusterView, PoolView
from .._verify.model import is_windows
from . import node_os
from .enum_values import is_value
from .limits import FIRST_STANDARD_KUBERNETES
from .message_text import version_text
from .sources import NETWORK_POLICIES

_AKS = "https://github.com/Azure/AKS"
_ISSUES = f"{_AKS}/issues"
KEP_5495 = "https://github.com/kubernetes/enhancements/issues/5495"
SUPPORTED_VERSIONS = "https://learn.microsoft.com/azure/aks/supported-kubernetes-versions"


@dataclasses.dataclass(frozen=True)
class Retirement:
    """what: the thing. ends: the day when AKS's support of it ends, V('') where it depends on something else than the calendar, which C(when) says.

    images_removed: the day when AKS removes its node images, so that nodes can neither be added nor replaced any more; V('') where there is none.
    Days are ISO dates. source: where that was announced. instead: what to do, as a full sentence.
    """

    what: str
    ends: str
    _keywords_only: dataclasses.KW_ONLY
    source: str
    instead: str
    when: str = ""
    images_removed: str = ""

    @property
    def date(self) -> str:
        """The day, or on what it depends."""
        return self.ends or self.when


_OTHER_SKU = "Move the pool to Ubuntu 24.04 or Azure Linux 3: change its OS SKU, or create a new pool and remove the old one."
_OTHER_WINDOWS = "Create a pool with Windows Server 2025 and remove the old one."
_OTHER_POLICY = "Move to Cilium's network policies, which needs Azure CNI powered by Cilium."

SYSTEMS: t.Mapping[str, Retirement] = {
    node_os.AZURE_LINUX_2: Retirement(
        "Azure Linux 2.0", "2025-11-30", images_removed="2026-03-31", source=f"{_ISSUES}/4988", instead=_OTHER_SKU
    ),
    node_os.FLATCAR: Retirement(
        "Flatcar Container Linux", "2026-06-08", images_removed="2026-09-08", source=f"{_ISSUES}/5648", instead=_OTHER_SKU
    ),
    node_os.OS_GUARD: Retirement(
        "Azure Linux with OS Guard", "2026-12-10", images_removed="2027-03-10", source=f"{_ISSUES}/5950", instead=_OTHER_SKU
    ),
    node_os.UBUNTU_20: Retirement("Ubuntu 20.04", "2027-03-17", images_removed="2027-03-17", source=f"{_ISSUES}/4874", instead=_OTHER_SKU),
    node_os.UBUNTU_22: Retirement("Ubuntu 22.04", "2027-06-30", images_removed="2028-04-30", source=f"{_ISSUES}/5701", instead=_OTHER_SKU),
    node_os.WINDOWS_2022: Retirement(
        "Windows Server 2022",
        "2028-06-30",
        images_removed="2029-06-30",
        source=f"{_AKS}/releases/tag/2026-06-19",
        instead=_OTHER_WINDOWS,
    ),
}
KUBENET = Retirement(
    "kubenet",
    "2028-03-31",
    source="https://learn.microsoft.com/azure/aks/configure-kubenet",
    instead="Move the cluster to Azure CNI overlay.",
)
NPM_WINDOWS = Retirement("Azure Network Policy Manager on Windows", "2026-09-30", source=f"{_ISSUES}/3129", instead=_OTHER_POLICY)
NPM_LINUX = Retirement("Azure Network Policy Manager on Linux", "2028-09-30", source=NETWORK_POLICIES, instead=_OTHER_POLICY)
IPVS = Retirement(
    "kube-proxy's mode IPVS",
    "",
    when="with Kubernetes 1.40",
    source=KEP_5495,
    instead="Use mode NFTABLES; Kubernetes 1.43 removes IPVS.",
)


@dataclasses.dataclass(frozen=True)
class SupportEnd:
    """Something that a cluster uses, and whose support ends. where: what uses it: V(cluster), or the names of pools."""

    retirement: Retirement
    where: tuple[str, ...] = ()

    def is_over(self, today: str) -> bool:
        """Whether support has ended. today: an ISO date, V('') when it is not known."""
        return bool(today) and bool(self.retirement.ends) and self.retirement.ends <= today

    def images_are_gone(self, today: str) -> bool:
        """Whether nodes of it can neither be added nor replaced any more. today: as above."""
        return bool(today) and bool(self.retirement.images_removed) and self.retirement.images_removed <= today

    def to_dict(self, today: str) -> dict[str, t.Any]:
        """Plain JSON types. today: as above."""
        one = self.retirement
        return {
            "what": one.what,
            "date": one.ends or None,
            "when": one.when or None,
            "images_removed": one.images_removed or None,
            "over": self.is_over(today),
            "pools": list(self.where),
            "instead": one.instead,
            "source": one.source,
        }


def support_ends(cluster: ClusterView) -> tuple[SupportEnd, ...]:
    """What of the cluster AKS stops, or has stopped, supporting; the soonest first, and what has no date last."""
    found = [*_systems(cluster.pools), *_network(cluster), *_versions(cluster)]
    return tuple(sorted(found, key=lambda one: (not one.retirement.ends, one.retirement.date, one.retirement.what)))


def _systems(pools: t.Iterable[PoolView]) -> t.Iterator[SupportEnd]:
    by_system: dict[str, list[str]] = {}
    for pool in pools:
        by_system.setdefault(node_os.system_of(pool), []).append(pool.name)
    for system, retirement in SYSTEMS.items():
        if system in by_system:
            yield SupportEnd(retirement, tuple(sorted(by_system[system])))


def _network(cluster: ClusterView) -> t.Iterator[SupportEnd]:
    if is_value(cluster.network_plugin, "kubenet"):
        yield SupportEnd(KUBENET)
    if is_value(cluster.network_policy, "azure"):
        yield SupportEnd(NPM_LINUX)
        windows = tuple(sorted(pool.name for pool in cluster.pools if is_windows(pool.os_type)))
        if windows:
            yield SupportEnd(NPM_WINDOWS, windows)
    if cluster.kube_proxy is not None and cluster.kube_proxy.enabled and cluster.kube_proxy.mode == "IPVS":
        yield SupportEnd(IPVS)


def _versions(cluster: ClusterView) -> t.Iterator[SupportEnd]:
    version = kubernetes_version(cluster.kubernetes_version)
    if version is not None and version < FIRST_STANDARD_KUBERNETES:
        newest_without = (FIRST_STANDARD_KUBERNETES[0], FIRST_STANDARD_KUBERNETES[1] - 1)
        yield SupportEnd(
            Retirement(
                f"Kubernetes {version_text(version[:2])}",
                "",
                when="long-term support only" if version[:2] == newest_without else "standard support has ended",
                source=SUPPORTED_VERSIONS,
                instead=f"Upgrade the cluster to Kubernetes {version_text(FIRST_STANDARD_KUBERNETES[:2])} or later.",
            )
        )
