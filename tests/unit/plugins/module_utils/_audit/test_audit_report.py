# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit as a screen shows it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._audit.entry import entry
from ansible_collections.aks.dataplane.plugins.module_utils._audit.report import WIDTH, details, table
from ansible_collections.aks.dataplane.plugins.module_utils._common.columns import lay_out
from hypothesis import given
from hypothesis import strategies as st

from tests.support.audit import NETWORK, NFTABLES, STATUS, check, failed, failed_check, finding, seen, unchecked

CILIUM = {**NETWORK, "network_dataplane": "cilium", "host_routing": "BpfVeth", "kube_proxy": {"enabled": False, "mode": None}}
NO_PROXY = {"state": "disabled", "nodes_total": 3, "reasons": []}

END = {
    "pools": [],
    "date": None,
    "when": None,
    "images_removed": None,
    "over": False,
    "instead": "Move.",
    "source": "https://example.com/1",
}
AZURE_LINUX_2 = {
    **END,
    "what": "Azure Linux 2.0",
    "pools": ["a", "b"],
    "date": "2025-11-30",
    "images_removed": "2026-03-31",
    "over": True,
}
UBUNTU_22 = {**END, "what": "Ubuntu 22.04", "pools": ["a"], "date": "2027-06-30"}
IPVS = {**END, "what": "kube-proxy's mode IPVS", "when": "with Kubernetes 1.40"}


def routing(state: str, *reasons: str) -> dict[str, t.Any]:
    return {"verdict": NO_PROXY, "host_routing": {"verdict": {"state": state, "nodes_total": 3, "reasons": list(reasons)}}}


def reported(**changes: t.Any) -> dict[str, t.Any]:
    return entry(seen(**changes))


def judged(*findings: dict[str, t.Any], **changes: t.Any) -> dict[str, t.Any]:
    return {"checks": [check("nftables", *findings, **changes), check("ebpf_host_routing")]}


def row(item: dict[str, t.Any]) -> str:
    """The cells of the only row, however many lines it has."""
    lines = table([item])
    rule = lines[2]
    ends = [len(part) for part in rule.split("  ")]
    cells = [""] * len(ends)
    for line in lines[3:]:
        if not line:
            break
        at = 0
        for number, width in enumerate(ends):
            cells[number] = f"{cells[number]} {line[at : at + width].strip()}".strip()
            at += width + 2
    return " | ".join(cells)


@pytest.mark.parametrize(
    ("changes", "cells"),
    [
        ({}, "aks-a | 1.34.2 | azure | IPTABLES / iptables | None | possible | possible"),
        (judged(finding("KP08"), finding("KP04")), "IPTABLES / iptables | None | 2 obstacles: KP04, KP08 | possible"),
        (judged(finding("KP04")), "| 1 obstacle: KP04 |"),
        (judged(current=NFTABLES), "| in effect |"),
        (judged(finding("KP24"), current=NFTABLES), "| in effect; 1 problem: KP24 |"),
        (judged(unchecked("KP15")), "| no obstacle found, not all checked |"),
        (
            {**judged(unchecked("KP15")), "kubernetes": False, "status": failed("Not reached.")},
            "| IPTABLES / ? | None | no obstacle found, Kubernetes not checked | possible",
        ),
        ({"network": {**NETWORK, "network_plugin": "kubenet"}}, "| kubenet |"),
        ({"network": {**NETWORK, "network_plugin": "none"}}, "| own CNI |"),
        ({"network": CILIUM, "status": routing("bpf")}, "| cilium | disabled / disabled | BpfVeth / bpf |"),
        ({"network": CILIUM, "status": failed("Denied.")}, "| disabled / ? | BpfVeth / ? |"),
        ({"network": {**NETWORK, "kube_proxy": None, "host_routing": None}}, "| azure | not shown / iptables | not shown |"),
        (
            {"network": {**CILIUM, "kube_proxy": None, "host_routing": None}, "status": routing("bpf")},
            "| not shown / disabled | not shown / bpf |",
        ),
        ({"network": {}, "checks": []}, "aks-a |  |  |  |  | not audited | not audited"),
        ({"checks": [failed_check("nftables", "No."), check("ebpf_host_routing")]}, "| not audited | possible"),
        ({"support_ends": [UBUNTU_22]}, "| possible | possible | 2027-06-30 Ubuntu 22.04"),
        ({"support_ends": [AZURE_LINUX_2, UBUNTU_22]}, "| 2025-11-30 Azure Linux 2.0; 1 more"),
        ({"support_ends": [IPVS]}, "| kube-proxy's mode IPVS: with Kubernetes 1.40"),
    ],
)
def test_a_row(changes: dict[str, t.Any], cells: str) -> None:
    assert cells in row(reported(**changes))


