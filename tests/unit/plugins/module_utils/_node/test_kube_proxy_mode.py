# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mode that a kernel shows, and what is left of the others: by what real kube-proxy left behind, and by what lies between."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._node import kube_proxy_mode
from ansible_collections.aks.dataplane.plugins.module_utils._node.iptables import LEGACY, NF_TABLES, IptablesTable
from ansible_collections.aks.dataplane.plugins.module_utils._node.kernel_state import KernelState
from ansible_collections.aks.dataplane.plugins.module_utils._node.netlink_chains import NftChain
from ansible_collections.aks.dataplane.plugins.module_utils._node.netlink_messages import NftTable

from tests.support.kernel_captures import CAPTURES, LARGE, STATES, captured, ipset_names, state

NFTABLES = "transition-iptables-to-nftables-nocleanup-kp1.30.5"


def leftovers(verdict: kube_proxy_mode.Verdict) -> set[tuple[str, str, str, str | None, str | None]]:
    return {(trace.of, trace.kind, trace.name, trace.table, trace.family) for trace in verdict.leftovers}


def test_every_capture_has_an_expectation() -> None:
    assert {path.name for path in CAPTURES.iterdir() if path.is_dir()} == {*STATES, *LARGE}


@pytest.mark.parametrize("backend", [NF_TABLES, LEGACY])
@pytest.mark.parametrize("folder", STATES)
def test_mode(folder: str, backend: str) -> None:
    verdict = kube_proxy_mode.judge(state(folder, backend))
    assert verdict.mode == STATES[folder]
    assert verdict.evidence


@pytest.mark.parametrize(
    "folder",
    [
        *("iptables-12", "ipvs-12", "nftables-12", "nftables-12-kp1.30.5", "nftables-5"),
        *("transition-nftables-to-iptables-nocleanup-kp1.36.2", "transition-iptables-to-nftables-nocleanup-kp1.36.2"),
        *("transition-iptables-stopped-kp1.36.2", "transition-ipvs-stopped-kp1.36.2", "transition-nftables-stopped-kp1.36.2"),
    ],
)
def test_nothing_is_left(folder: str) -> None:
    """KUBE-FIREWALL and tables of iptables-nft with empty chains are not leftovers."""
    assert kube_proxy_mode.judge(state(folder)).leftovers == ()


def test_what_1_30_leaves_of_iptables() -> None:
    verdict = kube_proxy_mode.judge(state(NFTABLES))
    chains = [("nat", "KUBE-MARK-MASQ"), *((table, "KUBE-PROXY-CANARY") for table in ("nat", "mangle", "filter"))]
    assert leftovers(verdict) == {("iptables", "chain", name, table, family) for table, name in chains for family in ("ipv4", "ipv6")}
    assert verdict.evidence == ("nft table ip kube-proxy", "nft table ip6 kube-proxy")


def test_what_is_left_of_ipvs_in_nftables_mode() -> None:
    folder = "transition-ipvs-to-nftables-nocleanup-kp1.36.2"
    names = ipset_names(captured(folder, "ipset-save.txt"))
    assert len(names) == 17
    assert leftovers(kube_proxy_mode.judge(state(folder))) == {("ipvs", "ipset", name, None, None) for name in names}


@pytest.mark.parametrize("folder", [name for name, mode in STATES.items() if mode == "mixed"])
def test_iptables_and_ipvs_do_not_clean_each_other(folder: str) -> None:
    verdict = kube_proxy_mode.judge(state(folder))
    found = leftovers(verdict)
    assert ("iptables", "chain", "KUBE-SVC-*", "nat", "ipv4") in found
    assert ("ipvs", "interface", "kube-ipvs0", None, None) in found
    assert ("ipvs", "chain", "KUBE-IPVS-FILTER", "filter", "ipv6") in found
    counts = {trace.name: trace.count for trace in verdict.leftovers if trace.kind == "ipvs_service"}
    assert sum(counts.values()) == captured(folder, "ipvsadm-save.txt").count("-A ")
    assert any("kube-ipvs0" in text for text in verdict.evidence)
    assert any("KUBE-NODEPORTS" in text for text in verdict.evidence)


def without(folder: str, **changes: t.Any) -> KernelState:
    return dataclasses.replace(state(folder), **changes)


def only_chains(*names: str, hooked: bool = False) -> KernelState:
    lines = ("-P PREROUTING ACCEPT", *(f"-N {name}" for name in names), *(["-A PREROUTING -j KUBE-SERVICES"] if hooked else []))
    return KernelState(iptables=(IptablesTable(LEGACY, "ipv4", "nat", lines),))


