# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One pod of DaemonSet cilium: its life, its logs, and the object that the API server shows of it."""

from __future__ import annotations

import dataclasses
import datetime
import random
import typing as t
import uuid

from ..clock import now, stamp
from .manifest import AGENT, GATE, MONITOR, Manifest

# gate: all init containers before the monitor's are done, and that one is running.
State = t.Literal["creating", "gate", "running"]

NAMESPACE = "kube-system"
DAEMON_SET = "cilium"
LABELS = {"k8s-app": "cilium", "kubernetes.azure.com/managedby": "aks"}
FALLBACK = "Falling back to legacy host routing (enable-host-legacy-routing=true)"

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_WAITING = {"waiting": {"reason": "PodInitializing"}}


def _name() -> str:
    return "cilium-" + "".join(random.choices(_ALPHABET, k=5))


@dataclasses.dataclass
class CiliumPod:
    """legacy: the agent routes through the host's stack although it was configured otherwise. blocked: calls that the blocker has stopped."""

    node: str
    address: str
    manifest: Manifest
    legacy: bool = False
    name: str = dataclasses.field(default_factory=_name)
    uid: str = dataclasses.field(default_factory=lambda: str(uuid.uuid4()))
    created: datetime.datetime = dataclasses.field(default_factory=now)
    started: datetime.datetime | None = None
    state: State = "creating"
    ready: bool = False
    blocked: int = 0
    logs: dict[str, list[str]] = dataclasses.field(default_factory=dict)

    @property
    def gated(self) -> bool:
        return GATE in self.manifest.init_containers

    @property
    def monitor(self) -> str:
        """The container in which the monitor runs now."""
        return GATE if self.state == "gate" else MONITOR

    def age(self, days: float) -> None:
        """Make it one that has been running for so long."""
        self.created = now() - datetime.timedelta(days=days)
        self.begin(self.created)
        self.ready = True

    def begin(self, when: datetime.datetime | None = None) -> None:
        """All init containers are done; the agent starts."""
        self.state = "running"
        self.started = when or now()
        self._say(AGENT, f'level=info msg="Cilium {self.manifest.version}" subsys=daemon')
        if self.legacy:
            self._say(AGENT, f'level=warning msg="{FALLBACK}" subsys=daemon')
        self._say(AGENT, 'level=info msg="Daemon initialization completed" subsys=daemon')

    def report(self, lines: t.Sequence[str]) -> None:
        """The monitor logs."""
        for line in lines:
            self._say(self.monitor, f"I{now():%m%d %H:%M:%S.%f}       1 iptables_monitor.go:214] {line}")

    def _say(self, container: str, line: str) -> None:
        self.logs.setdefault(container, []).append(line)

    def container_state(self, name: str) -> dict[str, t.Any]:
        """As in the pod's status."""
        inits = self.manifest.init_containers
        if name not in inits:
            return {"running": {"startedAt": stamp(self.started)}} if self.state == "running" else _WAITING
        if self.state == "gate" and name == GATE:
            return {"running": {"startedAt": stamp(self.created)}}
        if self.state == "running" or (self.state == "gate" and inits.index(name) < inits.index(GATE)):
            when = stamp(self.started or self.created)
            return {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": stamp(self.created), "finishedAt": when}}
        return _WAITING

    def _status(self, name: str, init: bool) -> dict[str, t.Any]:
        state, image = self.container_state(name), self.manifest.image_of(name)
        ready = state.get("terminated", {}).get("exitCode") == 0 if init else self.ready or (name != AGENT and "running" in state)
        return {
            "name": name,
            "image": image,
            "imageID": f"{image.rpartition(':')[0]}@sha256:{'0' * 64}",
            "ready": ready,
            "started": "running" in state,
            "restartCount": 0,
            "state": state,
            "lastState": {},
        }

    def to_object(self) -> dict[str, t.Any]:
        revision = f"{'bpfveth' if self.manifest.accelerated else 'plain'}{self.manifest.version.replace('.', '')}"
        truth = {True: "True", False: "False"}
        owner = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": DAEMON_SET, "uid": "d6", "controller": True}
        return {
            "kind": "Pod",
            "apiVersion": "v1",
            "metadata": {
                "name": self.name,
                "generateName": "cilium-",
                "namespace": NAMESPACE,
                "uid": self.uid,
                "creationTimestamp": stamp(self.created),
                "labels": {**LABELS, "controller-revision-hash": revision, "pod-template-generation": "1"},
                "ownerReferences": [owner],
            },
            "spec": {**self.manifest.pod_spec(), "nodeName": self.node},
            "status": {
                "phase": "Running" if self.state == "running" else "Pending",
                "conditions": [
                    {"type": "PodScheduled", "status": "True"},
                    {"type": "Initialized", "status": truth[self.state == "running"]},
                    {"type": "ContainersReady", "status": truth[self.ready]},
                    {"type": "Ready", "status": truth[self.ready]},
                ],
                "hostIP": self.address,
                "podIP": self.address,
                "startTime": stamp(self.created),
                "initContainerStatuses": [self._status(name, True) for name in self.manifest.init_containers],
                "containerStatuses": [self._status(name, False) for name in self.manifest.containers],
            },
        }
