"""What the module node_dataplane_info observed on a node, as far as rules need it."""

from __future__ import annotations

import dataclasses
import typing as t

from .._common.errors import DataplaneError
from .._common.json_parts import Misshapen, object_at, objects_at, text_at, texts_at

Raw = t.Mapping[str, t.Any]

IPV4, IPV6 = "ipv4", "ipv6"
# The owner of what node_nftables_ruleset declared.
OWN = "aks-dataplane"


@dataclasses.dataclass(frozen=True)
class Drops:
    """A base chain that drops traffic: where it is, and who made it as far as known."""

    place: str
    owner: str


@dataclasses.dataclass(frozen=True)
class NodeObservation:
    """One node. nft: the version of nft, V('') when it is not known, none when it is not installed.

    lsm: none when not known. nft_tables: C(family name) to owner. own_tables: of those that
    node_nftables_ruleset declared, C(family name) to the version of the nft that made it. jumps: rules, as C(jump_text) has them.
    leftovers: what other modes of kube-proxy left, each in words.
    crashing_sets: C(family table name) of each set and map that kube-proxy may crash on; none when not known.
    nat_chains: chains that translate addresses and are not kube-proxy's, by family; none when the result is of an older version of the module.
    monitor_lines: family to table to lines, none when they were not asked for. unread: what of the kernel's rules could not be read.
    from_pods: seen by aks_nodes_info; not_seen: the fields that it can see on no node. cut_off: fields that were seen in part, and why.
    os_image: the node's own name of its system.
    nft_crash: how the nft of kube-proxy's image crashed on the tables of the node, V('') where it did not.
    """

    name: str
    kernel: str = ""
    nft: str | None = ""
    backend: str = ""
    lsm: tuple[str, ...] | None = None
    cgroup2: bool = True
    mode: str = "none"
    leftovers: tuple[str, ...] = ()
    jumps: tuple[str, ...] = ()
    drops: tuple[Drops, ...] = ()
    nft_tables: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    own_tables: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    crashing_sets: tuple[str, ...] | None = None
    nat_chains: t.Mapping[str, tuple[str, ...]] | None = None
    monitor_lines: t.Mapping[str, t.Mapping[str, t.Sequence[str] | None]] | None = None
    unread: tuple[str, ...] = ()
    from_pods: bool = False
    not_seen: tuple[str, ...] = ()
    cut_off: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    os_image: str = ""
    nft_crash: str = ""

    @classmethod
    def from_raw(cls, name: str, raw: t.Any) -> NodeObservation:
        """Of a module result; DataplaneError when it is no result of the module, or of a run that failed."""
        missing = [key for key in ("kernel", "kube_proxy", "nft_tables", "foreign_jumps", "foreign_drops") if not _has(raw, key)]
        if missing:
            raise DataplaneError(
                f"node_observations.{name} is not a result of aks.dataplane.node_dataplane_info: it has no {missing[0]}.",
                remedy="Pass the registered result of the module on that node, without nodes where it failed.",
                code="InvalidNodeObservation",
            )
        try:
            return cls(name, **_fields(raw))
        except Misshapen as exc:
            raise DataplaneError(
                f"node_observations.{name} is not a result of aks.dataplane.node_dataplane_info: {exc}.",
                remedy="Pass the registered result of the module on that node unchanged.",
                code="InvalidNodeObservation",
            ) from exc

    @property
    def foreign_tables(self) -> tuple[str, ...]:
        """nftables tables that neither Kubernetes, AKS nor node_nftables_ruleset made."""
        return tuple(table for table, owner in self.nft_tables.items() if owner not in ("kube-proxy", "iptables-nft", "aks", OWN))


def read_observations(observations: t.Mapping[str, t.Any]) -> tuple[NodeObservation, ...]:
    """By node name, sorted."""
    return tuple(NodeObservation.from_raw(str(name), raw) for name, raw in sorted(observations.items()))


