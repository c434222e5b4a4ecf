# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that clients create and delete in their namespace: a DaemonSet gets a pod on each node that it is for, until it is deleted. A pod by itself is one
that measures.
"""

from __future__ import annotations

import asyncio
import base64
import copy
import dataclasses
import json
import tempfile
import typing as t
import uuid

from aiohttp import web

from ..clock import now, stamp
from ..errors import kubernetes
from . import keepers, objects
from .probers import Probers

if t.TYPE_CHECKING:
    from .cluster import KubeCluster, Node

NAMESPACE = "aks-dataplane"
BUILT_IN = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")
LSM = ["capability", "yama", "bpf"]
# By what is wrong with a node: reason and message of the container that waits.
WAITING = {
    "no_python": (
        "CrashLoopBackOff",
        'failed to create containerd task: runc create failed: exec: "/usr/bin/python3": stat /usr/bin/python3: no such file or directory',
    ),
    "no_image": ("ErrImagePull", "failed to pull and unpack image: dial tcp: lookup mcr.microsoft.com: no such host"),
}


@dataclasses.dataclass
class Made:
    """refuse: by plural, the message of the admission that refuses to create one, in dry runs too. at_most: pods that a quota leaves room for.

    troubles: by node, what is wrong there: a key of C(WAITING), V(silent), or the text that the pod prints. objects: by path.
    keeper_troubles: by node, what is wrong there with rulesets: V(refuses), V(undoes), V(cuts), V(drifted), V(silent) or V(no_python).
    kept: by node and ruleset, the digest of its tables. cut: by pod, the address of its kubelet when that is cut off.
    """

    refuse: dict[str, str] = dataclasses.field(default_factory=dict)
    at_most: int | None = None
    namespaces: list[str] = dataclasses.field(default_factory=lambda: [NAMESPACE])
    troubles: dict[str, str] = dataclasses.field(default_factory=dict)
    stuck: bool = False
    objects: dict[str, dict[str, t.Any]] = dataclasses.field(default_factory=dict)
    logs: dict[str, str] = dataclasses.field(default_factory=dict)
    keeper_troubles: dict[str, str] = dataclasses.field(default_factory=dict)
    kept: dict[str, dict[str, str]] = dataclasses.field(default_factory=dict)
    cut: dict[str, str] = dataclasses.field(default_factory=dict)
    probers: Probers = dataclasses.field(default_factory=Probers)
    version: int = 0

    def admit(self, namespace: str, plural: str, body: t.Mapping[str, t.Any]) -> None:
        """ApiError where it may not be created."""
        if namespace not in self.namespaces:
            raise kubernetes(404, "NotFound", f'namespaces "{namespace}" not found', {"name": namespace, "kind": "namespaces"})
        message = self.refuse.get(plural, "")
        if message and not (message.startswith("priority:") and "priorityClassName" not in json.dumps(body)):
            name = body["metadata"]["name"]
            raise kubernetes(
                403, "Forbidden", f'{plural} "{name}" is forbidden: {message.removeprefix("priority:")}', {"name": name, "kind": plural}
            )

    def add(self, path: str, body: dict[str, t.Any]) -> dict[str, t.Any]:
        """path: of the list. ApiError when there is one of the name already."""
        place = f"{path}/{body['metadata']['name']}"
        if place in self.objects:
            raise kubernetes(409, "AlreadyExists", f'"{body["metadata"]["name"]}" already exists')
        made = copy.deepcopy(body)
        made["metadata"] |= {"uid": str(uuid.uuid4()), "creationTimestamp": stamp(now()), "generation": 1, **self._new_version()}
        self.objects[place] = made
        return made

    def _new_version(self) -> dict[str, str]:
        self.version += 1
        return {"resourceVersion": str(self.version)}

    def replace(self, path: str, body: dict[str, t.Any], *, dry: bool) -> dict[str, t.Any]:
        """The object in the place of the one at the path. ApiError when there is none, or when it has changed since it was read."""
        held, name = self.objects.get(path), body["metadata"]["name"]
        if held is None:
            raise kubernetes(404, "NotFound", f'"{name}" not found', {"name": name})
        given = body["metadata"].get("resourceVersion", "")
        if given and given != held["metadata"]["resourceVersion"]:
            raise kubernetes(409, "Conflict", f'Operation cannot be fulfilled on "{name}": the object has been modified')
        if dry:
            return body
        kept = {key: held["metadata"][key] for key in ("uid", "creationTimestamp", "generation")}
        changed = json.dumps(body["spec"], sort_keys=True) != json.dumps(held["spec"], sort_keys=True)
        generation = held["metadata"]["generation"] + changed
        new = copy.deepcopy({**body, "metadata": {**body["metadata"], **kept, "generation": generation, **self._new_version()}})
        self.objects[path] = {**new, "status": held.get("status", {})}
        return self.objects[path]

    async def create(self, kube: KubeCluster, path: str, body: dict[str, t.Any]) -> dict[str, t.Any]:
        made = self.add(path, body)
        if made["kind"] == "Pod":
            (volume,) = (one for one in made["spec"]["volumes"] if "configMap" in one)
            config_map = self.objects[f"{path.removesuffix('pods')}configmaps/{volume['configMap']['name']}"]
            self.probers.start(f"{path}/{made['metadata']['name']}", made, config_map)
        if made["kind"] == "DaemonSet" and not keepers.is_ruleset(made):
            for node in kube.nodes:
                if self._is_for(kube, node, made["spec"]["template"]["spec"]):
                    await self._start(kube, node, made)
        return made

    def delete(self, path: str) -> dict[str, t.Any] | None:
        """The object, as it was; what it owns goes with it. With C(stuck) it only begins to go."""
        made = self.objects.get(path)
        if made is None:
            return None
        if self.stuck:
            made["metadata"]["deletionTimestamp"] = stamp(now())
            return made
        for place, item in [*self.objects.items()]:
            if place == path or any(owner["uid"] == made["metadata"]["uid"] for owner in item["metadata"].get("ownerReferences", ())):
                del self.objects[place]
                self.probers.end(place)
        return made

    def _is_for(self, kube: KubeCluster, node: Node, spec: t.Mapping[str, t.Any]) -> bool:
        """As the controller of DaemonSets decides."""
        shown = objects.node_object(kube, node)
        labels = shown["metadata"]["labels"]
        taints = [*shown["spec"].get("taints", ())]
        if not any(one["type"] == "Ready" and one["status"] == "True" for one in shown["status"]["conditions"]):
            taints.append({"key": "node.kubernetes.io/unreachable", "effect": "NoSchedule"})
        tolerated = [(one.get("key"), one.get("effect")) for one in spec["tolerations"]]
        terms = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
        return (
            all(labels.get(name) == value for name, value in spec["nodeSelector"].items())
            and all((taint["key"], taint["effect"]) in tolerated for taint in taints)
            and any(all(node.name in field["values"] for field in term.get("matchFields", ())) for term in terms)
            and labels.get("type") != "virtual-kubelet"
        )

    async def _start(self, kube: KubeCluster, node: Node, owner: dict[str, t.Any]) -> None:
        namespace, template = owner["metadata"]["namespace"], owner["spec"]["template"]
        pods = f"/api/v1/namespaces/{namespace}/pods"
        if self.at_most is not None and sum(place.startswith(f"{pods}/") for place in self.objects) >= self.at_most:
            self.note_refusal(namespace, owner)
            return
        trouble = self.troubles.get(node.name, "")
        state: dict[str, t.Any] = {"running": {"startedAt": stamp(now())}}
        if trouble in WAITING:
            reason, message = WAITING[trouble]
            state = {"waiting": {"reason": reason, "message": message}}
        name = f"{owner['metadata']['name']}-{uuid.uuid4().hex[:5]}"
        reference = {"kind": "DaemonSet", "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"], "controller": True}
        self.objects[f"{pods}/{name}"] = {
            "kind": "Pod",
            "apiVersion": "v1",
            "metadata": {
                **template["metadata"],
                "name": name,
                "namespace": namespace,
                "uid": str(uuid.uuid4()),
                "creationTimestamp": stamp(now()),
                "ownerReferences": [reference],
            },
            "spec": {**template["spec"], "nodeName": node.name},
            "status": {"phase": "Running", "containerStatuses": [{"name": "look", "state": state, "restartCount": 0}]},
        }
        self.logs[name] = "" if trouble in WAITING or trouble == "silent" else trouble or await self._look(kube, node, owner)

    def note_refusal(self, namespace: str, owner: t.Mapping[str, t.Any]) -> None:
        name = owner["metadata"]["name"]
        self.objects[f"/api/v1/namespaces/{namespace}/events/{name}.1"] = {
            "kind": "Event",
            "apiVersion": "v1",
            "metadata": {"name": f"{name}.1", "namespace": namespace},
            "involvedObject": {"kind": "DaemonSet", "name": name},
            "reason": "FailedCreate",
            "message": f'Error creating: pods "{name}-x" is forbidden: exceeded quota: few, requested: pods=1, used: pods={self.at_most}',
        }

    async def _look(self, kube: KubeCluster, node: Node, owner: t.Mapping[str, t.Any]) -> str:
        """In a network namespace the program itself runs; else what it would print."""
        command = owner["spec"]["template"]["spec"]["containers"][0]["command"]
        enter = (await node.rules.look())["enter"]
        if enter:
            volumes = owner["spec"]["template"]["spec"]["volumes"]
            name = next(one["configMap"]["name"] for one in volumes if "configMap" in one)
            held = self.objects[f"/api/v1/namespaces/{owner['metadata']['namespace']}/configmaps/{name}"]
            return await _run(enter, base64.b64decode(held["binaryData"]["look.zip"]), command)
        seen = await _remembered(kube, node)
        if "--monitor-lines" in command:
            lines = await node.rules.lines()
            empty: dict[str, list[str]] = {table: [] for table in lines}
            seen |= {"monitor_lines": {"ipv4": lines, "ipv6": empty}, "monitor_errors": []}
        return json.dumps({"aks_dataplane_look": seen}) + "\n"

    def log(self, path: str, query: t.Mapping[str, str]) -> web.Response:
        """path: of the pod."""
        name = path.rpartition("/")[2]
        text = self.logs.get(name, self.probers.log(path))
        if text is None:
            raise kubernetes(404, "NotFound", f'pods "{name}" not found', {"name": name, "kind": "pods"})
        if self.cut.get(name):
            raise keepers.refuse_log(self.cut[name])
        return web.Response(text=text[: int(query.get("limitBytes", 0)) or None])


async def _run(enter: t.Sequence[str], program: bytes, command: t.Sequence[str]) -> str:
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        file.write(program)
        file.flush()
        words = [file.name if word.startswith("/prog/") else word for word in command]
        process = await asyncio.create_subprocess_exec(*enter, *words, stdout=asyncio.subprocess.PIPE, limit=1 << 24)
        assert process.stdout is not None
        try:
            return (await process.stdout.readline()).decode()
        finally:
            process.terminate()
            await process.wait()


async def _remembered(kube: KubeCluster, node: Node) -> dict[str, t.Any]:
    look = await node.rules.look()
    image, kernel = objects.image_and_kernel(node)
    chains, tables = look["kube_chains"], look["nft_tables"]
    mode = (await kube.modes()).get(node.name) or "none"
    left = [{"of": "iptables", "kind": "iptables_chain", "name": name} for name in chains if name != "KUBE-FIREWALL"] if tables else []
    lines = [(table, rule) for table, some in (await node.rules.lines()).items() for rule in some]
    rules = [rule for _table, rule in lines if rule.endswith("DROP")]
    jumps = [
        {"source": "iptables", "family": "ipv4", "table": table, "chain": rule.split()[1], "to": rule.split()[-1], "rule": rule}
        for table, rule in lines
        # kube-proxy's own are in its chains, or in those that every table has.
        if rule.startswith("-A ") and " -j KUBE-" in rule and not rule.startswith("-A KUBE-") and rule.split()[1] not in BUILT_IN
    ]
    drops = [
        {"source": "iptables", "family": "ipv4", "table": "filter", "chain": "INPUT", "owner": "unknown", "samples": [rule]}
        for rule in rules
    ]
    tool = {"version": "1.8.10", "backend": "nf_tables", "backends": ["nf_tables"]}
    return {
        "os": {"id": "ubuntu", "version": "24.04", "pretty_name": image},
        "kernel": kernel,
        "machine": "x86_64",
        "lsm": LSM,
        "cgroup2": True,
        "tools": {"nft": {"version": "1.0.9"}, "iptables": tool, "ip6tables": tool},
        "kube_proxy": {"mode": mode, "evidence": [], "leftovers": left},
        "foreign_jumps": jumps,
        "foreign_drops": drops,
        "nft_tables": [{"family": name.split()[0], "name": name.split()[1], "owner": "kube-proxy"} for name in tables],
        "crashing_sets": [],
        "nat_chains": {"ipv4": [], "ipv6": []},
        "unread": [],
    }