def joined(first: str, second: str) -> KernelState:
    """All of two modes, as when kube-proxy fails to clean up."""
    one, other = state(first), state(second)
    return dataclasses.replace(one, nft_chains=one.nft_chains + other.nft_chains, iptables=one.iptables + other.iptables)


KUBE_TABLE = NftTable("ip", "kube-proxy")


@pytest.mark.parametrize(
    ("seen", "mode"),
    [
        (KernelState(), "none"),
        (only_chains("KUBE-KUBELET-CANARY", "KUBE-IPTABLES-HINT", "KUBE-FIREWALL"), "none"),
        (only_chains("KUBE-MARK-MASQ", "KUBE-PROXY-CANARY"), "none"),
        (KernelState(nft_tables=(KUBE_TABLE,)), "none"),
        (KernelState(nft_tables=(KUBE_TABLE,), nft_chains=(NftChain("ip", "kube-proxy", "services"),)), "none"),
        (KernelState(ipsets=("KUBE-6-CLUSTER-IP", "cali40all")), "none"),
        (KernelState(interfaces=frozenset({"kube-ipvs0", "lo"})), "unknown"),
        (only_chains("KUBE-SVC-AAAAAAAAAAAAAAAA"), "unknown"),
        (only_chains("KUBE-SERVICES", "KUBE-NODEPORTS"), "unknown"),
        (only_chains("KUBE-SERVICES", "KUBE-NODEPORTS", hooked=True), "iptables"),
        (without("ipvs-12", interfaces=frozenset()), "unknown"),
        # Others' chains with a similar name.
        (only_chains("KUBE-ROUTER-INPUT", "KUBE-NWPLCY-DEFAULT"), "none"),
        (without("iptables-12", interfaces=frozenset({"kube-ipvs0"})), "iptables"),
        (joined("nftables-12", "iptables-12"), "mixed"),
    ],
)
def test_parts_do_not_prove_a_mode(seen: KernelState, mode: str) -> None:
    verdict = kube_proxy_mode.judge(seen)
    assert verdict.mode == mode
    assert bool(verdict.evidence) == (mode != "none")


def test_what_could_not_be_read_is_not_taken_for_absent() -> None:
    assert kube_proxy_mode.judge(KernelState(), complete=False).mode == "unknown"
    assert kube_proxy_mode.judge(state("nftables-12"), complete=False).mode == "nftables"


def test_a_lone_interface_is_a_leftover_in_iptables_mode() -> None:
    verdict = kube_proxy_mode.judge(without("iptables-12", interfaces=frozenset({"kube-ipvs0"}), ipsets=("KUBE-CLUSTER-IP",)))
    assert leftovers(verdict) == {("ipvs", "interface", "kube-ipvs0", None, None), ("ipvs", "ipset", "KUBE-CLUSTER-IP", None, None)}


def test_shared_chains_are_left_of_the_mode_whose_other_chains_are_there() -> None:
    seen = state("nftables-12")
    of_ipvs = tuple(chain for chain in state("ipvs-12").nft_chains if chain.name in ("KUBE-POSTROUTING", "KUBE-NODE-PORT"))
    found = kube_proxy_mode.judge(dataclasses.replace(seen, nft_chains=seen.nft_chains + of_ipvs))
    assert found.mode == "nftables"
    assert {trace.of for trace in found.leftovers} == {"ipvs"}
    of_iptables = (NftChain("ip", "nat", "KUBE-POSTROUTING"),)
    found = kube_proxy_mode.judge(dataclasses.replace(seen, nft_chains=seen.nft_chains + of_iptables))
    assert [trace.to_dict() for trace in found.leftovers] == [
        {
            "of": "iptables",
            "kind": "chain",
            "name": "KUBE-POSTROUTING",
            "table": "nat",
            "family": "ipv4",
            "backend": "nf_tables",
            "count": 1,
        }
    ]


def test_chains_with_a_hash_are_counted_together() -> None:
    verdict = kube_proxy_mode.judge(only_chains("KUBE-SVC-AAAAAAAAAAAAAAAA", "KUBE-SVC-BBBBBBBBBBBBBBBB", "KUBE-SEP-CCCCCCCCCCCCCCCC"))
    assert {(trace.name, trace.count) for trace in verdict.leftovers} == {("KUBE-SVC-*", 2), ("KUBE-SEP-*", 1)}