def jump_text(item: Raw) -> str:
    """A third-party rule that leads into a chain of kube-proxy, as iptables prints it: with its chain and what it matches. And where it is. Misshapen."""
    place = [f"table {text_at(item, 'table')}" if text_at(item, "table") else "", text_at(item, "family")]
    words = ", ".join(filter(None, place))
    return f"{_needed(item, 'rule')}{f' ({words})' if words else ''}"


def _has(raw: t.Any, key: str) -> bool:
    return isinstance(raw, dict) and key in raw


def _fields(raw: Raw) -> dict[str, t.Any]:
    """Misshapen."""
    tools, tables = object_at(raw, "tools"), objects_at(raw, "nft_tables")
    return {
        "kernel": text_at(raw, "kernel"),
        "nft": None if tools.get("nft") is None else text_at(tools, "nft", "version"),
        "backend": text_at(tools, "iptables", "backend"),
        "lsm": None if raw.get("lsm") is None else tuple(texts_at(raw, "lsm")),
        "cgroup2": raw.get("cgroup2") is not False,
        "mode": _needed(raw, "kube_proxy", "mode"),
        "leftovers": tuple(_leftover(item) for item in objects_at(raw, "kube_proxy", "leftovers")),
        "jumps": tuple(jump_text(item) for item in objects_at(raw, "foreign_jumps")),
        "drops": tuple(_drops(item) for item in objects_at(raw, "foreign_drops")),
        "nft_tables": {_table(item, "name"): _needed(item, "owner") for item in tables},
        "own_tables": {_table(item, "name"): _needed(item, "nft") for item in tables if item["owner"] == OWN},
        "crashing_sets": _crashing_sets(raw),
        "nat_chains": None if raw.get("nat_chains") is None else _nat_chains(object_at(raw, "nat_chains")),
        "monitor_lines": None if raw.get("monitor_lines") is None else _monitor_lines(object_at(raw, "monitor_lines")),
        "unread": tuple(_needed(item, "what") for item in objects_at(raw, "unread")),
        "from_pods": raw.get("via") == "exec",
        "not_seen": tuple(_needed(item, "field") for item in objects_at(raw, "not_seen")),
        "cut_off": {_needed(item, "field"): _needed(item, "reason") for item in objects_at(raw, "not_seen") if item.get("cut_off") is True},
        "os_image": text_at(raw, "os", "pretty_name"),
        "nft_crash": text_at(raw, "nft_crash"),
    }


def _needed(raw: t.Any, *keys: str) -> str:
    """A text that is always there; Misshapen."""
    text = text_at(raw, *keys)
    if not text:
        raise Misshapen(f"it has no {'.'.join(keys)}")
    return text


def _table(item: Raw, key: str) -> str:
    return f"{_needed(item, 'family')} {_needed(item, key)}"


def _crashing_sets(raw: Raw) -> tuple[str, ...] | None:
    if raw.get("crashing_sets") is None:
        return None
    return tuple(f"{_table(item, 'table')} {_needed(item, 'name')}" for item in objects_at(raw, "crashing_sets"))


def _nat_chains(raw: Raw) -> dict[str, tuple[str, ...]]:
    return {family: tuple(texts_at(raw, family)) for family in raw}


def _monitor_lines(raw: Raw) -> dict[str, dict[str, list[str] | None]]:
    return {
        family: {table: None if lines is None else texts_at(raw, family, table) for table, lines in object_at(raw, family).items()}
        for family in raw
    }


def _leftover(item: Raw) -> str:
    return f"{_needed(item, 'kind').replace('_', ' ')} {_needed(item, 'name')} of {_needed(item, 'of')}"


def _drops(item: Raw) -> Drops:
    place = f"{_needed(item, 'chain')} in {_needed(item, 'family')} {_needed(item, 'table')} ({_needed(item, 'source')})"
    return Drops(place, _needed(item, "owner"))
