# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The looks at the nodes in a run record: both, per node and mode, bounded for thousands of nodes, without what looks like a credential."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.aks.dataplane.plugins.module_utils._record.run_record import News, RunRecord, add_news, open_record
from ansible_collections.aks.dataplane.plugins.module_utils._run.calls import judge
from ansible_collections.aks.dataplane.plugins.module_utils._run.node_looks import MOST, kept
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import Settings
from ansible_collections.aks.dataplane.plugins.module_utils._run.state import Run

SETTINGS = Settings(host="blue", cluster="aks-a", resource_group="rg", declared={"aks_dataplane_kube_proxy": {"mode": "NFTABLES"}})
RECORD = open_record(
    run_id="r", cluster="c", resource_group="rg", subject="kube_proxy", wanted={"mode": "NFTABLES"}, now="t", interrupted=None
)


def chain(name: str, mode: str = "iptables") -> dict[str, t.Any]:
    return {"of": mode, "kind": "chain", "name": name}


def result(
    left: t.Mapping[str, t.Sequence[t.Mapping[str, t.Any]]], unseen: t.Mapping[str, str] | None = None, rule: str = ""
) -> dict[str, t.Any]:
    """left: by node. unseen: reasons, by node. rule: of a third party, on each node."""
    jumps = [{"rule": rule, "table": "nat", "family": "ipv4"}] if rule else []
    nodes = [{"name": name, "state": "seen", "reason": ""} for name in left]
    nodes += [{"name": name, "state": "not_seen", "reason": reason} for name, reason in (unseen or {}).items()]
    seen = {name: {"kube_proxy": {"mode": "ipvs", "leftovers": [*items]}, "foreign_jumps": jumps} for name, items in left.items()}
    return {"observations": seen, "nodes": nodes, "grant": ""}


def test_what_is_left_is_there_by_mode_and_node() -> None:
    look = kept(
        result(
            {"n1": [chain("KUBE-SVC-*"), chain("KUBE-SEP-*")], "n2": [], "n3": [chain("KUBE-SEP-*"), chain("KUBE-SVC-*")]}, {"n4": "gone"}
        )
    )
    assert look == {
        "counts": {"not_seen": 1, "seen": 3},
        "modes": [{"mode": "IPVS", "nodes": 3}],
        "leftovers": [{"mode": "IPTABLES", "things": ["chain KUBE-SEP-*", "chain KUBE-SVC-*"], "nodes": ["n1", "n3"]}],
        "foreign_jumps": [],
        "not_seen": [{"reason": "gone", "nodes": ["n4"]}],
    }


def test_third_party_rules_are_there_with_what_they_match() -> None:
    look = kept(result({"n1": [], "n2": []}, rule="-A HOSTPORT -s 10.244.1.0/24 -j KUBE-MARK-MASQ"))
    rule = "-A HOSTPORT -s 10.244.1.0/24 -j KUBE-MARK-MASQ (table nat, ipv4)"
    assert look["foreign_jumps"] == [{"rules": [rule], "nodes": ["n1", "n2"]}]


def test_that_nobody_looked_is_there_with_the_reason() -> None:
    assert (
        kept({"grant": "kubectl ...", "nodes": [], "observations": {}})["not_seen"][0]["reason"]
        == "commands may not be run in the pods of AKS"
    )
    assert kept({"grant": "", "nodes": [], "observations": {}}) == {}


def test_five_thousand_nodes_with_different_things_are_bounded() -> None:
    names = [f"aks-nodepool1-12345678-vmss{number:06x}" for number in range(5000)]
    left = {name: [chain(f"KUBE-{name}-{one}") for one in range(60)] for name in names}
    look = kept(result(left, {f"gone-{name}": f"reason of {name}" for name in names}))
    assert len(json.dumps(look)) < 1_000_000
    assert len(look["leftovers"]) == MOST
    assert sorted(name for group in look["leftovers"] for name in group["nodes"]) == names


def noted(run: Run, record: RunRecord, found: dict[str, t.Any]) -> RunRecord:
    note = judge("nodes", run, SETTINGS, found).note
    assert note is not None
    return add_news(record, News(looks=note.options["looks"]))


def test_the_record_holds_both_looks() -> None:
    before = Run(number=1, subject="kube_proxy", open=True, phase="preflight")
    after = Run(number=2, subject="kube_proxy", open=True, phase="verification", switch={"changed": True})
    record = noted(after, noted(before, RECORD, result({"n1": []})), result({"n1": [chain("KUBE-SVC-*")]}))
    assert record.looks is not None
    assert record.looks["before"]["leftovers"] == []
    assert record.looks["after"]["leftovers"] == [{"mode": "IPTABLES", "things": ["chain KUBE-SVC-*"], "nodes": ["n1"]}]
    assert RunRecord.from_dict(json.loads(json.dumps(record.to_dict()))) == record


def test_credentials_in_rules_are_hidden() -> None:
    before = Run(number=1, subject="kube_proxy", open=True, phase="preflight")
    rule = '-A X -m comment --comment "password=hunter22" -j KUBE-MARK-MASQ'
    record = noted(before, RECORD, result({"n1": []}, rule=rule))
    assert "hunter22" not in json.dumps(record.to_dict())


def test_a_record_without_looks_is_read() -> None:
    old = {name: value for name, value in RECORD.to_dict().items() if name != "looks"}
    assert RunRecord.from_dict(old).looks is None
