"""What was read from a node, and what files and programs of the system say, as plain data."""

from __future__ import annotations

import collections
import dataclasses
import shlex

from .iptables import NF_TABLES, IptablesTable, chain_names
from .kube_chains import modes_of, name_pattern
from .netlink_chains import NftChain
from .netlink_messages import NftTable

IPV4, IPV6 = "ipv4", "ipv6"
FAMILIES = (IPV4, IPV6)
# How nf_tables spells them.
NFT_FAMILY = {IPV4: "ip", IPV6: "ip6"}
KUBE_IPVS_INTERFACE = "kube-ipvs0"


@dataclasses.dataclass(frozen=True)
class KubeChain:
    """A chain of iptables, of whichever backend; name: with a star for all that have it in common."""

    backend: str
    family: str
    table: str
    name: str


@dataclasses.dataclass(frozen=True)
class KernelState:
    """The packet filter of a node.

    iptables: the tables whose rules could be read. interfaces: names, none if not seen. ipvs: text of /proc/net/ip_vs, empty without IPVS. ipsets: names.
    """

    nft_tables: tuple[NftTable, ...] = ()
    nft_chains: tuple[NftChain, ...] = ()
    iptables: tuple[IptablesTable, ...] = ()
    interfaces: frozenset[str] | None = frozenset()
    ipvs: str = ""
    ipsets: tuple[str, ...] = ()

    @property
    def sign_of_ipvs(self) -> str:
        """What only ipvs has."""
        if self.interfaces is None:
            return "ipset KUBE-CLUSTER-IP" * ("KUBE-CLUSTER-IP" in self.ipsets)
        return f"interface {KUBE_IPVS_INTERFACE}" * (KUBE_IPVS_INTERFACE in self.interfaces)

    def iptables_table(self, backend: str, family: str, name: str) -> IptablesTable | None:
        """None when there is no such table, or its rules could not be read."""
        wanted = (backend, family, name)
        return next((table for table in self.iptables if (table.backend, table.family, table.name) == wanted), None)

    def kube_chains(self) -> dict[KubeChain, int]:
        """How many chains of kube-proxy there are in tables of iptables; those with a hash in their name are counted together.

        Those of nf_tables are as the kernel has them, even where iptables cannot read their rules.
        """
        families = {nft: family for family, nft in NFT_FAMILY.items()}
        counts = collections.Counter(
            (NF_TABLES, item.family, item.table, name_pattern(item.name)) for item in self.nft_chains if item.name.startswith("KUBE-")
        )
        for table in self.iptables:
            if table.backend != NF_TABLES:
                names = [name for name in chain_names(table.others) if name.startswith("KUBE-")]
                counts.update((table.backend, NFT_FAMILY[table.family], table.name, name_pattern(name)) for name in names)
        return {
            KubeChain(backend, families[nft], table, name): count
            for (backend, nft, table, name), count in sorted(counts.items())
            if nft in families and modes_of(name)
        }


def parse_os_release(text: str) -> dict[str, str | None]:
    """Id, version and full name out of /etc/os-release."""
    values: dict[str, str] = {}
    for line in text.splitlines():
        name, separator, value = line.strip().partition("=")
        if separator and not name.startswith("#"):
            try:
                values[name] = " ".join(shlex.split(value))
            except ValueError:
                values[name] = value
    return {"id": values.get("ID"), "version": values.get("VERSION_ID"), "pretty_name": values.get("PRETTY_NAME")}


def parse_interfaces(text: str) -> frozenset[str]:
    """Names out of /proc/net/dev."""
    return frozenset(line.partition(":")[0].strip() for line in text.splitlines() if ":" in line)


def count_ipvs_services(text: str) -> dict[tuple[str, str], int]:
    """Number of virtual servers by family and protocol (tcp, udp, sctp, fwm), out of /proc/net/ip_vs."""
    counts: dict[tuple[str, str], int] = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) > 1 and words[0] in ("TCP", "UDP", "SCTP", "FWM"):
            key = (IPV6 if words[1].startswith("[") else IPV4, words[0].lower())
            counts[key] = counts.get(key, 0) + 1
    return counts
