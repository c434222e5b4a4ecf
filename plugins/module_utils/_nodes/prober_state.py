"""What a prober pod is doing, and why it does not run. Pure."""

from __future__ import annotations

import dataclasses

from .._common.foreign_text import foreign
from .._common.json_parts import object_at, objects_at, text_at
from .._common.json_text import read_json_or_none
from .._observe.kubernetes import Raw
from .._observe.objects import find_container
from .prober_manifest import CONTAINER, NETWORK, NODE, PLACES

_BEGINS = ("", "ContainerCreating", "PodInitializing")
_NEVER = ("InvalidImageName", "ErrImageNeverPull")


@dataclasses.dataclass(frozen=True)
class ProberPod:
    """node, network: where it measures from. runs: whether it does. trouble: why it does not, the end of a sentence. final: whether it never will."""

    name: str
    node: str
    network: str
    runs: bool
    trouble: str = ""
    final: bool = False


def read_prober(raw: Raw) -> ProberPod:
    """Misshapen."""
    node, network = (text_at(raw, "metadata", "annotations", name) for name in (NODE, NETWORK))
    status = find_container(objects_at(raw, "status", "containerStatuses"), CONTAINER)
    runs = bool(object_at(status, "state", "running"))
    trouble, final = ("", False) if runs else _trouble(raw, status)
    return ProberPod(text_at(raw, "metadata", "name"), node, network, runs, trouble, final)


def read_places(config_map: Raw) -> list[tuple[str, str]]:
    """The node and the network of each pod that was made. Misshapen."""
    found = read_json_or_none(text_at(config_map, "data", PLACES))
    pairs = [one for one in found if isinstance(one, list) and len(one) == 2] if isinstance(found, list) else []
    return [(str(node), str(network)) for node, network in pairs]


def _trouble(raw: Raw, status: Raw) -> tuple[str, bool]:
    """Why it does not run, and whether it never will."""
    waiting, ended = object_at(status, "state", "waiting"), object_at(status, "state", "terminated")
    if ended or text_at(raw, "status", "phase") in ("Failed", "Succeeded"):
        parts = [text_at(part, key) for part in (ended, object_at(raw, "status")) for key in ("reason", "message")]
        return foreign(f"its pod has ended: {' '.join(filter(None, parts))}"), True
    reason = text_at(waiting, "reason")
    if reason not in _BEGINS:
        return foreign(f"its pod does not run: {reason} {text_at(waiting, 'message')}"), reason in _NEVER
    for condition in objects_at(raw, "status", "conditions"):
        if text_at(condition, "type") == "PodScheduled" and text_at(condition, "status") == "False":
            return foreign(f"its pod finds no place: {text_at(condition, 'message')}"), False
    return "its pod did not start in time", False
