"""A pod that runs a program of this collection with the python3 of its node, with the least rights that its packet filter needs. Pure."""

from __future__ import annotations

import copy
import dataclasses
import typing as t

PYTHON = "/usr/bin/python3"
PRIORITY = "system-node-critical"
ARCHITECTURE = "kubernetes.io/arch"
MANAGED_BY, COMPONENT = "app.kubernetes.io/managed-by", "app.kubernetes.io/component"

# Folders of the node. The loader of amd64 is in lib64, which a node of arm64 need not have: a missing folder would be created.
_FOLDERS = {"usr": "/usr", "lib": "/lib", "alternatives": "/etc/alternatives", "security": "/sys/kernel/security"}
_FURTHER = {"amd64": {"lib64": "/lib64"}, "arm64": dict[str, str]()}
ARCHITECTURES = tuple(_FURTHER)
# Virtual nodes run no pods of a DaemonSet.
REAL_NODE = {"key": "type", "operator": "NotIn", "values": ["virtual-kubelet"]}


def config_maps(namespace: str) -> str:
    """The path of the list."""
    return f"/api/v1/namespaces/{namespace}/configmaps"


def daemon_sets(namespace: str) -> str:
    """The path of the list."""
    return f"/apis/apps/v1/namespaces/{namespace}/daemonsets"


def pods(namespace: str) -> str:
    """The path of the list."""
    return f"/api/v1/namespaces/{namespace}/pods"


@dataclasses.dataclass(frozen=True)
class ProgramPod:
    """What such pods have in common, and where they differ.

    arguments: of python3, behind its own options. config_map: the name of the one with the program, which is the folder /prog. terms: of the node selector.
    requests, limits: of resources. scratch: with a folder /run that can be written to, and is as old as the pod. probe: its readiness probe; none without one.
    """

    container: str
    image: str
    arguments: tuple[str, ...]
    config_map: str
    terms: t.Sequence[t.Mapping[str, t.Any]]
    tolerations: t.Sequence[t.Mapping[str, str]]
    requests: t.Mapping[str, str]
    limits: t.Mapping[str, str]
    grace_seconds: int = 1
    priority: bool = True
    scratch: bool = False
    probe: t.Mapping[str, t.Any] | None = None

    def spec(self, architecture: str) -> dict[str, t.Any]:
        """The specification of the pod for nodes of an architecture."""
        folders = {**_FOLDERS, **_FURTHER[architecture]}
        volumes: list[dict[str, t.Any]] = [{"name": name, "hostPath": {"path": path}} for name, path in folders.items()]
        mounts: list[dict[str, t.Any]] = [
            {"name": name, "mountPath": path, "readOnly": True} for name, path in {**folders, "prog": "/prog"}.items()
        ]
        volumes.append({"name": "prog", "configMap": {"name": self.config_map}})
        if self.scratch:
            volumes.append({"name": "run", "emptyDir": {"medium": "Memory", "sizeLimit": "16Mi"}})
            mounts.append({"name": "run", "mountPath": "/run"})
        container = {
            "name": self.container,
            "image": self.image,
            "imagePullPolicy": "IfNotPresent",
            "command": [PYTHON, "-IB", *self.arguments],
            "securityContext": {
                "runAsUser": 0,
                "privileged": False,
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN", "NET_RAW"]},
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "resources": {"requests": {**self.requests}, "limits": {**self.limits}},
            "volumeMounts": mounts,
            **({"readinessProbe": self.probe} if self.probe else {}),
        }
        spec = {
            "hostNetwork": True,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": self.grace_seconds,
            **({"priorityClassName": PRIORITY} if self.priority else {}),
            "nodeSelector": {"kubernetes.io/os": "linux", ARCHITECTURE: architecture},
            "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [*self.terms]}}},
            "tolerations": [*self.tolerations],
            "containers": [container],
            "volumes": volumes,
        }
        return copy.deepcopy(spec)
