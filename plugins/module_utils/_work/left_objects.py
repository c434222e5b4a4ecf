"""Objects in a cluster that a run of ours has made, found by their labels; those of runs that are over are removed."""

from __future__ import annotations

import contextlib
import time
import typing as t

from .._common.errors import DataplaneError
from .._kube.client import KubeClient
from .._nodes.pods_owner import Leftover, is_over
from .._nodes.pods_owner import read as read_leftover
from .._nodes.program_pod import config_maps
from .._nodes.run_objects import SELECTOR
from .._observe.answers import reading
from .._observe.kubernetes import Raw
from .._observe.objects import full_name_of
from .._observe.preflight_parts import DAEMONSETS
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


def abandoned(api: KubeClient, kinds: Kinds, labels: str) -> list[Leftover]:
    """What runs have left that are over; KubeError."""
    return [item for item in leftovers(api, kinds, labels) if not item.leaving and is_over(item, time.time(), is_alive)]


def sweep(api: KubeClient, kinds: Kinds, labels: str) -> list[str]:
    """Removes what runs have left that are over; what it was. KubeError."""
    over = abandoned(api, kinds, labels)
    for item in over:
        api.delete(item.path)
    return [item.text for item in over]


def left_by_runs(api: KubeClient, namespace: str) -> list[str]:
    """What runs have left and nobody needs any more, as C(kind namespace/name): DaemonSets in any namespace, ConfigMaps in this one.

    Pods are not listed: those of a look belong to its DaemonSet, and probers have a ConfigMap of the same name. Nothing of what may not be read, or not
    now: no audit fails for it.
    """

    def keep(path: str, kind: str) -> t.Callable[[Raw], tuple[str, Leftover]]:
        return lambda raw: (f"{kind} {full_name_of(raw)}", read_leftover(raw, path, kind))

    found: list[tuple[str, Leftover]] = []
    # Only who makes pods needs the right to list ConfigMaps, which may hold anything, and there alone.
    for path, kind in ((DAEMONSETS, "DaemonSet"), (config_maps(namespace), "ConfigMap")):
        with contextlib.suppress(DataplaneError), reading(path):
            found += api.list_objects(path, keep(path, kind), {"labelSelector": SELECTOR})
    return sorted(text for text, item in found if is_over(item, time.time(), is_alive))
