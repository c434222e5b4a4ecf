"""What of rulesets is in a cluster, as far as it matters. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._common.foreign_text import foreign
from .._common.json_parts import count_at, object_at, object_of, objects_at, text_at, text_map_at
from .._common.json_text import read_json_or_none
from .._keeper.keeper_words import ORDER, PYTHON
from .._nodes.program_pod import ARCHITECTURE
from .._observe.kubernetes import Raw
from .._observe.objects import arguments_of, containers_of, find_container, name_of
from .objects import CONTAINER, DECLARED, ENGINE, FIRST, FORMER, KEEPERS, PART, PORT, RULESET, SELECTION, TABLES, TEMPLATE
from .selection import Selection, from_json

NO_PYTHON = f"the node has no {PYTHON}"


@dataclasses.dataclass(frozen=True)
class LiveSet:
    """A DaemonSet with our labels. raw: the whole of it. former: the annotation; empty when no change is under way. available: pods."""

    name: str
    ruleset: str
    part: str
    architecture: str
    task: str
    config_map: str
    template: str
    declared: str
    engine: str
    former: str
    tables: tuple[str, ...]
    port: int
    selection: Selection | None
    observed: bool
    available: int
    min_ready_seconds: int
    leaving: bool
    raw: Raw = dataclasses.field(repr=False, compare=False, default_factory=dict)

    @property
    def is_trial(self) -> bool:
        return self.part != KEEPERS

    @property
    def former_config_map(self) -> str:
        """The one that a rollback needs; V('') without one."""
        value = read_json_or_none(self.former)
        return _config_map_of(object_of(value, "spec", "template", "spec"))


@dataclasses.dataclass(frozen=True)
class LiveMap:
    """A ConfigMap with our labels, without the program. order: JSON."""

    name: str
    ruleset: str
    order: str
    declared: str
    engine: str
    leaving: bool = False


@dataclasses.dataclass(frozen=True)
class LivePod:
    """A pod of a ruleset. runs: whether it can have printed something. trouble: why it does not, the end of a sentence. hopeless: it never will.

    leaving: it is being removed.
    """

    name: str
    node: str
    part: str
    template: str
    runs: bool
    ready: bool
    trouble: str = ""
    hopeless: bool = False
    leaving: bool = False


def read_set(raw: Raw) -> LiveSet:
    """Misshapen."""
    labels, annotations = text_map_at(raw, "metadata", "labels"), text_map_at(raw, "metadata", "annotations")
    command = arguments_of(find_container(containers_of(raw), CONTAINER))
    generation = count_at(raw, "metadata", "generation")
    return LiveSet(
        name=name_of(raw),
        ruleset=labels.get(RULESET, ""),
        part=labels.get(PART, ""),
        architecture=labels.get(ARCHITECTURE, ""),
        task=command[-1] if command else "",
        config_map=_config_map_of(object_at(raw, "spec", "template", "spec")),
        template=text_at(raw, "spec", "template", "metadata", "annotations", TEMPLATE),
        declared=annotations.get(DECLARED, ""),
        engine=annotations.get(ENGINE, ""),
        former=_former(annotations.get(FORMER, "")),
        tables=_texts(annotations.get(TABLES, "")),
        port=int(annotations[PORT]) if annotations.get(PORT, "").isdigit() else 0,
        selection=from_json(annotations.get(SELECTION, "")),
        observed=count_at(raw, "status", "observedGeneration") >= generation,
        available=count_at(raw, "status", "numberAvailable"),
        min_ready_seconds=count_at(raw, "spec", "minReadySeconds"),
        leaving=bool(text_at(raw, "metadata", "deletionTimestamp")),
        raw=raw,
    )


def read_map(raw: Raw) -> LiveMap:
    """Misshapen."""
    annotations = text_map_at(raw, "metadata", "annotations")
    return LiveMap(
        name=name_of(raw),
        ruleset=text_at(raw, "metadata", "labels", RULESET),
        order=text_at(raw, "data", ORDER),
        declared=annotations.get(DECLARED, ""),
        engine=annotations.get(ENGINE, ""),
        leaving=bool(text_at(raw, "metadata", "deletionTimestamp")),
    )


def read_pod(raw: Raw) -> LivePod:
    """Misshapen."""
    status = find_container(objects_at(raw, "status", "containerStatuses"), CONTAINER)
    trouble = _trouble(status)
    return LivePod(
        name=name_of(raw),
        node=text_at(raw, "spec", "nodeName"),
        part=text_at(raw, "metadata", "labels", PART),
        template=text_at(raw, "metadata", "annotations", TEMPLATE),
        runs=bool(object_at(status, "state", "running")),
        ready=status.get("ready") is True,
        trouble=trouble,
        hopeless=trouble == NO_PYTHON,
        leaving=bool(text_at(raw, "metadata", "deletionTimestamp")),
    )


def by_node(pods: t.Iterable[LivePod], part: str) -> dict[str, LivePod]:
    """The pod that counts on each node: one that is being removed counts only where there is no other."""
    return {pod.node: pod for pod in sorted(pods, key=lambda one: not one.leaving) if pod.node and pod.part == part}


def _trouble(status: Raw) -> str:
    parts = [object_at(status, *place) for place in (("state", "waiting"), ("state", "terminated"), ("lastState", "terminated"))]
    reason = next((text_at(part, "reason") for part in parts if text_at(part, "reason")), "")
    message = " ".join(filter(None, (text_at(part, "message") for part in parts)))
    if PYTHON in message and ("no such file" in message or "not found" in message):
        return NO_PYTHON
    if reason in ("", "ContainerCreating", "PodInitializing"):
        return ""
    return foreign(f"its pod does not run: {reason} {message}")


def _config_map_of(spec: Raw) -> str:
    return next((name for name in (text_at(volume, "configMap", "name") for volume in objects_at(spec, "volumes")) if name), "")


def _former(text: str) -> str:
    """The annotation; V('') where somebody has written something from which nothing can be brought back."""
    value = read_json_or_none(text)
    whole = isinstance(value, dict) and all(isinstance(value.get(name), dict) for name in ("annotations", "spec"))
    return text if whole or text == FIRST else ""


def _texts(text: str) -> tuple[str, ...]:
    value = read_json_or_none(text)
    return tuple(str(item) for item in value) if isinstance(value, list) else ()
