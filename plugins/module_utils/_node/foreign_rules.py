"""Third-party rules that can affect kube-proxy: jumps into its chains, and whatever drops traffic."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .iptables import LEGACY, IptablesTable, rule_target
from .kernel_state import NFT_FAMILY, KernelState
from .kube_chains import is_hook, is_kubelet, is_kubernetes
from .netlink_chains import NftChain
from .netlink_messages import IP_FAMILIES, NftTable
from .netlink_rules import NftRule
from .table_owners import AKS, BUILT_IN, KUBE_PROXY, UNKNOWN, is_built_in, owner_of

# Traffic to a node and through it comes by here.
HOOKS = ("prerouting", "input", "forward", "ingress")
SAMPLES = 3

_DROPPING = ("DROP", "REJECT")
_KUBE_JUMP = re.compile(r" -[jg] KUBE-")
_FAMILIES = (*IP_FAMILIES, "inet", "netdev")

# Who made the rules of a chain, by how its name begins.
_BY_CHAIN = {
    "CILIUM_": "cilium",
    "OLD_CILIUM_": "cilium",
    "cali-": "calico",
    "AZURE-NPM": "azure-npm",
    "IP-MASQ-AGENT": AKS,
    "SWIFT": AKS,
    "KUBE-ROUTER-": "kube-router",
    "KUBE-POD-FW-": "kube-router",
    "KUBE-NWPLCY-": "kube-router",
    "DOCKER": "docker",
    "f2b-": "fail2ban",
    "ufw-": "ufw",
    "ufw6-": "ufw",
}
# The wire server that AKS keeps pods away from, and the comment of rules that the node image sets up.
_AKS_RULES = (" -d 168.63.129.16/32 ", '--comment "AKS managed: added by AgentBaker')

RulesOf = t.Callable[[NftChain], t.Sequence[NftRule]]


@dataclasses.dataclass(frozen=True)
class DroppingChain:
    """A base chain that drops or rejects, by itself or in a chain it leads to.

    source: nftables, or the program of iptables that shows it. family: as nft spells it for nftables, else ipv4 or ipv6.
    policy: accept or drop. rules: number of rules that drop. verdict_maps: number of rules whose verdict stands in a map, which is not read.
    """

    source: str
    family: str
    table: str
    chain: str
    hook: str
    owner: str
    policy: str
    rules: int
    verdict_maps: int
    samples: list[str]

    def to_dict(self) -> dict[str, t.Any]:
        """As an item of C(foreign_drops)."""
        return dataclasses.asdict(self)


def find_jumps(tables: t.Iterable[IptablesTable]) -> list[dict[str, str]]:
    """Rules that lead into a chain of kube-proxy and are not kube-proxy's: while there are such, kube-proxy cannot remove its chains."""
    found = []
    for table in tables:
        for line in table.others:
            if not _KUBE_JUMP.search(line) or is_hook(line):
                continue
            to = rule_target(line)
            if to is not None and is_kubernetes(to) and not is_kubelet(to):
                place = {"source": table.source, "family": table.family, "table": table.name}
                found.append({**place, "chain": line.split(" ", 2)[1], "to": to, "rule": line})
    return found


def find_nat_chains(state: KernelState) -> dict[str, list[str]]:
    """By family, what translates addresses besides kube-proxy: with nothing, the kernel forgets established translations when kube-proxy's go."""
    return {
        family: [f"{one.family} {one.table} {one.name}" for one in state.nft_chains if one.translates and one.family in (nft, "inet")]
        + [f"{one.source} nat" for one in state.iptables if (one.backend, one.family, one.name) == (LEGACY, family, "nat")]
        for family, nft in NFT_FAMILY.items()
    }


