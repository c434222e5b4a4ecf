"""Looks at a node: asks for everything that is to be read, in an order and way that creates nothing, and hands it to the judgement."""

from __future__ import annotations

import dataclasses
import errno
import typing as t

from .._common.errors import DataplaneError
from . import foreign_rules, iptables, kernel_state, kube_proxy_mode, table_owners
from .fragile_sets import dies, fragile_sets
from .host import Host
from .kernel_state import FAMILIES, IPV4, NFT_FAMILY, KernelState
from .netlink_chains import NftChain
from .netlink_messages import NftTable
from .netlink_rule_socket import NftRuleKernel
from .netlink_rules import NftRule
from .program_result import Ran
from .table_owners import BUILT_IN

_PROGRAMS = {IPV4: "iptables", kernel_state.IPV6: "ip6tables"}
_LEGACY_TABLES = {IPV4: "/proc/net/ip_tables_names", kernel_state.IPV6: "/proc/net/ip6_tables_names"}
_BACKENDS = {iptables.NF_TABLES: "nft", iptables.LEGACY: "legacy"}
_WAIT = ("-w", "5")


@dataclasses.dataclass
class Unread:
    """What could not be read, and why."""

    found: list[dict[str, str]] = dataclasses.field(default_factory=list)

    def add(self, what: str, reason: str) -> None:
        """An item of C(unread)."""
        self.found.append({"what": what, "reason": reason})


