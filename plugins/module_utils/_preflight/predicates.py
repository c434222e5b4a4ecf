"""Which predicate belongs to which rule of the catalogue."""

from __future__ import annotations

import typing as t

from .host_routing import cluster_rules as host_routing_rules
from .host_routing import kubernetes_rules as host_routing_kube_rules
from .host_routing import node_rules as host_routing_node_rules
from .kube_proxy import cluster_rules as arm_rules
from .kube_proxy import kubernetes_rules as kube_rules
from .kube_proxy import node_rules, switch_rules
from .kube_proxy.node_rules import on_nodes
from .wording import Predicate

PREDICATES: t.Mapping[str, Predicate] = {
    "KP01": arm_rules.cilium_dataplane,
    "KP02": arm_rules.feature_not_registered,
    "KP03": arm_rules.api_version,
    "KP04": arm_rules.nftables_version,
    "KP05": arm_rules.ipvs_version,
    "KP06": arm_rules.ipvs_with_azure_policy,
    "KP07": arm_rules.ipvs_retirement,
    "KP08": kube_rules.calico_not_nftables,
    "KP09": arm_rules.nftables_with_azure_policy,
    "KP10": arm_rules.disabled_without_own_cni,
    "KP11": kube_rules.nothing_replaces_kube_proxy,
    "KP12": switch_rules.rules_stay,
    "KP13": arm_rules.automatic_cluster,
    "KP14": arm_rules.wrong_arguments,
    "KP15": kube_rules.kernel_too_old,
    "KP16": on_nodes("the version of nft", node_rules.old_nft),
    "KP17": on_nodes("the nftables objects of other programs and the versions of nft", node_rules.other_nft_versions),
    "KP18": on_nodes("the base chains of other programs", node_rules.foreign_drops),
    "KP19": on_nodes("the iptables rules outside the KUBE-* chains", node_rules.foreign_jumps),
    "KP20": switch_rules.node_ports_restricted,
    "KP21": switch_rules.no_clean_up,
    "KP22": on_nodes("the iptables, IPVS and nftables rules", node_rules.leftovers),
    "KP23": switch_rules.leaving_ipvs,
    "KP24": switch_rules.not_well,
    "KP25": arm_rules.cannot_be_updated,
    "KP26": kube_rules.very_many_services,
    "KP27": kube_rules.nodes_not_verifiable,
    "KP28": switch_rules.good_to_know,
    "KP29": kube_rules.probe_pod_refused,
    "KP30": arm_rules.uneven_least_connection,
    "EB01": host_routing_rules.not_cilium,
    "EB02": host_routing_rules.not_azure_cni,
    "EB02b": host_routing_rules.node_subnet,
    "EB03": host_routing_rules.acns_off,
    "EB04": host_routing_rules.old_version,
    "EB05": host_routing_rules.windows,
    "EB06": host_routing_rules.wrong_os,
    "EB07": host_routing_rules.confidential,
    "EB08": host_routing_rules.sandboxed,
    "EB09": host_routing_rules.egress_gateway,
    "EB10": host_routing_rules.istio_addon,
    "EB11": host_routing_kube_rules.istio_ambient,
    "EB12": host_routing_rules.dual_stack,
    "EB13": host_routing_rules.disruption_policy,
    "EB14": host_routing_kube_rules.user_rules,
    "EB15": host_routing_node_rules.unexpected_rules,
    "EB16": host_routing_kube_rules.no_patterns,
    "EB17": host_routing_kube_rules.broken_masquerade,
    "EB18": host_routing_kube_rules.own_masquerade,
    "EB19": on_nodes("the nftables tables", host_routing_node_rules.native_tables),
    "EB20": host_routing_kube_rules.iptables_users,
    "EB21": host_routing_node_rules.kernel_unfit,
    "EB22": host_routing_kube_rules.no_replacement,
    "EB23": host_routing_kube_rules.not_well,
    "EB24": host_routing_kube_rules.no_room,
    "EB25": host_routing_rules.encryption,
    "EB26": host_routing_kube_rules.own_rulesets,
    "EB27": host_routing_rules.provider_not_registered,
    "EB28": host_routing_rules.connections_break,
}
