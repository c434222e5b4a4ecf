"""Rules on what was observed on nodes themselves; about kube-proxy."""

from __future__ import annotations

import typing as t

from ..enum_values import is_value
from ..findings import Hit, NotChecked, Results
from ..limits import NFT_CRASHES_OLDER, NFT_SHOWS_KUBE_PROXY, POLICY_ENGINES
from ..message_text import count, list_by_node, list_names, version_text
from ..node_observation import IPV4, IPV6, NodeObservation
from ..node_os import nft_of_image
from ..node_versions import nft_version
from ..rule import When, rule
from ..sources import KEP_3866, KUBERNETES, VIRTUAL_IPS
from .facts import KubeProxyFacts


@rule(
    "KP16",
    "warning",
    title="nft on the node cannot show kube-proxy's table",
    what="The nft program on a node is missing or older than 1.0.1.",
    when=When(modes=("NFTABLES",)),
    needs=("node",),
    node_data="the version of nft",
    new_images=True,
    remedy=(
        "Run nft --version on the node: kube-proxy's table needs 1.0.1 or newer. List the table with the nft of the "
        "kube-proxy image, or upgrade the node image with az aks nodepool upgrade --node-image-only."
    ),
    sources=(KEP_3866, VIRTUAL_IPS),
)
def old_nft(facts: KubeProxyFacts) -> Results:
    observations = facts.current_observations
    missing = [seen.name for seen in observations if seen.nft is None]
    if missing:
        yield Hit("nodes", f"{count(len(missing), 'node')} without the program nft: {list_names(missing)}.")
    # The pods of AKS show their own nft.
    texts = {seen.name: nft_of_image(seen.os_image) if seen.from_pods else seen.nft for seen in observations if seen.nft is not None}
    by_image = {seen.name for seen in observations if seen.from_pods}
    versions = {name: nft_version(text) for name, text in texts.items()}
    old = [
        f"{name} ({texts[name]}{', from the image' if name in by_image else ''})"
        for name, found in versions.items()
        if found and found < NFT_SHOWS_KUBE_PROXY
    ]
    if old:
        needed = version_text(NFT_SHOWS_KUBE_PROXY)
        yield Hit("nodes", f"nft on {count(len(old), 'node')} is older than {needed}: {list_names(old)}.")
    strange = [name for name, found in versions.items() if found is None and name not in by_image]
    if strange:
        yield NotChecked(f"the version of nft is not readable on {list_names(strange)}")
    unknown = [name for name, found in versions.items() if found is None and name in by_image]
    if unknown:
        yield NotChecked(f"which nft the node image has is not known of {list_names(unknown)}, and the pods of AKS do not show it")


@rule(
    "KP17",
    "warning",
    title="Different versions of nft on one node",
    what=(
        "Something on a node, for example Istio's CNI or node_nftables_ruleset, has made sets or maps with a newer nft that the nft of kube-proxy crashes "
        "on, or may crash on where its version cannot be seen. Where an observation does not say which they are, all third-party tables count."
    ),
    when=When(modes=("NFTABLES",)),
    needs=("node",),
    node_data="the nftables objects of other programs and the versions of nft",
    remedy=(
        "Declare sets and maps with typeof, upgrade with az aks upgrade to a Kubernetes patch with the fix, or use the same version of "
        "nft in all programs."
    ),
    sources=(f"{KUBERNETES}/issues/136786",),
)
def other_nft_versions(facts: KubeProxyFacts) -> Results:
    seen = [one for one in facts.current_observations if one.crashing_sets is not None]
    found = {one.name: one.crashing_sets or () for one in seen}
    if any(found.values()):
        made = version_text(NFT_CRASHES_OLDER)
        yield Hit(
            "nodes",
            f"Sets or maps of nft {made} or newer on {list_by_node(found)} can make kube-proxy crash: its nft is older, or cannot be seen.",
        )
    yield from _by_tables([one for one in facts.current_observations if one.crashing_sets is None])


def _by_tables(observations: t.Sequence[NodeObservation]) -> Results:
    """Where their sets are not known."""
    since = version_text(NFT_CRASHES_OLDER)
    crashed = {seen.name: (seen.nft_crash,) for seen in observations if seen.nft_crash}
    if crashed:
        yield Hit(
            "nodes", f"The nft of kube-proxy's own image crashes on the tables of {list_by_node(crashed)}: kube-proxy would crash as well."
        )
    found = {seen.name: seen.foreign_tables for seen in observations}
    if any(found.values()):
        yield Hit(
            "nodes",
            f"Other programs have nftables tables on {list_by_node(found)}: one that uses nft {since} or newer can make kube-proxy crash.",
        )
    versions = {seen.name: {table: nft_version(text) for table, text in seen.own_tables.items()} for seen in observations}
    new = {name: [table for table, nft in tables.items() if nft and nft >= NFT_CRASHES_OLDER] for name, tables in versions.items()}
    if any(new.values()):
        yield Hit(
            "nodes",
            f"nft {since} or newer made tables of node_nftables_ruleset on {list_by_node(new)}: their sets and maps can make kube-proxy crash.",
        )
    strange = {name: [table for table, nft in tables.items() if nft is None] for name, tables in versions.items()}
    if any(strange.values()):
        yield NotChecked(f"the version of the nft that created tables is not readable on {list_by_node(strange)}")


