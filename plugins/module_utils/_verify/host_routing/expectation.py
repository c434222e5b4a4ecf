"""How a cluster's nodes are expected to route."""

from __future__ import annotations

import dataclasses
import typing as t

from .model import BPF, LEGACY

# The mode that is wanted, by the word for it in modules' options and results.
MODES = {"enabled": BPF, "disabled": LEGACY}


@dataclasses.dataclass(frozen=True)
class HostRoutingExpectation:
    """enabled: eBPF host routing; else legacy host routing is wanted."""

    enabled: bool

    @property
    def mode(self) -> str:
        """V(bpf) or V(legacy)."""
        return MODES[self.text]

    @property
    def text(self) -> str:
        """V(enabled) or V(disabled): the C(wanted) of results."""
        return "enabled" if self.enabled else "disabled"


def read_expectation(params: t.Mapping[str, t.Any]) -> HostRoutingExpectation | None:
    """From the module's option C(host_routing), V(enabled) or V(disabled); none when nothing is wanted of host routing."""
    wanted = params["host_routing"]
    return None if wanted is None else HostRoutingExpectation(wanted == "enabled")
