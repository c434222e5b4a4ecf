"""One node as kube-proxy's own container shows it, in the shape of M(aks.dataplane.node_dataplane_info). Pure but for what asks."""

from __future__ import annotations

import dataclasses
import typing as t

from .._node import foreign_rules, iptables, kube_proxy_mode, table_owners
from .._node.kernel_state import FAMILIES, IPV4, IPV6, NFT_FAMILY, KernelState
from .._node.kube_chains import is_kubernetes
from .._node.netlink_chains import NftChain
from .._node.netlink_messages import NftTable
from .._node.netlink_rules import NftRule
from .._node.table_owners import BUILT_IN, IPTABLES_NFT, KUBE_PROXY
from .answers import NAMES_BYTES, PART_BYTES, Ask, Budget
from .iptables_tables import OF_KUBE_PROXY, WAIT, Reader, parse_save
from .nft_output import CHAINS, TABLES, Listing, chain_of, parse_chains, parse_listing, parse_tables, table_of

PROGRAMS = {IPV4: "iptables", IPV6: "ip6tables"}
_SUFFIXES = {iptables.NF_TABLES: "nft", iptables.LEGACY: "legacy"}
_LEGACY_WARNING = "legacy tables present"
# It is in every table of kube-proxy, of all versions.
_BASE_CHAIN = "nat-prerouting"
_TOO_LONG = f"they are longer than {PART_BYTES // 1000} kB"
# What needs the names of all chains.
_IN_PART = ("kube_proxy.leftovers", "foreign_jumps")
_TOO_MANY = "there are too many chains to read all their names: counts are lower bounds, and chains that no rule leads to are not seen"
_ONLY_HOST = "it needs files or programs of the node itself"


@dataclasses.dataclass(frozen=True)
class Machine:
    """What Kubernetes says of a node: release of its kernel, name of its system, architecture in the words of Kubernetes."""

    kernel: str
    os_image: str
    architecture: str

    @property
    def system(self) -> dict[str, t.Any]:
        """The keys of the result that it fills."""
        names = {"amd64": "x86_64", "arm64": "aarch64"}
        return {
            "os": {"id": None, "version": None, "pretty_name": self.os_image or None},
            "kernel": self.kernel,
            "machine": names.get(self.architecture, self.architecture),
            "lsm": None,
            "cgroup2": None,
        }


@dataclasses.dataclass(frozen=True)
class Names:
    """Tables and chains of nf_tables. whole: whether these are all chains. parts: tables of which they are all where they are not."""

    tables: tuple[NftTable, ...] = ()
    chains: tuple[NftChain, ...] = ()
    whole: bool = False
    parts: frozenset[tuple[str, str]] = frozenset()

    def chains_of(self, family: str, table: str) -> list[str] | None:
        """None where they are not all known."""
        if not self.whole and (family, table) not in self.parts:
            return None
        return [chain.name for chain in self.chains if (chain.family, chain.table) == (family, table)]


