"""What kube-proxy is expected to do."""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass(frozen=True)
class KubeProxyExpectation:
    """mode: as kube-proxy spells it, none = any, but one for all nodes. ipvs: only the settings that are wanted, by the modules' names."""

    enabled: bool = True
    mode: str | None = None
    ipvs: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)

    @property
    def text(self) -> str:
        """V(disabled), V(enabled) where any mode will do, or the mode in lower case: the C(wanted) of results."""
        return (self.mode or "enabled") if self.enabled else "disabled"


def read_expectation(params: t.Mapping[str, t.Any]) -> KubeProxyExpectation | None:
    """From the module's options C(enabled), C(mode) and C(ipvs_config); none when nothing is wanted of kube-proxy."""
    enabled, mode, ipvs = params["enabled"], params["mode"], params["ipvs_config"]
    if enabled is None and mode is None and ipvs is None:
        return None
    if enabled is False:
        return KubeProxyExpectation(enabled=False)
    settings = {name: value for name, value in (ipvs or {}).items() if value is not None}
    if ipvs is not None:
        mode = "IPVS"
    return KubeProxyExpectation(True, mode.lower() if mode else None, settings)
