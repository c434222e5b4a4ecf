"""Nodes that are hosts of the inventory as well, and were looked at with their own connection: joined to what Kubernetes has shown of nodes."""

from __future__ import annotations

import typing as t

from .._dataplane.declaration import Json

MODULE = "aks.dataplane.node_dataplane_info"
NO_REASON = "no reason was given."


def joined(result: Json, looked: t.Mapping[str, Json]) -> dict[str, t.Any]:
    """The result of M(aks.dataplane.aks_nodes_info), or V({}), with the nodes of C(looked); a look that failed there is its C(not_inspected).

    looked: by the name of the node in Kubernetes what M(aks.dataplane.node_dataplane_info) returned there, which has no C(kernel) where it failed.
    What a node shows itself counts more. C(unreached): by node, why it was not reached, where it was not seen in another way either.
    """
    nodes: dict[str, Json] = {node["name"]: node for node in result.get("nodes") or ()}
    unreached = {}
    for name, seen in looked.items():
        node = _node(name, seen)
        if node["state"] == "not_seen" and nodes.get(name, node)["state"] != "not_seen":
            continue
        nodes[name] = node
        if node["state"] == "not_seen":
            unreached[name] = node["reason"]
    states = [node["state"] for node in nodes.values()]
    return {
        "changed": bool(result.get("changed")),
        "grant": result.get("grant") or "",
        "not_inspected": (result.get("msg") or NO_REASON) if result.get("failed") else "",
        "observations": {**(result.get("observations") or {}), **{name: seen for name, seen in looked.items() if _is_seen(seen)}},
        "nodes": [nodes[name] for name in sorted(nodes)],
        "counts": {state: states.count(state) for state in ("seen", "partly_seen", "not_seen", "not_applicable")},
        "unreached": unreached,
    }


def _is_seen(seen: Json) -> bool:
    return seen.get("kernel") is not None


def _node(name: str, seen: Json) -> dict[str, str]:
    if not _is_seen(seen):
        return {"name": name, "state": "not_seen", "reason": seen.get("msg") or NO_REASON}
    unread = "; ".join(f"{item['what']}: {item['reason']}" for item in seen.get("unread") or ())
    return {"name": name, "state": "partly_seen" if unread else "seen", "reason": unread}


def unreached_text(node: str, reason: str, cluster: str) -> str:
    """What to show of a node that is a host of the inventory."""
    return f"{cluster}: the node {node} could not be inspected, so the checks that need the node itself are skipped: {reason or NO_REASON}"