class Look:
    """At one node. ask: runs a command in its container; NotReached."""

    def __init__(self, ask: Ask) -> None:
        self._ask = Budget(ask)
        self._unread: list[dict[str, str]] = []
        self._not_seen: list[dict[str, t.Any]] = []
        self._crash = ""
        self._warned: set[str] = set()
        self._tools: dict[str, dict[str, str] | None] = {}
        self._listed: dict[tuple[str, str], Listing] = {}

    def kube_proxy(self, machine: Machine) -> dict[str, t.Any]:
        """What is to be known before a switch, and after it; NotReached."""
        names = self._names()
        # Both programs are one; which backend it is, is the node's.
        self._tools[PROGRAMS[IPV4]] = self._tools[PROGRAMS[IPV6]] = self._version(PROGRAMS[IPV4])
        tables = [table for family in FAMILIES for table in self._iptables(family, names)] if self._tools[PROGRAMS[IPV4]] else []
        names = self._with_learned(names, tables)
        state = self._with_dormant(KernelState(names.tables, names.chains, tuple(tables), None, "", tuple(self._ipsets())))
        native = foreign_rules.find_native_drops(state, self._rules)
        drops = [item for table in tables for item in foreign_rules.find_iptables_drops(table)] + native
        self._note_unseen(names)
        return {
            **self._head(machine),
            "kube_proxy": kube_proxy_mode.judge(state, complete=not self._unread).to_dict(),
            "foreign_jumps": foreign_rules.find_jumps(tables),
            "foreign_drops": [item.to_dict() for item in drops],
            "nft_tables": [table_owners.describe(table, state.nft_chains) for table in state.nft_tables],
            "nat_chains": _nat_chains(state, names.whole),
            **self._tail(),
        }

    def monitor(self, machine: Machine) -> dict[str, t.Any]:
        """What AKS's iptables monitor reads, from its own container or Cilium's; NotReached."""
        lines: dict[str, dict[str, list[str] | None]] = {}
        errors: list[dict[str, str]] = []
        tables: list[iptables.IptablesTable] = []
        for family, program in PROGRAMS.items():
            self._tools[program] = version = self._version(program)
            lines[family] = {}
            for name in BUILT_IN:
                answer = self._ask((program, *WAIT, "-t", name, "-S"), PART_BYTES)
                whole = answer.worked and not answer.cut
                lines[family][name] = iptables.monitor_lines(answer.out) if whole else None
                if whole:
                    tables.append(iptables.IptablesTable((version or {}).get("backend", ""), family, name, tuple(answer.out.splitlines())))
                else:
                    reason = answer.reason or f"it is longer than {PART_BYTES // 1000} kB"
                    errors.append({"family": family, "table": name, "error": reason})
        drops = [item for table in tables for item in foreign_rules.find_iptables_drops(table)]
        self._note_host()
        self._not_seen += [{"field": field, "reason": "Cilium's images have no program nft"} for field in ("nft_tables", "nat_chains")]
        return {
            **self._head(machine),
            "kube_proxy": kube_proxy_mode.judge(KernelState(iptables=tuple(tables), interfaces=None), complete=False).to_dict(),
            "foreign_jumps": foreign_rules.find_jumps(tables),
            "foreign_drops": [item.to_dict() for item in drops],
            "nft_tables": [],
            "nat_chains": None,
            "monitor_lines": lines,
            "monitor_errors": errors,
            **self._tail(),
        }

    def _head(self, machine: Machine) -> dict[str, t.Any]:
        tools = {
            name: {**version, "backends": [version["backend"]]} if version else {"version": None} for name, version in self._tools.items()
        }
        # Those of the node itself are other programs.
        return {**machine.system, "tools": {"nft": {"version": None}, **tools}}

    def _tail(self) -> dict[str, t.Any]:
        return {"unread": self._unread, "via": "exec", "not_seen": self._not_seen, "nft_crash": self._crash or None}

    def _add_unread(self, what: str, reason: str) -> None:
        self._unread.append({"what": what, "reason": reason})

    def _version(self, program: str) -> dict[str, str] | None:
        answer = self._ask((program, "-V"), PART_BYTES)
        found = iptables.parse_version(answer.out) if answer.worked else None
        if found is None:
            self._add_unread(f"tables of {program}", answer.reason or "its version cannot be understood")
        return found

    def _names(self) -> Names:
        answer = self._ask(CHAINS, NAMES_BYTES)
        if not answer.worked:
            if answer.crashed:
                self._crash = f"{' '.join(CHAINS)}: {answer.reason}"
            self._add_unread("tables of nf_tables", answer.reason)
            return Names()
        tables, chains = parse_chains(answer.out, answer.cut)
        if not answer.cut:
            return Names(tuple(tables), tuple(chains), whole=True)
        parts = frozenset((table.family, table.name) for table in tables[:-1])
        listed = self._ask(TABLES, PART_BYTES)
        if listed.worked:
            tables = parse_tables(listed.out)
        else:
            self._add_unread("tables of nf_tables", listed.reason)
        further = [*self._missing_base(tables, chains), *self._missing_foreign(tables, chains, parts)]
        return Names(tuple(tables), (*chains, *further), parts=parts)

    def _missing_base(self, tables: t.Sequence[NftTable], chains: t.Sequence[NftChain]) -> t.Iterator[NftChain]:
        """A base chain of each table of kube-proxy, where the names ended before one."""
        for table in tables:
            of_table = [chain for chain in chains if (chain.family, chain.table) == (table.family, table.name)]
            if table_owners.owner_of(table, []) == KUBE_PROXY and not any(chain.hook for chain in of_table):
                answer = self._ask(("nft", "list", "chain", table.family, table.name, _BASE_CHAIN), PART_BYTES)
                if answer.worked:
                    yield from parse_chains(answer.out)[1]

    def _missing_foreign(
        self, tables: t.Sequence[NftTable], chains: t.Sequence[NftChain], parts: t.Collection[tuple[str, str]]
    ) -> t.Iterator[NftChain]:
        """The chains of third-party tables, where the names ended before them: these tables are short, and may drop what others accept."""
        known = {(chain.family, chain.table, chain.name) for chain in chains}
        for table in tables:
            place = (table.family, table.name)
            if place in parts or table_owners.owner_of(table, []) in (KUBE_PROXY, IPTABLES_NFT):
                continue
            answer = self._ask(("nft", "-t", "list", "table", *place), PART_BYTES)
            if answer.worked:
                yield from (one for one in parse_chains(answer.out, answer.cut)[1] if (*place, one.name) not in known)
            if answer.cut or not answer.worked:
                reason = f"the chains of nft table {' '.join(place)} could not all be read: {answer.reason or _TOO_LONG}"
                self._note_cut(("foreign_drops",), reason)

    def _iptables(self, family: str, names: Names) -> t.Iterator[iptables.IptablesTable]:
        main = self._tools[PROGRAMS[IPV4]] or {}
        program = PROGRAMS[family]
        backend = main.get("backend", "")
        present = [table.name for table in names.tables if table.family == NFT_FAMILY[family] and table.name in BUILT_IN]
        if not names.whole and not names.tables and backend == iptables.NF_TABLES:
            present = [*OF_KUBE_PROXY]
        of_nft = program if backend == iptables.NF_TABLES else f"{program}-nft"
        reader = Reader(self._noticing(family), of_nft, iptables.NF_TABLES, family, self._add_unread)
        for name in present:
            found = reader.read(name, names.chains_of(NFT_FAMILY[family], name))
            if found is not None:
                yield found
        # A program that lists nf_tables warns of the other backend.
        if backend == iptables.LEGACY or family in self._warned:
            yield from self._legacy(family, program if backend == iptables.LEGACY else f"{program}-legacy")

    def _noticing(self, family: str) -> Ask:
        def ask(command: t.Sequence[str], at_most: int) -> t.Any:
            answer = self._ask(command, at_most)
            if _LEGACY_WARNING in answer.err:
                self._warned.add(family)
            return answer

        return ask

    def _legacy(self, family: str, program: str) -> t.Iterator[iptables.IptablesTable]:
        answer = self._ask((f"{PROGRAMS[family]}-legacy-save",), PART_BYTES)
        if answer.worked and not answer.cut:
            yield from parse_save(answer.out, family)
        elif answer.cut:
            self._note_cut(_IN_PART, _TOO_MANY)
            reader = Reader(self._ask, program, iptables.LEGACY, family, self._add_unread)
            yield from filter(None, (reader.read(name, None) for name in OF_KUBE_PROXY))
        else:
            self._add_unread(f"tables of {program}", answer.reason)

    def _with_learned(self, names: Names, tables: t.Iterable[iptables.IptablesTable]) -> Names:
        """With the chains that were met on the way, where the names were cut off."""
        known = {(chain.family, chain.table, chain.name) for chain in names.chains}
        learned = {
            (NFT_FAMILY[table.family], table.name, name): table
            for table in tables
            if table.backend == iptables.NF_TABLES and not names.whole
            for name in iptables.chain_names(table.lines)
            if is_kubernetes(name)
        }
        further = tuple(NftChain(*place) for place in learned if place not in known)
        return dataclasses.replace(names, chains=(*names.chains, *further))

    def _ipsets(self) -> list[str]:
        # kube-proxy itself has asked for sets when it started, so that this loads nothing into the kernel.
        answer = self._ask(("ipset", "list", "-n"), PART_BYTES)
        if answer.worked:
            return answer.out.split()
        self._add_unread("names of ipsets", answer.reason)
        return []

    def _with_dormant(self, state: KernelState) -> KernelState:
        """Listing the chains does not say which tables see no packets."""
        places = {
            (table.family, table.name) for table, _chain in foreign_rules.find_native_base_chains(state) if table.name not in BUILT_IN
        }
        dormant = {place for place in sorted(places) if self._table(*place).dormant}
        tables = [dataclasses.replace(table, dormant=(table.family, table.name) in dormant) for table in state.nft_tables]
        return dataclasses.replace(state, nft_tables=tuple(tables))

    def _rules(self, chain: NftChain) -> list[NftRule]:
        """Of a chain that is not iptables'; a third-party table is listed once."""
        place = (chain.family, chain.table)
        if chain.table in BUILT_IN:
            return [*self._listing(chain_of(*place, chain.name), f"rules of nft chain {' '.join(place)} {chain.name}").rules]
        return [rule for rule in self._table(*place).rules if rule.chain == chain.name]

    def _table(self, family: str, name: str) -> Listing:
        if (family, name) not in self._listed:
            self._listed[family, name] = self._listing(table_of(family, name), f"rules of nft table {family} {name}")
        return self._listed[family, name]

    def _listing(self, command: t.Sequence[str], what: str) -> Listing:
        answer = self._ask(command, PART_BYTES)
        found = parse_listing(answer.out) if answer.worked and not answer.cut else None
        if found is None:
            if answer.crashed:
                self._crash = f"{' '.join(command)}: {answer.reason}"
            self._add_unread(what, answer.reason or f"they are longer than {PART_BYTES // 1000} kB, or cannot be understood")
        return found or Listing()

    def _note_host(self) -> None:
        for field in ("os.id", "os.version", "tools.nft", "lsm", "cgroup2"):
            self._not_seen.append({"field": field, "reason": _ONLY_HOST})

    def _note_unseen(self, names: Names) -> None:
        self._note_host()
        self._not_seen.append(
            {"field": "kube_proxy.leftovers", "reason": "interfaces and virtual servers of IPVS are not seen, its ipsets are"}
        )
        if names.tables and not names.whole:
            self._note_cut(_IN_PART, _TOO_MANY)

    def _note_cut(self, fields: t.Iterable[str], reason: str) -> None:
        """Fields that can be seen this way, but not wholly on this node."""
        items = [{"field": field, "reason": reason, "cut_off": True} for field in fields]
        self._not_seen += [item for item in items if item not in self._not_seen]


def _nat_chains(state: KernelState, whole: bool) -> dict[str, list[str]] | None:
    """None where chains are missing, and nothing else says that there are such."""
    found = foreign_rules.find_nat_chains(state)
    return found if whole or all(found.values()) else None
