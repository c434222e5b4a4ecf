"""What kube-proxy's former mode left on the nodes, in the words of a run."""

from __future__ import annotations

import typing as t

from .._dataplane.declaration import Json
from .settings import Settings

# As many nodes are named.
_MOST = 10
NOT_CHECKED = "leftovers: not checked"


def summary(result: Json) -> Json:
    """Of the result of M(aks.dataplane.aks_nodes_info): C(found), by node and mode what is left, and C(unseen), the nodes where nobody looked.

    Nothing where no node could be seen at all.
    """
    observations: Json = result.get("observations") or {}
    if not observations:
        return {}
    found = {name: _by_mode(seen["kube_proxy"]["leftovers"]) for name, seen in observations.items()}
    unseen = [node["name"] for node in result["nodes"] if node["state"] in ("not_seen", "partly_seen")]
    return {"found": {name: modes for name, modes in found.items() if modes}, "unseen": unseen, "looked": len(observations)}


def _by_mode(leftovers: t.Sequence[Json]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in leftovers:
        text = f"{item['kind'].replace('_', ' ')} {item['name']}"
        found.setdefault(str(item["of"]).upper(), []).append(text)
    return {mode: sorted({*texts}) for mode, texts in sorted(found.items())}


def extent(known: Json) -> str:
    """In a few words, for the verdict."""
    if not known:
        return NOT_CHECKED
    unseen = f", not checked on {len(known['unseen'])}" if known["unseen"] else ""
    if not known["found"]:
        return f"leftovers: none on {known['looked']} nodes{unseen}"
    modes = sorted({mode for modes in known["found"].values() for mode in modes})
    return f"leftovers of {', '.join(modes)} on {len(known['found'])} of {known['looked']} nodes: {_named([*known['found']])}{unseen}"


def lines(result: Json, known: Json, settings: Settings) -> list[str]:
    """What to show of a look: nodes that could not be seen, and what is left on each node. known: C({}) for a look before the change."""
    texts = []
    if result.get("grant"):
        texts.append(
            f"the nodes are not inspected, because the account may not run commands in the pods of AKS. To allow it: {result['grant']} "
            "To leave the nodes out, set aks_dataplane_node_look: none."
        )
    if result.get("failed"):
        texts.append(f"the nodes could not be inspected: {result.get('msg') or 'no reason was given.'}")
    by_reason: dict[str, list[str]] = {}
    for node in result.get("nodes") or ():
        if node["state"] in ("not_seen", "partly_seen"):
            by_reason.setdefault(node["reason"], []).append(node["name"])
    texts += [f"not everything could be seen on {_named(names)}: {reason}." for reason, names in by_reason.items()]
    if result.get("left"):
        texts.append(
            f"the pods that looked at the nodes could not all be removed: {_named(result['left'])}. The next run that looks in the same way removes them."
        )
    for name, modes in [*(known.get("found") or {}).items()][:_MOST]:
        texts += [f"left on {name} of {mode}: {', '.join(things)}." for mode, things in modes.items()]
    return [f"{settings.cluster}: {text}" for text in texts]


def _named(names: t.Sequence[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f"{', '.join(names[:_MOST])}{more}"
