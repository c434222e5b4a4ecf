"""What a change of one part of a cluster comes to."""

from __future__ import annotations

import dataclasses
import typing as t

from .._common.result import Change


@dataclasses.dataclass(frozen=True)
class Comparison:
    """One leaf of a cluster as it is and as it is wanted.

    before, after: the effective configuration in the spelling of module results, plain JSON types.
    changes: what differs between them; empty means that nothing is to be sent.
    leaf: keys that lead to the leaf in the cluster's ARM body.
    value: what the leaf must be in the body of the PUT; none leaves it as it is.
    notes: what else the changes mean for who makes them.
    """

    before: dict[str, t.Any]
    after: dict[str, t.Any]
    changes: tuple[Change, ...]
    leaf: tuple[str, ...]
    value: t.Any
    notes: tuple[str, ...] = ()
