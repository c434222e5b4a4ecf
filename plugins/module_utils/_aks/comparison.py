"""What a change of one part of a cluster comes to."""

from __future__ import annotations

import dataclasses
import typing as t

from .._common.result import Change, Disruption


@dataclasses.dataclass(frozen=True)
class Comparison:
    """One leaf of a cluster as it is and as it is wanted.

    before, after: the effective configuration in the spelling of module results, plain JSON types.
    changes: what differs between them; empty means that nothing is to be sent.
    leaf: keys that lead to the leaf in the cluster's ARM body.
    value: what the leaf must be in the body of the PUT; none leaves it as it is.
    notes: what else the changes mean for who makes them.
    disruption: what it does to the nodes when AKS carries out this leaf, also without a change of it.
    """

    before: dict[str, t.Any]
    after: dict[str, t.Any]
    changes: tuple[Change, ...]
    leaf: tuple[str, ...]
    value: t.Any
    notes: tuple[str, ...] = ()
    disruption: Disruption = "restart"


REPAIRED = "properties.provisioningState"
REPAIR_NOTE = "The cluster already has this configuration; the module sends it again, so that AKS applies it."


def with_repair(comparison: Comparison, state: str) -> Comparison:
    """The comparison for a cluster whose last operation failed: where nothing differs, the same configuration is sent again.

    AKS has stored that configuration and may not have carried it out; a PUT of the same body makes it do so. state: the cluster's.
    """
    if comparison.changes:
        return comparison
    repair = Change(REPAIRED, state, "Succeeded", comparison.disruption)
    return dataclasses.replace(comparison, changes=(repair,), notes=(*comparison.notes, REPAIR_NOTE))