def find_iptables_drops(table: IptablesTable) -> list[DroppingChain]:
    """Base chains of a table of iptables; what kube-proxy and kubelet drop does not count."""
    rules: dict[str, list[str]] = {}
    policies = {words[1]: words[2] for line in table.others if line.startswith("-P ") and len(words := line.split(" ")) > 2}
    for line in table.others:
        if line.startswith("-A "):
            rules.setdefault(line.split(" ", 2)[1], []).append(line)
    found = []
    for base in BUILT_IN[table.name]:
        hook = base.lower()
        if hook not in HOOKS:
            continue
        policy = "drop" if policies.get(base) == "DROP" else "accept"
        by_owner: dict[str, list[str]] = {UNKNOWN: []} if policy == "drop" else {}
        for line in _dropping(rules, base):
            by_owner.setdefault(_owner(line.split(" ", 2)[1], line), []).append(line)
        for owner, lines in sorted(by_owner.items()):
            found.append(DroppingChain(table.source, table.family, table.name, base, hook, owner, policy, len(lines), 0, lines[:SAMPLES]))
    return found


def _owner(chain: str, line: str) -> str:
    """Who made an iptables rule in a chain that is not Kubernetes'; line: as C(iptables -S) prints it."""
    if any(text in line for text in _AKS_RULES):
        return AKS
    return next((owner for prefix, owner in _BY_CHAIN.items() if chain.startswith(prefix)), UNKNOWN)


def _dropping(rules: t.Mapping[str, t.Sequence[str]], base: str) -> t.Iterator[str]:
    """The lines that drop, in the chain and in those that it leads to."""
    seen, todo = {base}, [base]
    while todo:
        for line in rules.get(todo.pop(), ()):
            to = rule_target(line)
            if to in _DROPPING:
                yield line
            elif to is not None and to not in seen and not is_kubernetes(to):
                seen.add(to)
                todo.append(to)


def find_native_base_chains(state: KernelState) -> list[tuple[NftTable, NftChain]]:
    """Base chains that block traffic, are not kube-proxy's, and whose rules iptables did not show."""
    readable = {(NFT_FAMILY[table.family], table.name) for table in state.iptables if table.source.endswith("-nft")}
    on_the_way = [chain for chain in state.nft_chains if chain.hook in HOOKS]
    found = []
    for table in state.nft_tables:
        if table.dormant or table.family not in _FAMILIES or owner_of(table, []) == KUBE_PROXY:
            continue
        for chain in on_the_way:
            if (chain.family, chain.table) != (table.family, table.name):
                continue
            if not (is_built_in(chain) and (chain.family, chain.table) in readable):
                found.append((table, chain))
    return found


def find_native_drops(state: KernelState, rules_of: RulesOf) -> list[DroppingChain]:
    """Base chains of nf_tables other than those of iptables; C(rules_of) is asked for one chain at a time."""
    found = []
    for table, base in find_native_base_chains(state):
        of_this = {chain.name: chain for chain in state.nft_chains if (chain.family, chain.table) == (table.family, table.name)}
        reached = _reached(base, of_this, rules_of)
        drops = [f"{_place(table, rule)}: drops" for rule in reached if rule.drops]
        maps = sum(rule.verdict_map for rule in reached)
        if drops or maps or base.policy == "drop":
            owner = owner_of(table, list(of_this.values()))
            place = ("nftables", table.family, table.name, base.name, base.hook or "")
            found.append(DroppingChain(*place, owner, base.policy or "accept", len(drops), maps, drops[:SAMPLES]))
    return found


def _reached(base: NftChain, chains: t.Mapping[str, NftChain], rules_of: RulesOf) -> list[NftRule]:
    found: list[NftRule] = []
    seen, todo = {base.name}, [base]
    while todo:
        for rule in rules_of(todo.pop()):
            found.append(rule)
            to = rule.target
            if to is not None and to in chains and to not in seen and not is_kubernetes(to):
                seen.add(to)
                todo.append(chains[to])
    return found


def _place(table: NftTable, rule: NftRule) -> str:
    comment = f' comment "{rule.comment}"' if rule.comment else ""
    return f"{table.family} {table.name} {rule.chain} handle {rule.handle}{comment}"
