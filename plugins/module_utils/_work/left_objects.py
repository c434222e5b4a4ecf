"""Objects in a cluster that a run of ours has made, found by their labels; those of runs that are over are removed."""

from __future__ import annotations

import time
import typing as t

from .._kube.client import KubeClient
from .._nodes.pods_owner import Leftover, is_over
from .._nodes.pods_owner import read as read_leftover
from .._observe.answers import reading
from .._observe.kubernetes import Raw
from .process_identity import is_alive

# Path of a list, and the kind of what is in it.
Kinds = t.Sequence[tuple[str, str]]


def leftovers(api: KubeClient, kinds: Kinds, labels: str) -> list[Leftover]:
    """All with these labels; KubeError."""
    found: list[Leftover] = []
    for path, kind in kinds:

        def keep(raw: Raw, path: str = path, kind: str = kind) -> Leftover:
            return read_leftover(raw, path, kind)

        with reading(path):
            found += api.list_objects(path, keep, {"labelSelector": labels})
    return found


def sweep(api: KubeClient, kinds: Kinds, labels: str) -> list[str]:
    """Removes what runs have left that are over; what it was. KubeError."""
    over = [item for item in leftovers(api, kinds, labels) if not item.leaving and is_over(item, time.time(), is_alive)]
    for item in over:
        api.delete(item.path)
    return [item.text for item in over]
