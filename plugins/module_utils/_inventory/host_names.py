"""How hosts are called, so that no two are called the same."""

from __future__ import annotations

import collections
import typing as t


def distinct_names(candidates: t.Sequence[t.Sequence[str]], taken: t.Collection[str]) -> list[str]:
    """The name of each host: the first of its candidates that no other host has in the same place, else the last one.

    candidates: for each host as many as for any other, the longest last. taken: names, in lower case, that no host may have.
    """
    depth = max(map(len, candidates), default=0)
    shared = [collections.Counter(names[place].casefold() for names in candidates) for place in range(depth)]
    return [
        next((name for place, name in enumerate(names) if shared[place][name.casefold()] == 1 and name.casefold() not in taken), names[-1])
        for names in candidates
    ]
