# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of trouble that a run of the campaign can meet, each as a fault of the simulator with random details.

Names begin with what has the trouble: C(arm) and C(put) Azure's answers, C(operation) what Azure carries out, C(kube) the API server, C(node) the nodes,
C(other) somebody else who changes the cluster, C(disk) the disk with the run records. C(kill) ends the run.
"""

from __future__ import annotations

import random
import typing as t

Json = dict[str, t.Any]

KUBE_PROXY, HOST_ROUTING = "kube_proxy", "host_routing"

ARM = (
    *(
        "arm_throttle",
        "arm_server_error",
        "arm_reset",
        "arm_slow",
        "arm_hang",
        "arm_unauthorized",
        "arm_forbidden",
        "arm_page",
        "arm_empty",
    ),
    *("put_conflict", "put_etag_race", "put_etag", "put_reset", "put_server_error", "put_lost", "put_lost_answer"),
    *("operation_failed", "operation_stuck"),
)
KUBE = (
    *("kube_starting", "kube_unauthorized", "kube_refused", "kube_handshake", "kube_hang", "kube_reset", "kube_throttle", "kube_slow"),
    *("kube_server_error", "kube_empty", "kube_page", "kube_restart"),
)
NODES = {
    KUBE_PROXY: ("node_crash_loop", "node_stale_rules", "node_no_sync", "node_no_rollout"),
    HOST_ROUTING: ("node_stuck", "node_legacy_fallback", "node_no_label", "node_no_rollout"),
}
# What is no fault of the simulator, but happens at a point of the run.
EVENTS = ("other_tag", "other_setting", "other_label", "other_leaf", "other_operation", "disk_full", "kill")
# Of runs about a node's rules: somebody else changes ours, another run goes on at the same time.
ON_NODES = ("kill", "kill", "disk_full", "rules_changed", "rules_concurrent")
# What the simulator lets happen to a process and its nodes as it does in this one, and what its nodes recover from by themselves.
UNDER_PLAYBOOKS = frozenset(
    {*ARM, *KUBE, "node_crash_loop", "node_no_sync", "other_tag", "other_setting", "other_label", "disk_full", "kill"} - {"operation_stuck"}
)
# What only clusters with one of the data planes have takes its turn more often than the rest, and what only comes to pass when much went well, as
# nodes are looked at late.
SHARES = {
    **dict.fromkeys(KUBE, 2),
    **dict.fromkeys(NODES[KUBE_PROXY], 3),
    "node_no_rollout": 2,
    "node_stuck": 3,
    "node_legacy_fallback": 6,
    "node_no_label": 6,
    "other_tag": 2,
}
# They happen only to nodes that are built for host routing.
ONLY_ENABLING = ("node_legacy_fallback", "node_no_label")
# After these it is no mistake to roll back: Azure or nodes really are bad, or somebody else wants something else.
HARMFUL = frozenset({"operation_failed", "operation_stuck", "other_leaf", *NODES[KUBE_PROXY], *NODES[HOST_ROUTING]})

# The paths of requests, of one cluster and of all that is Azure's.
AZURE = "^/subscriptions/"
CLUSTER_PATH = "/managedClusters/[^/]+$"


def kinds(plane: str) -> tuple[str, ...]:
    """Those that a run about this data plane can meet."""
    return (*ARM, *KUBE, *NODES[plane], *EVENTS)


def faults(kind: str, plane: str, cluster: str, wanted: str, dice: random.Random) -> list[Json]:
    """What the simulator is given for a kind that is none of C(EVENTS). wanted: the mode that nodes go to, as kube-proxy names it."""
    family = kind.partition("_")[0]
    if family == "kube":
        return _kube(kind, cluster, dice)
    if family == "node":
        return [_node(kind, cluster, wanted if plane == KUBE_PROXY else "", dice)]
    return [_azure(kind, dice)]


def _azure(kind: str, dice: random.Random) -> Json:
    server_error = {"kind": "server_error", "status": dice.choice((500, 502, 503, 504))}
    what: dict[str, Json] = {
        "arm_throttle": {"kind": "throttle", "retry_after": dice.choice((None, "1", "5", "30"))},
        "arm_server_error": server_error,
        "arm_reset": {"kind": "reset"},
        "arm_slow": {"kind": "slow", "seconds": dice.uniform(0.5, 30)},
        "arm_hang": {"kind": "hang"},
        "arm_unauthorized": {"kind": "unauthorized"},
        "arm_forbidden": {"kind": "forbidden"},
        "arm_page": {"kind": "answer", "text": "<html><body>Sign in</body></html>", "content_type": "text/html"},
        "arm_empty": {"kind": "answer", "text": "{}"},
        "put_conflict": {"kind": "conflict", "retry_after": dice.choice((None, "10"))},
        "put_etag_race": {"kind": "etag_race"},
        "put_etag": {"kind": "etag"},
        "put_reset": {"kind": "reset"},
        "put_server_error": server_error,
        "put_lost": {"kind": "reset", "after": True},
        "put_lost_answer": {**server_error, "after": True},
        "operation_failed": {"kind": "operation_failed", "path": "", "code": dice.choice(("", "Canceled", "NotLatestOperation"))},
        "operation_stuck": {"kind": "operation_stuck", "path": "", "times": 1, "lasts": dice.uniform(30, 4000)},
    }
    if kind.startswith("operation"):
        return what[kind]
    if kind.startswith("put"):
        return {"path": CLUSTER_PATH, "method": "PUT", "times": dice.choice((1, 1, 2, 4)), **what[kind]}
    # A run asks Azure a dozen times before its change, and then once in ten seconds.
    when = {"skip": dice.randint(0, 6)} if dice.random() < 0.5 else {"moment": "accepted", "delay": dice.uniform(0, 100)}
    return {"path": AZURE, "method": dice.choice(("", "GET")), "times": dice.choice((1, 1, 2, 3, 8)), **when, **what[kind]}


def _kube(kind: str, cluster: str, dice: random.Random) -> list[Json]:
    path = f"^/k8s/{cluster}/"
    early = dice.random() < 0.3
    # Nodes are looked at when Azure is done, which takes it 138 seconds.
    moment, begins = dice.choice((("", (0, 0.5)), ("accepted", (100, 160)), ("accepted", (135, 150)), ("rollout", (0, 70))))
    when: Json = {"skip": dice.randint(0, 20)} if early else {"moment": moment, "delay": dice.uniform(*begins)}
    if kind == "kube_restart":
        return list(_restart(path, when, dice))
    name = kind.removeprefix("kube_")
    what: dict[str, Json] = {
        "throttle": {"retry_after": dice.choice((None, "1", "5", "30"))},
        "slow": {"seconds": dice.uniform(0.5, 5)},
        "server_error": {"status": dice.choice((500, 502, 503, 504))},
        "empty": {"kind": "answer", "text": "{}"},
        "page": {"kind": "answer", "text": "<html><body>Sign in</body></html>", "content_type": "text/html"},
    }
    fault = {"kind": name, "path": path, **when, **what.get(name, {})}
    if name != "refused" and (early or dice.random() < 0.3):
        return [{**fault, "times": dice.randint(1, 4)}]
    # One in five lasts longer than any run.
    return [{**fault, "lasts": 4000.0 if dice.random() < 0.2 else dice.uniform(5, 150)}]


def _restart(path: str, when: Json, dice: random.Random) -> t.Iterator[Json]:
    """The API server goes away, and comes back as a starting one does: silent, forbidding, slow."""
    when = {"delay": dice.uniform(0, 0.5)} if "skip" in when else when
    begins = when["delay"]
    for kind, longest in (("refused", 60), ("handshake", 15), ("starting", 15), ("slow", 30)):
        lasts = dice.uniform(1, longest)
        yield {**when, "kind": kind, "path": path, "delay": begins, "lasts": lasts, **({"seconds": 2.0} if kind == "slow" else {})}
        begins += lasts


def _node(kind: str, cluster: str, mode: str, dice: random.Random) -> Json:
    name = {"node_stuck": "node_stuck", "node_legacy_fallback": "legacy_fallback", "node_no_label": "no_label"}.get(
        kind, kind.removeprefix("node_")
    )
    times = dice.choice((1, 1, 2))
    fault: Json = {"kind": name, "path": cluster if name == "no_rollout" else f"{cluster}/", "times": times}
    if name in ("crash_loop", "no_sync"):
        # Some nodes get well again while the run still waits.
        fault |= {"lasts": dice.choice((60.0, 400.0, 8000.0)), "times": None}
    if name == "node_stuck":
        fault["seconds"] = dice.choice((60.0, 600.0, 0.0))
        fault["lasts"] = 6000.0
    return fault if not mode or name == "no_rollout" else {**fault, "mode": mode}
