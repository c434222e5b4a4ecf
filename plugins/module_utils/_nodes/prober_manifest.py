"""The objects that measure an interruption from the nodes of a cluster, exactly as they are created. Pure."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from . import run_objects
from .program_pod import ARCHITECTURE, COMPONENT, MANAGED_BY, ProgramPod, config_maps, pods
from .run_objects import RUN

CONTAINER = "prober"
PROGRAM, TARGETS = "prober.zip", "targets.json"
# For whoever reads what they have measured: a pod may be gone by then.
PLACES = "places.json"
OURS = {MANAGED_BY: "aks.dataplane", COMPONENT: "prober"}
SELECTOR = ",".join(f"{name}={value}" for name, value in OURS.items())
NODE, NETWORK = "aks.dataplane/node", "aks.dataplane/network"
POD, HOST = "pod", "host"
NETWORKS = (POD, HOST)
# The program ends first; the kubelet ends it where it does not.
_GRACE = 60
# Nobody.
_USER = 65534
_FOLDERS = ("usr", "lib", "lib64", "alternatives", "prog")


@dataclasses.dataclass(frozen=True)
class ProberNode:
    """taints: key and effect of each that its pods tolerate."""

    name: str
    architecture: str
    taints: tuple[tuple[str, str], ...] = ()


@dataclasses.dataclass(frozen=True)
class Probers:
    """What a run creates. run: its id, letters and digits. owner: the process that it belongs to; seconds: after which the pods end by themselves.

    program: the content of a zip file that Python runs. targets: as the program reads them.
    """

    run: str
    namespace: str
    image: str
    owner: str
    seconds: int
    program: bytes
    targets: t.Sequence[t.Mapping[str, t.Any]]
    nodes: tuple[ProberNode, ...]

    @property
    def name(self) -> str:
        """Of the ConfigMap; those of pods go on with a number and the network."""
        return f"aks-dataplane-prober-{self.run}"

    @property
    def selector(self) -> str:
        """Selects what the run has created."""
        return selector(self.run)

    def objects(self) -> list[tuple[str, dict[str, t.Any]]]:
        """What is created, in this order: the path of its list, and the object."""
        made = [(pods(self.namespace), self._pod(number, node, network)) for number, node in enumerate(self.nodes) for network in NETWORKS]
        return [(config_maps(self.namespace), self._config_map()), *made]

    def _config_map(self) -> dict[str, t.Any]:
        made = run_objects.config_map(run_objects.metadata(self, self.name, OURS), PROGRAM, self.program)
        places = [(node.name, network) for node in self.nodes for network in NETWORKS]
        return {**made, "data": {TARGETS: json.dumps([*self.targets]), PLACES: json.dumps(places)}}

    def _pod(self, number: int, node: ProberNode, network: str) -> dict[str, t.Any]:
        metadata = run_objects.metadata(self, f"{self.name}-{number}-{network}", OURS)
        metadata["annotations"] |= {NODE: node.name, NETWORK: network}
        spec = ProgramPod(
            container=CONTAINER,
            image=self.image,
            arguments=(f"/prog/{PROGRAM}", str(self.seconds)),
            config_map=self.name,
            terms=[{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node.name]}]}],
            tolerations=[{"key": key, "operator": "Exists", "effect": effect} for key, effect in sorted({*node.taints})],
            requests={"cpu": "50m", "memory": "50Mi"},
            limits={"memory": "200Mi"},
            priority=False,
        ).spec(node.architecture)
        container = spec["containers"][0]
        # It opens connections, and needs no more than any user may.
        container["securityContext"] |= {"runAsUser": _USER, "runAsGroup": _USER, "runAsNonRoot": True, "capabilities": {"drop": ["ALL"]}}
        container["volumeMounts"] = [one for one in container["volumeMounts"] if one["name"] in _FOLDERS]
        container["env"] = [{"name": "NODE_ADDRESS", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}}]
        spec |= {
            "hostNetwork": network == HOST,
            "dnsPolicy": "ClusterFirstWithHostNet",
            "restartPolicy": "Never",
            "activeDeadlineSeconds": self.seconds + _GRACE,
            "volumes": [one for one in spec["volumes"] if one["name"] in _FOLDERS],
        }
        metadata["labels"][ARCHITECTURE] = node.architecture
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def selector(run: str) -> str:
    return f"{SELECTOR},{RUN}={run}"


def removal(namespace: str, config_map: str) -> str:
    """The command that removes all of the run whose ConfigMap has this name."""
    return f"kubectl delete pods,configmaps --namespace {namespace} --selector {selector(config_map.rpartition('-')[2])}"
