"""What a prober pod is doing, and why it does not run. Pure."""

from __future__ import annotations

import dataclasses

from .._common.foreign_text import foreign
from .._common.json_parts import object_at, objects_at, text_at
from .._observe.kubernetes import Raw
from .._observe.objects import find_container
from .prober_manifest import CONTAINER, NETWORK, NODE

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
    where = [text_at(raw, "metadata", "name"), *(text_at(raw, "metadata", "annotations", name) for name in (NODE, NETWORK))]
    status = find_container(objects_at(raw, "status", "containerStatuses"), CONTAINER)
    if object_at(status, "state", "running"):
        return ProberPod(*where, runs=True)
    waiting, ended = object_at(status, "state", "waiting"), object_at(status, "state", "terminated")
    if ended or text_at(raw, "status", "phase") in ("Failed", "Succeeded"):
        reason = " ".join(
            filter(
                None,
                (text_at(ended, "reason"), text_at(ended, "message"), text_at(raw, "status", "reason"), text_at(raw, "status", "message")),
            )
        )
        return ProberPod(*where, runs=False, trouble=foreign(f"its pod has ended: {reason}"), final=True)
    reason = text_at(waiting, "reason")
    if reason not in _BEGINS:
        return ProberPod(
            *where, runs=False, trouble=foreign(f"its pod does not run: {reason} {text_at(waiting, 'message')}"), final=reason in _NEVER
        )
    for condition in objects_at(raw, "status", "conditions"):
        if text_at(condition, "type") == "PodScheduled" and text_at(condition, "status") == "False":
            return ProberPod(*where, runs=False, trouble=foreign(f"its pod finds no place: {text_at(condition, 'message')}"))
    return ProberPod(*where, runs=False, trouble="its pod did not start in time")
