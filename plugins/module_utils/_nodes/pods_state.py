"""What the pods that look at nodes are doing, what they have printed, and what becomes of each node. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._common.errors import DataplaneError
from .._common.foreign_text import foreign
from .._common.json_parts import Misshapen, object_at, objects_at, text_at
from .._common.json_text import read_json_or_none
from .._node.look_words import ANSWER, LINE_BYTES, PROBLEM
from .._observe.kubernetes import Raw
from .._observe.objects import find_container
from .._preflight.node_observation import NodeObservation
from .cluster import NOT_APPLICABLE, NOT_SEEN, PARTLY, SEEN, Found, Place, Way
from .pods_manifest import CONTAINER
from .program_pod import ARCHITECTURES, PYTHON

_NO_PYTHON = f"the node has no {PYTHON}"
_BEGINS = ("", "ContainerCreating", "PodInitializing")


@dataclasses.dataclass(frozen=True)
class ProbePod:
    """A pod of ours. node: empty while it is on none. runs: whether it can have printed something.

    trouble: why it does not run, the end of a sentence, or nothing. final: whether it never will.
    """

    name: str
    node: str
    runs: bool = False
    trouble: str = ""
    final: bool = False


def read_pod(raw: Raw) -> ProbePod:
    """Misshapen."""
    name, node = text_at(raw, "metadata", "name"), text_at(raw, "spec", "nodeName") or _meant_for(raw)
    status = find_container(objects_at(raw, "status", "containerStatuses"), CONTAINER)
    if object_at(status, "state", "running"):
        return ProbePod(name, node, runs=True)
    parts = [object_at(status, *place) for place in (("state", "waiting"), ("state", "terminated"), ("lastState", "terminated"))]
    reason = next((text_at(part, "reason") for part in parts if text_at(part, "reason")), "")
    message = " ".join(text_at(part, "message") for part in parts)
    if PYTHON in message and ("no such file" in message or "not found" in message):
        return ProbePod(name, node, trouble=_NO_PYTHON, final=True)
    if reason == "OOMKilled" or any(text_at(part, "reason") == "OOMKilled" for part in parts):
        return ProbePod(name, node, trouble="the look needs more memory than the pod may take", final=True)
    if reason in _BEGINS:
        return ProbePod(name, node, trouble=_unscheduled(raw))
    return ProbePod(name, node, trouble=foreign(f"its pod does not run: {reason} {message}"))


def _meant_for(raw: Raw) -> str:
    """The node that a pod of a DaemonSet waits for."""
    needed = object_at(raw, "spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    for term in objects_at(needed, "nodeSelectorTerms"):
        for field in objects_at(term, "matchFields"):
            values = field.get("values")
            if text_at(field, "key") == "metadata.name" and isinstance(values, list) and len(values) == 1:
                return str(values[0])
    return ""


def _unscheduled(raw: Raw) -> str:
    for condition in objects_at(raw, "status", "conditions"):
        if text_at(condition, "type") == "PodScheduled" and text_at(condition, "status") == "False":
            return foreign(f"its pod finds no place: {text_at(condition, 'message')}")
    return ""


def prepare(place: Place) -> Found | None:
    """What is known of a node without a pod on it; nothing where a pod has to look."""
    node = place.node
    if node.not_applicable:
        return Found(place, NOT_APPLICABLE, node.not_applicable)
    if not node.ready:
        return Found(place, NOT_SEEN, "the node is not ready, so that no pod can be started on it")
    if place.machine.architecture not in ARCHITECTURES:
        return Found(place, NOT_SEEN, f"there are no pods for its architecture {place.machine.architecture or 'which is not known'}")
    return None


def judge_log(place: Place, pod: str, text: str) -> Found | None:
    """What a pod has printed; nothing while its line is not whole."""
    place = dataclasses.replace(place, way=Way(pod, CONTAINER))
    line, newline, _rest = text.partition("\n")
    if not newline:
        return Found(place, NOT_SEEN, f"its answer is longer than {LINE_BYTES // 1000} kB") if len(text) >= LINE_BYTES else None
    value = read_json_or_none(line)
    problem = value.get(PROBLEM) if isinstance(value, dict) else None
    if isinstance(problem, str):
        return Found(place, NOT_SEEN, foreign(problem))
    look = value.get(ANSWER) if isinstance(value, dict) else None
    try:
        NodeObservation.from_raw(place.node.name, look)
        unread = [f"{text_at(item, 'what')}: {text_at(item, 'reason')}" for item in objects_at(look, "unread")]
        leftovers = objects_at(look, "kube_proxy", "leftovers")
    except (DataplaneError, Misshapen):
        return Found(place, NOT_SEEN, "its answer cannot be understood")
    observation: dict[str, t.Any] = {**object_at(look), "via": "pods", "not_seen": [], "nft_crash": None}
    observation["kube_proxy"] = {**observation["kube_proxy"], "leftovers": leftovers}
    return Found(place, PARTLY if unread else SEEN, foreign("; ".join(unread)), observation)


def give_up(place: Place, pod: ProbePod | None, reason: str) -> Found:
    """A node that could not be looked at. reason: what is known besides the state of its pod."""
    way = Way(pod.name, CONTAINER) if pod else None
    return Found(dataclasses.replace(place, way=way), NOT_SEEN, (pod.trouble if pod else "") or reason)


def is_refused(event: Raw) -> str:
    """Why the controller could not make pods, from an Event, or nothing."""
    return foreign(text_at(event, "message")) if text_at(event, "reason") == "FailedCreate" else ""
