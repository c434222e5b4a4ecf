"""What a rule of the catalogue consists of."""

from __future__ import annotations

import dataclasses
import typing as t

from .kube_model import KubePart
from .model import Facts, Severity

Need = t.Literal["arm", "kube", "node"]


@dataclasses.dataclass(frozen=True)
class When:
    """What must be wanted for a rule to be about it; the default is anything.

    enabled: whether kube-proxy, or eBPF host routing, is to be on. modes: of kube-proxy, which is then enabled.
    """

    enabled: bool | None = None
    modes: tuple[str, ...] = ()

    def concerns(self, facts: Facts) -> bool:
        if self.modes:
            return facts.wanted_mode in self.modes
        return self.enabled is None or self.enabled == facts.wants_enabled

    def to_text(self) -> str:
        if self.modes:
            return " or ".join(self.modes)
        return {None: "any", True: "enabled", False: "disabled"}[self.enabled]


@dataclasses.dataclass(frozen=True)
class Rule:
    """One rule.

    severity: what a finding of it has, unless the predicate says otherwise.
    what: the condition that makes a finding. remedy: what to do about it.
    needs: where its data comes from; kube_parts are the parts that it cannot do without.
    since, until: the versions that the condition holds for, where it depends on any.
    relaxed: the severity under the profile V(current) where that differs; relaxed_reason: why it differs.
    """

    id: str
    severity: Severity
    title: str
    what: str
    remedy: str
    sources: tuple[str, ...]
    needs: tuple[Need, ...] = ("arm",)
    kube_parts: tuple[KubePart, ...] = ()
    when: When = When()
    since: str = ""
    until: str = ""
    relaxed: Severity | None = None
    relaxed_reason: str = ""
