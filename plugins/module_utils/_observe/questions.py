"""What an observation is asked for, beyond what it always reads."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from .._verify.model import Node

# After this time the agents that were not asked yet are left unknown, so that an observation ends.
OBSERVATION_SECONDS = 120.0


@dataclasses.dataclass(frozen=True)
class Questions:
    """ask_agents: run Cilium's own command in each agent. since: read the events of AKS's monitor from then on; none without it.

    first: names of the nodes whose agents are asked before the others, because they were not seen the last time.
    """

    ask_agents: bool = False
    since: datetime.datetime | None = None
    first: frozenset[str] = frozenset()


N = t.TypeVar("N", bound=Node)


def in_turn(nodes: t.Iterable[N], questions: Questions) -> list[N]:
    """The nodes in the order in which their agents are asked."""
    return sorted(nodes, key=lambda node: node.name not in questions.first)
