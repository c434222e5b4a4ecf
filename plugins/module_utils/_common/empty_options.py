"""Options and variables that are set, but to nothing, as surveys, credentials of AWX and lookups set what nobody has given."""

from __future__ import annotations

import typing as t


def is_empty(value: t.Any) -> bool:
    """Whether it is text without a character that shows."""
    return isinstance(value, str) and not value.strip()


def without_empty(options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The options that count as given. Those that begin with _ are Ansible's and of action plugins, and stay as they are."""
    return {name: value for name, value in options.items() if name.startswith("_") or not is_empty(value)}
