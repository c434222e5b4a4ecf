"""The objects that look at nodes from temporary pods, exactly as they are created. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._common.json_parts import objects_at, text_at
from .._observe.kubernetes import Raw
from . import run_objects
from .program_pod import ARCHITECTURE, COMPONENT, MANAGED_BY, REAL_NODE, ProgramPod, config_maps, daemon_sets, pods
from .run_objects import RUN

CONTAINER = "look"
PROGRAM = "look.zip"

OURS = {MANAGED_BY: "aks.dataplane", COMPONENT: "look"}
SELECTOR = ",".join(f"{name}={value}" for name, value in OURS.items())

# Nobody runs a pod on such nodes, and nobody removes one from there.
_GONE = frozenset(
    {
        "node.kubernetes.io/not-ready",
        "node.kubernetes.io/unreachable",
        "node.kubernetes.io/out-of-service",
        "node.cloudprovider.kubernetes.io/shutdown",
        "node.cloudprovider.kubernetes.io/uninitialized",
    }
)


@dataclasses.dataclass(frozen=True)
class Probe:
    """What a run creates. run: its id, letters and digits. owner: the process that it belongs to; seconds: how long it may look.

    program: the content of a zip file that Python runs. nodes: the only ones to look at, where these are not all. taints: those of the nodes.
    """

    run: str
    namespace: str
    image: str
    owner: str
    seconds: int
    program: bytes
    architectures: tuple[str, ...]
    nodes: tuple[str, ...] | None = None
    taints: tuple[tuple[str, str], ...] = ()
    monitor_lines: bool = False
    priority: bool = True

    @property
    def name(self) -> str:
        """Of all objects; those of DaemonSets go on with the architecture."""
        return f"aks-dataplane-look-{self.run}"

    @property
    def selector(self) -> str:
        """Selects the pods."""
        return f"{SELECTOR},{RUN}={self.run}"

    @property
    def config_maps(self) -> str:
        return config_maps(self.namespace)

    @property
    def daemon_sets(self) -> str:
        return daemon_sets(self.namespace)

    @property
    def pods(self) -> str:
        return pods(self.namespace)

    def objects(self) -> list[tuple[str, dict[str, t.Any]]]:
        """What is created, in this order: the path of its list, and the object."""
        return [(self.config_maps, self._config_map()), *((self.daemon_sets, self._daemon_set(one)) for one in self.architectures)]

    def pod(self) -> dict[str, t.Any]:
        """A pod as the controller makes it, for a dry run: it is pods that Kubernetes refuses."""
        template = self._template(self.architectures[0])
        return {"apiVersion": "v1", "kind": "Pod", **template, "metadata": {**template["metadata"], "name": self.name}}

    def _config_map(self) -> dict[str, t.Any]:
        return run_objects.config_map(run_objects.metadata(self, self.name, OURS), PROGRAM, self.program)

    def _daemon_set(self, architecture: str) -> dict[str, t.Any]:
        labels = {**OURS, RUN: self.run, ARCHITECTURE: architecture}
        return {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": run_objects.metadata(self, f"{self.name}-{architecture}", OURS),
            "spec": {"selector": {"matchLabels": labels}, "template": self._template(architecture)},
        }

    def _template(self, architecture: str) -> dict[str, t.Any]:
        pod = ProgramPod(
            container=CONTAINER,
            image=self.image,
            arguments=(f"/prog/{PROGRAM}", *(["--monitor-lines"] if self.monitor_lines else [])),
            config_map=self.name,
            terms=self._terms(),
            tolerations=[
                {"key": key, "operator": "Exists", "effect": effect} for key, effect in sorted({*self.taints}) if key not in _GONE
            ],
            requests={"cpu": "100m", "memory": "100Mi"},
            limits={"memory": "500Mi"},
            priority=self.priority,
        )
        return {"metadata": {"labels": {**OURS, RUN: self.run, ARCHITECTURE: architecture}}, "spec": pod.spec(architecture)}

    def _terms(self) -> list[dict[str, t.Any]]:
        real = {"matchExpressions": [REAL_NODE]}
        if self.nodes is None:
            return [real]
        return [{**real, "matchFields": [{"key": "metadata.name", "operator": "In", "values": [name]}]} for name in self.nodes]


def taints_of(raw: Raw) -> list[tuple[str, str]]:
    """Key and effect of each taint of a Node."""
    return [(text_at(taint, "key"), text_at(taint, "effect")) for taint in objects_at(raw, "spec", "taints")]
