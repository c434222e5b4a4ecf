"""Clusters chosen by their tags."""

from __future__ import annotations

import typing as t

from .._common.errors import DataplaneError

_HOW = "Give each tag one value or a list of values, for example 'environment: production' or 'team: [red, blue]'."


def has_tags(tags: t.Mapping[str, t.Any], wanted: t.Mapping[str, frozenset[str]]) -> bool:
    """Whether a cluster has each tag that C(accepted) gave with one of its values. As in Azure, case counts in values, and not in names."""
    found = {name.casefold(): _text(value) for name, value in tags.items()}
    return all(found.get(name.casefold()) in values for name, values in wanted.items())


def parse_tags(wanted: t.Mapping[str, t.Any]) -> dict[str, frozenset[str]]:
    """The values of each tag; refuses what is neither a value nor a list of values."""
    return {str(name): frozenset(map(_text, _values(name, value))) for name, value in wanted.items()}


def _values(name: t.Any, value: t.Any) -> list[t.Any]:
    values = value if isinstance(value, list) else [value]
    if not values or any(item is None or isinstance(item, (dict, list)) for item in values):
        raise DataplaneError(f"The option tags has no usable value for the tag {name}.", remedy=_HOW)
    return values


def _text(value: t.Any) -> str:
    """Tags are text; YAML makes something else of true and 42."""
    return str(value).lower() if isinstance(value, bool) else str(value)
