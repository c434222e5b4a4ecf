"""A target as the prober sees it. Also for nodes: nothing but the standard library."""

from __future__ import annotations

import dataclasses

INTERVAL, TIMEOUT = 0.1, 0.5
# Where a target is asked from.
CONTROLLER, CLUSTER = "controller", "cluster"
# The host that stands for the node that a prober pod is on.
OWN_NODE = "node"


@dataclasses.dataclass(frozen=True)
class Target:
    """host, port: where a connection goes. request: path and query of the HEAD request, V('') where connecting is all. tls: whether it is encrypted.

    shown: the address without users, passwords and queries, which is all that is kept and printed of it.
    interval, timeout: seconds between two tries, and until an answer counts as late. max_gap: seconds, None where nothing is limited.
    place: where it is asked from.
    """

    name: str
    host: str
    port: int
    request: str
    tls: bool
    shown: str
    interval: float = INTERVAL
    timeout: float = TIMEOUT
    max_gap: float | None = None
    place: str = CONTROLLER
