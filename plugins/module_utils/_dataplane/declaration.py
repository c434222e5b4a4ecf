"""What the variables of an inventory host declare of a data plane."""

from __future__ import annotations

import dataclasses
import typing as t

Json = t.Mapping[str, t.Any]
# How the value of a variable is read.
Read = t.Callable[[t.Any], t.Any]


def flag(value: t.Any) -> bool:
    """As Jinja's C(bool): surveys and C(-e name=value) give text."""
    return value is True or str(value).lower() in ("true", "yes", "on", "1")


def text(value: t.Any) -> str:
    """None is V('')."""
    return "" if value is None else str(value)


def texts(value: t.Any) -> tuple[str, ...]:
    """A list, as a tuple of texts; None is an empty one, and text is split at commas as Ansible does it. Another value is a list of one."""
    if isinstance(value, str):
        return tuple(filter(None, map(str.strip, value.split(","))))
    return tuple(map(str, value)) if isinstance(value, (list, tuple)) else () if value is None else (str(value),)


@dataclasses.dataclass(frozen=True)
class Declaration:
    """value: of the variable that declares the data plane. further: of the other variables about it, by name, as far as they are set."""

    value: t.Any
    further: Json = dataclasses.field(default_factory=dict)