class NodeReader:
    """One look at a node."""

    def __init__(self, host: Host, kernel: NftRuleKernel) -> None:
        self._host = host
        self._kernel = kernel
        self._unread = Unread()
        self._versions = {family: self._version(program) for family, program in _PROGRAMS.items()}
        # What each listing of a table said, by backend, family and table.
        self._listings: dict[tuple[str, str, str], Ran] = {}

    def read(self, monitor_lines: bool) -> dict[str, t.Any]:
        """The result of the module. DataplaneError when the node may not be looked at; OSError."""
        try:
            return self._look(monitor_lines)
        except PermissionError as exc:
            raise DataplaneError(
                f"The packet filter of the node may not be read: {exc}.",
                remedy="Run the task as root, with become: true.",
                code="NotPermitted",
            ) from exc

    def _look(self, monitor_lines: bool) -> dict[str, t.Any]:
        state = self._state()
        drops = [item for table in state.iptables for item in foreign_rules.find_iptables_drops(table)]
        drops += foreign_rules.find_native_drops(state, self._rules)
        result = self._system()
        result["kube_proxy"] = kube_proxy_mode.judge(state, complete=not self._unread.found).to_dict()
        result["foreign_jumps"] = foreign_rules.find_jumps(state.iptables)
        result["foreign_drops"] = [item.to_dict() for item in drops]
        result["nft_tables"] = [table_owners.describe(table, state.nft_chains) for table in state.nft_tables]
        result["crashing_sets"] = self._crashing_sets(state)
        result["nat_chains"] = foreign_rules.find_nat_chains(state)
        if monitor_lines:
            result.update(self._monitor())
        result["unread"] = self._unread.found
        return result

    def _system(self) -> dict[str, t.Any]:
        kernel, machine = self._host.uname()
        release = self._host.read("/etc/os-release") or self._host.read("/usr/lib/os-release") or ""
        lsm = self._host.read("/sys/kernel/security/lsm")
        nft = self._host.run("nft", "--version")
        return {
            "os": kernel_state.parse_os_release(release),
            "kernel": kernel,
            "machine": machine,
            "tools": {
                "nft": {"version": iptables.parse_nft_version(nft.out)} if nft else None,
                **{program: self._tool(family, program) for family, program in _PROGRAMS.items()},
            },
            "lsm": lsm.strip().split(",") if lsm is not None else None,
            "cgroup2": self._host.exists("/sys/fs/cgroup/cgroup.controllers"),
        }

    def _version(self, program: str) -> dict[str, str] | None:
        ran = self._host.run(program, "-V")
        return iptables.parse_version(ran.out) if ran else None

    def _tool(self, family: str, program: str) -> dict[str, t.Any] | None:
        found = self._versions[family]
        if found is None:
            return None
        others = [backend for backend, suffix in _BACKENDS.items() if self._host.has(f"{program}-{suffix}")]
        return {**found, "backends": sorted({found["backend"], *others})}

    def _state(self) -> KernelState:
        tables, chains = self._nft()
        return KernelState(
            nft_tables=tuple(tables),
            nft_chains=tuple(chains),
            iptables=tuple(self._iptables(tables)),
            interfaces=kernel_state.parse_interfaces(self._host.read("/proc/net/dev") or ""),
            ipvs=self._host.read("/proc/net/ip_vs") or "",
            ipsets=tuple(self._ipsets()),
        )

    def _has_nf_tables(self) -> bool:
        """Whether the kernel has it; asking for its tables would load it. Yes, when that is unknown."""
        kernel, _machine = self._host.uname()
        built_in = self._host.read(f"/lib/modules/{kernel}/modules.builtin")
        return self._host.exists("/sys/module/nf_tables") or built_in is None or "/nf_tables.ko" in built_in

    def _nft(self) -> tuple[list[NftTable], list[NftChain]]:
        if not self._has_nf_tables():
            return [], []
        try:
            return self._kernel.tables(), self._kernel.chains()
        except PermissionError:
            raise
        except OSError as exc:
            # This is what a kernel without nf_tables answers: there is nothing to read.
            if exc.errno != errno.EINVAL:
                self._unread.add("tables of nf_tables", str(exc))
            return [], []

    def _rules(self, chain: NftChain) -> list[NftRule]:
        try:
            return self._kernel.rules(chain)
        except PermissionError:
            raise
        except OSError as exc:
            self._unread.add(f"rules of nft chain {chain.family} {chain.table} {chain.name}", str(exc))
            return []

    def _iptables(self, nft: list[NftTable]) -> t.Iterator[iptables.IptablesTable]:
        """The tables that exist: listing one that does not can create it."""
        for family in FAMILIES:
            present = {
                iptables.NF_TABLES: {table.name for table in nft if table.family == NFT_FAMILY[family]},
                iptables.LEGACY: set((self._host.read(_LEGACY_TABLES[family]) or "").split()),
            }
            for backend, names in present.items():
                for name in BUILT_IN:
                    lines = self._list(backend, family, name) if name in names else None
                    if lines is not None:
                        yield iptables.IptablesTable(backend, family, name, lines)

    def _list(self, backend: str, family: str, name: str) -> tuple[str, ...] | None:
        program = _PROGRAMS[family]
        main = self._versions[family]
        if main is None or main["backend"] != backend:
            program = f"{program}-{_BACKENDS[backend]}"
        ran = self._host.run(program, *_WAIT, "-t", name, "-S")
        if ran is None:
            self._unread.add(f"rules of table {name} ({family}, {backend})", f"{program} is not installed")
            return None
        self._listings[backend, family, name] = ran
        if ran.status != 0:
            self._unread.add(f"rules of table {name} ({family}, {backend})", ran.last_line)
            return None
        if ran.out and not ran.out.endswith("\n"):
            self._unread.add(f"rules of table {name} ({family}, {backend})", f"{program} stopped in the middle of a line")
        return tuple(ran.out.splitlines())

    def _ipsets(self) -> list[str]:
        # It is there even when it is built in. Asking for sets would load it.
        if not self._host.exists("/sys/module/ip_set"):
            return []
        ran = self._host.run("ipset", "list", "-n")
        if ran is not None and ran.status == 0:
            return ran.out.split()
        self._unread.add("names of ipsets", ran.last_line if ran else "ipset is not installed")
        return []

    def _table(self, state: KernelState, table: NftTable) -> dict[str, str]:
        chains = [chain for chain in state.nft_chains if (chain.family, chain.table) == (table.family, table.name)]
        owner = table_owners.owner_of(table, chains)
        stamp = table_owners.stamp_among(chains) if owner == table_owners.OURS else None
        return {"family": table.family, "name": table.name, "owner": owner, **({"nft": stamp.nft} if stamp else {})}

    def _crashing_sets(self, state: KernelState) -> list[dict[str, str]] | None:
        """None when that could not be read."""
        try:
            found = fragile_sets(self._kernel.ask) if state.nft_tables else []
        except PermissionError:
            raise
        except OSError as exc:
            self._unread.add("sets of nf_tables", str(exc))
            return None
        harmless = not found or dies(self._host.kube_proxy_nft()) is False
        return [] if harmless else [{"family": item.family, "table": item.table, "name": item.name} for item in found]

    def _monitor(self) -> dict[str, t.Any]:
        lines: dict[str, dict[str, list[str] | None]] = {}
        errors: list[dict[str, str]] = []
        for family, program in _PROGRAMS.items():
            lines[family] = {}
            main = self._versions[family]
            for name in BUILT_IN:
                ran = self._listings.get((main["backend"], family, name)) if main else None
                error = None if main else f"{program} is not installed"
                if ran is not None and ran.status != 0:
                    error = ran.last_line
                if error is not None:
                    lines[family][name] = None
                    errors.append({"family": family, "table": name, "error": error})
                else:
                    lines[family][name] = iptables.monitor_lines(ran.out) if ran else list(iptables.absent_table_lines(name))
        return {"monitor_lines": lines, "monitor_errors": errors}