def test_no_clusters() -> None:
    assert table([]) == ["There are no clusters."]


def test_the_legend_is_there_only_when_it_is_needed() -> None:
    assert not [line for line in table([reported()]) if line.startswith("?")]
    assert table([reported(), reported(status=failed("Denied."))])[-1].startswith("?: not checked")


def test_fifty_clusters_are_fifty_rows() -> None:
    hosts = [f"aks-westeurope-{number:03}" for number in range(50)]
    lines = table([reported(host=host, **judged(finding("KP04"))) for host in hosts])
    assert [line.split()[0] for line in lines[3:]] == hosts
    assert max(map(len, lines)) <= WIDTH


def test_details_of_obstacles_and_of_what_was_not_checked() -> None:
    lines = details(reported(**judged(finding("KP04"), finding("KP20", "warning"), unchecked("KP15")), status=failed("It is denied.")))
    assert lines == [
        "aks-a: cluster aks-a, resource group rg, westeurope, network plugin azure overlay, network policy none, ACNS off",
        "  NFTABLES: 1 obstacle: KP04",
        "    KP04 cluster aks-a: What KP04 says. Mend KP04.",
        "    1 warning: KP20",
        "    not checked: KP15",
        "  eBPF host routing: possible",
        "  nodes not checked: It is denied.",
    ]


def test_details_of_what_aks_stops_supporting() -> None:
    lines = details(reported(support_ends=[AZURE_LINUX_2, IPVS]))
    text = " ".join(line.strip() for line in lines)
    assert (
        "support of Azure Linux 2.0 (pool a, b): ended 2025-11-30, node images are removed 2026-03-31 (https://example.com/1). Move."
        in text
    )
    assert "support of kube-proxy's mode IPVS: with Kubernetes 1.40 (https://example.com/1). Move." in text
    assert "Ubuntu 22.04 (pool a): ends 2027-06-30 (" in " ".join(details(reported(support_ends=[UBUNTU_22])))


def test_a_date_is_never_broken() -> None:
    lines = table([reported(host="a" * 30, support_ends=[UBUNTU_22])])
    assert [line.split()[-1] for line in lines if "2027" in line] == ["2027-06-30"]
    assert max(map(len, lines)) <= WIDTH


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"unasked": "it is stopped"}, "  Kubernetes not checked: it is stopped"),
        (
            {"status": {**STATUS, "verdict": {"state": "mixed", "nodes_total": 3, "reasons": ["A.", "B."]}}},
            "  kube-proxy on the nodes is mixed: A. B.",
        ),
        ({"network": CILIUM, "status": routing("unknown")}, "  host routing on the nodes is unknown"),
    ],
)
def test_further_details(changes: dict[str, t.Any], line: str) -> None:
    assert details(reported(**changes))[-1] == line


def test_details_of_a_cluster_that_could_not_be_audited() -> None:
    assert details(reported(network={}, checks=[], status={}, error="Azure says no.")) == [
        "aks-a: cluster aks-a, resource group rg",
        "  not audited: Azure says no.",
    ]


WORDS = st.text(st.characters(codec="ascii", exclude_categories=("Cc",)), max_size=300)
NAMES = st.from_regex(r"[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?", fullmatch=True)
RULES = st.lists(st.sampled_from([f"KP{number:02}" for number in range(1, 31)]).map(finding))


