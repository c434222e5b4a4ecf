"""What a preflight rule is, and the decorator that makes one of a check."""

from __future__ import annotations

import dataclasses
import types
import typing as t

from .facts import Facts
from .findings import Results, Severity
from .kube_model import KubePart

# The facts of a data plane.
FactsT = t.TypeVar("FactsT", bound=Facts)

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
class RuleMetadata:
    """What a rule is, besides its check.

    severity: what a finding of it has, unless the check says otherwise.
    what: the condition that makes a finding. remedy: what to do about it.
    sources: URLs of the documents that it comes from; findings name the first.
    needs: where its data comes from; kube_parts are the parts that it cannot do without.
    node_data: what it needs of each node itself, in words; nodes where that was not observed are reported as not checked.
    node_field: where an observation has it; nodes of which only a part of that was seen are reported as not checked.
    since, until: the versions that the condition holds for, where it depends on any.
    new_images: whether the remedy works by newer node images, of which AKS has none any more for some systems.
    relaxed: the severity under the profile V(current) where that differs; relaxed_reason: why it differs.
    """

    id: str
    severity: Severity
    _keywords_only: dataclasses.KW_ONLY
    title: str
    what: str
    remedy: str = ""
    sources: tuple[str, ...]
    needs: tuple[Need, ...] = ("arm",)
    kube_parts: tuple[KubePart, ...] = ()
    node_data: str = ""
    node_field: str = ""
    when: When = When()
    since: str = ""
    until: str = ""
    new_images: bool = False
    relaxed: Severity | None = None
    relaxed_reason: str = ""


@dataclasses.dataclass(frozen=True)
class Rule(RuleMetadata, t.Generic[FactsT]):
    """One rule. check: yields what it finds in the facts; it is asked only if C(when) concerns them and C(kube_parts) were read."""

    _keywords_only: dataclasses.KW_ONLY
    check: t.Callable[[FactsT], Results]


class rule(RuleMetadata):  # noqa: N801 - it is used as a decorator only
    """Above a check: makes it a rule."""

    def __call__(self, check: t.Callable[[FactsT], Results]) -> Rule[FactsT]:
        return Rule(**vars(self), check=check)


def gather(*modules: types.ModuleType) -> tuple[Rule[t.Any], ...]:
    """The rules of the modules, by their ids."""
    rules = [value for module in modules for value in vars(module).values() if isinstance(value, Rule)]
    return tuple(sorted(by_id(rules).values(), key=lambda one: one.id))


def by_id(rules: t.Iterable[Rule[t.Any]]) -> dict[str, Rule[t.Any]]:
    """Raises ValueError when two have the same id."""
    found: dict[str, Rule[t.Any]] = {}
    for one in rules:
        if one.id in found:
            raise ValueError(f"Two rules have the id {one.id}: {found[one.id].title}; {one.title}")
        found[one.id] = one
    return found
