"""Reads tables of iptables: whole where they are short, else the chains that are not Kubernetes', one by one. Pure but for what asks."""

from __future__ import annotations

import dataclasses
import typing as t

from .._node.iptables import LEGACY, IptablesTable, rule_target
from .._node.kube_chains import is_kubernetes
from .._node.table_owners import BUILT_IN
from .answers import PART_BYTES, Ask

# Lists of rules wait for whoever changes them, as kube-proxy does.
WAIT = ("-w", "5")
# With so many chains of Kubernetes the listing of a table is still short.
FEW_CHAINS = 60
# Each takes another request.
MOST_CHAINS = 80
# The tables that kube-proxy makes, for where the names of tables cannot be read.
OF_KUBE_PROXY = ("nat", "mangle", "filter")

# What shows its mode, and what it leaves behind.
_PROBED = {
    "nat": (
        *("KUBE-SERVICES", "KUBE-NODEPORTS", "KUBE-NODE-PORT", "KUBE-LOAD-BALANCER", "KUBE-POSTROUTING", "KUBE-MARK-MASQ"),
        "KUBE-PROXY-CANARY",
    ),
    "filter": (
        *("KUBE-FORWARD", "KUBE-EXTERNAL-SERVICES", "KUBE-PROXY-FIREWALL", "KUBE-IPVS-FILTER", "KUBE-SOURCE-RANGES-FIREWALL"),
        "KUBE-PROXY-CANARY",
    ),
}
# Targets that are no chains, for where the names of chains are not known.
_EXTENSIONS = frozenset(
    (
        *("ACCEPT", "AUDIT", "CHECKSUM", "CLASSIFY", "CONNMARK", "CONNSECMARK", "CT", "DNAT", "DROP"),
        *("DSCP", "ECN", "LOG", "MARK", "MASQUERADE", "NETMAP", "NFLOG", "NFQUEUE", "NOTRACK"),
        *("REDIRECT", "REJECT", "RETURN", "SECMARK", "SET", "SNAT", "SYNPROXY", "TCPMSS", "TEE"),
        *("TOS", "TPROXY", "TRACE"),
    )
)

AddUnread = t.Callable[[str, str], None]


@dataclasses.dataclass(frozen=True)
class Reader:
    """Of one backend and family. program: that shows it. unread: takes what could not be read, and why."""

    ask: Ask
    program: str
    backend: str
    family: str
    unread: AddUnread

    def read(self, table: str, known: t.Collection[str] | None) -> IptablesTable | None:
        """A table that there is; known: names of its chains, none where not all of them are known. None where it cannot be read."""
        if known is not None and sum(map(is_kubernetes, known)) <= FEW_CHAINS:
            answer = self.ask((self.program, *WAIT, "-t", table, "-S"), PART_BYTES)
            if answer.worked and not answer.cut:
                return self._table(table, answer.out.splitlines())
            if not answer.worked:
                self.unread(self._rules_of(table), answer.reason)
                return None
        return self._walk(table, known)

    def _table(self, table: str, lines: t.Iterable[str]) -> IptablesTable:
        return IptablesTable(self.backend, self.family, table, tuple(lines))

    def _rules_of(self, table: str, chain: str = "") -> str:
        return f"rules of {f'chain {chain} in ' if chain else ''}table {table} ({self.family}, {self.backend})"

    def _walk(self, table: str, known: t.Collection[str] | None) -> IptablesTable | None:
        """From the base chains, and all others that are known and are not Kubernetes', wherever their rules lead to."""
        base = [chain for chain in BUILT_IN[table] if known is None or chain in known]
        todo = [*base, *sorted(chain for chain in known or () if chain not in base and not is_kubernetes(chain))]
        asked: set[str] = set()
        led_to: set[str] = set()
        lines: list[str] = []
        while todo:
            chain = todo.pop(0)
            if len(asked) == MOST_CHAINS:
                self.unread(self._rules_of(table, chain), f"there are more than {MOST_CHAINS} chains that are not Kubernetes'")
                break
            asked.add(chain)
            answer = self.ask((self.program, *WAIT, "-t", table, "-S", chain), PART_BYTES)
            if answer.cut:
                self.unread(self._rules_of(table, chain), f"they are longer than {PART_BYTES // 1000} kB")
            elif answer.worked:
                lines += answer.out.splitlines()
                led_to |= {to for line in answer.out.splitlines() if line.startswith("-A ") and (to := rule_target(line)) is not None}
                todo += sorted(to for to in led_to - asked - {*todo} if self._is_foreign_chain(to, known))
            elif chain in base and (known is not None or not lines):
                self.unread(self._rules_of(table), answer.reason)
                return None
        if known is None:
            lines += [f"-N {name}" for name in sorted(self._names(table, led_to))]
        return self._table(table, lines)

    def _is_foreign_chain(self, target: str, known: t.Collection[str] | None) -> bool:
        return not is_kubernetes(target) and (target in known if known is not None else target not in _EXTENSIONS)

    def _names(self, table: str, led_to: t.Collection[str]) -> t.Iterator[str]:
        """Chains of kube-proxy that there are: those that rules lead to, those in which a rule can be asked for, and those that this rule leads to."""
        yield from filter(is_kubernetes, led_to)
        for name in _PROBED.get(table, ()):
            answer = self.ask((self.program, *WAIT, "-t", table, "-S", name, "1"), PART_BYTES)
            if not answer.worked:
                continue
            if name not in led_to:
                yield name
            to = rule_target(answer.out.strip())
            if to is not None and is_kubernetes(to) and to not in led_to and to not in _PROBED[table]:
                yield to


def parse_save(text: str, family: str) -> list[IptablesTable]:
    """The tables in the output of C(iptables-legacy-save)."""
    found: list[IptablesTable] = []
    name, lines = "", list[str]()
    for line in text.splitlines():
        if line.startswith("*"):
            name, lines = line[1:], []
        elif line.startswith(":"):
            chain, policy = line[1:].split(" ")[:2]
            lines.append(f"-N {chain}" if policy == "-" else f"-P {chain} {policy}")
        elif line.startswith("-A "):
            lines.append(line)
        elif line == "COMMIT" and name in BUILT_IN:
            found.append(IptablesTable(LEGACY, family, name, tuple(lines)))
    return found
