"""What a look leaves for the later ones of the same run."""

from __future__ import annotations

import dataclasses
import typing as t

from .earlier import Earlier
from .model import Node
from .verdict import MIXED, NOT_APPLICABLE, OTHER, UNKNOWN, WANTED, NodeVerdict

N = t.TypeVar("N", bound=Node)


def set_base(earlier: Earlier, nodes: t.Sequence[NodeVerdict[N]]) -> Earlier:
    """With what could be verified before a change. nodes: verdicts with nothing wanted."""
    counted = [one for one in nodes if one.state != NOT_APPLICABLE]
    if earlier.ready_only:
        lacking = [one.node.name for one in counted if not one.node.ready]
    else:
        lacking = [one.node.name for one in counted if one.state in (UNKNOWN, MIXED, OTHER)]
    newest = max((one.node.created for one in counted), default="")
    return dataclasses.replace(earlier, not_verifiable=tuple(lacking), verifiable=len(counted) - len(lacking), newest_node=newest)


def remember(earlier: Earlier, nodes: t.Sequence[NodeVerdict[N]]) -> Earlier:
    """For the next look, with what this one showed."""
    counted = [one for one in nodes if one.state != NOT_APPLICABLE]
    out_of_time = any(one.node.not_asked for one in counted)
    good = {one.node.name: (one.node.pod.name, one.mode) for one in counted if one.state == WANTED and one.node.pod is not None}
    return dataclasses.replace(
        earlier,
        answered=True,
        unseen=tuple(one.node.name for one in counted if one.state == UNKNOWN),
        good=good if out_of_time else {},
        bad_since={one.node.name: one.bad_since for one in counted if one.bad_since is not None},
    )
