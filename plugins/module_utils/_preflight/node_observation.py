"""What the module node_dataplane_info observed on a node, as far as rules need it."""

from __future__ import annotations

import dataclasses
import typing as t

from .._common.errors import DataplaneError

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
    node_nftables_ruleset declared, C(family name) to the version of the nft that made it. jumps: rules, as iptables prints them.
    leftovers: what other modes of kube-proxy left, each in words.
    nat_chains: chains that translate addresses and are not kube-proxy's, by family; none when the result is of an older version of the module.
    monitor_lines: family to table to lines, none when they were not asked for. unread: what of the kernel's rules could not be read.
    from_pods: seen by aks_nodes_info; not_seen: the fields that it can see on no node. os_image: the node's own name of its system.
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
    nat_chains: t.Mapping[str, tuple[str, ...]] | None = None
    monitor_lines: t.Mapping[str, t.Mapping[str, t.Sequence[str] | None]] | None = None
    unread: tuple[str, ...] = ()
    from_pods: bool = False
    not_seen: tuple[str, ...] = ()
    os_image: str = ""
    nft_crash: str = ""

    @classmethod
    def from_raw(cls, name: str, raw: t.Any) -> NodeObservation:
        """Of a module result; DataplaneError when it is no result of the module, or of a run that failed."""
        missing = [key for key in ("kernel", "kube_proxy", "nft_tables", "foreign_jumps", "foreign_drops") if not _has(raw, key)]
        if missing:
            raise DataplaneError(
                f"node_observations.{name} is not a result of aks.dataplane.node_dataplane_info: it has no {missing[0]}.",
                remedy="Give the registered result of the module on that node, and leave out nodes where it failed.",
                code="InvalidNodeObservation",
            )
        try:
            return cls(name, **_fields(raw))
        except (AttributeError, KeyError, TypeError) as exc:
            raise DataplaneError(
                f"node_observations.{name} is not a result of aks.dataplane.node_dataplane_info: {type(exc).__name__} {exc}.",
                remedy="Give the registered result of the module on that node, as it is.",
                code="InvalidNodeObservation",
            ) from exc

    @property
    def foreign_tables(self) -> tuple[str, ...]:
        """nftables tables that neither Kubernetes, AKS nor node_nftables_ruleset made."""
        return tuple(table for table, owner in self.nft_tables.items() if owner not in ("kube-proxy", "iptables-nft", "aks", OWN))


def read_observations(observations: t.Mapping[str, t.Any]) -> tuple[NodeObservation, ...]:
    """By node name, sorted."""
    return tuple(NodeObservation.from_raw(str(name), raw) for name, raw in sorted(observations.items()))


def _has(raw: t.Any, key: str) -> bool:
    return isinstance(raw, dict) and key in raw


def _fields(raw: Raw) -> dict[str, t.Any]:
    tools = raw.get("tools") or {}
    nft, iptables = tools.get("nft"), tools.get("iptables") or {}
    lsm = raw.get("lsm")
    return {
        "kernel": str(raw["kernel"]),
        "nft": None if nft is None else str(nft.get("version") or ""),
        "backend": str(iptables.get("backend") or ""),
        "lsm": None if lsm is None else tuple(str(module) for module in lsm),
        "cgroup2": raw.get("cgroup2") is not False,
        "mode": str(raw["kube_proxy"]["mode"]),
        "leftovers": tuple(_leftover(item) for item in raw["kube_proxy"]["leftovers"]),
        "jumps": tuple(str(item["rule"]) for item in raw["foreign_jumps"]),
        "drops": tuple(_drops(item) for item in raw["foreign_drops"]),
        "nft_tables": {f"{item['family']} {item['name']}": str(item["owner"]) for item in raw["nft_tables"]},
        "own_tables": {f"{item['family']} {item['name']}": str(item["nft"]) for item in raw["nft_tables"] if item["owner"] == OWN},
        "nat_chains": _nat_chains(raw.get("nat_chains")),
        "monitor_lines": raw.get("monitor_lines"),
        "unread": tuple(str(item["what"]) for item in raw.get("unread") or ()),
        "from_pods": raw.get("via") == "exec",
        "not_seen": tuple(str(item["field"]) for item in raw.get("not_seen") or ()),
        "os_image": str((raw.get("os") or {}).get("pretty_name") or ""),
        "nft_crash": str(raw.get("nft_crash") or ""),
    }


def _nat_chains(raw: t.Mapping[str, t.Sequence[str]] | None) -> dict[str, tuple[str, ...]] | None:
    return None if raw is None else {family: tuple(map(str, chains)) for family, chains in raw.items()}


def _leftover(item: Raw) -> str:
    return f"{str(item['kind']).replace('_', ' ')} {item['name']} of {item['of']}"


def _drops(item: Raw) -> Drops:
    return Drops(f"{item['chain']} in {item['family']} {item['table']} ({item['source']})", str(item["owner"]))
