"""What the rules of kube-proxy look at."""

from __future__ import annotations

import dataclasses

from ..._aks.kube_proxy.configuration import KubeProxyConfig
from ..._aks.versions import Version, kubernetes_version
from ..facts import Facts


@dataclasses.dataclass(frozen=True, kw_only=True)
class KubeProxyFacts(Facts):
    """Everything that the rules of kube-proxy may look at.

    wanted: the configuration as it would be after the switch; current: as ARM shows it now.
    feature_state: None when not read; the reason next to it then says why.
    """

    current: KubeProxyConfig
    wanted: KubeProxyConfig
    feature_state: str | None = None
    feature_missing_reason: str = ""

    @property
    def wants_enabled(self) -> bool:
        return self.wanted.enabled

    @property
    def wanted_mode(self) -> str | None:
        return self.wanted.mode if self.wanted.enabled else None

    @property
    def switching(self) -> bool:
        # Compared by meaning: a disabled kube-proxy may still carry a mode.
        return self.current.to_dict() != self.wanted.to_dict()

    @property
    def proxy_version(self) -> Version | None:
        """Of kube-proxy: that of its image, else that of the cluster; none when neither is understood."""
        daemonset = self.kube.daemonset if self.kube is not None and self.kube_part_missing("daemonset") is None else None
        return kubernetes_version(daemonset.image_tag if daemonset else None) or kubernetes_version(self.cluster.kubernetes_version)

    @property
    def changes_mode(self) -> bool:
        """Whether kube-proxy runs now and would run in another mode afterwards."""
        return self.current.enabled and self.wanted.enabled and self.current.mode != self.wanted.mode