@rule(
    "KP18",
    "warning",
    title="Custom firewall rules may drop service traffic",
    what="A node has custom base chains that drop packets: in NFTABLES mode kube-proxy opens no holes in them.",
    when=When(modes=("NFTABLES",)),
    needs=("node",),
    node_data="the base chains of other programs",
    node_field="foreign_drops",
    remedy="Accept the traffic to node ports and pods in those chains; nft list ruleset shows them on the node.",
    sources=(f"{KUBERNETES}/pull/124383",),
)
def foreign_drops(facts: KubeProxyFacts) -> Results:
    observations = facts.current_observations
    found = {seen.name: tuple(chain.place for chain in seen.drops if chain.owner not in POLICY_ENGINES) for seen in observations}
    if any(found.values()):
        yield Hit("nodes", f"Firewall chains drop packets on {list_by_node(found)}; kube-proxy in NFTABLES mode makes no exception there.")


@rule(
    "KP19",
    "warning",
    title="Custom rules jump into kube-proxy's chains",
    what=(
        "A rule on a node outside the KUBE-* chains jumps into one, such as -A HOSTPORT -j KUBE-MARK-MASQ of a CNI plugin: kube-proxy's clean-up of the "
        "old mode can fail as a whole. The switch succeeds all the same, but the old chains stay, and what such a rule matches meets outdated Services."
    ),
    when=When(modes=("NFTABLES",)),
    needs=("node",),
    node_data="the iptables rules outside the KUBE-* chains",
    node_field="foreign_jumps",
    remedy=(
        "Remove these rules before the switch, and what writes them: iptables-save and ip6tables-save show them on the node, and "
        "iptables -t TABLE -D CHAIN RULE removes one. Without ssh, kubectl debug node/NODE -it --profile=sysadmin --image=busybox -- chroot /host opens a "
        "shell there."
    ),
    sources=(VIRTUAL_IPS,),
)
def foreign_jumps(facts: KubeProxyFacts) -> Results:
    observations = facts.current_observations
    found = {seen.name: seen.jumps for seen in observations}
    if any(found.values()):
        yield Hit("nodes", f"Custom rules jump into chains of kube-proxy on {list_by_node(found)}.")


@rule(
    "KP22",
    "warning",
    title="Rules of another mode are on the nodes already",
    what="A node holds rules that an earlier mode of kube-proxy left behind.",
    when=When(enabled=True),
    needs=("node",),
    node_data="the iptables, IPVS and nftables rules",
    node_field="kube_proxy.leftovers",
    new_images=True,
    remedy=(
        "Set aks_dataplane_leftovers: remove in mode IPTABLES or IPVS, or upgrade the node image of the pools of these nodes: "
        "az aks nodepool upgrade --node-image-only."
    ),
    sources=(f"{KUBERNETES}/issues/102314",),
)
def leftovers(facts: KubeProxyFacts) -> Results:
    observations = facts.current_observations
    mixed = [seen.name for seen in observations if seen.mode == "mixed"]
    if mixed:
        yield Hit("nodes", f"The kernel shows the rules of more than one mode on {list_names(mixed)}.")
    found = {seen.name: seen.leftovers for seen in observations if seen.mode != "mixed"}
    if any(found.values()):
        yield Hit("nodes", f"Rules of another mode are left on {list_by_node(found)}.")


@rule(
    "KP34",
    "warning",
    title="Established connections break in a switch to IPTABLES",
    what=(
        "The cluster is in mode NFTABLES, the requested mode is IPTABLES, and on a node only kube-proxy's chains translate addresses: the kernel then "
        "forgets the translation of established connections. Usually the chains of AKS's ip-masq-agent exist."
    ),
    when=When(modes=("IPTABLES",)),
    needs=("arm", "node"),
    remedy=(
        "Switch in a maintenance window (az aks maintenanceconfiguration list shows those of the cluster), and check that clients "
        "reconnect."
    ),
    sources=(VIRTUAL_IPS,),
)
def no_other_nat(facts: KubeProxyFacts) -> Results:
    if not facts.changes_mode or facts.current.mode != "NFTABLES":
        return
    families = (IPV4, IPV6) if any(is_value(family, IPV6) for family in facts.cluster.ip_families or ()) else (IPV4,)
    observations = facts.current_observations
    bare = [
        seen.name for seen in observations if seen.nat_chains is not None and not all(seen.nat_chains.get(family) for family in families)
    ]
    if bare:
        yield Hit(
            "nodes",
            f"Only kube-proxy's chains translate addresses on {list_names(bare)}: connections through node ports are reset there, and others stall.",
        )
    yield from map(NotChecked, facts.reasons_unobserved("the chains that translate addresses"))
    old = [seen.name for seen in observations if seen.nat_chains is None]
    if old:
        yield NotChecked(f"node_observations does not say which chains translate addresses on {list_names(old)}")
