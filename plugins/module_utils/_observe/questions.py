"""What an observation is asked for, beyond what it always reads."""

from __future__ import annotations

import dataclasses
import datetime

# After this time the agents that were not asked yet are left unknown, so that an observation ends.
OBSERVATION_SECONDS = 120.0


@dataclasses.dataclass(frozen=True)
class Questions:
    """ask_agents: run Cilium's own command in each agent. since: read the events of AKS's monitor from then on; none without it."""

    ask_agents: bool = False
    since: datetime.datetime | None = None