@given(st.lists(st.tuples(NAMES, RULES, WORDS), min_size=1, max_size=5))
def test_no_line_is_too_long(clusters: list[tuple[str, list[dict[str, t.Any]], str]]) -> None:
    entries = [reported(host=name, cluster=name, **judged(*rules), status=failed(words)) for name, rules, words in clusters]
    lines = [*table(entries), *(line for item in entries for line in details(item))]
    assert max(map(len, lines)) <= WIDTH
    for item in entries:
        assert set(item["nftables"]["obstacles"]) <= set(" ".join(lines).replace(",", " ").split())


CELLS = st.text("abc -", max_size=40)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=4), st.tuples(st.integers(3, 20), st.integers(3, 20)))
def test_columns_keep_every_character_and_their_width(rows: list[tuple[str, str]], widths: tuple[int, int]) -> None:
    rows = [("head", "head"), *rows]
    lines = lay_out(rows, widths)
    assert max(map(len, lines)) <= sum(widths) + 2
    written = "".join(lines).replace(" ", "")
    for letter in "abc":
        assert written.count(letter) == sum(cell.count(letter) for cells in rows for cell in cells)


def test_what_an_interrupted_look_has_left_is_named() -> None:
    assert "left by interrupted runs" not in " ".join(details(reported()))
    assert "DaemonSet aks-dataplane/aks-dataplane-look-1-amd64." in " ".join(
        details(reported(probe_leftovers=["DaemonSet aks-dataplane/aks-dataplane-look-1-amd64"]))
    )


def look(**changes: t.Any) -> dict[str, t.Any]:
    """As a module returns it that has looked at 14 nodes, 12 of which have something left and two of which were not seen."""
    jumps = [{"rule": "-A HOSTPORT -j KUBE-MARK-MASQ", "table": "nat", "family": "ipv4"}]
    left = [{"of": "ipvs", "kind": "ipset", "name": "KUBE-CLUSTER-IP"}, {"of": "iptables", "kind": "chain", "name": "KUBE-SVC-*"}]
    names = [f"n{number:02}" for number in range(12)]
    return {
        "asked": "exec",
        "reason": "",
        "nodes": [
            *({"name": name, "state": "seen", "reason": ""} for name in names),
            *({"name": name, "state": "not_seen", "reason": "it is gone"} for name in ("n12", "n13")),
        ],
        "observations": {name: {"kube_proxy": {"mode": "iptables", "leftovers": left}, "foreign_jumps": jumps} for name in names},
        **changes,
    }


def test_what_a_look_at_the_nodes_has_found() -> None:
    lines = [line.strip() for line in details(reported(node_look=look(left=["Pod look-1"])))]
    ten = "n00, n01, n02, n03, n04, n05, n06, n07, n08, n09 and 2 more"
    for line in (
        "nodes inspected: 2 not seen, 12 seen",
        # The chains are of the mode that runs.
        f"left of IPVS on {ten}: ipset KUBE-CLUSTER-IP",
        "not everything could be seen on n12, n13: it is gone",
        "pods that looked at the nodes could not be removed: Pod look-1",
    ):
        assert line in lines
    assert f"third-party rules lead into chains of kube-proxy on {ten}: -A HOSTPORT -j KUBE-MARK-MASQ (table nat, ipv4)" in " ".join(lines)
    assert not [line for line in lines if "of IPTABLES" in line]


@pytest.mark.parametrize(("asked", "shown"), [("exec", ["KP17"]), ("none", [])])
def test_rules_about_nodes_count_as_not_checked_where_somebody_wanted_them(asked: str, shown: list[str]) -> None:
    item = reported(**judged(unchecked("KP17")), node_look={"asked": asked, "reason": ""})
    assert (item["nftables"]["not_checked"], item["nftables"]["verdict"]) == (shown, "unknown" if shown else "possible")


def test_an_audit_of_an_earlier_version_has_no_look() -> None:
    earlier = {name: value for name, value in reported().items() if name != "node_look"}
    assert details(earlier) == details(reported())
