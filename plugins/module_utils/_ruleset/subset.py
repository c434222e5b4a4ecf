"""Whether a live object holds what is wanted, whatever the API server has added to it. Pure."""

from __future__ import annotations

import typing as t


def holds(live: t.Any, wanted: t.Any) -> bool:
    """Whether each part of the wanted value is in the live one. Lists are as long as wanted; what is empty may be absent."""
    if isinstance(wanted, t.Mapping):
        if not isinstance(live, t.Mapping):
            return not wanted and live is None
        return all(holds(live.get(name), value) for name, value in wanted.items())
    if isinstance(wanted, list):
        if not isinstance(live, list):
            return not wanted and live is None
        return len(live) == len(wanted) and all(map(holds, live, wanted))
    # Go leaves out what is zero or false.
    return bool(live == wanted) or (live is None and not wanted)
