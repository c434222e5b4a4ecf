"""Argument specifications that can be put together: the rules travel with the options they belong to."""

from __future__ import annotations

import dataclasses
import typing as t

Options = t.Mapping[str, t.Mapping[str, t.Any]]


@dataclasses.dataclass(frozen=True)
class ArgumentSpec:
    """Part of a module's arguments, in the terms of C(AnsibleModule)."""

    options: Options = dataclasses.field(default_factory=dict)
    mutually_exclusive: tuple[tuple[str, ...], ...] = ()
    required_if: tuple[tuple[t.Any, ...], ...] = ()
    required_by: t.Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)

    def names(self) -> frozenset[str]:
        """Of all options, each with its aliases."""
        return frozenset(name for option, spec in self.options.items() for name in (option, *spec.get("aliases", ())))

    def merge(self, *others: ArgumentSpec) -> ArgumentSpec:
        """This part and the others as one; an option of the same name is taken from the later part."""
        merged = self
        for other in others:
            merged = ArgumentSpec(
                options={**merged.options, **other.options},
                mutually_exclusive=merged.mutually_exclusive + other.mutually_exclusive,
                required_if=merged.required_if + other.required_if,
                required_by={**merged.required_by, **other.required_by},
            )
        return merged

    def to_kwargs(self) -> dict[str, t.Any]:
        """Keyword arguments for C(AnsibleModule)."""
        return {
            "argument_spec": {name: dict(option) for name, option in self.options.items()},
            "mutually_exclusive": [list(names) for names in self.mutually_exclusive],
            "required_if": [list(rule) for rule in self.required_if],
            "required_by": {name: list(names) for name, names in self.required_by.items()},
        }
