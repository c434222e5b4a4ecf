"""Which mode of kube-proxy the kernel shows, and what is left of the others."""

from __future__ import annotations

import dataclasses
import typing as t

from .iptables import rule_target
from .kernel_state import KUBE_IPVS_INTERFACE, KernelState, KubeChain, count_ipvs_services
from .kube_chains import IPTABLES, IPVS, MODES, NFTABLES, PASSIVE, modes_of
from .netlink_messages import NftTable
from .table_owners import KUBE_PROXY, owner_of

NONE, MIXED, UNKNOWN = "none", "mixed", "unknown"

CHAIN, NFT_TABLE, INTERFACE, IPVS_SERVICE, IPSET = "chain", "nft_table", "interface", "ipvs_service", "ipset"


@dataclasses.dataclass(frozen=True)
class Trace:
    """Something that kube-proxy wrote. of: its mode. family: ipv4 or ipv6; of an nft table as nft spells it. passive: it has no effect by itself."""

    of: str
    kind: str
    name: str
    table: str | None = None
    family: str | None = None
    backend: str | None = None
    count: int = 1
    passive: bool = False

    def to_dict(self) -> dict[str, t.Any]:
        """As an item of C(leftovers)."""
        return {name: value for name, value in dataclasses.asdict(self).items() if name != "passive"}


@dataclasses.dataclass(frozen=True)
class KernelVerdict:
    """mode: iptables, ipvs, nftables, mixed, none or unknown. evidence: for people. leftovers: what kube-proxy wrote in other modes."""

    mode: str
    evidence: tuple[str, ...]
    leftovers: tuple[Trace, ...]

    def to_dict(self) -> dict[str, t.Any]:
        """The key C(kube_proxy) of the result."""
        return {"mode": self.mode, "evidence": list(self.evidence), "leftovers": [trace.to_dict() for trace in self.leftovers]}


def judge(state: KernelState, complete: bool = True) -> KernelVerdict:
    """complete: whether everything could be read; when not, finding nothing does not mean that there is nothing."""
    chains = state.kube_chains()
    shown = _shown(state, chains)
    traces = _traces(state, chains)
    evidence = [text for mode in MODES for text in shown[mode]]
    working = [mode for mode in MODES if shown[mode]]
    if len(working) == 1:
        shared = () if working[0] == NFTABLES else (IPTABLES, IPVS)
        left = [trace for trace in traces if trace.of != working[0] and not (shared and _is_shared(trace))]
        return KernelVerdict(working[0], tuple(evidence), tuple(left))
    if working:
        return KernelVerdict(MIXED, (*evidence, "the kernel does not show which of them kube-proxy is in"), tuple(traces))
    active = [trace for trace in traces if not trace.passive]
    if active:
        parts = sorted({f"{trace.kind} {trace.name} of mode {trace.of}" for trace in active})
        return KernelVerdict(UNKNOWN, tuple(f"{part}, but not all that this mode needs" for part in parts), tuple(traces))
    return KernelVerdict(NONE if complete else UNKNOWN, (), tuple(traces))


def _is_shared(trace: Trace) -> bool:
    return trace.kind == CHAIN and len(modes_of(trace.name)) > 1


def _kube_tables(state: KernelState) -> list[NftTable]:
    return [table for table in state.nft_tables if owner_of(table, []) == KUBE_PROXY]


def _has_base_chain(state: KernelState, table: NftTable) -> bool:
    return any(item.hook is not None for item in state.nft_chains if (item.family, item.table) == (table.family, table.name))


def _shown(state: KernelState, chains: t.Iterable[KubeChain]) -> dict[str, list[str]]:
    """Evidence of each mode that could be at work."""
    names: dict[tuple[str, str], set[str]] = {}
    for chain in chains:
        if chain.table == "nat":
            names.setdefault((chain.backend, chain.family), set()).add(chain.name)
    shown: dict[str, list[str]] = {mode: [] for mode in MODES}
    for (backend, family), found in names.items():
        if "KUBE-SERVICES" not in found or not _hooked(state, backend, family):
            continue
        place = f"table nat ({family}, {backend})"
        if "KUBE-NODEPORTS" in found:
            shown[IPTABLES].append(f"chains KUBE-SERVICES and KUBE-NODEPORTS in {place}")
        if state.sign_of_ipvs and found & {"KUBE-NODE-PORT", "KUBE-LOAD-BALANCER"}:
            shown[IPVS].append(f"{state.sign_of_ipvs} and chains KUBE-SERVICES and KUBE-NODE-PORT in {place}")
    shown[NFTABLES] = [f"nft table {table.family} {table.name}" for table in _kube_tables(state) if _has_base_chain(state, table)]
    return shown


def _hooked(state: KernelState, backend: str, family: str) -> bool:
    """Whether traffic is led into KUBE-SERVICES; taken for granted where the rules cannot be read."""
    table = state.iptables_table(backend, family, "nat")
    return table is None or any(line.startswith("-A PREROUTING ") and rule_target(line) == "KUBE-SERVICES" for line in table.lines)


def _traces(state: KernelState, chains: t.Mapping[KubeChain, int]) -> list[Trace]:
    found = _chain_traces(state, chains)
    found += [
        Trace(NFTABLES, NFT_TABLE, table.name, family=table.family, passive=not _has_base_chain(state, table))
        for table in _kube_tables(state)
    ]
    if KUBE_IPVS_INTERFACE in (state.interfaces or ()):
        found.append(Trace(IPVS, INTERFACE, KUBE_IPVS_INTERFACE))
    found += [
        Trace(IPVS, IPVS_SERVICE, protocol, family=family, count=count)
        for (family, protocol), count in sorted(count_ipvs_services(state.ipvs).items())
    ]
    return found + [Trace(IPVS, IPSET, name, passive=True) for name in sorted(state.ipsets) if name.startswith("KUBE-")]


def _chain_traces(state: KernelState, chains: t.Mapping[KubeChain, int]) -> list[Trace]:
    modes = {modes_of(chain.name) for chain in chains}
    only_ipvs = (IPTABLES,) not in modes and ((IPVS,) in modes or bool(state.sign_of_ipvs))
    shared = IPVS if only_ipvs else IPTABLES
    found = []
    for chain, count in chains.items():
        own = modes_of(chain.name)
        mode = own[0] if len(own) == 1 else shared
        passive = chain.name in PASSIVE
        found.append(Trace(mode, CHAIN, chain.name, chain.table, chain.family, chain.backend, count, passive))
    return found
