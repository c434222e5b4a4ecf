"""What kube-proxy is expected to do."""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass(frozen=True)
class Expectation:
    """What is wanted. C(mode): as kube-proxy spells it, none = any, but one for all nodes. C(ipvs): only the settings that are wanted."""

    enabled: bool = True
    mode: str | None = None
    ipvs: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)

    @property
    def text(self) -> str:
        """V(disabled), V(enabled) where any mode will do, or the mode in lower case: the C(wanted) of results."""
        return (self.mode or "enabled") if self.enabled else "disabled"


def expectation(enabled: bool | None, mode: str | None, ipvs: t.Mapping[str, t.Any] | None) -> Expectation | None:
    """From the modules' options; none when nothing is wanted."""
    if enabled is None and mode is None and ipvs is None:
        return None
    if enabled is False:
        return Expectation(enabled=False)
    settings = {name: value for name, value in (ipvs or {}).items() if value is not None}
    if ipvs is not None:
        mode = "IPVS"
    return Expectation(True, mode.lower() if mode else None, settings)
