# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The DaemonSets of node rulesets: their pods are replaced as the controller does it, and print what keepers print.

Time passes for them whenever somebody asks for pods of the namespace: each time, as many pods are replaced as the strategy allows.
A text with 10250 in it is one that a node in trouble does not bear.
"""

from __future__ import annotations

import json
import typing as t
import uuid

from ..clock import now, stamp
from ..errors import kubernetes
from . import objects

if t.TYPE_CHECKING:
    from .cluster import KubeCluster, Node
    from .made import Made

Json = dict[str, t.Any]

TEMPLATE, RULESET = "aks.dataplane/template", "aks.dataplane/ruleset"
NO_PYTHON = 'exec: "/usr/bin/python3": stat /usr/bin/python3: no such file or directory'
_UNDONE = "No new connection to the API server succeeded within 60 seconds, so the previous tables are back."


def is_ruleset(item: t.Mapping[str, t.Any]) -> bool:
    return item["kind"] == "DaemonSet" and item["metadata"].get("labels", {}).get("app.kubernetes.io/component") == "ruleset"


def tick(made: Made, kube: KubeCluster) -> None:
    """Let the controller work."""
    for item in [*made.objects.values()]:
        if is_ruleset(item) and "deletionTimestamp" not in item["metadata"]:
            _roll(made, kube, item)


def _roll(made: Made, kube: KubeCluster, item: Json) -> None:
    metadata, spec = item["metadata"], item["spec"]
    path = f"/api/v1/namespaces/{metadata['namespace']}/pods"
    wanted = {
        node.name: node for node in kube.nodes if covers(objects.node_object(kube, node)["metadata"]["labels"], spec["template"]["spec"])
    }
    held = {
        place: pod
        for place, pod in made.objects.items()
        if place.startswith(f"{path}/") and any(owner["uid"] == metadata["uid"] for owner in pod["metadata"].get("ownerReferences", ()))
    }
    for place, pod in [*held.items()]:
        if pod["spec"]["nodeName"] not in wanted:
            del made.objects[place], held[place]
    template = spec["template"]["metadata"]["annotations"][TEMPLATE]
    old = {place: pod for place, pod in held.items() if pod["metadata"]["annotations"][TEMPLATE] != template}
    unready = [place for place, pod in held.items() if not _is_ready(pod)]
    amount = str(spec["updateStrategy"]["rollingUpdate"]["maxUnavailable"])
    most = -(-len(wanted) * int(amount[:-1]) // 100) if amount.endswith("%") else int(amount)
    budget = most - len([place for place in unready if place not in old])
    for place in sorted(old, key=lambda one: one not in unready)[: max(budget, 0)]:
        del made.objects[place], held[place]
    nodes = {pod["spec"]["nodeName"] for pod in held.values()}
    for name, node in wanted.items():
        if name not in nodes and (made.at_most is None or len(_all_pods(made, path)) < made.at_most):
            place, pod = _pod(made, kube, node, item)
            made.objects[place] = held[place] = pod
        elif name not in nodes:
            made.note_refusal(metadata["namespace"], item)
    ready = sum(map(_is_ready, held.values()))
    item["status"] = {
        "observedGeneration": metadata["generation"],
        "desiredNumberScheduled": len(wanted),
        "currentNumberScheduled": len(held),
        "updatedNumberScheduled": sum(pod["metadata"]["annotations"][TEMPLATE] == template for pod in held.values()),
        "numberReady": ready,
        "numberAvailable": ready,
    }


def _all_pods(made: Made, path: str) -> list[str]:
    return [place for place in made.objects if place.startswith(f"{path}/")]


def _is_ready(pod: t.Mapping[str, t.Any]) -> bool:
    return bool(pod["status"]["containerStatuses"][0]["ready"])


def covers(labels: t.Mapping[str, str], spec: t.Mapping[str, t.Any]) -> bool:
    """Whether the pod may run on a node with these labels."""
    terms = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    return all(labels.get(name) == value for name, value in spec["nodeSelector"].items()) and any(
        all((labels.get(one["key"]) in one["values"]) == (one["operator"] == "In") for one in term["matchExpressions"]) for term in terms
    )


def _pod(made: Made, kube: KubeCluster, node: Node, owner: Json) -> tuple[str, Json]:
    metadata, template = owner["metadata"], owner["spec"]["template"]
    name = f"{metadata['name']}-{uuid.uuid4().hex[:5]}"
    task = template["spec"]["containers"][0]["command"][-1]
    line, cut = _line(made, node, metadata, template, task)
    reference = {"kind": "DaemonSet", "name": metadata["name"], "uid": metadata["uid"], "controller": True}
    state: Json = {"running": {"startedAt": stamp(now())}}
    if made.keeper_troubles.get(node.name) == "no_python":
        state = {"waiting": {"reason": "CrashLoopBackOff", "message": NO_PYTHON}}
    made.logs[name] = "" if "waiting" in state or not line else json.dumps(line) + "\n"
    made.cut[name] = f"{node.address}:10250" if cut else ""
    ready = bool(line) and line["state"] in ("as declared", "paused", "removed", "tried") and "waiting" not in state and node.ready
    status = {"name": "keeper", "state": state, "restartCount": 0, "ready": ready}
    return f"/api/v1/namespaces/{metadata['namespace']}/pods/{name}", {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {
            **template["metadata"],
            "name": name,
            "namespace": metadata["namespace"],
            "uid": str(uuid.uuid4()),
            "creationTimestamp": stamp(now()),
            "ownerReferences": [reference],
        },
        "spec": {**template["spec"], "nodeName": node.name},
        "status": {"phase": "Running", "containerStatuses": [status]},
    }


def _line(made: Made, node: Node, metadata: Json, template: Json, task: str) -> tuple[Json, bool]:
    """What the pod prints, and whether its node is cut off from then on."""
    volumes = template["spec"]["volumes"]
    config_map = next(one["configMap"]["name"] for one in volumes if "configMap" in one)
    held = made.objects.get(f"/api/v1/namespaces/{metadata['namespace']}/configmaps/{config_map}")
    if held is None:
        return {}, False
    order = json.loads(held["data"]["order.json"])
    trouble = made.keeper_troubles.get(node.name, "")
    bad = "10250" in order["text"]
    tables = made.kept.setdefault(node.name, {})
    state, message = {"try": "tried", "keep": "as declared", "pause": "paused", "remove": "removed"}[task], ""
    if task == "try" and trouble == "refuses":
        state, message = "refused", "nft does not take line 2: syntax error"
    elif task == "keep" and trouble == "undoes" and bad:
        state, message = "undone", _UNDONE
    elif task == "keep" and trouble == "drifted":
        state, message = "not yet", "The table inet base cannot be repaired: it is in use."
    if trouble == "silent":
        return {}, False
    ruleset = metadata["labels"][RULESET]
    if task == "keep" and state != "undone":
        tables[ruleset] = order["digest"]
    elif task == "remove":
        tables.pop(ruleset, None)
    words = order["text"].split()
    shown = [{"family": words[1], "name": words[2], "state": state if state in ("as declared", "removed") else "changed"}]
    line = {
        "time": stamp(now()),
        "event": state if state != "not yet" else "problem",
        "state": state,
        "ruleset": ruleset,
        "digest": order["digest"],
        "repairs": 0,
        "tables": shown,
        "code": None,
        "message": message,
    }
    return line, trouble == "cuts" and bad and task == "keep"


def refuse_log(address: str) -> Exception:
    """The API server's words for a kubelet that does not answer."""
    return kubernetes(
        500, "InternalError", f'Internal error occurred: Get "https://{address}/containerLogs/x": dial tcp {address}: i/o timeout'
    )
