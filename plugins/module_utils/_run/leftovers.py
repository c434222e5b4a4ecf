"""What kube-proxy's former mode left on the nodes, in the words of a run."""

from __future__ import annotations

import typing as t

from .._dataplane.declaration import Json
from . import host_looks, node_looks
from .node_looks import named
from .settings import Settings

# As many nodes are named.
_MOST = 10
# As many third-party rules are named in a verdict; they are long.
_RULES = 3
NOT_CHECKED = "leftovers: not checked"


def summary(result: Json) -> Json:
    """Of the result of M(aks.dataplane.aks_nodes_info): C(found), by node and mode what is left, and C(unseen), the nodes where nobody looked.

    C(held): by node, third-party rules that keep kube-proxy from removing its chains. C(probers): what interrupted runs have left that measured from the
    cluster, where there is anything. Nothing where no node could be seen at all.
    """
    observations: Json = result.get("observations") or {}
    if not observations:
        return {}
    found = {name: node_looks.by_mode(seen) for name, seen in observations.items()}
    held = {name: node_looks.jumps(seen) for name, seen in observations.items()}
    return {
        "found": {name: modes for name, modes in found.items() if modes},
        "held": {name: rules for name, rules in held.items() if rules},
        "unseen": [name for names in node_looks.reasons(result).values() for name in names],
        "looked": len(observations),
        **({"probers": [*result["probers_left"]]} if result.get("probers_left") else {}),
    }


# Interfaces, chains and sets that no mode of kube-proxy removes: they go with the node.
_STAYING = "ipset KUBE-6-"


def _removable(things: t.Sequence[str]) -> list[str]:
    return [thing for thing in things if not thing.startswith(_STAYING)]


def less(known: Json, mode: str) -> Json:
    """Without what is of the mode that runs: where the kernel shows the rules of two modes, it does not show which of them kube-proxy is in."""
    if not known:
        return known
    found = {name: {of: things for of, things in modes.items() if of != mode} for name, modes in known["found"].items()}
    return {**known, "found": {name: modes for name, modes in found.items() if modes}}


def removable(known: Json, modes: t.Collection[str]) -> dict[str, dict[str, list[str]]]:
    """What another mode would remove, by node and mode; without nodes on which third-party rules hold it. modes: those that leave it."""
    found = {
        name: {mode: left for mode, things in found.items() if mode in modes and (left := _removable(things))}
        for name, found in (known.get("found") or {}).items()
        if name not in (known.get("held") or {})
    }
    return {name: by_mode for name, by_mode in found.items() if by_mode}


def extent(known: Json) -> str:
    """In a few words, for the verdict."""
    if not known:
        return NOT_CHECKED
    unseen = f", not checked on {len(known['unseen'])}" if known["unseen"] else ""
    left = {name: modes for name, modes in known["found"].items() if any(map(_removable, modes.values()))}
    if not left:
        staying = ", but for ipsets KUBE-6-* of IPVS, which stay until a node is replaced" if known["found"] else ""
        return f"leftovers: none on {known['looked']} nodes{unseen}{staying}"
    modes = sorted({mode for modes in left.values() for mode in modes})
    return f"leftovers of {', '.join(modes)} on {len(left)} of {known['looked']} nodes: {named([*left])}{_held_by(known, [*left])}{unseen}"


def _held_by(known: Json, left: t.Sequence[str]) -> str:
    """The third-party rules because of which kube-proxy could not remove what is left."""
    by_rule: dict[str, list[str]] = {}
    for name in left:
        for rule in (known.get("held") or {}).get(name) or ():
            by_rule.setdefault(rule, []).append(name)
    texts = [f"{rule} on {named(names)}" for rule, names in by_rule.items()]
    if not texts:
        return ""
    more = f" and {len(texts) - _RULES} more" if len(texts) > _RULES else ""
    return f", held by third-party rules: {'; '.join(texts[:_RULES])}{more}"


def lines(result: Json, known: Json, settings: Settings) -> list[str]:
    """What to show of a look: nodes that could not be seen, and what is left on each node. known: C({}) for a look before the change."""
    texts = []
    if result.get("grant"):
        who = f"only the hosts of {settings.node_group} are inspected" if result.get("nodes") else "the nodes are not inspected"
        texts.append(
            f"{who}, because the account may not run commands in the pods of AKS. To allow it: {result['grant']} "
            "To leave the nodes out, set aks_dataplane_node_look: none."
        )
    if result.get("failed") or result.get("not_inspected"):
        reason = result.get("not_inspected") or result.get("msg") or host_looks.NO_REASON
        texts.append(f"the nodes could not be inspected{' through Kubernetes' if result.get('not_inspected') else ''}: {reason}")
    # Each of those that were not reached has a line by itself.
    unseen = {
        reason: [name for name in names if name not in (result.get("unreached") or {})]
        for reason, names in node_looks.reasons(result).items()
    }
    texts += [f"not everything could be seen on {named(names)}: {reason}." for reason, names in unseen.items() if names]
    if result.get("left"):
        texts.append(
            f"the pods that looked at the nodes could not all be removed: {named(result['left'])}. The next run that looks in the same way removes them."
        )
    for name, modes in [*(known.get("found") or {}).items()][:_MOST]:
        texts += [f"left on {name} of {mode}: {', '.join(things)}." for mode, things in modes.items()]
        held = (known.get("held") or {}).get(name) or ()
        texts += [f"a third-party rule on {name} leads into chains of kube-proxy, which cannot be removed then: {rule}." for rule in held]
    return [f"{settings.cluster}: {text}" for text in texts]


def staying(known: Json) -> tuple[list[str], list[str]]:
    """The nodes with leftovers that can be removed: those on which third-party rules hold them, and the others."""
    held = known.get("held") or {}
    left = [name for name, modes in (known.get("found") or {}).items() if any(map(_removable, modes.values()))]
    return [name for name in left if name in held], [name for name in left if name not in held]
