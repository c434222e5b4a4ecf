"""The objects that keep a ruleset on nodes, exactly as they are sent to Kubernetes. Pure."""

from __future__ import annotations

import base64
import copy
import dataclasses
import hashlib
import json
import typing as t

from .._keeper.keeper_words import FOLDER, KEEP, ORDER, PROGRAM, READY_HOST, READY_PATH, TRY, command
from .._nodes.program_pod import ARCHITECTURE, ARCHITECTURES, COMPONENT, MANAGED_BY, ProgramPod, config_maps, daemon_sets, pods
from .selection import Selection

RULESET, PART = "aks.dataplane/ruleset", "aks.dataplane/part"
OURS = {MANAGED_BY: "aks.dataplane", COMPONENT: "ruleset"}
# All rulesets of a namespace.
SELECTOR = ",".join(f"{name}={value}" for name, value in OURS.items())
KEEPERS, TRIAL = "keeper", "trial"

DECLARED, ENGINE, TEMPLATE = "aks.dataplane/declared", "aks.dataplane/engine", "aks.dataplane/template"
SELECTION, TABLES, PORT = "aks.dataplane/selection", "aks.dataplane/tables", "aks.dataplane/port"
# What it was before a change that has not ended yet.
FORMER = "aks.dataplane/former"
OWN_ANNOTATIONS = (DECLARED, ENGINE, TEMPLATE, SELECTION, TABLES, PORT, FORMER)
# Nothing.
FIRST = "none"

CONTAINER = "keeper"
_PERIOD_SECONDS = 5


def base_name(ruleset: str) -> str:
    """How the names of all objects of a ruleset begin."""
    return f"aks-dataplane-ruleset-{ruleset}"


def selector(ruleset: str) -> str:
    """Selects the objects of one ruleset."""
    return f"{SELECTOR},{RULESET}={ruleset}"


@dataclasses.dataclass(frozen=True)
class Content:
    """What a ConfigMap holds. order: JSON. program: a zip file. declared, engine: digests of the declaration and of the program."""

    order: str
    program: bytes
    declared: str
    engine: str

    def name(self, ruleset: str) -> str:
        """Of the ConfigMap: another content has another name."""
        return f"{base_name(ruleset)}-{hashlib.sha256(self.order.encode() + self.engine.encode()).hexdigest()[:12]}"


@dataclasses.dataclass(frozen=True)
class Keepers:
    """The DaemonSets of a ruleset. config_map: the name of the one that the pods read. tables: C(FAMILY NAME) of each declared one.

    max_unavailable: a number or a percentage. kept: pod templates, by architecture, that stay as they are.
    """

    ruleset: str
    namespace: str
    image: str
    config_map: str
    declared: str
    engine: str
    tables: tuple[str, ...]
    selection: Selection
    port: int
    task: str = KEEP
    max_unavailable: int | str = 1
    min_ready_seconds: int = 30
    priority: bool = True
    kept: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)

    @property
    def path(self) -> str:
        """Of the list of DaemonSets."""
        return daemon_sets(self.namespace)

    def names(self) -> dict[str, str]:
        """By architecture."""
        middle = "try-" if self.task == TRY else ""
        return {one: f"{base_name(self.ruleset)}-{middle}{one}" for one in ARCHITECTURES}

    def daemon_sets(self) -> dict[str, dict[str, t.Any]]:
        """By name."""
        return {name: self._daemon_set(architecture, name) for architecture, name in self.names().items()}

    def pod(self) -> tuple[str, dict[str, t.Any]]:
        """A pod as the controller makes it and the path of its list, for a dry run: it is pods that Kubernetes refuses."""
        template = self._template(ARCHITECTURES[0])
        made = {"apiVersion": "v1", "kind": "Pod", **template, "metadata": {**template["metadata"], "name": base_name(self.ruleset)}}
        return pods(self.namespace), made

    def _labels(self, architecture: str) -> dict[str, str]:
        part = TRIAL if self.task == TRY else KEEPERS
        return {**OURS, RULESET: self.ruleset, PART: part, ARCHITECTURE: architecture}

    def _daemon_set(self, architecture: str, name: str) -> dict[str, t.Any]:
        labels, template = self._labels(architecture), self._template(architecture)
        annotations = {
            DECLARED: self.declared,
            ENGINE: self.engine,
            TEMPLATE: template["metadata"]["annotations"][TEMPLATE],
            SELECTION: self.selection.to_json(),
            TABLES: json.dumps(list(self.tables)),
            PORT: str(self.port),
        }
        update = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": self.max_unavailable, "maxSurge": 0}}
        return {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": {"name": name, "namespace": self.namespace, "labels": labels, "annotations": annotations},
            "spec": {
                "selector": {"matchLabels": labels},
                "minReadySeconds": 0 if self.task == TRY else self.min_ready_seconds,
                "revisionHistoryLimit": 2,
                "updateStrategy": update,
                "template": template,
            },
        }

    def _template(self, architecture: str) -> dict[str, t.Any]:
        if architecture in self.kept and self.task != TRY:
            return dict(self.kept[architecture])
        probe = {
            "httpGet": {"host": READY_HOST, "port": self.port, "path": READY_PATH},
            "periodSeconds": _PERIOD_SECONDS,
            "timeoutSeconds": 2,
            "failureThreshold": 2,
        }
        pod = ProgramPod(
            container=CONTAINER,
            image=self.image,
            arguments=(f"{FOLDER}/{PROGRAM}", self.task),
            config_map=self.config_map,
            terms=self.selection.terms(),
            # A firewall is for nodes in trouble, too.
            tolerations=[{"operator": "Exists"}],
            requests={"cpu": "10m", "memory": "40Mi"},
            limits={"memory": "500Mi"},
            grace_seconds=10,
            priority=self.priority,
            scratch=True,
            probe=None if self.task == TRY else probe,
        )
        spec, labels = pod.spec(architecture), self._labels(architecture)
        digest = hashlib.sha256(json.dumps([spec, labels], sort_keys=True).encode()).hexdigest()[:24]
        return {"metadata": {"labels": labels, "annotations": {DECLARED: self.declared, TEMPLATE: digest}}, "spec": spec}


