"""Predicates on what was seen on nodes themselves; about kube-proxy."""

from __future__ import annotations

import typing as t

from ..limits import NFT_CRASHES_OLDER, NFT_SHOWS_KUBE_PROXY, POLICY_ENGINES
from ..model import (
    Facts,
    NotChecked,
    Part,
)
from ..node_look import OWN, NodeLook
from ..node_versions import nft_version
from ..wording import Predicate, Said, count, some
from .facts import KubeProxyFacts

Check = t.Callable[[t.Any, t.Sequence[NodeLook]], Said]


def on_nodes(what: str, check: Check) -> Predicate:
    """The rule of something that only a node itself can show, in words; it says of which nodes it does not know."""

    def judge(facts: Facts) -> Said:
        if not facts.looks:
            yield NotChecked(f"needs {what} of each node, and no node_observations are given")
            return
        yield from check(facts, current_looks(facts))
        yield from not_seen(facts, what)

    judge.__doc__ = check.__doc__
    return judge


def known_nodes(facts: Facts) -> frozenset[str] | None:
    """The names of the cluster's Linux nodes; none when they could not be read."""
    if facts.kube is None or facts.kube_part_missing("nodes") is not None:
        return None
    return frozenset(node.name for node in facts.kube.linux_nodes)


def current_looks(facts: Facts) -> tuple[NodeLook, ...]:
    """The looks at nodes that the cluster has; all of them where its nodes are not known."""
    known = known_nodes(facts)
    return tuple(look for look in facts.looks if known is None or look.name in known)


def not_seen(facts: Facts, what: str) -> Said:
    """Nodes without an observation, observations without a node, and parts of observations that could not be made."""
    known, seen = known_nodes(facts), {look.name for look in facts.looks}
    if known is not None and known - seen:
        yield NotChecked(f"needs {what} of each node, and node_observations has none of {some(known - seen)}")
    if known is not None and seen - known:
        yield NotChecked(f"the cluster has no node {some(seen - known)}, which node_observations names")
    partial = [look.name for look in current_looks(facts) if look.unread]
    if partial:
        yield NotChecked(f"not everything could be read on {some(partial)}")


def by_node(found: t.Mapping[str, t.Collection[str]]) -> str:
    """What was found on which node, in words."""
    return some(f"{name} ({some(things)})" for name, things in found.items() if things)


def old_nft(facts: KubeProxyFacts, looks: t.Sequence[NodeLook]) -> Said:
    """KP16"""
    missing = [look.name for look in looks if look.nft is None]
    if missing:
        yield Part("nodes", f"{count(len(missing), 'node')} without the program nft: {some(missing)}.")
    versions = {look.name: nft_version(look.nft) for look in looks if look.nft is not None}
    old = [f"{look.name} ({look.nft})" for look in looks if (found := versions.get(look.name)) and found < NFT_SHOWS_KUBE_PROXY]
    if old:
        needed = ".".join(map(str, NFT_SHOWS_KUBE_PROXY))
        yield Part("nodes", f"nft on {count(len(old), 'node')} is older than {needed}: {some(old)}.")
    strange = [name for name, found in versions.items() if found is None]
    if strange:
        yield NotChecked(f"the version of nft cannot be understood on {some(strange)}")


def foreign_tables(look: NodeLook) -> tuple[str, ...]:
    """nftables tables that neither Kubernetes, AKS nor node_nftables_ruleset made."""
    return tuple(table for table, owner in look.nft_tables.items() if owner not in ("kube-proxy", "iptables-nft", "aks", OWN))


def other_nft_versions(facts: KubeProxyFacts, looks: t.Sequence[NodeLook]) -> Said:
    """KP17"""
    since = ".".join(map(str, NFT_CRASHES_OLDER))
    found = {look.name: foreign_tables(look) for look in looks}
    if any(found.values()):
        yield Part(
            "nodes",
            f"Other programs have nftables tables on {by_node(found)}: one that uses nft {since} or newer can make kube-proxy crash.",
        )
    versions = {look.name: {table: nft_version(text) for table, text in look.own_tables.items()} for look in looks}
    new = {name: [table for table, nft in tables.items() if nft and nft >= NFT_CRASHES_OLDER] for name, tables in versions.items()}
    if any(new.values()):
        yield Part(
            "nodes",
            f"nft {since} or newer made tables of node_nftables_ruleset on {by_node(new)}: their sets and maps can make kube-proxy crash.",
        )
    strange = {name: [table for table, nft in tables.items() if nft is None] for name, tables in versions.items()}
    if any(strange.values()):
        yield NotChecked(f"the version of the nft that made tables cannot be understood on {by_node(strange)}")


def foreign_drops(facts: KubeProxyFacts, looks: t.Sequence[NodeLook]) -> Said:
    """KP18"""
    found = {look.name: tuple(chain.place for chain in look.drops if chain.owner not in POLICY_ENGINES) for look in looks}
    if any(found.values()):
        yield Part("nodes", f"Firewall chains drop packets on {by_node(found)}; kube-proxy in NFTABLES mode makes no exception there.")


def foreign_jumps(facts: KubeProxyFacts, looks: t.Sequence[NodeLook]) -> Said:
    """KP19"""
    found = {look.name: look.jumps for look in looks}
    if any(found.values()):
        yield Part("nodes", f"Rules of others lead into chains of kube-proxy on {by_node(found)}.")


def leftovers(facts: KubeProxyFacts, looks: t.Sequence[NodeLook]) -> Said:
    """KP22"""
    mixed = [look.name for look in looks if look.mode == "mixed"]
    if mixed:
        yield Part("nodes", f"The kernel shows the rules of more than one mode on {some(mixed)}.")
    found = {look.name: look.leftovers for look in looks if look.mode != "mixed"}
    if any(found.values()):
        yield Part("nodes", f"Rules of another mode are left on {by_node(found)}.")
