# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""Which predicate belongs to which rule of the catalogue."""

from __future__ import annotations

import typing as t

from . import arm_rules, kube_rules, switch_rules
from .model import Facts, NotChecked
from .wording import Predicate, Said


def _on_nodes(what: str) -> Predicate:
    """The rule of something that only a node itself can show."""

    def not_read(facts: Facts) -> Said:
        yield NotChecked(f"needs {what} of each node, which the preflight check does not read")

    return not_read


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
    "KP16": _on_nodes("the version of nft"),
    "KP17": _on_nodes("the nftables objects of other programs and the versions of nft"),
    "KP18": _on_nodes("the base chains of other programs"),
    "KP19": _on_nodes("the iptables rules outside the KUBE-* chains"),
    "KP20": switch_rules.node_ports_restricted,
    "KP21": switch_rules.no_clean_up,
    "KP22": _on_nodes("the iptables, IPVS and nftables rules"),
    "KP23": switch_rules.leaving_ipvs,
    "KP24": switch_rules.not_well,
    "KP25": arm_rules.cannot_be_updated,
    "KP26": kube_rules.very_many_services,
    "KP27": kube_rules.nodes_not_verifiable,
    "KP28": switch_rules.good_to_know,
    "KP29": kube_rules.probe_pod_refused,
    "KP30": arm_rules.uneven_least_connection,
}