def config_map(content: Content, ruleset: str, namespace: str) -> tuple[str, dict[str, t.Any]]:
    """The path of the list, and the object."""
    return config_maps(namespace), {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": content.name(ruleset),
            "namespace": namespace,
            "labels": {**OURS, RULESET: ruleset},
            "annotations": {DECLARED: content.declared, ENGINE: content.engine},
        },
        "immutable": True,
        "binaryData": {PROGRAM: base64.b64encode(content.program).decode("ascii")},
        "data": {ORDER: content.order},
    }


def templates(keepers: Keepers) -> frozenset[str]:
    """The digests of the templates that the pods come from."""
    return frozenset(item["metadata"]["annotations"][TEMPLATE] for item in keepers.daemon_sets().values())


def with_former(item: t.Mapping[str, t.Any], former: str) -> dict[str, t.Any]:
    """The DaemonSet while a change is under way; without one with V('')."""
    metadata = item["metadata"]
    kept = {name: value for name, value in metadata["annotations"].items() if name != FORMER}
    return {**item, "metadata": {**metadata, "annotations": {**kept, **({FORMER: former} if former else {})}}}


def over(item: t.Mapping[str, t.Any], live: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The DaemonSet in place of the live one, whose third-party labels and annotations stay. It is refused where somebody has changed it meanwhile."""
    known, metadata = live["metadata"], item["metadata"]
    foreign = {name: value for name, value in known.get("annotations", {}).items() if name not in OWN_ANNOTATIONS}
    return {
        **item,
        "metadata": {
            **metadata,
            "resourceVersion": known.get("resourceVersion", ""),
            "labels": {**known.get("labels", {}), **metadata["labels"]},
            "annotations": {**foreign, **metadata["annotations"]},
        },
    }


def former_of(live: t.Mapping[str, t.Any]) -> str:
    """What brings the live DaemonSet back, for the annotation."""
    annotations = {
        name: value for name, value in live["metadata"].get("annotations", {}).items() if name in OWN_ANNOTATIONS and name != FORMER
    }
    return json.dumps({"annotations": annotations, "spec": live["spec"]}, separators=(",", ":"), sort_keys=True)


def restored(former: str, live: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The DaemonSet as it was before the change that has not ended. former: of C(former_of)."""
    known = json.loads(former)
    names = ("name", "namespace", "labels")
    metadata = {name: live["metadata"][name] for name in names}
    item = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {**metadata, "annotations": known["annotations"]},
        "spec": known["spec"],
    }
    return over(with_former(item, former), live)


def with_task(live: t.Mapping[str, t.Any], task: str) -> dict[str, t.Any]:
    """The live DaemonSet with another task for its pods, and no change under way any more."""
    spec = copy.deepcopy(live["spec"])
    pod = spec["template"]["spec"]
    for container in pod["containers"]:
        if container["name"] == CONTAINER:
            container["command"] = command(task)
    digest = hashlib.sha256(json.dumps([pod, task], sort_keys=True).encode()).hexdigest()[:24]
    spec["template"]["metadata"]["annotations"][TEMPLATE] = digest
    metadata = live["metadata"]
    annotations = {name: value for name, value in metadata.get("annotations", {}).items() if name in OWN_ANNOTATIONS}
    item = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {
            **{name: metadata[name] for name in ("name", "namespace", "labels")},
            "annotations": {**annotations, TEMPLATE: digest},
        },
        "spec": {**spec, "minReadySeconds": 0},
    }
    return over(with_former(item, ""), live)
