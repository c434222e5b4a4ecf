"""A look at the nodes as the run record keeps it: what was found, and on which nodes, in a size that does not grow with what is on each."""

from __future__ import annotations

import typing as t

from .._dataplane.declaration import Json
from .._preflight.node_observation import jump_text

# As many different things are kept of each kind, and as many names of each of them; the nodes are all kept.
MOST = 50
# As many nodes are named in a text.
_NAMED = 10
NOT_SEEN = ("not_seen", "partly_seen")

_Found = t.Mapping[str, t.Sequence[str]]


def by_mode(observation: Json) -> dict[str, list[str]]:
    """What kube-proxy has left on a node, in words, by the mode that it is of."""
    found: dict[str, list[str]] = {}
    for item in observation["kube_proxy"]["leftovers"]:
        found.setdefault(str(item["of"]).upper(), []).append(f"{item['kind'].replace('_', ' ')} {item['name']}")
    return {mode: sorted({*texts}) for mode, texts in sorted(found.items())}


def jumps(observation: Json) -> list[str]:
    """Third-party rules that lead into chains of kube-proxy, each with its table and what it matches."""
    return [jump_text(item) for item in observation.get("foreign_jumps") or ()]


def reasons(result: Json) -> dict[str, list[str]]:
    """The nodes that were not seen, or only in part, by the reason; among them those with so much that not all of it was read."""
    found: dict[str, list[str]] = {}
    observations: Json = result.get("observations") or {}
    for node in result.get("nodes") or ():
        reason = node["reason"] if node["state"] in NOT_SEEN else _cut_off(observations.get(node["name"]) or {})
        if reason:
            found.setdefault(reason, []).append(node["name"])
    return found


def _cut_off(observation: Json) -> str:
    fields = {item["field"]: item["reason"] for item in observation.get("not_seen") or () if item.get("cut_off")}
    return str(fields.get("kube_proxy.leftovers", ""))


def kept(result: Json, running: str = "") -> Json:
    """Of the result of M(aks.dataplane.aks_nodes_info), as the C(before) or C(after) of C(looks) in a run record; V({}) where nobody looked.

    running: the mode that kube-proxy is known to be in, or nothing.
    """
    reason = "commands may not be run in the pods of AKS" if result.get("grant") else result.get("not_inspected") or ""
    others: list[dict[str, t.Any]] = [{"reason": reason, "nodes": []}] if reason else []
    nodes = result.get("nodes") or ()
    if not nodes:
        return {"not_seen": others} if others else {}
    states = [node["state"] for node in nodes]
    observations: Json = result.get("observations") or {}
    left = {name: by_mode(seen) for name, seen in observations.items()}
    modes: dict[str, list[str]] = {}
    for name, seen in observations.items():
        modes.setdefault(str(seen["kube_proxy"].get("mode")).upper(), []).append(name)
    return {
        "counts": {state: states.count(state) for state in sorted({*states})},
        "modes": [{"mode": mode, "nodes": len(names)} for mode, names in sorted(modes.items())],
        "leftovers": [
            {"mode": mode, **group}
            for mode in sorted({mode for found in left.values() for mode in found} - {running})
            for group in _groups({name: found[mode] for name, found in left.items() if mode in found}, "things")
        ],
        "foreign_jumps": _groups({name: jumps(seen) for name, seen in observations.items()}, "rules"),
        "not_seen": [*others, *({"reason": reason, "nodes": names} for reason, names in [*reasons(result).items()][:MOST])],
    }


def _groups(found: _Found, key: str) -> list[dict[str, t.Any]]:
    """Nodes on which the same was found, together; those beyond the first C(MOST) groups in one, with what was found on any of them."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, things in found.items():
        if things:
            groups.setdefault(tuple(things), []).append(name)
    items = [*groups.items()]
    if len(items) > MOST:
        rest = items[MOST - 1 :]
        every = tuple(sorted({thing for things, _names in rest for thing in things}))
        items = [*items[: MOST - 1], (every, [name for _things, names in rest for name in names])]
    return [{key: _few(things), "nodes": names} for things, names in items]


def _few(things: t.Sequence[str]) -> list[str]:
    return [*things[:MOST], *([f"and {len(things) - MOST} more"] if len(things) > MOST else [])]


def named(names: t.Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
