"""What a run says of a ruleset: sentences of the plan, the difference, and the result. Pure."""

from __future__ import annotations

import json
import typing as t

from .._common.json_parts import object_of, objects_of
from .._observe.objects import find_container
from .live import LiveMap, LiveSet
from .objects import CONTAINER

# How many nodes a message names.
_NAMED = 3


def names(items: t.Sequence[str]) -> str:
    """Some of them, and how many more there are."""
    shown = ", ".join(items[:_NAMED])
    return shown if len(items) <= _NAMED else f"{shown} and {len(items) - _NAMED} more"


def counted(number: int) -> str:
    return f"{number} node{'' if number == 1 else 's'}"


def text_of(order: str) -> str:
    """The declared text, as an order has it; V('') where there is none."""
    try:
        return str(json.loads(order)["text"])
    except (ValueError, KeyError, TypeError):
        return ""


def shown_objects(sets: t.Iterable[t.Mapping[str, t.Any]], config_map: str) -> str:
    """A line for each object, and what of it can differ."""
    lines = [f"ConfigMap {config_map}"] if config_map else []
    for item in sets:
        spec = item["spec"]
        pod = object_of(spec, "template", "spec")
        container = find_container(objects_of(pod, "containers"), CONTAINER)
        update = object_of(spec, "updateStrategy", "rollingUpdate").get("maxUnavailable")
        needed = object_of(pod, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
        expressions = [one for term in objects_of(needed, "nodeSelectorTerms") for one in objects_of(term, "matchExpressions")]
        lines += [
            f"DaemonSet {item['metadata']['name']}",
            f"  task: {' '.join(container.get('command', [])[-1:])}",
            f"  image: {container.get('image')}",
            f"  max_unavailable: {update}",
            f"  min_ready_seconds: {spec.get('minReadySeconds', 0)}",
            *(f"  nodes: {one.get('key')} {one.get('operator')} {', '.join(one.get('values', []))}" for one in expressions),
        ]
    return "".join(f"{line}\n" for line in lines)


def difference(
    before: t.Sequence[LiveSet], order: LiveMap | None, wanted: t.Mapping[str, t.Mapping[str, t.Any]], config_map: str, wanted_order: str
) -> list[dict[str, str]]:
    """For C(diff): the declared text, and the objects. wanted: the DaemonSets by name; none when all are to go."""
    old_text = text_of(order.order) if order else ""
    old = shown_objects([one.raw for one in sorted(before, key=lambda item: item.name)], before[0].config_map if before else "")
    new = shown_objects([wanted[name] for name in sorted(wanted)], config_map if wanted else "")
    pairs = (("ruleset", old_text, text_of(wanted_order) if wanted else ""), ("objects", old, new))
    return [
        {"before_header": header, "after_header": header, "before": one, "after": other} for header, one, other in pairs if one != other
    ]


def object_names(sets: t.Iterable[LiveSet], maps: t.Iterable[LiveMap], namespace: str) -> list[str]:
    """C(objects) of the result."""
    found = [f"ConfigMap {namespace}/{one.name}" for one in maps] + [f"DaemonSet {namespace}/{one.name}" for one in sets]
    return sorted(found)
