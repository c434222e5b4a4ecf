# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the result of node_dataplane_info is read, and which results are refused."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.node_observation import Drops, NodeObservation, read_observations

LEAST: dict[str, t.Any] = {
    "kernel": "6.8.0-1041-azure",
    "kube_proxy": {"mode": "nftables", "leftovers": []},
    "nft_tables": [],
    "foreign_jumps": [],
    "foreign_drops": [],
}
LINES = {"ipv4": {"filter": ["-P INPUT ACCEPT"]}}
WHOLE: dict[str, t.Any] = {
    "kernel": "6.8.0-1041-azure",
    "tools": {"nft": {"version": "1.0.9"}, "iptables": {"version": "1.8.10", "backend": "nf_tables"}},
    "lsm": ["lockdown", "bpf"],
    "cgroup2": True,
    "kube_proxy": {"mode": "nftables", "leftovers": [{"kind": "nat_chain", "name": "KUBE-SVC-*", "of": "iptables"}]},
    "nft_tables": [{"family": "inet", "name": "mesh", "owner": "unknown"}, {"family": "ip", "name": "kube-proxy", "owner": "kube-proxy"}],
    "foreign_jumps": [{"rule": "-A INPUT -j KUBE-MARK-MASQ", "table": "filter"}],
    "foreign_drops": [{"chain": "INPUT", "family": "ipv4", "table": "filter", "source": "iptables-nft", "owner": "calico"}],
    "nat_chains": {"ipv4": ["ip nat POSTROUTING"], "ipv6": []},
    "monitor_lines": LINES,
    "unread": [{"what": "tables of nf_tables", "why": "no"}],
}


def test_a_whole_result() -> None:
    assert NodeObservation.from_raw("node0", WHOLE) == NodeObservation(
        name="node0",
        kernel="6.8.0-1041-azure",
        nft="1.0.9",
        backend="nf_tables",
        lsm=("lockdown", "bpf"),
        cgroup2=True,
        mode="nftables",
        leftovers=("nat chain KUBE-SVC-* of iptables",),
        jumps=("-A INPUT -j KUBE-MARK-MASQ (table filter)",),
        drops=(Drops("INPUT in ipv4 filter (iptables-nft)", "calico"),),
        nft_tables={"inet mesh": "unknown", "ip kube-proxy": "kube-proxy"},
        nat_chains={"ipv4": ("ip nat POSTROUTING",), "ipv6": ()},
        monitor_lines=LINES,
        unread=("tables of nf_tables",),
        os_image="",
    )


def test_of_a_look_by_pods() -> None:
    look = {
        "via": "exec",
        "not_seen": [{"field": "lsm", "reason": "no"}],
        "os": {"id": None, "pretty_name": "Ubuntu 24.04.3 LTS"},
        "nft_crash": "nft list chains: it was ended by signal 11",
    }
    seen = NodeObservation.from_raw("node0", {**WHOLE, **look})
    assert (seen.from_pods, seen.not_seen, seen.os_image, seen.nft_crash) == (True, ("lsm",), "Ubuntu 24.04.3 LTS", look["nft_crash"])


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({}, "nft", None),
        ({}, "backend", ""),
        ({}, "lsm", None),
        ({}, "cgroup2", True),
        ({}, "monitor_lines", None),
        ({}, "nat_chains", None),
        ({"nat_chains": None}, "nat_chains", None),
        ({}, "crashing_sets", None),
        ({"crashing_sets": None}, "crashing_sets", None),
        ({"crashing_sets": []}, "crashing_sets", ()),
        ({"crashing_sets": [{"family": "inet", "table": "fw", "name": "blocked"}]}, "crashing_sets", ("inet fw blocked",)),
        ({}, "unread", ()),
        ({"tools": None}, "nft", None),
        ({"tools": {"nft": None, "iptables": None}}, "nft", None),
        ({"tools": {"nft": None, "iptables": None}}, "backend", ""),
        ({"tools": {"nft": {"version": None}}}, "nft", ""),
        ({"tools": {"iptables": {"backend": None}}}, "backend", ""),
        ({"lsm": []}, "lsm", ()),
        ({"lsm": None}, "lsm", None),
        ({"cgroup2": False}, "cgroup2", False),
        ({"cgroup2": None}, "cgroup2", True),
        ({"unread": None}, "unread", ()),
    ],
    ids=str,
)
def test_what_a_node_did_not_tell(changes: dict[str, t.Any], field: str, value: t.Any) -> None:
    assert getattr(NodeObservation.from_raw("node0", {**LEAST, **changes}), field) == value


@pytest.mark.parametrize("missing", LEAST)
def test_a_result_without_this_is_refused(missing: str) -> None:
    with pytest.raises(DataplaneError) as caught:
        NodeObservation.from_raw("node0", {key: value for key, value in LEAST.items() if key != missing})
    assert caught.value.code == "InvalidNodeObservation"
    assert caught.value.message == f"node_observations.node0 is not a result of aks.dataplane.node_dataplane_info: it has no {missing}."


@pytest.mark.parametrize("raw", [None, [], "failed", {"failed": True, "msg": "no"}])
def test_what_is_no_result_is_refused_for_the_first_thing_it_lacks(raw: t.Any) -> None:
    with pytest.raises(DataplaneError, match="it has no kernel"):
        NodeObservation.from_raw("node0", raw)


@pytest.mark.parametrize(
    ("changes", "reported"),
    [
        ({"kube_proxy": {"leftovers": []}}, "it has no kube_proxy.mode."),
        ({"kube_proxy": None}, "it has no kube_proxy.mode."),
        ({"kube_proxy": {"mode": "ipvs", "leftovers": {}}}, "kube_proxy.leftovers is no list."),
        ({"tools": {"nft": "1.0.9"}}, "nft is no object."),
        ({"foreign_drops": [None, {}]}, "it has no chain."),
        ({"nft_tables": [{"family": "inet", "name": "fw", "owner": "aks-dataplane"}]}, "it has no nft."),
        ({"nft_tables": 5}, "nft_tables is no list."),
        ({"lsm": "bpf"}, "lsm is no list."),
        ({"monitor_lines": {"ipv4": {"nat": [5]}}}, "ipv4.nat.* is no text."),
        ({"monitor_lines": []}, "monitor_lines is no object."),
        ({"nat_chains": {"ipv4": "ip nat"}}, "ipv4 is no list."),
        ({"crashing_sets": [{"family": "inet"}]}, "it has no table."),
        ({"kernel": 10**400}, "kernel is no text."),
    ],
)
def test_a_result_of_another_shape_is_refused(changes: dict[str, t.Any], reported: str) -> None:
    with pytest.raises(DataplaneError) as caught:
        NodeObservation.from_raw("node0", {**LEAST, **changes})
    assert caught.value.code == "InvalidNodeObservation"
    assert f"node_dataplane_info: {reported}" in caught.value.message


def test_observations_are_sorted_by_node() -> None:
    assert [seen.name for seen in read_observations({"b": LEAST, "a": LEAST})] == ["a", "b"]
